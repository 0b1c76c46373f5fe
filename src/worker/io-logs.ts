/**
 * What a worker notes for its logs, I/O by I/O: observers of the run loop that put records into the ring which the
 * thread of the logs empties. They allocate nothing, and begin with the measured time.
 */
import { type CommandPriorities, jobPriority } from '../engines/command-priority.js';
import type { Requests } from '../engines/requests.js';
import type { Job } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { logWindows } from '../job/windows.js';
import { fioBucketCount, fioBucketIndex } from '../logs/fio-buckets.js';
import {
  createRecordSink,
  factEndNs,
  factEpochMs,
  histogramTag,
  issuedTag,
  RecordRing,
  recordWidth,
  ringNotes,
  windowTag,
} from '../logs/record-ring.js';
import type { PlannedWorker } from '../plan/types.js';
import { clockMs } from '../system/clock.js';
import { timesSubmission } from './job-rules.js';
import type { CompletionObserver } from './loop-hooks.js';
import type { IoSource, LoopClock } from './run-loop.js';
import { batchNowNs, type SlotTimes } from './slot-times.js';

const directionCount = 3;
const never = Number.NEGATIVE_INFINITY;

interface LogParts {
  readonly ring: RecordRing;
  readonly requests: Requests;
  readonly times: SlotTimes;
  /** [start of the measured time]; Infinity before it */
  readonly startNs: Float64Array;
  /** `SlotTimes.submittedNs` is written. */
  readonly isTimed: boolean;
  /** What the job runs with (ioprio_set(2)); 0 = none. */
  readonly ownPriority: number;
  /** Where I/Os get priorities by lot. */
  readonly priorities: CommandPriorities | null;
}

/** A record for each I/O. */
export class IoLog implements CompletionObserver {
  readonly #parts: LogParts;

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  completed(slot: number): void {
    const { ring, requests, times, startNs, isTimed, ownPriority, priorities } = this.#parts;
    const operation = requests.operation[slot]!;
    if (operation > Operation.trim || !(times.batchNs[batchNowNs]! >= startNs[0]!)) return;
    const at = ring.claim();
    const { records } = ring;
    records[at] = operation;
    records[at + 1] = times.batchNs[batchNowNs]! - startNs[0]!;
    records[at + 2] = times.batchNs[batchNowNs]! - times.issuedNs[slot]!;
    records[at + 3] = isTimed ? times.submittedNs[slot]! - times.issuedNs[slot]! : 0;
    records[at + 4] = times.batchNs[batchNowNs]! - (isTimed ? times.submittedNs[slot]! : times.issuedNs[slot]!);
    records[at + 5] = requests.byteCount[slot]!;
    records[at + 6] = requests.offset[slot]!;
    records[at + 7] = priorities === null ? ownPriority : priorities.meant(slot);
    ring.publish();
  }
}

/** Which of `windowKinds` share the windows of one length. */
interface WindowFlags {
  readonly bandwidth: boolean;
  readonly iops: boolean;
  readonly latency: boolean;
}

const countColumn = 0;
const bytesColumn = 1;
const totalSum = 2;
const totalMax = 3;
const completionSum = 4;
const completionMax = 5;
const submissionSum = 6;
const submissionMax = 7;
const columnCount = 8;

/** A record for each window, kind and direction in which something was completed. */
class WindowLog implements CompletionObserver {
  readonly #parts: LogParts;
  readonly #flags: WindowFlags;
  /** direction × columns */
  readonly #sums = new Float64Array(directionCount * columnCount);
  /** [length of a window, end of the present one; both ns] */
  readonly #window: Float64Array;

  constructor(parts: LogParts, averageMs: number, flags: WindowFlags) {
    this.#parts = parts;
    this.#flags = flags;
    this.#window = Float64Array.of(averageMs * 1e6, 0);
  }

  completed(slot: number): void {
    const { requests, times, startNs, isTimed } = this.#parts;
    const operation = requests.operation[slot]!;
    if (operation > Operation.trim || !(times.batchNs[batchNowNs]! >= startNs[0]!)) return;
    if (times.batchNs[batchNowNs]! - startNs[0]! >= this.#window[1]!) this.#turn();
    const sums = this.#sums;
    const row = operation * columnCount;
    sums[row] = sums[row]! + 1;
    sums[row + bytesColumn] = sums[row + bytesColumn]! + requests.byteCount[slot]!;
    this.#note(row + totalSum, slot, times.issuedNs);
    this.#note(row + completionSum, slot, isTimed ? times.submittedNs : times.issuedNs);
    if (isTimed) {
      const submission = times.submittedNs[slot]! - times.issuedNs[slot]!;
      sums[row + submissionSum] = sums[row + submissionSum]! + submission;
      if (submission > sums[row + submissionMax]!) sums[row + submissionMax] = submission;
    }
  }

  /**
   * Closes the last window. Of a part of one there are latencies, but no rates: as with fio, which would have to
   * extrapolate them.
   */
  finish(nowNs: number): void {
    const elapsedNs = nowNs - this.#parts.startNs[0]!;
    const [lengthNs, endNs] = this.#window as unknown as [number, number];
    if (endNs === 0) return;
    const ms = Math.floor(elapsedNs / 1e6);
    const isFull = elapsedNs >= endNs;
    if (isFull) this.#emit(endNs / 1e6, lengthNs / 1e6, true);
    else if (ms > (endNs - lengthNs) / 1e6) this.#emit(ms, 0, false);
  }

  #note(at: number, slot: number, fromNs: Float64Array): void {
    const { times } = this.#parts;
    const sums = this.#sums;
    const latency = times.batchNs[batchNowNs]! - fromNs[slot]!;
    sums[at] = sums[at]! + latency;
    if (latency > sums[at + 1]!) sums[at + 1] = latency;
  }

