/**
 * What a worker and the coordinator share: one SharedArrayBuffer per worker. A hot worker sees no messages and no
 * timers, so commands reach it as a word in memory; its counts live here, so that the coordinator can show them while
 * it runs and still has them when the worker dies.
 *
 *   Int32     control   [command, phase, cause of the end, ramp over, thread id]
 *   Float64   sums      each kind of latency: operation × [count, sum, min, max]
 *             totals    operation × [bytes, short transfers, errors]
 *             marks     [measured start ns, last seen ns, start delay ms, usage of the thread at the measured start × 6]
 *             levels    depth | submit | complete: level
 *             counts    total | completion | submission latency: operation × bucket
 *
 * Only the worker writes, except the command with its cause, and the delay. Completion and submission are present only when submission is timed.
 */
import { operationCount } from '../job/operation.js';
import { countsLength, sumColumnCount, sumsLength } from '../stats/latency.js';
import type { ThreadUsage } from '../system/thread.js';

/** `end`: the job is over, as another's end or a steady state has it; `stop` and `abandon`: the user wants no more. */
export const Command = { wait: 0, go: 1, end: 2, stop: 3, abandon: 4 } as const;
/** Why `end` came. */
export const EndCause = { none: 0, exitall: 1, steady: 2, roundsOver: 3 } as const;
export type EndCause = (typeof EndCause)[keyof typeof EndCause];
export const Phase = { preparing: 0, waiting: 1, ramp: 2, measuring: 3, draining: 4, ended: 5 } as const;

export const controlCommand = 0;
export const controlPhase = 1;
export const controlEndCause = 2;
/** 1: the group has done what its ramp asks for (ramp_size). */
export const controlRampOver = 3;
/** The worker's thread as the kernel numbers it, once it runs. */
export const controlThreadId = 4;
const controlWords = 16;

export const sumsPerOperation = sumColumnCount;
export const totalsPerOperation = 3;
export const totalBytes = 0;
export const totalShort = 1;
export const totalErrors = 2;

export const markStartNs = 0;
export const markNowNs = 1;
/** How long to wait after the start before the I/O begins, ms; written before `go`. */
export const markStartDelayMs = 2;
/** From here on: user and system ns, minor and major faults, voluntary and involuntary switches. */
export const markUsage = 3;
const markCount = 16;
const levelCount = 7;

/** One kind of latency: what a LatencyRecorder writes to. */
export interface LatencyMemory {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

/** Numbers of batches by size, fio's levels: what `iodepth_level`, `iodepth_submit`, `iodepth_complete` show. */
interface SharedLevels {
  readonly depth: Float64Array;
  readonly submit: Float64Array;
  readonly complete: Float64Array;
}

export interface SharedState {
  readonly buffer: SharedArrayBuffer;
  readonly control: Int32Array;
  readonly totals: Float64Array;
  readonly marks: Float64Array;
  readonly levels: SharedLevels;
  readonly total: LatencyMemory;
  readonly completion: LatencyMemory;
  readonly submission: LatencyMemory;
  readonly openLoop: LatencyMemory;
}

const sumsDoubles = sumsLength(operationCount);
const countsDoubles = countsLength(operationCount);

/** Which latencies are measured beside the total. */
export interface LatencyKinds {
  /** Submission and completion apart. */
  readonly submission: boolean;
  /** From the start that a rate intended. */
  readonly openLoop: boolean;
}

export function createSharedState(measured: LatencyKinds): SharedState {
  const kinds = 1 + (measured.submission ? 2 : 0) + (measured.openLoop ? 1 : 0);
  const doubles =
    kinds * (sumsDoubles + countsDoubles) + operationCount * totalsPerOperation + markCount + 3 * levelCount;
  return viewSharedState(new SharedArrayBuffer(controlWords * 4 + doubles * 8), measured);
}

/** The views of a buffer made by `createSharedState` with the same argument. */
export function viewSharedState(buffer: SharedArrayBuffer, measured: LatencyKinds): SharedState {
  let at = controlWords * 4;
  const take = (length: number): Float64Array => {
    const view = new Float64Array(buffer, at, length);
    at += length * 8;
    return view;
  };
  const totals = take(operationCount * totalsPerOperation);
  const marks = take(markCount);
  const levels = { depth: take(levelCount), submit: take(levelCount), complete: take(levelCount) };
  const takeLatency = (present: boolean): LatencyMemory => ({
    sums: take(present ? sumsDoubles : 0),
    counts: take(present ? countsDoubles : 0),
  });
  return {
    buffer,
    control: new Int32Array(buffer, 0, controlWords),
    totals,
    marks,
    levels,
    total: takeLatency(true),
    completion: takeLatency(measured.submission),
    submission: takeLatency(measured.submission),
    openLoop: takeLatency(measured.openLoop),
  };
}

/** Reads, writes and trims so far. */
export function bytesDone({ totals }: Pick<SharedState, 'totals'>): number {
  const of = (operation: number) => totals[operation * totalsPerOperation + totalBytes]!;
  return of(0) + of(1) + of(2);
}

/** For whoever wants to know meanwhile what the thread has used since. */
export function noteUsage({ marks }: SharedState, usage: ThreadUsage): void {
  const { userNs, systemNs, minorFaultCount, majorFaultCount, voluntarySwitchCount, involuntarySwitchCount } = usage;
  marks.set(
    [userNs, systemNs, minorFaultCount, majorFaultCount, voluntarySwitchCount, involuntarySwitchCount],
    markUsage,
  );
}

/** I/Os in all that have been completed. */
export function issuedCount({ total }: SharedState): number {
  return total.sums.reduce((sum, value, at) => (at % sumsPerOperation === 0 ? sum + value : sum), 0);
}
