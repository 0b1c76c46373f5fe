/**
 * The times of a run loop, on its clock: made once, outside of the loop, and handed to the loop, its pacer and its
 * observer. They read and write the arrays; no time travels as an argument, where V8 would box it.
 */

/** Places in `SlotTimes.batchNs`. */
export const batchIssuedNs = 0;
export const batchNowNs = 1;
export const batchUntilNs = 2;

export interface SlotTimes {
  /**
   * [submission of the last batch begun, last time that completions were looked for, end of the present `runUntil`]. The
   * second is the loop's idea of now; the third bounds every wait of a pacer.
   */
  readonly batchNs: Float64Array;
  /** Per slot: when its I/O was to start. Written by a pacer; without one it means nothing. */
  readonly intendedNs: Float64Array;
  /** Per slot: when the submission of its batch began. What `lat` is measured from. */
  readonly issuedNs: Float64Array;
  /** Per slot: when the kernel had taken it. Written only when submission is timed by itself. */
  readonly submittedNs: Float64Array;
}

/** All zero; `depth` slots. */
export function createSlotTimes(depth: number): SlotTimes {
  return {
    batchNs: new Float64Array(3),
    intendedNs: new Float64Array(depth),
    issuedNs: new Float64Array(depth),
    submittedNs: new Float64Array(depth),
  };
}
