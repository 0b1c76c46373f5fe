/**
 * `latency_target`: looks for the largest depth at which latencies stay below the target. The search is fio's: begin with
 * depth 1, double after each window that meets the target, halve the interval after the first one that does not; when
 * the depth no longer changes, measure once more at that depth alone, and end.
 *
 * Three things differ. fio takes a first failure at the full iodepth for none and then alternates between two depths
 * for ever. While fio waits for what is in flight, each further late I/O lowers the depth again; here one does. And when
 * the last measurement misses the target, fio adds what follows at another depth to it; here it begins anew.
 */
import type { Requests } from '../../engines/requests.js';
import type { LatencyTargetOptions } from '../../job/job.js';
import { Operation } from '../../job/operation.js';
import { Errno } from '../../system/errno.js';
import type { ErrorPolicy } from '../error-policy.js';
import type { CompletionObserver } from '../loop-hooks.js';
import { batchNowNs, type SlotTimes } from '../slot-times.js';
import type { Gate } from './gate.js';
import { lateError } from './late-error.js';

/** Windows in a row at a depth just below a failing one after which that one is tried again. */
const stableCountMax = 3;

const targetNs = 0;
const windowNs = 1;
const windowStartNs = 2;

interface DepthSearchParts {
  readonly options: LatencyTargetOptions;
  /** The largest depth: `iodepth`. */
  readonly depthMax: number;
  readonly times: SlotTimes;
  readonly requests: Requests;
  readonly errors: ErrorPolicy;
  readonly due: Float64Array;
}

export class DepthSearch implements Gate, CompletionObserver {
  readonly #parts: DepthSearchParts;
  readonly #ns: Float64Array;
  /** In this window: I/Os completed, and those above the target. */
  readonly #counts = new Float64Array(2);
  #depth = 1;
  /** The largest that met the target, and the smallest that did not. */
  #low = 1;
  #high: number;
  #hasFailed = false;
  #stableCount = 0;
  #awaitsOthers = false;
  /** The search is over and the figures to be kept are being measured. */
  #isFinal = false;
  #asksForRestart = false;
  /** Not in the ramp. */
  #isSearching = false;
  #isDone = false;

  constructor(parts: DepthSearchParts) {
    this.#parts = parts;
    const { targetMs, windowMs } = parts.options;
    this.#ns = Float64Array.of((targetMs ?? 0) * 1e6, windowMs * 1e6, 0);
    this.#high = parts.depthMax;
  }

  /** The depth in use. */
  get depth(): number {
    return this.#depth;
  }

  /** Nothing more starts until `measure` has forgotten what the search measured, or has ended the job. */
  get isStretchOver(): boolean {
    return this.#asksForRestart || this.#isDone;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** At the begin of the measured time, and again when the figures to be kept begin. */
  restart(isRamp: boolean): void {
    this.#isSearching = !isRamp;
    this.#asksForRestart = false;
    if (!this.#isFinal) {
      this.#depth = 1;
      this.#low = 1;
      this.#high = this.#parts.depthMax;
      this.#hasFailed = false;
      this.#stableCount = 0;
    }
    this.#beginWindow();
  }

  allows(inFlightCount: number): boolean {
    const { due, times } = this.#parts;
    due[0] = Number.POSITIVE_INFINITY;
    if (this.#awaitsOthers) {
      if (inFlightCount > 0) return false;
      this.#awaitsOthers = false;
      this.#beginWindow();
    }
    if (this.isStretchOver) return false;
    const isOver = times.batchNs[batchNowNs]! - this.#ns[windowStartNs]! >= this.#ns[windowNs]!;
    if (isOver && this.#isSearching && this.#counts[0]! > 0) {
      this.#judgeWindow();
      if (this.#awaitsOthers || this.isStretchOver) return this.allows(inFlightCount);
    }
    return inFlightCount < this.#depth;
  }

  started(_slot: number): void {}

  completed(slot: number): void {
    const { requests, times, options } = this.#parts;
    if (this.#awaitsOthers || !this.#isSearching || requests.operation[slot]! > Operation.trim) return;
    this.#counts[0] = this.#counts[0]! + 1;
    if (times.batchNs[batchNowNs]! - times.issuedNs[slot]! <= this.#ns[targetNs]!) return;
    this.#counts[1] = this.#counts[1]! + 1;
    if (options.percent < 100) return;
    if (this.#depth > 1) this.#lower();
    else this.#giveUp(slot);
  }

  #judgeWindow(): void {
    const [completed, late] = [this.#counts[0]!, this.#counts[1]!];
    if (((completed - late) / completed) * 100 >= this.#parts.options.percent) this.#raise();
    else if (this.#depth > 1) this.#lower();
  }

  #lower(): void {
    this.#hasFailed = true;
    this.#high = this.#depth;
    if (this.#depth === this.#low) this.#low--;
    this.#depth = Math.max(1, (this.#depth + this.#low) >> 1);
    this.#stableCount = 0;
    this.#awaitsOthers = true;
    this.#isFinal = false;
  }

  #raise(): void {
    const { depthMax, options } = this.#parts;
    const before = this.#depth;
    this.#low = before;
    if (this.#hasFailed && before + 1 === this.#high && ++this.#stableCount >= stableCountMax) {
      this.#high++;
      this.#stableCount = 0;
    }
    this.#depth = Math.min(depthMax, this.#hasFailed ? (before + this.#high) >> 1 : before * 2);
    if (this.#depth === before && !options.keepsSearching) {
      this.#isDone = this.#isFinal;
      if (!this.#isFinal) {
        this.#isFinal = true;
        this.#asksForRestart = true;
        this.#awaitsOthers = true;
      }
    }
    this.#beginWindow();
  }

  #beginWindow(): void {
    this.#ns[windowStartNs] = this.#parts.times.batchNs[batchNowNs]!;
    this.#counts.fill(0);
  }

  #giveUp(slot: number): void {
    this.#parts.errors.noteFatal(
      lateError(this.#parts, slot, Errno.ETIMEDOUT, 'latency_target', this.#ns[targetNs]! / 1e6),
    );
  }
}
