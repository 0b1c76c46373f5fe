/** What a result of several hosts says of each of them. The rest of such a document is their total. */
import * as z from 'zod';

const amount = z.number().nonnegative();

export const hostPart = z.object({
  /** As `--hosts` names it: each name once. */
  name: z.string(),
  /** As it calls itself, and the boot of its kernel, by which two names for one machine are told; null = it did not say. */
  hostname: z.string().nullable(),
  bootId: z.string().nullable(),
  /** Its CLOCK_MONOTONIC against that of the machine that led the run, ns; null where the run did not get as far. */
  clock: z
    .object({
      offsetNs: z.number(),
      /** How far that may be wrong: half of the shortest round trip. */
      boundNs: amount,
      /** By how much the offset was another one at the end; null where it was not measured again. */
      driftNs: z.number().nullable(),
    })
    .nullable(),
  /** Step by step, as `iotest.steps`. null: it did not take part in the step, or nothing was heard of it. */
  steps: z.array(
    z
      .object({
        /** Begin of the measured part after the instant at which all were to begin, by the host's own clock. */
        lateNs: z.number(),
        /** Longest measured time of a worker. */
        durationNs: amount,
      })
      .nullable(),
  ),
  /** Why there is no result of it, or not all of it; null = all is well. */
  lost: z.string().nullable(),
  /** Its own result, a whole document; null when it gave none. Checked by itself: see `misfits` of document.ts. */
  document: z.unknown(),
});
