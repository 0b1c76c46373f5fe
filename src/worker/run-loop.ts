/**
 * The one hot loop, for every engine:
 *
 *   while time is left:
 *     fill free slots        workload.next(slot), engine.queue(slot)
 *     clock: submission      one reading for the batch (none for reads one at a time: see readsTwice)
 *     engine.submitAndReap   one round trip to the kernel
 *     clock: completion      one reading for the batch
 *     record and free slots
 *
 * It allocates nothing and throws nothing. A worker runs it with one engine class and one workload shape only: V8 keeps
 * type feedback per isolate, and a loop that has seen several classes pays several times as much per call.
 */
import type { Engine } from '../engines/engine.js';
import type { Requests } from '../engines/requests.js';
import type { LatencyRecorder } from '../stats/latency.js';
import type { ErrorPolicy } from './error-policy.js';
import type { CompletionObserver, Pacer } from './loop-hooks.js';
import { Command, controlCommand, totalBytes, totalsPerOperation } from './shared-state.js';
import { batchIssuedNs, batchNowNs, batchUntilNs, type SlotTimes } from './slot-times.js';

/** Numbers of batches by size, fio's levels: what `iodepth_level`, `iodepth_submit`, `iodepth_complete` show. */
export interface BatchLevels {
  /** I/Os by requests in flight: 1, 2–3, 4–7, … ≥64. */
  readonly depth: Float64Array;
  /** Calls by requests submitted: 0, 1–4, 5–8, … >64. */
  readonly submit: Float64Array;
  /** Calls by completions reaped, likewise. */
  readonly complete: Float64Array;
}

export function createBatchLevels(): BatchLevels {
  return { depth: new Float64Array(7), submit: new Float64Array(7), complete: new Float64Array(7) };
}

/** The clock of clock.ts, as the loop needs it: a reading goes straight into an array, where nothing is boxed. */
export interface LoopClock {
  nowNs(): number;
  record(target: Float64Array, index: number): void;
}

/** Where I/Os come from: a workload. One class per worker. */
export interface IoSource {
  /** Fills row `slot`. False when everything has been issued. */
  next(slot: number): boolean;
}

export interface LoopParts {
  readonly engine: Engine;
  readonly workload: IoSource;
  readonly requests: Requests;
  /** Slots in use. */
  readonly depth: number;
  /** Buffers are prepared for writes while slots are filled. */
  readonly fillsBuffers: boolean;
  /** Requests per submission; null adapts it, see `nextBatch`. */
  readonly batchSubmit: number | null;
  /** Completions to wait for; 0 polls. */
  readonly completionsMin: number;
  /** Once every slot is taken, refill only when this few are in flight; depth = always. */
  readonly depthLow: number;
  readonly clock: LoopClock;
  /** Words shared with the coordinator; `controlCommand` stops the loop. */
  readonly control: Int32Array;
  /** operation × [bytes, short, errors]. */
  readonly totals: Float64Array;
  readonly total: LatencyRecorder;
  /** Both or neither: submission timed by itself. */
  readonly completion: LatencyRecorder | null;
  readonly submission: LatencyRecorder | null;
  readonly levels: BatchLevels;
  readonly errors: ErrorPolicy;
  /** Made for `depth` slots. */
  readonly times: SlotTimes;
  /** null = each I/O starts as soon as a slot is free. */
  readonly pacer: Pacer | null;
  readonly observer: CompletionObserver | null;
}

export const LoopExit = {
  /** The time given is over. */
  time: 0,
  /** The workload has nothing left and all is reaped. */
  done: 1,
  /** A command says stop, or an error ended the job; requests may be in flight. */
  stop: 2,
  /** The pacer ends a stretch; nothing is in flight. */
  pause: 3,
} as const;
export type LoopExit = (typeof LoopExit)[keyof typeof LoopExit];

