/** Starts each recorded I/O when it is due, counted from the first one asked for. */

import type { Pacer } from './loop-hooks.js';
import { batchNowNs, batchUntilNs, type SlotTimes } from './slot-times.js';

/** What a replay says of its next I/O: [ns after the start]. */
export interface TimedSource {
  readonly nextDueNs: Float64Array;
}

const sleepNsMax = 100e6;
/** The kernel wakes a sleeper about this late; so much is spent looking at the clock instead. */
const wakeNs = 150e3;

export class ReplayPacer implements Pacer {
  readonly #times: SlotTimes;
  readonly #source: TimedSource;
  /** [start of the replay, NaN before it; when the next I/O is due; nap in ms] */
  readonly #ns = Float64Array.of(Number.NaN, 0, 0);
  readonly #nap = new Int32Array(new SharedArrayBuffer(4));

  constructor(times: SlotTimes, source: TimedSource) {
    this.#times = times;
    this.#source = source;
  }

  mayStart(_inFlightCount: number): boolean {
    const ns = this.#ns;
    const now = this.#times.batchNs;
    if (!(ns[0]! >= 0)) ns[0] = now[batchNowNs]!;
    const due = this.#source.nextDueNs[0]!;
    // Nothing is left: the workload says so itself.
    if (due === Number.POSITIVE_INFINITY) return true;
    ns[1] = ns[0]! + due;
    return now[batchNowNs]! >= ns[1]!;
  }

  started(slot: number): void {
    this.#times.intendedNs[slot] = this.#ns[1]!;
  }

  sleep(): boolean {
    const { batchNs } = this.#times;
    const ns = this.#ns;
    const until = Math.min(ns[1]!, batchNs[batchUntilNs]!, batchNs[batchNowNs]! + sleepNsMax);
    ns[2] = (until - batchNs[batchNowNs]! - wakeNs) / 1e6;
    if (ns[2]! > 0) Atomics.wait(this.#nap, 0, 0, ns[2]!);
    return true;
  }

  /** The recording goes on through the ramp. */
  restart(_isRamp: boolean): void {}

  /** While the next one is not due, only look: an engine's own wait could outlast it. */
  boundWait(waitFor: number, isHeld: boolean): number {
    return isHeld ? 0 : waitFor;
  }
}
