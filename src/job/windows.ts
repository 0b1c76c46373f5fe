/** How long the windows of a job's rates are: those behind the statistics, and those of its logs. */
import type { Job } from './job.js';

/** bwavgtime and iopsavgtime where they are not written, as in fio. */
const defaultMs = 500;

type WindowJob = Pick<Job, 'measure' | 'logs'>;

interface RateWindows {
  readonly bandwidthMs: number;
  readonly iopsMs: number;
}

/** Windows behind bw_min… and iops_min…. As in fio, a log that averages sets those that the job leaves open. */
export function statisticsWindows({ measure, logs }: WindowJob): RateWindows {
  const open = (stem: string | null): number => (stem !== null && logs.averageMs > 0 ? logs.averageMs : defaultMs);
  return {
    bandwidthMs: measure.bandwidthWindowMs ?? open(logs.bandwidth),
    iopsMs: measure.iopsWindowMs ?? open(logs.iops),
  };
}

/** Windows of the logs: log_avg_msec, or what the job writes out when that is shorter. 0 = a line for each I/O. */
export function logWindows({ measure, logs }: WindowJob): RateWindows & { readonly latencyMs: number } {
  const { averageMs } = logs;
  return {
    bandwidthMs: Math.min(averageMs, measure.bandwidthWindowMs ?? averageMs),
    iopsMs: Math.min(averageMs, measure.iopsWindowMs ?? averageMs),
    latencyMs: averageMs,
  };
}
