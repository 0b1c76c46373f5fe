/** What the slots are to do, a row each. */

/** One row per slot, in columns, so that nothing is allocated or boxed per I/O. */
export interface Requests {
  /** An `Operation`. */
  readonly operation: Int32Array;
  /** Index into the open files. */
  readonly fileIndex: Int32Array;
  /** Bytes to transfer, also the result expected; 0 for syncs. */
  readonly byteCount: Int32Array;
  /** Bytes from the start of the file or device; exact up to 2^53. */
  readonly offset: Float64Array;
  /** Bytes that a `syncRange` covers from `offset` on; of no meaning for other operations. */
  readonly rangeBytes: Float64Array;
  /** Where an I/O is a chain: which of its requests failed first; `~step` when that one was short. */
  readonly failedStep?: Int32Array;
}

export function createRequests(depth: number): Requests {
  return {
    operation: new Int32Array(depth),
    fileIndex: new Int32Array(depth),
    byteCount: new Int32Array(depth),
    offset: new Float64Array(depth),
    rangeBytes: new Float64Array(depth),
  };
}