export class RunLoop {
  readonly #parts: LoopParts & {
    readonly callNs: Float64Array | null;
    readonly runsAhead: boolean;
    readonly issuedNs: Float64Array;
  };
  /** A stack of free slots: [0, freeCount). */
  readonly #free: Int32Array;
  #freeCount: number;
  #batchSubmit: number;
  readonly #submittedNs: Float64Array;
  readonly #times: Float64Array;
  #isRefilling = true;

  constructor(parts: LoopParts) {
    const callNs = parts.engine.callNs ?? null;
    this.#parts = { ...parts, callNs, runsAhead: callNs !== null && parts.depth > 1, issuedNs: parts.times.issuedNs };
    this.#free = Int32Array.from({ length: parts.depth }, (_, index) => parts.depth - 1 - index);
    this.#freeCount = parts.depth;
    this.#batchSubmit = Math.min(parts.batchSubmit ?? batchMin, parts.depth);
    this.#submittedNs = parts.times.submittedNs;
    this.#times = parts.times.batchNs;
    this.#times.fill(parts.clock.nowNs());
  }

  /** When the last batch was seen complete, on the loop's clock. */
  get nowNs(): number {
    return this.#times[batchNowNs]!;
  }

  get inFlightCount(): number {
    return this.#parts.depth - this.#freeCount;
  }

  /** What is measured from now on has a schedule of its own. */
  restartPacer(isRamp: boolean): void {
    this.#parts.clock.record(this.#times, batchNowNs);
    this.#parts.pacer?.restart(isRamp);
  }

  /** Runs batches until the clock passes `untilNs`. Call it again to go on. */
  runUntil(untilNs: number): LoopExit {
    const { engine, workload, requests, depth, completionsMin, depthLow, clock, control, totals } = this.#parts;
    const { total, submission, levels, pacer, observer, callNs, runsAhead, issuedNs } = this.#parts;
    const { operation, byteCount } = requests;
    const { completedSlot, completedResult } = engine;
    const free = this.#free;
    // Read from the array each time: kept in a variable across batches, the number would be boxed.
    const times = this.#times;
    // With one slot, a read begins where the one before it was seen complete: what lies between is less than a reading.
    // A write's buffer is filled in between, so it is timed by two.
    const readsTwice = depth > 1 || submission !== null || this.#parts.fillsBuffers || pacer !== null;
    times[batchUntilNs] = untilNs;
    clock.record(times, batchNowNs);
    const adaptsBatch = this.#parts.batchSubmit === null;
    let batchSubmit = this.#batchSubmit;
    let freeCount = this.#freeCount;
    let exit: LoopExit = LoopExit.time;

    while (times[batchNowNs]! < untilNs) {
      // A plain load: the calls below keep it from being hoisted, and a late look costs one batch.
      if (control[controlCommand]! >= Command.end) {
        exit = LoopExit.stop;
        break;
      }
      const freeBefore = freeCount;
      let isExhausted = false;
      let isHeld = false;
      if (this.#isRefilling) {
        const stopAt = freeCount > batchSubmit ? freeCount - batchSubmit : 0;
        while (freeCount > stopAt) {
          if (pacer !== null && !pacer.mayStart(depth - freeCount)) {
            isHeld = true;
            break;
          }
          const slot = free[freeCount - 1]!;
          if (!workload.next(slot)) {
            isExhausted = true;
            break;
          }
          freeCount--;
          if (pacer !== null) pacer.started(slot);
          engine.queue(slot);
        }
      }
      const inFlight = depth - freeCount;
      if (inFlight === 0) {
        if (isHeld && !this.#parts.errors.isFatal) {
          if (pacer!.sleep()) {
            clock.record(times, batchNowNs);
            continue;
          }
          exit = LoopExit.pause;
        } else {
          exit = isHeld ? LoopExit.stop : LoopExit.done;
        }
        break;
      }
      const queued = freeBefore - freeCount;
      if (readsTwice) clock.record(times, batchIssuedNs);
      const issued = times[readsTwice ? batchIssuedNs : batchNowNs]!;
      for (let k = freeCount; k < freeBefore; k++) issuedNs[free[k]!] = issued;
      if (submission !== null && queued > 0) this.#submitTimed(freeCount, freeBefore);
      levels.depth[depthLevel(runsAhead ? 1 : inFlight)]! += queued;
      countBatch(levels.submit, queued, runsAhead);

      // With a batch size and slots still free, submit without waiting and go on filling.
      const isFull = freeCount === 0 || isExhausted || queued < batchSubmit;
      let waitFor = isFull ? Math.min(completionsMin, inFlight) : 0;
      if (depthLow < depth && isFull && !isHeld) {
        this.#isRefilling = false;
        if (waitFor < inFlight - depthLow) waitFor = inFlight - depthLow;
      }
      if (pacer !== null) waitFor = pacer.boundWait(waitFor, isHeld);
      const reaped = engine.submitAndReap(waitFor);
      clock.record(times, batchNowNs);
      const now = times[batchNowNs]!;
      countBatch(levels.complete, reaped, runsAhead);
      if (runsAhead) batchSubmit = nextRun(batchSubmit, now - issued, depth);
      else if (adaptsBatch) batchSubmit = nextBatch(batchSubmit, queued, waitFor, inFlight - reaped, depth);
      for (let k = 0; k < reaped; k++) {
        const slot = completedSlot[k]!;
        const result = completedResult[k]!;
        if (callNs !== null) issuedNs[slot] = now - callNs[slot]!;
        if (result === byteCount[slot]!) {
          const direction = operation[slot]!;
          total.record(direction, now - issuedNs[slot]!);
          totals[direction * totalsPerOperation + totalBytes]! += result;
          if (submission !== null) this.#recordCompletion(slot);
          if (observer !== null) observer.completed(slot);
          free[freeCount++] = slot;
        } else if (this.#settle(slot, result)) {
          free[freeCount++] = slot;
        }
      }
      if (depth - freeCount <= depthLow) this.#isRefilling = true;
      if (this.#parts.errors.isFatal) {
        exit = LoopExit.stop;
        break;
      }
    }
    // The drain waits as long as it may.
    if (pacer !== null) pacer.boundWait(0, false);
    this.#freeCount = freeCount;
    this.#batchSubmit = batchSubmit;
    return exit;
  }

  /**
   * Reaps what is in flight, issuing nothing new. True when nothing is left; false when `boundNs` passed first.
   * Requests that must be repeated (a rest, EAGAIN) are given up here.
   */
  drain(boundNs: number): boolean {
    const { engine, requests, clock, depth, errors, callNs } = this.#parts;
    const until = clock.nowNs() + boundNs;
    while (this.#freeCount < depth && clock.nowNs() < until) {
      // One at a time: what waited for the rest would look as slow as the last of them.
      const reaped = engine.submitAndReap(1);
      const now = clock.nowNs();
      if (reaped > 0) this.#times[batchNowNs] = now;
      for (let k = 0; k < reaped; k++) {
        const slot = engine.completedSlot[k]!;
        const result = engine.completedResult[k]!;
        if (callNs !== null) this.#parts.issuedNs[slot] = this.#times[batchNowNs]! - callNs[slot]!;
        if (result === requests.byteCount[slot]! || errors.judgeDrained(slot, result) === errors.complete) {
          this.#account(slot);
        }
        this.#free[this.#freeCount++] = slot;
      }
    }
    return this.#freeCount === depth;
  }

  /** A result other than the bytes asked for. True when the slot is free again, false when it was queued once more. */
  #settle(slot: number, result: number): boolean {
    const { engine, errors } = this.#parts;
    const verdict = errors.judge(slot, result);
    if (verdict === errors.repeat) {
      engine.queue(slot);
      return false;
    }
    if (verdict === errors.rest) {
      engine.queueRest(slot, errors.doneBytes(slot));
      return false;
    }
    if (verdict === errors.complete) this.#account(slot);
    return true;
  }

  /** Books an I/O that was seen complete at `batchNowNs`, off the fast path, which has these lines written out. */
  #account(slot: number): void {
    const { requests, total, totals, submission, observer } = this.#parts;
    const direction = requests.operation[slot]!;
    total.record(direction, this.#times[batchNowNs]! - this.#parts.issuedNs[slot]!);
    totals[direction * totalsPerOperation + totalBytes]! += requests.byteCount[slot]!;
    if (submission !== null) this.#recordCompletion(slot);
    if (observer !== null) observer.completed(slot);
  }

  #submitTimed(from: number, to: number): void {
    const { engine, clock, requests, submission } = this.#parts;
    engine.submit();
    const submitted = clock.nowNs();
    for (let k = from; k < to; k++) {
      const slot = this.#free[k]!;
      this.#submittedNs[slot] = submitted;
      submission!.record(requests.operation[slot]!, submitted - this.#times[batchIssuedNs]!);
    }
  }

  #recordCompletion(slot: number): void {
    const now = this.#times[batchNowNs]!;
    this.#parts.completion!.record(this.#parts.requests.operation[slot]!, now - this.#submittedNs[slot]!);
  }
}

