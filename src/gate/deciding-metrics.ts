/**
 * Which metrics of a job decide. By default the throughput of each direction, and its latency: from the start that a rate
 * intended where there is a rate, p99, or what of it so few I/Os can give. Whatever else a tolerance was given for decides
 * too. The others are advisory.
 *
 * IOPS and bandwidth of one block size are one measurement, which decides once: in the unit that the blocks suggest, or
 * that the tolerance was given for.
 */
import { largeBlockBytes, latencyPercents } from '../compare/metrics.js';
import type { ComparedDirection, JobComparison, MetricComparison, MetricName } from '../compare/types.js';
import { samplesBeyondMin } from '../results/figures.js';
import type { Tolerances } from './tolerances.js';

export interface Decision {
  readonly metric: MetricComparison;
  readonly role: 'deciding' | 'advisory';
  /** As a share; null where there is none. */
  readonly tolerance: number | null;
  /** Of what does not decide: why. */
  readonly reason: string;
}

export function decisionsOf(job: JobComparison, tolerances: Tolerances): Decision[] {
  const directions = [...new Set(job.metrics.map(({ metric }) => metric.direction))];
  const deciding = new Set(
    directions.flatMap((direction) => (direction === null ? [] : defaultsOf(job, direction, tolerances))),
  );
  return job.metrics.map((metric): Decision => {
    const { name } = metric.metric;
    const [tolerance, isAsked] = [tolerances(job.jobName, name), tolerances.isAsked(job.jobName, name)];
    const twin = twinOf(job, metric);
    if (twin !== null && !deciding.has(metric)) {
      return { metric, role: 'advisory', tolerance: null, reason: `the same measurement as ${twin.label}` };
    }
    const decides = tolerance !== null && (isAsked || deciding.has(metric));
    const reason = tolerance === null ? 'reported only' : 'advisory';
    return { metric, role: decides ? 'deciding' : 'advisory', tolerance, reason: decides ? '' : reason };
  });
}

function defaultsOf(job: JobComparison, direction: ComparedDirection, tolerances: Tolerances): MetricComparison[] {
  return [throughputOf(job, direction, tolerances), latencyOf(job, direction)].filter((metric) => metric !== null);
}

function find(job: JobComparison, direction: ComparedDirection | null, name: MetricName): MetricComparison | null {
  return job.metrics.find(({ metric }) => metric.direction === direction && metric.name === name) ?? null;
}

/** The other unit of the same measurement. */
function twinOf(job: JobComparison, { metric, measurement }: MetricComparison): MetricComparison | null {
  return job.metrics.find((other) => other.measurement === measurement && other.metric.name !== metric.name) ?? null;
}

function throughputOf(
  job: JobComparison,
  direction: ComparedDirection,
  tolerances: Tolerances,
): MetricComparison | null {
  const [iops, bandwidth] = [find(job, direction, 'iops'), find(job, direction, 'bw')];
  if (iops === null || bandwidth === null) return iops ?? bandwidth;
  const [preferred, other] = isLarge(iops, bandwidth) ? [bandwidth, iops] : [iops, bandwidth];
  if (preferred.measurement !== other.measurement) return preferred;
  const asked = ({ metric }: MetricComparison) =>
    tolerances.isAsked(job.jobName, metric.name) ? tolerances(job.jobName, metric.name) : null;
  const [own, others] = [asked(preferred), asked(other)];
  return others !== null && (own === null || others < own) ? other : preferred;
}

/** Bytes per I/O, from what was measured. */
function isLarge(iops: MetricComparison, bandwidth: MetricComparison): boolean {
  const size = (rate: number | null, bytes: number | null) => (rate && bytes ? bytes / rate : 0);
  return Math.max(size(iops.baseline, bandwidth.baseline), size(iops.current, bandwidth.current)) >= largeBlockBytes;
}

/** The first that every repetition with I/O gives: a side that lacks it altogether is to be noticed, not passed over. */
function latencyOf(job: JobComparison, direction: ComparedDirection): MetricComparison | null {
  const gives = (metric: MetricComparison | null): metric is MetricComparison =>
    metric !== null &&
    (metric.baseline !== null || metric.current !== null || metric.evidence !== null) &&
    (latencyPercents[metric.metric.name] === undefined || (metric.samplesBeyond ?? 0) >= samplesBeyondMin);
  const [openP99, openP50] = [find(job, direction, 'open-p99'), find(job, direction, 'open-p50')];
  const isRated = openP99 !== null && openP99.baseline !== null && openP99.current !== null;
  const open = isRated || gives(openP50) ? [openP99, openP50] : [];
  const closed = (['p99', 'p50', 'mean'] as const).map((name) => find(job, direction, name));
  return [...open, ...closed].find(gives) ?? null;
}
