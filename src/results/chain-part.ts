/** What was measured of chains, as result documents have it. Earlier documents have nothing of it. */
import * as z from 'zod';

const mode = z.enum(['link', 'hardlink', 'drain', 'wait']);
const timing = z.enum(['elements', 'chain']);
const amount = z.number().nonnegative();

/** @param histogram how the document holds one */
export function chainFigures<T extends z.ZodType>(histogram: T) {
  return z.object({
    /** As in the job file: `write:4,fdatasync`. */
    elements: z.string(),
    mode,
    timing,
    completeCount: amount,
    /** Chains in which a request failed or was short. */
    brokenCount: amount,
    /** Submissions that the kernel took a part of a chain from. */
    tornCount: amount,
    /** What the latencies of elements are, in a sentence. */
    latencyDefinition: z.string(),
    perElement: z.array(
      z.object({
        name: z.string(),
        /** Requests that did what was asked. */
        doneCount: amount,
        byteCount: amount,
        shortCount: amount,
        failedCount: amount,
        /** Cancelled by the kernel (ECANCELED), or not begun, since one before them failed. */
        cancelledCount: amount,
        /** Of those done: seen complete together with the one before, so that their latency is 0. */
        togetherCount: amount,
        /** Of those done; absent where elements were not timed. */
        latency: histogram.optional(),
      }),
    ),
  });
}
