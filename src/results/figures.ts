/**
 * What the labels of figures mean, and how the figures come from a result. A label has one definition on all surfaces:
 * in the report of a run, in comparisons and gates, and on pages.
 */
import { percentilesNs } from '../stats/histogram.js';
import type { LatencyCounts } from '../stats/worker-report.js';
import type { FioDirection, FioJob, IotestJob } from './document.js';

/** In the order in which tables have them. */
export const figureDefinitions = [
  { label: 'IOPS', means: 'I/Os completed per second of the measured time, without the ramp' },
  { label: 'bandwidth', short: 'BW', means: 'bytes moved per second of the same time' },
  { label: 'mean', means: 'mean latency of all I/Os of a repetition' },
  {
    label: 'p50, p99, p99.9',
    means:
      'the latency within which so many per cent of a repetition’s I/Os were complete; with one I/O beyond it at least',
  },
  { label: 'max', means: 'the latency of the slowest I/O of a repetition' },
  { label: 'open-loop p99', means: 'the same, from the start that the rate asked for intended' },
  {
    label: 'CPU per I/O',
    short: 'CPU/IO',
    means: 'CPU time of the job’s threads and of those that the kernel runs for its ring, user and system, per I/O',
  },
] as const;

export const repetitionsMean =
  'Of several repetitions each figure is the median of theirs; repetitions that failed or were interrupted are left out where others are whole.';

/** I/Os beyond a percentile without which a repetition cannot give it at all. */
export const samplesBeyondMin = 1;

export function samplesBeyond(count: number, percent: number): number {
  // 1000 × (1 − 99.9 %) is 1, not 0.9999999999999432.
  return Math.floor((count * Math.round((100 - percent) * 1000)) / 100_000);
}

/** null where too few I/Os lie beyond it. */
export function percentileNs(latency: LatencyCounts, percent: number): number | null {
  return samplesBeyond(latency.count, percent) < samplesBeyondMin ? null : percentilesNs(latency, [percent])[0]!;
}

/** fio cuts bandwidth to whole units; this way it is exactly IOPS times the block size. */
export function bytesPerSecondOf({ iops, io_bytes, total_ios }: FioDirection): number {
  return total_ios === 0 ? 0 : (iops * io_bytes) / total_ios;
}

export function cpuNsPerIo({ cpu: { perIo } }: IotestJob): number | null {
  return perIo === null ? null : perIo.userNs + perIo.systemNs + perIo.ringThreadNs;
}

export const interruption = 'it was interrupted';

/** Why a run did something else than was asked for: it broke off, or met errors. null: it is whole. */
export function troubleOf(fio: FioJob, iotest: IotestJob | null): string | null {
  if (iotest?.ended === 'interrupted') return interruption;
  if (iotest !== null && (iotest.errors.length > 0 || iotest.ended === 'error' || iotest.ended === 'failed')) {
    return iotest.errors[0]?.message ?? 'it failed';
  }
  // Errors that the job passes over show there too.
  return fio.error === 0 || iotest !== null ? null : `it ended with error ${fio.error}`;
}

/** The runs that figures are of: those that are whole, or all where none is. */
export function wholeRuns<Run extends { readonly fio: FioJob; readonly iotest: IotestJob | null }>(
  runs: readonly Run[],
): readonly Run[] {
  const whole = runs.filter(({ fio, iotest }) => troubleOf(fio, iotest) === null);
  return whole.length > 0 ? whole : runs;
}
