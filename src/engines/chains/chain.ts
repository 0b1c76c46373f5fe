/**
 * What chain engines have in common. One chain is one slot of the run loop. Its requests are its *steps*; each has a row
 * of its own in `ChainSetup.steps`, with a buffer of its own:
 *
 *     row = slot × stepCount + step   = buffer = SQE = user_data
 *
 * `ChainProgress` counts the steps of each slot as they complete, records them, and says when the slot is done.
 */

import { type ChainOperation, chainOperations, chainSteps } from '../../job/chain.js';
import type { ChainOptions } from '../../job/job.js';
import {
  type ChainRecorder,
  chainBroken,
  chainComplete,
  elementBytes,
  elementCancelled,
  elementColumns,
  elementDone,
  elementFailed,
  elementShort,
  elementTogether,
} from '../../stats/chain-recorder.js';
import { Errno } from '../../system/errno.js';
import type { Requests } from '../requests.js';

/** The clock of the run loop: a reading goes straight into an array, where nothing is boxed. */
export interface ChainClock {
  record(target: Float64Array, index: number): void;
}

export interface ChainSetup {
  readonly options: ChainOptions;
  /** Rows of all steps of all slots. */
  readonly steps: Requests;
  readonly recorder: ChainRecorder;
  readonly clock: ChainClock;
  /** Files that a chain makes and deletes: this, and the number of the slot. */
  readonly scratchPath: string;
}

/** Numbers of `chainOperations`, for what runs per request. */
export const StepKind = Object.fromEntries(chainOperations.map((name, index) => [name, index])) as Readonly<
  Record<ChainOperation, number>
>;

const lastPlace = 0;

/** SYNC_FILE_RANGE_WAIT_BEFORE, _WRITE and _WAIT_AFTER of linux/fs.h: written out, and waited for. */
export const chainSyncRangeFlags = 7;

export class ChainProgress {
  readonly stepCount: number;
  /** By row. */
  readonly slotOfRow: Int32Array;
  readonly stepOfRow: Int32Array;
  /** Slots that are done: valid in [0, completedCount). */
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  completedCount = 0;
  /** Steps of a slot that are not complete yet; 0 = the slot is free. */
  readonly left: Int32Array;
  /** After a failure the rest is not begun by us: those modes in which the kernel cancels it as well. */
  readonly stopsAtFailure: boolean;

  private readonly elementOfStep: Int32Array;
  private readonly requests: Requests;
  private readonly steps: Requests;
  private readonly recorder: ChainRecorder;
  private readonly clock: ChainClock;
  private readonly timesElements: boolean;
  private readonly repeatsAgain: boolean;
  private readonly onBroken: (slot: number) => void;
  /** The first openat; −1 without. */
  private readonly openStep: number;
  private readonly failedStep: Int32Array;
  private readonly failedResult: Int32Array;
  /** When the step before was seen complete, or the submission of the chain began. */
  private readonly lastNs: Float64Array;
  private readonly nowNs = new Float64Array(1);
  /** Slots whose submission has not begun. */
  private readonly begun: Int32Array;
  private begunCount = 0;

  /**
   * @param repeatsAgain false where EAGAIN is an answer and not a delay: RWF_NOWAIT
   * @param onBroken told of the slot of a chain that broke after its openat had made a file
   */
  constructor(
    chain: ChainSetup,
    requests: Requests,
    depth: number,
    repeatsAgain: boolean,
    onBroken: (slot: number) => void,
  ) {
    const steps = chainSteps(chain.options);
    const { mode, timing } = chain.options;
    const stepCount = steps.length;
    this.stepCount = stepCount;
    this.slotOfRow = Int32Array.from({ length: depth * stepCount }, (_, row) => Math.floor(row / stepCount));
    this.stepOfRow = Int32Array.from({ length: depth * stepCount }, (_, row) => row % stepCount);
    this.completedSlot = new Int32Array(depth);
    this.completedResult = new Int32Array(depth);
    this.left = new Int32Array(depth);
    this.stopsAtFailure = mode === 'link' || mode === 'wait';
    this.elementOfStep = Int32Array.from(steps, ({ element }) => element);
    this.requests = requests;
    this.steps = chain.steps;
    this.recorder = chain.recorder;
    this.clock = chain.clock;
    this.timesElements = timing === 'elements';
    this.repeatsAgain = repeatsAgain;
    this.onBroken = onBroken;
    this.openStep = steps.findIndex(({ operation }) => operation === 'openat');
    this.failedStep = requests.failedStep ?? new Int32Array(depth);
    this.failedResult = new Int32Array(depth);
    this.lastNs = new Float64Array(depth);
    this.begun = new Int32Array(depth);
  }

