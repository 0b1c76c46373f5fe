/** What the kernel did for a job, in the result document: `KernelWork` of kernel-work.ts. Only of runs with --explain. */
import * as z from 'zod';

const amount = z.number().nonnegative();
const threads = { threadCount: amount, cpuNs: amount, switchCount: amount };

export const kernelWork = z.object({
  ioCount: amount,
  enterCount: amount.nullable(),
  retryCount: amount,
  wakeupCount: amount,
  overflowCount: amount,
  switchCount: amount,
  paths: z
    .object({
      submitted: amount,
      inline: amount,
      taskWork: amount,
      worker: amount,
      polled: amount,
      overflowed: amount,
    })
    .nullable(),
  tracingNsPerIo: amount.nullable(),
  sqThreads: z.object({ ...threads, workNs: amount.nullable() }).nullable(),
  workers: z.object(threads).nullable(),
  blockingPath: z.string().nullable(),
  missing: z.array(z.object({ what: z.string(), reason: z.string(), advice: z.string().nullable() })),
});
