/** The pacer of one job: all its gates, and the waits that they ask for. */
import type { Pacer } from '../loop-hooks.js';
import { batchNowNs, type SlotTimes } from '../slot-times.js';
import type { DepthSearch } from './depth-search.js';
import type { Gate } from './gate.js';
import type { Waiting } from './waiting.js';

interface JobPacerParts {
  readonly times: SlotTimes;
  /** The first place: from when on it is worth asking again. Shared with the gates. */
  readonly due: Float64Array;
  readonly waiting: Waiting;
  /** In the order in which they are asked: the first that refuses decides. */
  readonly gates: readonly Gate[];
  /** Part of a pause that is to be spent computing: until `times[index]`. */
  readonly spinUntil: { readonly times: Float64Array; readonly index: number } | null;
  readonly depthSearch: DepthSearch | null;
}

export class JobPacer implements Pacer {
  readonly #parts: JobPacerParts;

  constructor(parts: JobPacerParts) {
    this.#parts = parts;
  }

  mayStart(inFlightCount: number): boolean {
    const { gates } = this.#parts;
    for (let index = 0; index < gates.length; index++) if (!gates[index]!.allows(inFlightCount)) return false;
    return true;
  }

  started(slot: number): void {
    const { gates, times } = this.#parts;
    // What no schedule says otherwise is meant to start now.
    times.intendedNs[slot] = times.batchNs[batchNowNs]!;
    for (let index = 0; index < gates.length; index++) gates[index]!.started(slot);
  }

  sleep(): boolean {
    const { due, waiting, spinUntil, depthSearch } = this.#parts;
    if (depthSearch?.isStretchOver) return false;
    if (spinUntil !== null) waiting.spin(spinUntil.times, spinUntil.index);
    waiting.sleep(due);
    return true;
  }

  boundWait(waitFor: number, isHeld: boolean): number {
    return this.#parts.waiting.bound(this.#parts.due, waitFor, isHeld);
  }

  restart(isRamp: boolean): void {
    for (const gate of this.#parts.gates) gate.restart(isRamp);
  }
}
