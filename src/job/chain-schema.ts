/** How chains stand in result documents: their options, and what was measured. Earlier documents have neither. */
import * as z from 'zod';
import { chainOperations, noChain } from './chain.js';

const mode = z.enum(['link', 'hardlink', 'drain', 'wait']);
const timing = z.enum(['elements', 'chain']);
const amount = z.number().nonnegative();

export const chainOptions = z
  .object({
    elements: z.array(z.object({ operation: z.enum(chainOperations), count: z.int().positive() })),
    mode,
    timing,
  })
  .default({ ...noChain, elements: [] });

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