  /** The present window is over: writes it down and begins the one that now lies in. */
  #turn(): void {
    const { times, startNs } = this.#parts;
    const window = this.#window;
    const lengthNs = window[0]!;
    if (window[1]! > 0) this.#emit(window[1]! / 1e6, lengthNs / 1e6, true);
    window[1] = (Math.floor((times.batchNs[batchNowNs]! - startNs[0]!) / lengthNs) + 1) * lengthNs;
  }

  #emit(ms: number, lengthMs: number, withRates: boolean): void {
    const sums = this.#sums;
    const { bandwidth, iops, latency } = this.#flags;
    for (let direction = 0; direction < directionCount; direction++) {
      const row = direction * columnCount;
      const count = sums[row + countColumn]!;
      if (count === 0) continue;
      if (withRates) {
        const kibPerSecond = Math.floor((sums[row + bytesColumn]! * 1000) / lengthMs / 1024);
        const perSecond = Math.floor((count * 1000) / lengthMs);
        if (bandwidth) this.#put(0, direction, ms, kibPerSecond, kibPerSecond);
        if (iops) this.#put(1, direction, ms, perSecond, perSecond);
      }
      if (latency) this.#putLatencies(direction, ms, count);
      sums.fill(0, row, row + columnCount);
    }
  }

  #putLatencies(direction: number, ms: number, count: number): void {
    const sums = this.#sums;
    const row = direction * columnCount;
    const mean = (at: number): number => Math.floor(sums[row + at]! / count + 0.5);
    this.#put(2, direction, ms, mean(totalSum), sums[row + totalMax]!);
    this.#put(3, direction, ms, mean(completionSum), sums[row + completionMax]!);
    if (this.#parts.isTimed) this.#put(4, direction, ms, mean(submissionSum), sums[row + submissionMax]!);
  }

  #put(kind: number, direction: number, ms: number, value: number, maximum: number): void {
    const { ring } = this.#parts;
    const at = ring.claim();
    ring.records[at] = windowTag + kind * 4 + direction;
    ring.records[at + 1] = ms;
    ring.records[at + 2] = value;
    ring.records[at + 3] = maximum;
    ring.publish();
  }
}

/** The buckets of completion latency, each `histogramMs` and direction: what came since the last time. */
class HistogramLog implements CompletionObserver {
  readonly #parts: LogParts;
  readonly #counts = new Float64Array(directionCount * fioBucketCount);
  /** [time between histograms, then the start of the present one by direction; ms, −∞ before the first I/O] */
  readonly #lastMs: Float64Array;

  constructor(parts: LogParts, histogramMs: number) {
    this.#parts = parts;
    this.#lastMs = Float64Array.of(histogramMs, never, never, never);
  }

  completed(slot: number): void {
    const { requests, times, startNs, isTimed } = this.#parts;
    const operation = requests.operation[slot]!;
    if (operation > Operation.trim || !(times.batchNs[batchNowNs]! >= startNs[0]!)) return;
    const from = isTimed ? times.submittedNs : times.issuedNs;
    const bucket = operation * fioBucketCount + fioBucketIndex(times.batchNs[batchNowNs]! - from[slot]!);
    this.#counts[bucket] = this.#counts[bucket]! + 1;
    const lastMs = this.#lastMs;
    if ((times.batchNs[batchNowNs]! - startNs[0]!) / 1e6 - lastMs[operation + 1]! >= lastMs[0]!)
      this.#turn(slot, operation);
  }

  #turn(slot: number, operation: number): void {
    const { ring, requests, times, startNs } = this.#parts;
    const lastMs = this.#lastMs;
    const ms = Math.floor((times.batchNs[batchNowNs]! - startNs[0]!) / 1e6);
    const last = lastMs[operation + 1]!;
    if (last === never) {
      lastMs[operation + 1] = ms;
      return;
    }
    if (ms - last < lastMs[0]!) return;
    // As fio: the time between is kept on average, however late the I/O comes that notices.
    lastMs[operation + 1] = last + lastMs[0]!;
    const head = ring.claim();
    ring.records[head] = histogramTag + operation;
    ring.records[head + 1] = ms;
    ring.records[head + 5] = requests.byteCount[slot]!;
    ring.publish();
    const counts = this.#counts;
    const first = operation * fioBucketCount;
    for (let bucket = first; bucket < first + fioBucketCount; bucket += recordWidth) {
      const at = ring.claim();
      for (let k = 0; k < recordWidth; k++) ring.records[at + k] = counts[bucket + k]!;
      ring.publish();
    }
    counts.fill(0, first, first + fioBucketCount);
  }
}

