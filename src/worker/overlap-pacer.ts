/**
 * Holds an I/O back while its workload says so, on top of another pacer or none: while it would touch bytes of one in flight
 * (`serialize_overlap`), or its zone cannot take it (`zonemode=zbd`).
 */
import { type HoldingWorkload, SerializedWorkload } from '../workload/serialized-workload.js';
import type { JobWorkload } from '../workload/workload.js';
import { ZonedWorkload } from '../workload/zones/zoned-workload.js';
import { combineObservers, type Pacer } from './loop-hooks.js';
import type { LoopParts } from './run-loop.js';
import { batchNowNs, type SlotTimes } from './slot-times.js';

type LoopHooks = Pick<LoopParts, 'times' | 'pacer' | 'observer'>;

/** The hooks of a loop, with what a workload that holds I/Os back needs of it; other workloads need nothing. */
export function serializedHooks(workload: JobWorkload, hooks: LoopHooks): LoopHooks {
  if (!(workload instanceof SerializedWorkload || workload instanceof ZonedWorkload)) return hooks;
  return {
    times: hooks.times,
    pacer: new OverlapPacer(workload, hooks.times, hooks.pacer),
    observer: combineObservers([workload, hooks.observer]),
  };
}

export class OverlapPacer implements Pacer {
  readonly #workload: HoldingWorkload;
  readonly #times: SlotTimes;
  readonly #inner: Pacer | null;
  #awaitsOthers = false;

  constructor(workload: HoldingWorkload, times: SlotTimes, inner: Pacer | null) {
    this.#workload = workload;
    this.#times = times;
    this.#inner = inner;
  }

  mayStart(inFlightCount: number): boolean {
    this.#awaitsOthers = false;
    if (this.#inner !== null && !this.#inner.mayStart(inFlightCount)) return false;
    // What failed is never reported as complete, and must not hold anything for ever.
    if (inFlightCount === 0) this.#workload.nothingInFlight();
    this.#awaitsOthers = this.#workload.isHeld(inFlightCount);
    return !this.#awaitsOthers;
  }

  started(slot: number): void {
    if (this.#inner !== null) this.#inner.started(slot);
    else this.#times.intendedNs[slot] = this.#times.batchNs[batchNowNs]!;
  }

  sleep(): boolean {
    if (this.#awaitsOthers && this.#workload.awaitOthers !== undefined) {
      this.#workload.awaitOthers();
      return true;
    }
    // With nothing in flight only the inner pacer can hold.
    return this.#inner?.sleep() ?? true;
  }

  restart(isRamp: boolean): void {
    this.#inner?.restart(isRamp);
  }

  boundWait(waitFor: number, isHeld: boolean): number {
    if (this.#inner !== null) return this.#inner.boundWait(waitFor, isHeld);
    return isHeld && waitFor === 0 ? 1 : waitFor;
  }
}
