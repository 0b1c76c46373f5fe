/**
 * What one worker measured, raw: counts and sums, nothing derived. `summary.ts` turns reports into a result.
 * Everything here was measured after the ramp.
 */

import type { ChainOptions } from '../job/job.js';
import type { Direction } from '../job/per-direction.js';
import type { EngineFacts } from './engine-facts.js';
import type { KernelWork } from './kernel-work.js';
import type { VerifyReport } from './verify-report.js';

/** One kind of latency of one direction. Bucket geometry: see latency.ts. Empty when it was not measured. */
export interface LatencyCounts {
  /** How many latencies fell into each bucket; length = bucketCount, or 0 when not measured. */
  readonly counts: Float64Array;
  readonly count: number;
  readonly sumNs: number;
  /** Exact; 0 when count is 0. */
  readonly minNs: number;
  readonly maxNs: number;
}

export interface DirectionReport {
  readonly ioCount: number;
  readonly byteCount: number;
  readonly shortCount: number;
  readonly errorCount: number;
  /** Submission begun → completion seen (fio's lat). */
  readonly total: LatencyCounts;
  /** Handed to the kernel → completion seen (fio's clat). Empty unless submission is measured: then it equals total. */
  readonly completion: LatencyCounts;
  /** Submission begun → handed to the kernel (fio's slat). Empty unless measured. */
  readonly submission: LatencyCounts;
  /** Start that the rate intended → completion seen. Empty without a rate. */
  readonly openLoop: LatencyCounts;
}

/** One window of the series: what was completed in (startNs, endNs], both since the measured start. */
export interface SeriesWindow {
  readonly startNs: number;
  readonly endNs: number;
  readonly ioCount: Readonly<Record<Direction, number>>;
  readonly byteCount: Readonly<Record<Direction, number>>;
  /** Sum of total latencies in the window, for a mean per window. */
  readonly totalNsSum: Readonly<Record<Direction, number>>;
}

export interface WorkerError {
  /** errno > 0. */
  readonly errno: number;
  /** What was being done: `read of 4096 bytes at offset 8192 of /dev/sda`. */
  readonly during: string;
  /** Why and what to do, where more is known than what the error means in general. */
  readonly refusal?: { readonly reason: string; readonly advice: string } | null;
}

/** Whether the figures had become steady, and the window by which that was judged. */
export interface SteadyStateReport {
  readonly isAttained: boolean;
  /** What is compared with the limit: of the slope or the largest distance, in per cent of the mean or plain; 0 before the window is full. */
  readonly criterion: number;
  /** Largest distance from the mean; 0 where the slope is judged. */
  readonly maxDeviation: number;
  /** Per interval; 0 where the distance is judged. */
  readonly slope: number;
  /** One value for each interval of the window, oldest first; 0 for those that did not come. */
  readonly iops: readonly number[];
  readonly bytesPerSecond: readonly number[];
  /** Mean completion latency. */
  readonly latencyNs: readonly number[];
  /** Under the SNIA's definition (`criterion` is the range then, and so is `maxDeviation`): the judged figure of all rounds. */
  readonly rounds?: readonly number[];
}

export interface PriorityReport {
  /** As ioprio_set(2) packs it. */
  readonly priority: number;
  readonly latency: LatencyCounts;
}

/** One element of a chain, `write:4` being one. */
export interface ChainElementReport {
  readonly name: string;
  /** Requests that did what was asked. */
  readonly doneCount: number;
  readonly byteCount: number;
  /** Requests that transferred less. */
  readonly shortCount: number;
  readonly failedCount: number;
  /** Cancelled (ECANCELED) or not begun, because one before them broke the chain. */
  readonly cancelledCount: number;
  /** Of those done: seen complete at the same look as the one before, so that their latency is 0. */
  readonly togetherCount: number;
  /** Of those done: from when the request before was seen complete, the first from the chain's submission on. */
  readonly latency: LatencyCounts;
}

export interface ChainReport {
  readonly options: ChainOptions;
  readonly completeCount: number;
  /** Some element failed or was short. */
  readonly brokenCount: number;
  /** The kernel took a part of a chain only, so that its rest began without waiting. */
  readonly tornCount: number;
  readonly elements: readonly ChainElementReport[];
}

export interface WorkerReport {
  /** Of jobs whose I/Os are chains. */
  readonly chain?: ChainReport;
  /** `own`: what the thread ran with. Per priority only where I/Os got theirs by lot, else null: all had `own`. */
  readonly priorities?: {
    readonly own: number;
    readonly read: readonly PriorityReport[] | null;
    readonly write: readonly PriorityReport[] | null;
  };
  /** When the measured part began, ms since 1970. */
  readonly startedEpochMs: number;
  /** When the job began, before any ramp, on the clock of `job_start_clock_id`, ms. */
  readonly jobStartMs: number;
  /** Measured time without the ramp. */
  readonly elapsedNs: number;
  readonly directions: Readonly<Record<Direction, DirectionReport>>;
  /** fsync and fdatasync together, as fio's `sync`. */
  readonly sync: DirectionReport;
  readonly series: readonly SeriesWindow[];
  /** Where the windows behind the spread of IOPS have a width of their own; absent = `series` has both. */
  readonly iopsSeries?: readonly SeriesWindow[];
  /** This thread alone (getrusage RUSAGE_THREAD). */
  readonly userCpuNs: number;
  readonly systemCpuNs: number;
  /** Kernel threads that worked for this thread's ring: SQPOLL and io-wq. */
  readonly ringThreadCpuNs: number;
  readonly voluntarySwitchCount: number;
  readonly involuntarySwitchCount: number;
  readonly majorFaultCount: number;
  readonly minorFaultCount: number;
  /** I/Os issued with so many in flight: 1, 2, 4, 8, 16, 32, ≥64. */
  readonly depthLevels: readonly number[];
  /** Submissions by requests per call: 0, ≤4, ≤8, ≤16, ≤32, ≤64, >64. */
  readonly submitLevels: readonly number[];
  /** Reaps by completions per call, same levels. */
  readonly completeLevels: readonly number[];
  readonly engine: EngineFacts;
  /** Cost of one clock reading, and of the loop without an engine, per I/O: the ruler. */
  readonly clockReadNs: number;
  readonly loopNsPerIo: number;
  readonly garbageCollectionCount: number;
  readonly seed: number;
  /** First error that ended the job; null when none did. */
  readonly error: WorkerError | null;
  /** Errors that were counted and passed over (continue_on_error). */
  readonly toleratedErrorCount: number;
  readonly firstToleratedErrno: number;
  /** `error` fell into a direction whose errors are counted, so fio's total_err has it too. */
  readonly fatalIsCounted: boolean;
  /** It was stopped, or failed, before its ramp was over: nothing was measured. */
  readonly endedInRamp?: boolean;
  /** With error_dump what was passed over, the first thousand. */
  readonly toleratedErrors: readonly WorkerError[];
  /** The depth that `latency_target` came to; null without one. */
  readonly depthFound: number | null;
  /** With `verify`. */
  readonly verify?: VerifyReport;
  /** Of jobs with `zonemode=zbd`: zones with data that were reset. */
  readonly zoneResetCount?: number;
  /** Where a direction's I/O did not take all of the measured time: what was written was read back after it. */
  readonly directionNs?: Readonly<Record<Direction, number>>;
  /** What the kernel did meanwhile, with --explain. */
  readonly kernelWork?: KernelWork;
  /** Why the worker stopped. */
  readonly ended: 'runtime' | 'done' | 'error' | 'interrupted' | 'steady' | 'exitall';
}
