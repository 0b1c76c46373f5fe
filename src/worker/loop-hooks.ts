/**
 * What may be hung into the run loop: one pacer, which says when I/Os start, and one observer, which sees each I/O that
 * completed. Jobs that need neither pay a branch on a constant. Times are in `SlotTimes`; arguments are small integers.
 */

export interface Pacer {
  /** May one more I/O start at `batchNs[batchNowNs]`? Asked before each; the workload has not chosen it yet. */
  mayStart(inFlightCount: number): boolean;
  /** Row `slot` is filled and about to be queued: sets `intendedNs[slot]`. */
  started(slot: number): void;
  /**
   * Called in place of the engine when nothing is in flight and nothing may start: sleeps until something may,
   * `batchNs[batchUntilNs]`, or about 100 ms have passed, whichever is first. False ends the loop's run (`LoopExit.pause`).
   */
  sleep(): boolean;
  /**
   * Called before each call of the engine: bounds its wait, so that it ends in time for the next I/O.
   * @param isHeld `mayStart` refused in this round
   * @returns how many completions to wait for: `waitFor`, or 0 to look only
   */
  boundWait(waitFor: number, isHeld: boolean): number;
  /** The ramp, the measured time, or a further stretch of it begins at `batchNs[batchNowNs]`. */
  restart(isRamp: boolean): void;
}

export interface CompletionObserver {
  /** Called once for each I/O that is recorded, at `batchNs[batchNowNs]`. Its row and times are still there. */
  completed(slot: number): void;
}

/** One observer out of several: null when there is none. */
export function combineObservers(observers: readonly (CompletionObserver | null)[]): CompletionObserver | null {
  const present = observers.filter((observer) => observer !== null);
  if (present.length <= 1) return present[0] ?? null;
  return new CombinedObserver(present);
}

class CombinedObserver implements CompletionObserver {
  readonly #observers: readonly CompletionObserver[];

  constructor(observers: readonly CompletionObserver[]) {
    this.#observers = observers;
  }

  completed(slot: number): void {
    for (let k = 0; k < this.#observers.length; k++) this.#observers[k]!.completed(slot);
  }
}
