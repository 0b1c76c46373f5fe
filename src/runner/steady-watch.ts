/**
 * Watches the workers of a step for steady states (`steadystate`), each by itself or with group_reporting all of a
 * group, from the counts in the memory they share. The coordinator calls `look` often; a value is taken per interval.
 */
import type { SteadyStateOptions } from '../job/job.js';
import { SteadyState } from '../stats/steady-state.js';
import type { SteadyStateReport } from '../stats/worker-report.js';
import {
  controlPhase,
  markStartNs,
  Phase,
  type SharedState,
  sumsPerOperation,
  totalBytes,
  totalsPerOperation,
} from '../worker/shared-state.js';
import type { WatchedWorker } from './live-view.js';

/** Running totals of a worker: I/Os, bytes, latencies and their sum in ns. */
interface Totals {
  readonly ioCount: number;
  readonly byteCount: number;
  readonly latencyCount: number;
  readonly latencyNsSum: number;
}

const none: Totals = { ioCount: 0, byteCount: 0, latencyCount: 0, latencyNsSum: 0 };

export class SteadyWatch {
  readonly #groups: readonly WatchedGroup[];

  /** @param end called with the index of each worker of what has become steady, or has made all rounds that it may */
  constructor(workers: readonly WatchedWorker[], end: (index: number, isSteady: boolean) => void) {
    const groups = new Map<string, number[]>();
    for (const [index, { planned }] of workers.entries()) {
      const { groupReporting, groupIndex, ending } = planned.job;
      if (ending.steadyState.durationMs === 0) continue;
      const key = groupReporting ? `group ${groupIndex}` : `worker ${index}`;
      groups.set(key, [...(groups.get(key) ?? []), index]);
    }
    this.#groups = [...groups.values()].map((indexes) => {
      const options = workers[indexes[0]!]!.planned.job.ending.steadyState;
      const shared = indexes.map((index) => workers[index]!.shared);
      return new WatchedGroup(options, indexes, shared, end);
    });
  }

  get isNeeded(): boolean {
    return this.#groups.length > 0;
  }

  /** @param nowNs on the workers' clock */
  look(nowNs: number): void {
    for (const group of this.#groups) group.look(nowNs);
  }

  /** To be put into the outcome of a worker. */
  outcomeOf(index: number): { readonly steadyState?: SteadyStateReport } {
    const group = this.#groups.find(({ indexes }) => indexes.includes(index));
    return group === undefined ? {} : { steadyState: group.report() };
  }
}

class WatchedGroup {
  readonly indexes: readonly number[];
  readonly #options: SteadyStateOptions;
  readonly #shared: readonly SharedState[];
  readonly #end: (index: number, isSteady: boolean) => void;
  readonly #state: SteadyState;
  #last: Totals[];
  /** When the interval began that is being watched; null before the first of them. */
  #sinceNs: number | null = null;
  #dueNs = 0;
  #isOver = false;

  constructor(
    options: SteadyStateOptions,
    indexes: readonly number[],
    shared: readonly SharedState[],
    end: (index: number, isSteady: boolean) => void,
  ) {
    this.indexes = indexes;
    this.#options = options;
    this.#shared = shared;
    this.#end = end;
    this.#state = new SteadyState(options);
    this.#last = shared.map(() => none);
  }

  look(nowNs: number): void {
    if (this.#isOver) return;
    const phases = this.#shared.map(({ control }) => control[controlPhase]!);
    if (phases.every((phase) => phase >= Phase.draining)) {
      this.#isOver = true;
      return;
    }
    const measuring = this.#shared.filter((_, index) => phases[index]! >= Phase.measuring);
    if (measuring.length === 0) return;
    if (this.#sinceNs === null) {
      const startNs = Math.min(...measuring.map(({ marks }) => marks[markStartNs]!));
      if (nowNs < startNs + this.#options.rampMs * 1e6) return;
      // Without a ramp the first interval begins with the I/O, however late this look comes.
      this.#begin(this.#options.rampMs === 0 ? startNs : nowNs);
      if (this.#options.rampMs > 0) {
        this.#advance(phases);
        return;
      }
    }
    if (nowNs < this.#dueNs) return;
    const seconds = (nowNs - this.#sinceNs!) / 1e9;
    const { ioCount, byteCount, latencyCount, latencyNsSum } = this.#advance(phases);
    const isSteady = this.#state.add({
      iops: Math.floor(ioCount / seconds),
      bytesPerSecond: Math.floor(byteCount / seconds),
      latencyNs: latencyCount === 0 ? 0 : Math.floor(latencyNsSum / latencyCount),
    });
    this.#begin(nowNs);
    if (!isSteady && !this.#state.isOver) return;
    this.#isOver = true;
    for (const index of this.indexes) this.#end(index, isSteady);
  }

  report(): SteadyStateReport {
    return this.#state.report();
  }

  #begin(ns: number): void {
    this.#sinceNs = ns;
    this.#dueNs = ns + this.#options.intervalMs * 1e6;
  }

  /** What was done since the last call. */
  #advance(phases: readonly number[]): Totals {
    // What runs before its measured time is forgotten when that begins.
    const now = this.#shared.map((shared, index) => (phases[index]! >= Phase.measuring ? totalsOf(shared) : none));
    const last = this.#last;
    this.#last = now;
    const since = (of: (totals: Totals) => number) =>
      now.reduce((sum, totals, index) => sum + of(totals) - of(last[index]!), 0);
    return {
      ioCount: since((totals) => totals.ioCount),
      byteCount: since((totals) => totals.byteCount),
      latencyCount: since((totals) => totals.latencyCount),
      latencyNsSum: since((totals) => totals.latencyNsSum),
    };
  }
}

/** Of reads, writes and trims. */
function totalsOf({ total, completion, totals }: SharedState): Totals {
  const latency = completion.sums.length > 0 ? completion : total;
  const sum = (of: (operation: number) => number) => of(0) + of(1) + of(2);
  return {
    ioCount: sum((operation) => total.sums[operation * sumsPerOperation]!),
    byteCount: sum((operation) => totals[operation * totalsPerOperation + totalBytes]!),
    latencyCount: sum((operation) => latency.sums[operation * sumsPerOperation]!),
    latencyNsSum: sum((operation) => latency.sums[operation * sumsPerOperation + 1]!),
  };
}
