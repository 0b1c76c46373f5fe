/**
 * Who in a step starts when, and whom the end of one ends: `wait_for`, `exitall`, `exitall_on_error` and `exit_what`,
 * with fio's meaning. Pure: the coordinator tells it what happens and does what it says.
 */
import { isBesideIo } from '../plan/beside-io.js';
import type { PlannedWorker } from '../plan/types.js';

/** What the schedule reads of a worker. */
export interface ScheduledWorker {
  readonly job: Pick<PlannedWorker['job'], 'name' | 'groupIndex' | 'schedule' | 'ending' | 'engine'>;
}

interface EndEffects {
  /** Indexes of workers that end now, or do not begin. */
  readonly others: readonly number[];
  /** Nothing of this variant and repetition runs any more. */
  readonly endsLaterSteps: boolean;
}

export class StepSchedule {
  readonly #workers: readonly ScheduledWorker[];
  /** Of each worker the indexes of those that must end first. */
  readonly #waitsFor: readonly (readonly number[])[];
  readonly #started = new Set<number>();
  readonly #ended = new Set<number>();
  readonly #delaysMs: readonly number[];

  /** @param draw uniform in [0, 1), for delays out of a range */
  constructor(workers: readonly ScheduledWorker[], draw: () => number = Math.random) {
    this.#workers = workers;
    this.#waitsFor = waitsForOf(workers);
    this.#delaysMs = workers.map(({ job }) => {
      const { min, max } = job.schedule.startDelayMs;
      return min + draw() * (max - min);
    });
  }

  /** Since the start of the run's first jobs, as `startdelay` says; a range is drawn from once. */
  startDelayMs(index: number): number {
    return this.#delaysMs[index]!;
  }

  /** Workers that wait for nothing any more, each given once. */
  takeReady(): number[] {
    const ready = this.#workers.flatMap((_, index) => {
      if (this.#started.has(index) || this.#ended.has(index)) return [];
      return this.#waitsFor[index]!.every((other) => this.#ended.has(other)) ? [index] : [];
    });
    for (const index of ready) this.#started.add(index);
    return ready;
  }

  /** A worker has ended; one that never started brings nobody to an end. */
  noteEnd(index: number, hasErrors: boolean): EndEffects {
    const hasRun = this.#started.has(index);
    this.#ended.add(index);
    const { ending, groupIndex } = this.#workers[index]!.job;
    const endsOthers = ending.exitAll || (ending.exitAllOnError && hasErrors);
    if (!endsOthers || !hasRun) return { others: this.#thatComputeOn(), endsLaterSteps: false };
    const others = this.#workers.flatMap(({ job }, other) => {
      if (this.#ended.has(other)) return [];
      const isMeant =
        ending.exitWhat === 'all' ||
        (ending.exitWhat === 'group' ? job.groupIndex === groupIndex : this.#started.has(other));
      return isMeant ? [other] : [];
    });
    return { others, endsLaterSteps: ending.exitWhat === 'all' };
  }

  /** Nobody does I/O any more: those that compute only as long as somebody does. */
  #thatComputeOn(): number[] {
    const left = this.#workers.flatMap((worker, index) => (this.#ended.has(index) ? [] : [{ worker, index }]));
    const hadIo = this.#workers.some(({ job }) => !isBesideIo(job));
    if (!hadIo || left.some(({ worker }) => !isBesideIo(worker.job))) return [];
    return left.flatMap(({ worker: { job }, index }) =>
      job.engine.name === 'cpuio' && (job.engine.compute.endsWithIo || job.schedule.runtimeMs === null) ? [index] : [],
    );
  }
}

/** Of each worker the indexes of those whose end it waits for. A job of an earlier step has ended by then. */
export function waitsForOf(workers: readonly ScheduledWorker[]): number[][] {
  const byName = new Map<string, number[]>();
  for (const [index, { job }] of workers.entries()) {
    const named = byName.get(job.name);
    if (named === undefined) byName.set(job.name, [index]);
    else named.push(index);
  }
  return workers.map(({ job }, index) => {
    const { waitFor } = job.schedule;
    return waitFor === null ? [] : (byName.get(waitFor) ?? []).filter((other) => other < index);
  });
}

/**
 * When each worker ends, in seconds from now, from the time that each takes once it may begin (or still takes).
 * Whom a worker waits for stands above it, as job files have it. null = unknown.
 */
export function endsOf(
  waitsFor: readonly (readonly number[])[],
  seconds: readonly (number | null)[],
): (number | null)[] {
  const ends: (number | null)[] = [];
  for (const [index, own] of seconds.entries()) {
    let begin: number | null = 0;
    for (const other of waitsFor[index]!) {
      const end = ends[other]!;
      begin = begin === null || end === null ? null : Math.max(begin, end);
    }
    ends.push(own === null || begin === null ? null : begin + own);
  }
  return ends;
}

/** When the step ends, by when its workers would if nobody ended others; null = unknown. */
export function stepEnd(workers: readonly ScheduledWorker[], ends: readonly (number | null)[]): number | null {
  const groups = new Set(workers.map(({ job }) => job.groupIndex));
  const groupEnds = [...groups].map((group) => {
    const own = ends.filter((_, index) => workers[index]!.job.groupIndex === group);
    if (workers.some(({ job }) => job.groupIndex === group && job.ending.exitAll)) return least(own);
    return greatest(own);
  });
  const whole = greatest(groupEnds);
  const cuts = workers.map(({ job }, index) =>
    job.ending.exitAll && job.ending.exitWhat !== 'group' ? (ends[index] ?? null) : null,
  );
  return least([whole, ...cuts]);
}

function greatest(values: readonly (number | null)[]): number | null {
  return values.reduce((most, value) => (most === null || value === null ? null : Math.max(most, value)), 0);
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** How long a worker is to take once it may begin, s; null when its data decides. */
export function plannedSeconds({ job }: ScheduledWorker): number | null {
  const { runtimeMs, rampMs } = job.schedule;
  return runtimeMs === null ? null : (runtimeMs + rampMs) / 1000;
}

/** Between repetitions: time for the device to finish what it does by itself, in proportion to what it was given to do. */
export function pauseMsAfter(elapsedMs: number): number {
  return Math.min(1000, elapsedMs / 4);
}

/** How long a step is to take as far as that is known, s: what its data decides counts as its ramp alone. */
export function stepSeconds(workers: readonly ScheduledWorker[]): number {
  const seconds = workers.map((worker) => plannedSeconds(worker) ?? worker.job.schedule.rampMs / 1000);
  return stepEnd(workers, endsOf(waitsForOf(workers), seconds))!;
}
