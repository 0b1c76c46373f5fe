/** How the options of rates, pauses and latency limits stand in result documents. */
import * as z from 'zod';

const count = z.int().nonnegative();
const perDirection = z.object({ read: z.number(), write: z.number(), trim: z.number() });

/** Members of the saved job options; absent in documents from before there were rates. */
export const pacingSchemas = {
  pacing: z
    .object({
      bytesPerSecond: perDirection,
      iops: perDirection,
      bytesPerSecondMin: perDirection,
      iopsMin: perDirection,
      process: z.enum(['linear', 'poisson']),
      cycleMs: z.number(),
      ignoresThinkTime: z.boolean(),
      submitMode: z.enum(['inline', 'offload']),
    })
    .optional(),
  thinkTime: z
    .object({
      pauseMs: z.number(),
      spinMs: z.number(),
      blockCount: z.number().nullable(),
      counts: z.enum(['complete', 'issue']),
      ioTimeMs: z.number(),
      cycleCount: count.optional(),
    })
    .optional(),
  flow: z.object({ id: count, weight: count, sleepMs: z.number() }).optional(),
  latencyTarget: z
    .object({
      latencyMsMax: perDirection,
      targetMs: z.number().nullable(),
      windowMs: z.number(),
      percent: z.number(),
      keepsSearching: z.boolean(),
    })
    .optional(),
};