  /** The slot's chain is queued. */
  begin(slot: number): void {
    this.left[slot] = this.stepCount;
    this.failedResult[slot] = 0;
    this.begun[this.begunCount++] = slot;
  }

  /** The submission of all that was queued begins now. */
  submitting(): void {
    if (this.begunCount === 0) return;
    this.look();
    for (let index = 0; index < this.begunCount; index++) {
      this.lastNs[this.begun[index]!] = this.nowNs[lastPlace]!;
    }
    this.begunCount = 0;
  }

  /** Completions are looked at now. */
  look(): void {
    this.clock.record(this.nowNs, lastPlace);
  }

  /**
   * A step is complete. The slot may be done then, and stands among the completed.
   * @param result bytes or 0 as asked for, fewer bytes, or −errno
   * @returns false when it did not do what was asked
   */
  stepDone(row: number, result: number): boolean {
    const slot = this.slotOfRow[row]!;
    const step = this.stepOfRow[row]!;
    const element = this.elementOfStep[step]!;
    const isDone = result === this.steps.byteCount[row]!;
    if (isDone) {
      const counts = this.recorder.elements;
      const at = element * elementColumns;
      counts[at + elementDone] = counts[at + elementDone]! + 1;
      counts[at + elementBytes] = counts[at + elementBytes]! + result;
      if (this.timesElements) {
        this.recorder.latency.record(element, this.nowNs[lastPlace]! - this.lastNs[slot]!);
        if (this.nowNs[lastPlace] === this.lastNs[slot])
          counts[at + elementTogether] = counts[at + elementTogether]! + 1;
      }
    } else {
      this.noteFailure(slot, step, result);
    }
    this.lastNs[slot] = this.nowNs[lastPlace]!;
    const left = this.left[slot]! - 1;
    this.left[slot] = left;
    if (left === 0) this.finish(slot);
    return isDone;
  }

  /** The steps from `step` on are not begun, because one before failed: the slot is done. */
  giveUp(slot: number, step: number): void {
    const counts = this.recorder.elements;
    for (let rest = step; rest < this.stepCount; rest++) {
      const at = this.elementOfStep[rest]! * elementColumns + elementCancelled;
      counts[at] = counts[at]! + 1;
    }
    this.left[slot] = 0;
    this.finish(slot);
  }

  private noteFailure(slot: number, step: number, result: number): void {
    const counts = this.recorder.elements;
    const at = this.elementOfStep[step]! * elementColumns;
    const isCancelled = result === -Errno.ECANCELED;
    const column = at + (isCancelled ? elementCancelled : result < 0 ? elementFailed : elementShort);
    counts[column] = counts[column]! + 1;
    // The cause, and not what it cancelled; of several causes the first step's.
    const known = this.failedResult[slot]!;
    const knownStep = this.failedStep[slot]!;
    const isFirst = known === 0 || known === -Errno.ECANCELED || step < (knownStep < 0 ? ~knownStep : knownStep);
    if (!isFirst || (isCancelled && known !== 0)) return;
    this.failedResult[slot] = result < 0 ? result : -Errno.EIO;
    this.failedStep[slot] = result < 0 ? step : ~step;
  }

  private finish(slot: number): void {
    const failure = this.failedResult[slot]!;
    const index = this.completedCount++;
    this.completedSlot[index] = slot;
    const column = failure === 0 ? chainComplete : chainBroken;
    this.recorder.chains[column] = this.recorder.chains[column]! + 1;
    this.completedResult[index] = failure === 0 ? this.requests.byteCount[slot]! : failure;
    if (failure === 0) return;
    const failed = this.failedStep[slot]!;
    if ((failed < 0 ? ~failed : failed) > this.openStep) this.onBroken(slot);
    // What will be tried again is the whole chain; else the slot's row says what failed.
    const isRepeated = failure === -Errno.EINTR || (failure === -Errno.EAGAIN && this.repeatsAgain);
    if (!isRepeated) this.describeFailure(slot);
  }

  private describeFailure(slot: number): void {
    const { requests, steps } = this;
    const failed = this.failedStep[slot]!;
    const row = slot * this.stepCount + (failed < 0 ? ~failed : failed);
    requests.fileIndex[slot] = steps.fileIndex[row]!;
    requests.byteCount[slot] = steps.byteCount[row]!;
    requests.offset[slot] = steps.offset[row]!;
  }
}

/** Words of `Engine.waitLimit` when nothing has bounded the wait further: 100 ms. */
export function isWaitShortened(limit: Int32Array | undefined): boolean {
  return limit !== undefined && (limit[0] !== 0 || limit[2] !== 100e6);
}
