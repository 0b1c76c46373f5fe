/** What a rate was to be and came to, and latency from the intended starts, beside the service time. */

import type { Direction } from '../job/per-direction.js';
import type { FioDirection, FioLatency, IotestJob } from '../results/document.js';
import { meanNs, percentilesNs, stddevNs } from '../stats/histogram.js';
import { latencyOf } from '../stats/latencies.js';
import { iopsText, rates, shownFigures } from './job-figures.js';

/** With unified_rw_reporting the directions are one, and their rates are not told apart. */
type ReportedName = Direction | 'mixed';

/** null without a rate, and in results from before there were rates. */
export function openLoopLatency({ histograms, options }: IotestJob, name: ReportedName): FioLatency | null {
  if (name === 'mixed') return null;
  const histogram = histograms[name]?.openLoop;
  if (histogram === undefined) return null;
  const latency = latencyOf(histogram);
  const ascending = [...options.measure.percentiles].sort((a, b) => a - b);
  const values = percentilesNs(latency, ascending);
  return {
    min: latency.minNs,
    max: latency.maxNs,
    mean: meanNs(latency),
    stddev: stddevNs(latency),
    N: latency.count,
    percentile: Object.fromEntries(ascending.map((percent, index) => [percent.toFixed(6), values[index]!])),
  };
}

/** The rate asked of all workers of the job together, and what they did; null without a rate. */
interface RateReached {
  /** Per second: bytes or I/Os. */
  readonly asked: number;
  readonly reached: number;
  readonly inBytes: boolean;
}

export function rateReached(
  { options, workerCount }: Pick<IotestJob, 'options' | 'workerCount'>,
  direction: FioDirection,
  name: Direction,
): RateReached | null {
  const { pacing } = options;
  if (pacing === undefined) return null;
  if (pacing.bytesPerSecond[name] > 0) {
    const reached = direction.bw_bytes ?? direction.bw * 1024;
    return { asked: pacing.bytesPerSecond[name] * workerCount, reached, inBytes: true };
  }
  if (pacing.iops[name] === 0) return null;
  return { asked: pacing.iops[name] * workerCount, reached: direction.iops, inBytes: false };
}

/** `    rate: asked for 1000 IOPS, linear; reached 998 (99.8 %)` */
export function rateLines(iotest: IotestJob, direction: FioDirection, name: ReportedName): string[] {
  if (name === 'mixed') return [];
  const rate = rateReached(iotest, direction, name);
  if (rate === null) return [];
  const figures = shownFigures(iotest);
  const text = (value: number) =>
    rate.inBytes ? rates(value, figures)[0] : `${iopsText(Math.round(value), figures)} IOPS`;
  const share = ((rate.reached / rate.asked) * 100).toFixed(1);
  const process = iotest.options.pacing.process;
  return [`    rate: asked for ${text(rate.asked)}, ${process}; reached ${text(rate.reached)} (${share} %)`];
}