/** A workload whose I/Os are recorded as they are issued: for write_iolog. */
class RecordedSource implements IoSource {
  readonly #source: IoSource;
  readonly #requests: Requests;
  readonly #ring: RecordRing;
  readonly #clock: LoopClock;
  /** [now, start of the recording] */
  readonly #stampNs: Float64Array;

  constructor(source: IoSource, requests: Requests, ring: RecordRing, clock: LoopClock) {
    this.#source = source;
    this.#requests = requests;
    this.#ring = ring;
    this.#clock = clock;
    this.#stampNs = new Float64Array(2);
    clock.record(this.#stampNs, 1);
  }

  next(slot: number): boolean {
    if (!this.#source.next(slot)) return false;
    const requests = this.#requests;
    this.#clock.record(this.#stampNs, 0);
    const at = this.#ring.claim();
    const { records } = this.#ring;
    records[at] = issuedTag + requests.operation[slot]!;
    records[at + 1] = this.#stampNs[0]! - this.#stampNs[1]!;
    records[at + 5] = requests.byteCount[slot]!;
    records[at + 6] = requests.offset[slot]!;
    records[at + 7] = requests.fileIndex[slot]!;
    this.#ring.publish();
    return true;
  }
}

/** All that a worker hangs into its loop for its logs. */
export interface WorkerLogs {
  readonly observers: readonly CompletionObserver[];
  /** The workload, recorded where the job asks for it. */
  source(workload: IoSource): IoSource;
  /** The measured time begins. */
  begin(nowNs: number): void;
  /** It has ended: what has not been written down yet is. */
  finish(nowNs: number): void;
}

interface WorkerLogParts {
  /** Where records go; null in a rehearsal, which keeps none. */
  readonly memory: SharedArrayBuffer | null;
  readonly requests: Requests;
  readonly times: SlotTimes;
  readonly clock: LoopClock;
  readonly priorities: CommandPriorities | null;
  /** The run is left in a hurry: entries may be dropped. */
  readonly mustGiveUp: () => boolean;
}

/** null when the job writes no logs. */
export function createWorkerLogs(planned: PlannedWorker, given: WorkerLogParts): WorkerLogs | null {
  const { job, logs } = planned;
  if (logs === null) return null;
  const { memory, requests, times, clock } = given;
  const ring = memory === null ? createRecordSink() : new RecordRing(memory, given.mustGiveUp);
  const startNs = Float64Array.of(memory === null ? 0 : Number.POSITIVE_INFINITY);
  const { observers, windows } = createObservers(job, {
    ring,
    requests,
    times,
    startNs,
    isTimed: timesSubmission(planned),
    ownPriority: jobPriority(job.process),
    priorities: given.priorities,
  });
  const openedNs = clock.nowNs();
  return {
    observers,
    source: (workload) => (job.logs.iolog === null ? workload : new RecordedSource(workload, requests, ring, clock)),
    begin: (nowNs) => {
      if (memory !== null && logs.epochClockId !== null) ringNotes(memory)[factEpochMs] = clockMs(logs.epochClockId);
      startNs[0] = nowNs;
    },
    finish: (nowNs) => {
      for (const window of windows) window.finish(nowNs);
      if (memory !== null) ringNotes(memory)[factEndNs] = clock.nowNs() - openedNs;
    },
  };
}

interface Observers {
  readonly observers: readonly CompletionObserver[];
  readonly windows: readonly WindowLog[];
}

function createObservers({ logs, measure }: Job, parts: LogParts): Observers {
  const { bandwidthMs, iopsMs, latencyMs } = logWindows({ logs, measure });
  const kinds = [
    { ms: bandwidthMs, bandwidth: logs.bandwidth !== null, iops: false, latency: false },
    { ms: iopsMs, bandwidth: false, iops: logs.iops !== null, latency: false },
    { ms: latencyMs, bandwidth: false, iops: false, latency: logs.latency !== null },
  ].filter(({ bandwidth, iops, latency }) => bandwidth || iops || latency);
  // Kinds of one width share their windows.
  const groups = [...new Set(kinds.map(({ ms }) => ms))].map((ms) => {
    const own = kinds.filter((kind) => kind.ms === ms);
    const has = (flag: keyof WindowFlags): boolean => own.some((kind) => kind[flag]);
    return { ms, bandwidth: has('bandwidth'), iops: has('iops'), latency: has('latency') };
  });
  const windows = groups.filter(({ ms }) => ms > 0).map(({ ms, ...flags }) => new WindowLog(parts, ms, flags));
  return {
    observers: [
      ...(groups.some(({ ms }) => ms === 0) ? [new IoLog(parts)] : []),
      ...windows,
      ...(logs.histogram !== null && logs.histogramMs > 0 ? [new HistogramLog(parts, logs.histogramMs)] : []),
    ],
    windows,
  };
}
