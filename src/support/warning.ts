import type { Described, Zod } from './described.js';

/** Something the user should know about a run, as data; report/ only lays it out. */
export const warning = (z: Zod) =>
  z.object({
    /** Stable name, for tests and machines: `buffered-without-direct`. */
    code: z.string(),
    /** Job name, or null for the run as a whole. */
    jobName: z.string().nullable(),
    /** One sentence with the evidence. */
    message: z.string(),
    advice: z.string().nullable(),
  });

export type Warning = Described<typeof warning>;
