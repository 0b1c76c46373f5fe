/**
 * `thinkcycles`: after each I/O is submitted the thread computes for a while, as an application would. Unlike a pause of
 * `thinktime`, nothing is awaited first: what is in flight goes on, and is seen complete when the computing is over.
 *
 * fio counts rounds of an empty loop, whose length depends on the processor; here it is time, by the clock.
 */
import type { Requests } from '../../engines/requests.js';
import { Operation } from '../../job/operation.js';
import { batchNowNs, batchUntilNs, type SlotTimes } from '../slot-times.js';
import type { Gate } from './gate.js';
import type { SleepingClock } from './waiting.js';

const cyclesNs = 0;
/** End of the present stretch; 0 = none. */
const untilNs = 1;
const startedNs = 2;
const wakeNs = 3;

interface CycleSpinParts {
  readonly cyclesNs: number;
  readonly times: SlotTimes;
  readonly requests: Requests;
  readonly due: Float64Array;
  readonly clock: SleepingClock;
  /** False on a simulated clock, which stands still while one looks at it. */
  readonly spins: boolean;
}

export class CycleSpin implements Gate {
  readonly #parts: CycleSpinParts;
  readonly #ns: Float64Array;
  /** An I/O was queued, and has not been computed for. */
  #isOwed = false;

  constructor(parts: CycleSpinParts) {
    this.#parts = parts;
    this.#ns = Float64Array.of(parts.cyclesNs, 0, 0, 0);
  }

  restart(): void {
    this.#isOwed = false;
    this.#ns[untilNs] = 0;
  }

  allows(inFlightCount: number): boolean {
    if (!this.#isOwed) return true;
    const ns = this.#ns;
    const { times, due } = this.#parts;
    const { batchNs } = times;
    if (ns[untilNs] === 0) {
      // Still in the round that queued it: it must be submitted first, with no wait for its completion.
      if (inFlightCount > 0 && batchNs[batchNowNs] === ns[startedNs]) {
        due[0] = ns[startedNs]!;
        return false;
      }
      ns[untilNs] = batchNs[batchNowNs]! + ns[cyclesNs]!;
    }
    this.#compute();
    if (batchNs[batchNowNs]! < ns[untilNs]!) {
      // The loop's stretch is over first: the rest follows in the next one.
      due[0] = ns[untilNs]!;
      return false;
    }
    this.#isOwed = false;
    ns[untilNs] = 0;
    return true;
  }

  started(slot: number): void {
    if (this.#parts.requests.operation[slot]! > Operation.trim) return;
    this.#isOwed = true;
    this.#ns[startedNs] = this.#parts.times.batchNs[batchNowNs]!;
  }

  #compute(): void {
    const { times, clock, spins } = this.#parts;
    const { batchNs } = times;
    const ns = this.#ns;
    if (!spins) {
      ns[wakeNs] = Math.min(ns[untilNs]!, batchNs[batchUntilNs]!);
      clock.sleepUntil(ns, wakeNs);
      clock.record(batchNs, batchNowNs);
    }
    while (spins && batchNs[batchNowNs]! < ns[untilNs]! && batchNs[batchNowNs]! < batchNs[batchUntilNs]!) {
      clock.record(batchNs, batchNowNs);
    }
  }
}
