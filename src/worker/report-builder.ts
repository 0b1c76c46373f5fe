/** Turns what a worker shared and noted into its report. The coordinator uses it too, for a worker that died. */
import { Operation } from '../job/operation.js';
import { factsWithoutRing } from '../stats/engine-facts.js';
import { latencyCounts, mergeLatencyCounts } from '../stats/latency.js';
import type { DirectionReport, LatencyCounts, WorkerReport } from '../stats/worker-report.js';
import type { ThreadUsage } from '../system/thread.js';
import type { BatchLevels } from './run-loop.js';
import {
  type LatencyMemory,
  type SharedState,
  sumsPerOperation,
  totalBytes,
  totalErrors,
  totalShort,
  totalsPerOperation,
} from './shared-state.js';

/** All of a report that is not in shared memory. */
type ReportExtras = Omit<WorkerReport, 'directions' | 'sync'>;

export function buildReport(shared: SharedState, extras: ReportExtras): WorkerReport {
  return {
    ...extras,
    directions: {
      read: directionReport(shared, [Operation.read]),
      write: directionReport(shared, [Operation.write]),
      trim: directionReport(shared, [Operation.trim]),
    },
    sync: directionReport(shared, [Operation.sync, Operation.dataSync, Operation.syncRange]),
  };
}

/** What a thread used in the measured time. */
export function usagePart(used: ThreadUsage) {
  return {
    userCpuNs: used.userNs,
    systemCpuNs: used.systemNs,
    voluntarySwitchCount: used.voluntarySwitchCount,
    involuntarySwitchCount: used.involuntarySwitchCount,
    majorFaultCount: used.majorFaultCount,
    minorFaultCount: used.minorFaultCount,
  };
}

export function levelsPart({ depth, submit, complete }: BatchLevels) {
  return {
    depthLevels: Array.from(depth),
    submitLevels: Array.from(submit),
    completeLevels: Array.from(complete),
  };
}

/** A report's other half for a worker that can no longer say anything: only what shared memory holds is known. */
export function extrasOfLostWorker(
  elapsedNs: number,
  startedEpochMs: number,
  seed: number,
  label: string,
): ReportExtras {
  return {
    startedEpochMs,
    jobStartMs: startedEpochMs,
    elapsedNs,
    series: [],
    userCpuNs: 0,
    systemCpuNs: 0,
    ringThreadCpuNs: 0,
    voluntarySwitchCount: 0,
    involuntarySwitchCount: 0,
    majorFaultCount: 0,
    minorFaultCount: 0,
    depthLevels: Array(7).fill(0),
    submitLevels: Array(7).fill(0),
    completeLevels: Array(7).fill(0),
    engine: factsWithoutRing(label, 0),
    clockReadNs: 0,
    loopNsPerIo: 0,
    garbageCollectionCount: 0,
    seed,
    error: null,
    toleratedErrorCount: 0,
    firstToleratedErrno: 0,
    fatalIsCounted: false,
    toleratedErrors: [],
    ended: 'error',
    depthFound: null,
  };
}

function directionReport(shared: SharedState, operations: readonly number[]): DirectionReport {
  const sum = (column: number): number =>
    operations.reduce((total, operation) => total + shared.totals[operation * totalsPerOperation + column]!, 0);
  // Of a worker that goes on, one moment counts: the sums are read right before the buckets are copied, which is quick.
  const bytesAndErrors = { byteCount: sum(totalBytes), shortCount: sum(totalShort), errorCount: sum(totalErrors) };
  const total = latencyOf(shared.total, operations);
  return {
    ioCount: total.count,
    ...bytesAndErrors,
    total,
    completion: latencyOf(shared.completion, operations),
    submission: latencyOf(shared.submission, operations),
    openLoop: latencyOf(shared.openLoop, operations),
  };
}

/** Columns that were never written are untouched memory, and stay so. */
function latencyOf(memory: LatencyMemory, operations: readonly number[]): LatencyCounts {
  const used = operations.filter((operation) => (memory.sums[operation * sumsPerOperation] ?? 0) > 0);
  return mergeLatencyCounts(used.map((operation) => latencyCounts(memory.counts, memory.sums, operation)));
}
