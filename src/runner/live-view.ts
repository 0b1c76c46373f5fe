/** What the running workers have done since the last look, read from the memory they share. */

import { operationCount } from '../job/operation.js';
import type { PerDirection } from '../job/per-direction.js';
import type { PlannedWorker } from '../plan/types.js';
import { bucketCount, percentileNs } from '../stats/latency.js';
import type { Progress } from '../worker/outcome.js';
import {
  controlPhase,
  markStartNs,
  Phase,
  type SharedState,
  sumsPerOperation,
  totalBytes,
  totalsPerOperation,
} from '../worker/shared-state.js';
import { endsOf, plannedSeconds, stepEnd, waitsForOf } from './step-schedule.js';

export interface WatchedWorker {
  readonly planned: PlannedWorker;
  readonly shared: SharedState;
}

export type LiveFigures = Pick<
  Progress,
  'phase' | 'jobNames' | 'fraction' | 'iops' | 'bytesPerSecond' | 'p99Ns' | 'workersRunning'
> & {
  /** Of this step. */
  readonly secondsLeft: number | null;
};

const directions = 3;

export class LiveView {
  readonly #workers: readonly WatchedWorker[];
  readonly #waitsFor: readonly (readonly number[])[];
  readonly #lastIos = new Float64Array(directions);
  readonly #lastBytes = new Float64Array(directions);
  readonly #lastCounts = new Float64Array(bucketCount);
  #lastNs: number;

  constructor(workers: readonly WatchedWorker[], nowNs: number) {
    this.#workers = workers;
    this.#waitsFor = waitsForOf(workers.map(({ planned }) => planned));
    this.#lastNs = nowNs;
  }

  /** @param nowNs on the workers' clock */
  look(nowNs: number): LiveFigures {
    const seconds = Math.max((nowNs - this.#lastNs) / 1e9, 1e-3);
    this.#lastNs = nowNs;
    const ios = this.#difference(
      this.#lastIos,
      (shared, direction) => shared.total.sums[direction * sumsPerOperation]!,
    );
    const bytes = this.#difference(
      this.#lastBytes,
      (shared, direction) => shared.totals[direction * totalsPerOperation + totalBytes]!,
    );
    const phases = this.#workers.map(({ shared }) => shared.control[controlPhase]!);
    const isAtWork = (phase: number): boolean => phase > Phase.waiting && phase < Phase.ended;
    // Before the first one begins, all are being prepared; later, those that wait for another do not count.
    const isShown = phases.some(isAtWork) ? isAtWork : (phase: number): boolean => phase !== Phase.ended;
    const shown = this.#workers.filter((_, index) => isShown(phases[index]!));
    const fractions = this.#workers.map((worker) => fractionDone(worker, nowNs));
    const known = fractions.filter((fraction) => fraction !== null);
    return {
      phase: phaseName(phases),
      jobNames: [...new Set((shown.length > 0 ? shown : this.#workers).map(({ planned }) => planned.job.name))],
      fraction: known.length === fractions.length ? this.#fractionOf(known) : null,
      secondsLeft: this.#secondsLeft(fractions, nowNs),
      iops: perSecond(ios, seconds),
      bytesPerSecond: perSecond(bytes, seconds),
      p99Ns: this.#recentP99Ns(),
      workersRunning: shown.length,
    };
  }

  /** Of workers that run side by side the slowest counts; where some wait for others, all have their share. */
  #fractionOf(fractions: readonly number[]): number {
    if (this.#waitsFor.every((others) => others.length === 0)) return Math.min(...fractions, 1);
    return fractions.reduce((sum, fraction) => sum + Math.min(fraction, 1), 0) / fractions.length;
  }

  #secondsLeft(fractions: readonly (number | null)[], nowNs: number): number | null {
    const left = this.#workers.map((worker, index) => secondsLeft(worker, fractions[index]!, nowNs));
    const workers = this.#workers.map(({ planned }) => planned);
    return stepEnd(workers, endsOf(this.#waitsFor, left));
  }

  #difference(last: Float64Array, now: (shared: SharedState, direction: number) => number): PerDirection<number> {
    const since = (direction: number): number => {
      const sum = this.#workers.reduce((total, { shared }) => total + now(shared, direction), 0);
      // The totals start over at the end of the ramp.
      const difference = Math.max(0, sum - last[direction]!);
      last[direction] = sum;
      return difference;
    };
    return { read: since(0), write: since(1), trim: since(2) };
  }

  #recentP99Ns(): number | null {
    const recent = new Float64Array(bucketCount);
    for (const { shared } of this.#workers) {
      for (let operation = 0; operation < operationCount; operation++) {
        // Untouched columns are untouched memory: do not make it resident by reading it.
        if (shared.total.sums[operation * sumsPerOperation] === 0) continue;
        const base = operation * bucketCount;
        for (let bucket = 0; bucket < bucketCount; bucket++) recent[bucket]! += shared.total.counts[base + bucket]!;
      }
    }
    let count = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const now = recent[bucket]!;
      recent[bucket] = Math.max(0, now - this.#lastCounts[bucket]!);
      this.#lastCounts[bucket] = now;
      count += recent[bucket]!;
    }
    return count === 0 ? null : percentileNs(recent, count, 99);
  }
}

function perSecond(amount: PerDirection<number>, seconds: number): PerDirection<number> {
  return { read: amount.read / seconds, write: amount.write / seconds, trim: amount.trim / seconds };
}

function phaseName(phases: readonly number[]): Progress['phase'] {
  if (phases.some((phase) => phase === Phase.measuring)) return 'run';
  if (phases.some((phase) => phase === Phase.ramp)) return 'ramp';
  if (phases.some((phase) => phase === Phase.draining)) return 'drain';
  // Whoever has ended has nothing more to prepare: the others wait for their start, or what they wrote is being brought home.
  if (phases.every((phase) => phase === Phase.ended)) return 'drain';
  return phases.every((phase) => phase === Phase.ended || phase === Phase.waiting) ? 'wait' : 'prepare';
}

/** Of the measured part: by time, or by bytes when only data ends the job; null when neither is known. */
function fractionDone({ planned, shared }: WatchedWorker, nowNs: number): number | null {
  const phase = shared.control[controlPhase]!;
  if (phase === Phase.ended) return 1;
  if (phase < Phase.measuring) return 0;
  const { runtimeMs } = planned.job.schedule;
  const byTime = runtimeMs === null ? null : (nowNs - shared.marks[markStartNs]!) / (runtimeMs * 1e6);
  const byData = planned.ioBytes === null ? null : planned.ioBytes === 0 ? 1 : bytesDone(shared) / planned.ioBytes;
  if (byTime === null) return byData;
  return byData === null ? byTime : Math.max(byTime, byData);
}

function bytesDone(shared: SharedState): number {
  let bytes = 0;
  for (let direction = 0; direction < directions; direction++) {
    bytes += shared.totals[direction * totalsPerOperation + totalBytes]!;
  }
  return bytes;
}

/** Of this worker once it may begin; null when that is unknown. */
function secondsLeft({ planned, shared }: WatchedWorker, fraction: number | null, nowNs: number): number | null {
  if (shared.control[controlPhase]! === Phase.ended) return 0;
  if (shared.control[controlPhase]! < Phase.measuring) return plannedSeconds(planned);
  if (fraction === null) return null;
  const elapsed = (nowNs - shared.marks[markStartNs]!) / 1e9;
  return fraction > 0 ? (elapsed / fraction) * (1 - fraction) : (planned.job.schedule.runtimeMs ?? 0) / 1000;
}
