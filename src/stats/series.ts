/** What a job did window by window, in columns: part of its summary, and of the result document. */
import type { Direction } from '../job/per-direction.js';

export interface SeriesColumns {
  readonly ioCount: number[];
  readonly byteCount: number[];
  /** Mean total latency in the window, ns; null in windows without I/O. */
  readonly meanNs: (number | null)[];
}

export interface Series {
  /** Nominal width; the windows say what they really were. */
  readonly windowMs: number;
  /** Since the measured start of the first worker of this job object. */
  readonly startMs: number[];
  readonly durationMs: number[];
  /** Directions that had I/O; columns are as long as `startMs`. */
  readonly directions: { readonly [direction in Direction]?: SeriesColumns | undefined };
}
