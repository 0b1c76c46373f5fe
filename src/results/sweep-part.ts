/** What a result says of the sweep that it is, or is a part of. */
import * as z from 'zod';

const count = z.int().nonnegative();

export const resultSweep = z.object({
  /** The same in every part. */
  id: z.string(),
  /** What was varied: an option or `engine`, and its values, in the order in which points are numbered. */
  axes: z.array(z.object({ option: z.string(), values: z.array(z.string()) })),
  /** How often each point was to be measured. */
  repeat: count,
  /** The order of the runs is made from it. */
  orderSeed: z.number(),
  /** Those in this document; `index` numbers the whole matrix, the last axis running fastest. */
  points: z.array(
    z.object({
      index: count,
      values: z.record(z.string(), z.string()),
      /** Job objects of all repetitions by the job's name in the job file; clones of a job are objects of one name. */
      jobs: z.array(z.object({ jobName: z.string(), jobIndexes: z.array(count) })),
    }),
  ),
});

export type ResultSweep = z.infer<typeof resultSweep>;
export type SweepPoint = ResultSweep['points'][number];
