/** The schema of what a job's options say of logs and of replay, as results keep them. */
import * as z from 'zod';
import { replaySkips } from '../job/job.js';

const count = z.int().nonnegative();

export const jobLogs = z.object({
  bandwidth: z.string().nullable(),
  latency: z.string().nullable(),
  iops: z.string().nullable(),
  histogram: z.string().nullable(),
  iolog: z.string().nullable(),
  perJob: z.boolean(),
  averageMs: z.number(),
  windowValue: z.enum(['average', 'maximum', 'both']),
  offset: z.boolean(),
  priority: z.boolean(),
  issueTime: z.boolean(),
  histogramMs: z.number(),
  histogramCoarseness: count,
  entryCountMin: count,
  alternateEpoch: z.boolean(),
  alternateEpochClockId: z.number(),
});

export const jobReplay = z.object({
  iologs: z.array(z.string()).nullable(),
  noStall: z.boolean(),
  timeScalePercent: z.number(),
  offsetScale: z.number(),
  offsetAlignBytes: z.number(),
  redirect: z.string().nullable(),
  skip: z.array(z.enum(replaySkips)),
});
