/** What an engine was granted and what it counted: part of a worker's report. */

import type { Described, Zod } from '../support/described.js';

/** What was granted, as against asked. */
export const engineFacts = (z: Zod) => {
  const count = z.number().nonnegative();
  return z.object({
    /** As users name it with modes: `io_uring+sqpoll`, `psync`. */
    label: z.string(),
    depth: z.int().nonnegative(),
    /** io_uring only: `liburing 2.3` or `system calls`. */
    binding: z.string().nullable(),
    /** Names of the setup flags in force, `IORING_SETUP_` left off. */
    setupFlags: z.array(z.string()),
    /** Names of the features, `IORING_FEAT_` left off. */
    features: z.array(z.string()),
    fixedBuffers: z.boolean(),
    fixedFiles: z.boolean(),
    /** What was asked for and not granted, each with its reason and what to do. */
    fallbacks: z.array(
      z.object({ asked: z.string(), reason: z.string(), advice: z.string(), errno: z.number().optional() }),
    ),
    /** What else was set up, by the name of its option, as the kernel has it: `iowq_max_workers` `4,8`. */
    settings: z.array(z.object({ option: z.string(), value: z.string() })).optional(),
    /** Calls into the kernel for I/O, submissions refused with EAGAIN/EBUSY, wake-ups of the SQ thread, CQ overflows. */
    enterCount: count,
    retryCount: count,
    wakeupCount: count,
    overflowCount: count,
  });
};

export type EngineFacts = Described<typeof engineFacts>;
export type EngineSetting = NonNullable<EngineFacts['settings']>[number];

/** Facts of an engine that has no ring: there is nothing to grant. */
export function factsWithoutRing(label: string, depth: number): EngineFacts {
  return {
    label,
    depth,
    binding: null,
    setupFlags: [],
    features: [],
    fixedBuffers: false,
    fixedFiles: false,
    fallbacks: [],
    enterCount: 0,
    retryCount: 0,
    wakeupCount: 0,
    overflowCount: 0,
  };
}
