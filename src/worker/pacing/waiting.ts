/**
 * Waits that end on time. The kernel's timers wake a thread some 50 µs late, so the last stretch is spent looking at the
 * clock: as long as the kernel was late of late, and never more than a tenth of a millisecond. At 1000 I/Os per second
 * that is a few per cent of a CPU.
 */
import type { LoopClock } from '../run-loop.js';
import { batchIssuedNs, batchNowNs, batchUntilNs, type SlotTimes } from '../slot-times.js';

/** No wait is longer, so that a stop is heard. */
export const waitNsMax = 100e6;
const spinNsMax = 100e3;
const spinNsMin = 5e3;
const spinNsAtFirst = 60e3;
/** Shorter waits are not worth a timer. */
const timerNsMin = 1e3;

export interface SleepingClock extends LoopClock {
  /** Sleeps until the clock shows `target[index]`, or a signal comes; usually it wakes somewhat late. */
  sleepUntil(target: Float64Array, index: number): void;
}

export interface WaitingParts {
  readonly times: SlotTimes;
  readonly clock: SleepingClock;
  /** The engine's `waitLimit`. */
  readonly limit: Int32Array | null;
  /** The engine's waits cannot be bounded (IOPOLL): only look while an I/O is awaited. */
  readonly looksOnly: boolean;
  /** How long the engine polls before its timed wait begins (SQPOLL), ns. */
  readonly pollNs: number;
  /** False on a simulated clock, which stands still while one looks at it. */
  readonly spins: boolean;
}

const spinNs = 0;
const targetNs = 1;
const wakeNs = 2;

export class Waiting {
  readonly #parts: WaitingParts;
  /** [how long to spin, end of the present wait, when to wake before it] */
  readonly #own = new Float64Array(3);
  #isLimited = false;

  constructor(parts: WaitingParts) {
    this.#parts = parts;
    this.#own[spinNs] = parts.spins ? spinNsAtFirst : 0;
  }

  /** Sleeps until `due[0]`, the end of the loop's time, or 100 ms have passed. */
  sleep(due: Float64Array): void {
    const { times, clock } = this.#parts;
    const { batchNs } = times;
    const own = this.#own;
    own[targetNs] = Math.min(due[0]!, batchNs[batchUntilNs]!, batchNs[batchNowNs]! + waitNsMax);
    own[wakeNs] = Math.ceil(own[targetNs]! - own[spinNs]!);
    if (own[wakeNs]! - batchNs[batchNowNs]! > timerNsMin || own[spinNs] === 0) {
      clock.sleepUntil(own, wakeNs);
      clock.record(batchNs, batchNowNs);
      this.#learn();
    }
    this.spin(own, targetNs);
  }

  /** Computes until the clock shows `target[index]`. */
  spin(target: Float64Array, index: number): void {
    const { times, clock, spins } = this.#parts;
    const { batchNs } = times;
    while (spins && batchNs[batchNowNs]! < target[index]! && batchNs[batchNowNs]! < batchNs[batchUntilNs]!) {
      clock.record(batchNs, batchNowNs);
    }
  }

  /** Bounds the engine's next wait by `due[0]` (Infinity = only by what bounds it anyway). */
  bound(due: Float64Array, waitFor: number, isHeld: boolean): number {
    const { limit, looksOnly, pollNs, times } = this.#parts;
    if (!isHeld || due[0] === Number.POSITIVE_INFINITY) {
      if (this.#isLimited) this.#limit(waitNsMax);
      this.#isLimited = false;
      return waitFor;
    }
    if (limit === null || looksOnly) return 0;
    const { batchNs } = times;
    const leftNs = Math.min(due[0]!, batchNs[batchUntilNs]!) - batchNs[batchIssuedNs]! - this.#own[spinNs]! - pollNs;
    if (leftNs < timerNsMin && (this.#own[spinNs] !== 0 || leftNs <= 0)) return 0;
    this.#isLimited = true;
    this.#limit(Math.min(Math.ceil(leftNs), waitNsMax));
    return waitFor;
  }

  #limit(ns: number): void {
    const limit = this.#parts.limit!;
    limit[0] = 0;
    limit[1] = 0;
    limit[2] = ns;
    limit[3] = 0;
  }

  /** Late wake-ups lengthen the spin at once, punctual ones shorten it slowly. */
  #learn(): void {
    const own = this.#own;
    if (own[spinNs] === 0) return;
    const lateNs = this.#parts.times.batchNs[batchNowNs]! - own[wakeNs]!;
    if (lateNs > own[spinNs]!) own[spinNs] = Math.min(spinNsMax, own[spinNs]! * 1.25);
    else own[spinNs] = Math.max(spinNsMin, own[spinNs]! - (own[spinNs]! - lateNs) / 64);
  }
}
