/** What a job did window by window, in columns: part of its summary, and of the result document. */
import type { Zod } from '../support/described.js';

/** Without counting them: gaps are null. */
export function isNumbers(value: unknown): value is (number | null)[] {
  return Array.isArray(value) && value.every((each) => each === null || typeof each === 'number');
}

/** As one value, however long it is. */
export const column = (z: Zod) =>
  z.custom<number[]>((value) => isNumbers(value) && !value.includes(null), 'expected numbers');

export const series = (z: Zod) => {
  const columns = z.object({
    ioCount: column(z),
    byteCount: column(z),
    /** Mean total latency in the window, ns; null in windows without I/O. */
    meanNs: z.custom<(number | null)[]>(isNumbers, 'expected numbers, or null for none'),
  });
  return z.object({
    /** Nominal width; the windows say what they really were. */
    windowMs: z.number(),
    /** Since the measured start of the first worker of this job object. */
    startMs: column(z),
    durationMs: column(z),
    /** Directions that had I/O; columns are as long as `startMs`. */
    directions: z.object({ read: columns.optional(), write: columns.optional(), trim: columns.optional() }),
  });
};

export type Series = ReturnType<ReturnType<typeof series>['parse']>;
export type SeriesColumns = NonNullable<Series['directions']['read']>;
