/** How steady states and preconditions stand in result documents. */
import * as z from 'zod';

/** `steadystate=snia`: all rounds, and the judgement of the last five. Absent for fio's criteria, which fio's part has. */
export const jobSteadyState = z.object({
  figure: z.enum(['iops', 'bw', 'lat']),
  isAttained: z.boolean(),
  roundMs: z.number(),
  /** I/Os per second, bytes per second, or ns, oldest first; at most 25. */
  rounds: z.array(z.number()),
  /** null with fewer than five rounds. Range and rise of the line of least squares as per cent of the mean. */
  window: z.object({ mean: z.number(), rangePercent: z.number(), excursionPercent: z.number() }).nullable(),
});

/** What was done before measuring (`precondition`), in order. */
export const preconditioning = z.array(
  z.object({
    mode: z.enum(['fill', '2x', 'until-steady']),
    jobNames: z.array(z.string()),
    regions: z.array(z.object({ path: z.string(), offsetBytes: z.number(), bytes: z.number() })),
    /** By this alone, without what a file was laid out with. */
    writtenBytes: z.number(),
    elapsedMs: z.number(),
    ended: z.enum(['done', 'steady', 'not steady', 'interrupted', 'failed']),
    /** Of each job or group that was run until steady. */
    steadyStates: z.array(jobSteadyState),
  }),
);