/** What an adapted batch begins with and shrinks to: on the disks measured the best rate, at half the calls of one by one. */
const batchMin = 2;

/**
 * The size of the next submission, when the job does not say. What is complete without any wait (cached data, the null
 * engine) costs least in large batches. On a real device a large batch is a convoy: the device gets it with one
 * doorbell, completes it with one interrupt, and stands idle until the next one comes. There, small submissions spread
 * the requests, and the device stays busy.
 */
function nextBatch(batch: number, queued: number, waitedFor: number, leftInFlight: number, depth: number): number {
  if (queued !== batch) return batch;
  if (leftInFlight > 0) return Math.max(batch >> 1, Math.min(batchMin, depth));
  // All done after a wait says nothing: a convoy looks the same.
  return waitedFor === 0 ? Math.min(batch * 2, depth) : batch;
}

/** Calls that wait are made in runs: so long may one take, for a command or the end of the time is seen behind it. */
const runNsMax = 200e3;

/** The size of the next run of calls, by what the last one took. */
function nextRun(batch: number, tookNs: number, depth: number): number {
  if (tookNs > runNsMax) return Math.max(batch >> 1, 1);
  return tookNs < runNsMax / 4 ? Math.min(batch * 2, depth) : batch;
}

/** 1 → 0, 2–3 → 1, 4–7 → 2, … ≥64 → 6. */
function depthLevel(inFlight: number): number {
  const level = 31 - Math.clz32(inFlight);
  return Math.min(level, 6);
}

/** A run of calls counts as so many calls of one. */
function countBatch(levels: Float64Array, count: number, isRun: boolean): void {
  if (isRun) levels[1]! += count;
  else levels[batchLevel(count)]!++;
}

/** 0 → 0, 1–4 → 1, 5–8 → 2, 9–16 → 3, … >64 → 6. */
function batchLevel(count: number): number {
  if (count === 0) return 0;
  const level = 31 - Math.clz32((count - 1) | 1);
  return level < 1 ? 1 : Math.min(level, 6);
}
