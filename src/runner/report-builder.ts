/** Turns what a worker shared and noted into its report. The coordinator uses it too, for a worker that died. */
import { type EngineFacts, Operation } from '../engines/engine.js';
import { bucketCount } from '../stats/latency.js';
import type { DirectionReport, LatencyCounts, WorkerReport } from '../stats/worker-report.js';
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
export type ReportExtras = Omit<WorkerReport, 'directions' | 'sync'>;

export function buildReport(shared: SharedState, extras: ReportExtras): WorkerReport {
  return {
    ...extras,
    directions: {
      read: directionReport(shared, [Operation.read]),
      write: directionReport(shared, [Operation.write]),
      trim: directionReport(shared, [Operation.trim]),
    },
    sync: directionReport(shared, [Operation.sync, Operation.dataSync]),
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
    engine: factsOfLostEngine(label),
    clockReadNs: 0,
    loopNsPerIo: 0,
    garbageCollectionCount: 0,
    seed,
    error: null,
    toleratedErrorCount: 0,
    firstToleratedErrno: 0,
    ended: 'error',
  };
}

function factsOfLostEngine(label: string): EngineFacts {
  return {
    label,
    depth: 0,
    binding: null,
    setupFlags: [],
    features: [],
    fixedBuffers: false,
    fixedFiles: false,
    fallbacks: [],
    enterCount: 0,
    retryCount: 0,
    wakeupCount: 0,
    overflowCount: 0,
  };
}

function directionReport(shared: SharedState, operations: readonly number[]): DirectionReport {
  const sum = (column: number): number =>
    operations.reduce((total, operation) => total + shared.totals[operation * totalsPerOperation + column]!, 0);
  const total = latencyCounts(shared.total, operations);
  return {
    ioCount: total.count,
    byteCount: sum(totalBytes),
    shortCount: sum(totalShort),
    errorCount: sum(totalErrors),
    total,
    completion: latencyCounts(shared.completion, operations),
    submission: latencyCounts(shared.submission, operations),
  };
}

const nothing: LatencyCounts = { counts: new Float64Array(0), count: 0, sumNs: 0, minNs: 0, maxNs: 0 };

function latencyCounts(memory: LatencyMemory, operations: readonly number[]): LatencyCounts {
  const parts = operations.map((operation) => oneOperation(memory, operation)).filter(({ count }) => count > 0);
  const [first, ...others] = parts;
  if (first === undefined) return nothing;
  if (others.length === 0) return first;
  const counts = first.counts.slice();
  for (const other of others)
    for (let bucket = 0; bucket < bucketCount; bucket++) counts[bucket]! += other.counts[bucket]!;
  return {
    counts,
    count: parts.reduce((sum, part) => sum + part.count, 0),
    sumNs: parts.reduce((sum, part) => sum + part.sumNs, 0),
    minNs: Math.min(...parts.map((part) => part.minNs)),
    maxNs: Math.max(...parts.map((part) => part.maxNs)),
  };
}

function oneOperation(memory: LatencyMemory, operation: number): LatencyCounts {
  const count = memory.sums[operation * sumsPerOperation] ?? 0;
  if (count === 0) return nothing;
  const [, sumNs, minNs, maxNs] = memory.sums.subarray(operation * sumsPerOperation);
  return {
    counts: memory.counts.subarray(operation * bucketCount, (operation + 1) * bucketCount),
    count,
    sumNs: sumNs!,
    minNs: minNs!,
    maxNs: maxNs!,
  };
}
