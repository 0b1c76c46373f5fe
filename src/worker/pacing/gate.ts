/** One reason why an I/O may have to wait. A `JobPacer` asks all that a job has. */
export interface Gate {
  /**
   * May an I/O start now, with so many in flight? If not, sets the first place of the array that all gates of the job share
   * to the time from which it is worth asking again; Infinity = when an I/O has completed.
   */
  allows(inFlightCount: number): boolean;
  /** Row `slot` is filled and about to be queued. */
  started(slot: number): void;
  /** The measured time begins at `batchNs[batchNowNs]`; so does the ramp. */
  restart(isRamp: boolean): void;
}
