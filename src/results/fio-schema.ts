/** fio's part of a result document: keys, units and nesting as fio 3.42 writes them. Units are told in document.ts. */
import * as z from 'zod';

const count = z.int().nonnegative();
const amount = z.number().nonnegative();

export const fioLatency = z.object({
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  stddev: z.number(),
  N: z.number(),
  /** Percentiles as fio writes them, `"99.900000"`, to ns; only when they were asked for and there are samples. */
  percentile: z.record(z.string().regex(/^\d{1,3}(?:\.\d{1,20})?$/), z.number()).optional(),
  /** json+ only: latency in ns to count. */
  bins: z.record(z.string().regex(/^\d{1,19}$/), amount).optional(),
});

/** Latencies of the I/Os of one priority; only where there are several. One of the two, by `lat_percentiles`. */
const fioPriority = z.object({
  prioclass: z.int().nonnegative(),
  prio: z.int().nonnegative(),
  priohint: z.int().nonnegative().optional(),
  clat_ns: fioLatency.optional(),
  lat_ns: fioLatency.optional(),
});

export const fioDirection = z.object({
  io_bytes: amount,
  io_kbytes: amount,
  bw_bytes: amount.optional(),
  bw: amount,
  iops: amount,
  runtime: amount,
  total_ios: amount,
  short_ios: amount,
  drop_ios: amount,
  slat_ns: fioLatency,
  clat_ns: fioLatency,
  lat_ns: fioLatency,
  prios: z.array(fioPriority).optional(),
  bw_min: z.number(),
  bw_max: z.number(),
  bw_agg: z.number(),
  bw_mean: z.number(),
  bw_dev: z.number(),
  bw_samples: z.number().optional(),
  iops_min: z.number().optional(),
  iops_max: z.number().optional(),
  iops_mean: z.number().optional(),
  iops_stddev: z.number().optional(),
  iops_samples: z.number().optional(),
});

const percentages = z.record(z.string(), z.number());

export const fioJob = z.object({
  jobname: z.string(),
  groupid: count,
  job_start: z.number().optional(),
  /** errno of the first error that ended the job; 0 = none. */
  error: z.number(),
  eta: z.number().optional(),
  elapsed: z.number().optional(),
  /** As typed, so always strings; flags are empty strings. */
  'job options': z.record(z.string(), z.string()).optional(),
  read: fioDirection,
  write: fioDirection,
  trim: fioDirection,
  sync: z.object({ total_ios: amount, lat_ns: fioLatency }).optional(),
  job_runtime: amount.optional(),
  usr_cpu: z.number(),
  sys_cpu: z.number(),
  ctx: amount,
  majf: amount,
  minf: amount,
  iodepth_level: percentages,
  iodepth_submit: percentages.optional(),
  iodepth_complete: percentages.optional(),
  latency_ns: percentages,
  latency_us: percentages,
  latency_ms: percentages,
  total_err: z.number().optional(),
  first_error: z.number().optional(),
  latency_depth: z.number().optional(),
  latency_target: z.number().optional(),
  latency_target_ns: z.number().optional(),
  latency_percentile: z.number().optional(),
  latency_window: z.number().optional(),
  latency_window_us: z.number().optional(),
  desc: z.string().optional(),
  steadystate: z
    .object({
      /** `iops_slope:0.100000%`. */
      ss: z.string(),
      /** s. */
      duration: z.number(),
      attained: z.number(),
      criterion: z.string(),
      max_deviation: z.number(),
      slope: z.number(),
      /** The window, oldest value first; bandwidth in bytes per second. */
      data: z.object({
        bw_mean: z.number(),
        iops_mean: z.number(),
        lat_mean: z.number().optional(),
        lat_ns: z.array(z.number()).optional(),
        iops: z.array(z.number()),
        bw: z.array(z.number()),
      }),
    })
    .optional(),
  /** Of jobs that write or trim with `zonemode=zbd`. */
  zone_resets: amount.optional(),
  /** All directions together (unified_rw_reporting); where `read` is the same object, there is nothing else. */
  mixed: fioDirection.optional(),
});

export const fioDisk = z.object({
  name: z.string(),
  read_ios: z.number(),
  write_ios: z.number(),
  read_sectors: z.number().optional(),
  write_sectors: z.number().optional(),
  read_merges: z.number(),
  write_merges: z.number(),
  read_ticks: z.number(),
  write_ticks: z.number(),
  in_queue: z.number(),
  util: z.number(),
});
