/** How jobs end, and which errors they pass over: their options as a result holds them. */
import { z } from 'zod';

const count = z.int().nonnegative();

/** Absent in results of versions before these options. */
export const jobEnding = z.object({
  exitAll: z.boolean(),
  exitWhat: z.enum(['group', 'stonewall', 'all']),
  exitAllOnError: z.boolean(),
  steadyState: z
    .object({
      figure: z.enum(['iops', 'bw', 'lat']),
      isSlope: z.boolean(),
      limit: z.number(),
      isPercent: z.boolean(),
      durationMs: z.number(),
      rampMs: z.number(),
      intervalMs: z.number(),
    })
    .optional(),
});

const errnos = z.array(count).nullable();
export const jobErrors = z.object({ ignoredErrnos: z.object({ read: errnos, write: errnos }), dump: z.boolean() });
