/** Starts each recorded I/O when it is due, counted from the first one asked for. */
import { batchNowNs, type SlotTimes } from '../slot-times.js';
import type { Gate } from './gate.js';

/** What a replay says of its next I/O: [ns after the start; Infinity = there is none]. */
export interface TimedSource {
  readonly nextDueNs: Float64Array;
}

export class ReplayGate implements Gate {
  readonly #times: SlotTimes;
  readonly #source: TimedSource;
  readonly #due: Float64Array;
  /** [start of the replay, NaN before it; when the I/O let through is due] */
  readonly #ns = Float64Array.of(Number.NaN, 0);

  constructor(times: SlotTimes, source: TimedSource, due: Float64Array) {
    this.#times = times;
    this.#source = source;
    this.#due = due;
  }

  allows(_inFlightCount: number): boolean {
    const ns = this.#ns;
    const { batchNs } = this.#times;
    if (!(ns[0]! >= 0)) ns[0] = batchNs[batchNowNs]!;
    // Nothing is left: the workload says so itself.
    if (this.#source.nextDueNs[0]! === Number.POSITIVE_INFINITY) return true;
    ns[1] = ns[0]! + this.#source.nextDueNs[0]!;
    if (batchNs[batchNowNs]! >= ns[1]!) return true;
    this.#due[0] = ns[1]!;
    return false;
  }

  started(slot: number): void {
    this.#times.intendedNs[slot] = this.#ns[1]!;
  }

  /** The recording goes on through the ramp. */
  restart(): void {}
}
