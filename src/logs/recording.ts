/** A recording of I/O as columns: what `iolog.ts` reads, a plan carries, and a worker replays. */

/** What is to be done, in order. One row per I/O, in shared memory: workers get it without a copy. */
export interface Recording {
  /** Names as recorded, or the one of `replay_redirect`. */
  readonly files: readonly string[];
  readonly count: number;
  /** An `Operation`. */
  readonly operation: Int8Array;
  readonly fileIndex: Int32Array;
  readonly byteCount: Int32Array;
  /** Bytes from the start of the file. */
  readonly offset: Float64Array;
  /** When, ns after the first I/O; never falls. All 0 with `replay_no_stall`. */
  readonly dueNs: Float64Array;
}
