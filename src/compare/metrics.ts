/** The metrics: what they are called, which way is better, and what a gate allows them by default. */
import { type Metric, type MetricName, metricNames } from './types.js';

export const latencyPercents: Partial<Readonly<Record<MetricName, number>>> = {
  p50: 50,
  p90: 90,
  p99: 99,
  'p99.9': 99.9,
};

/** Fewer samples beyond a percentile than this say more about chance than about the disk. */
export const samplesBeyondToReport = 10;
/** In each repetition, so that the percentile of one repetition is worth comparing: ±20 % of its rank. */
export const samplesBeyondToGate = 100;

/** Shares. Metrics that are not here are reported and not judged, unless asked for. */
export const defaultTolerances: Partial<Readonly<Record<MetricName, number>>> = {
  iops: 0.05,
  bw: 0.05,
  mean: 0.05,
  p50: 0.05,
  p99: 0.1,
  'p99.9': 0.2,
  cpu: 0.1,
};

export function isMetricName(name: string): name is MetricName {
  return (metricNames as readonly string[]).includes(name);
}

export function betterOf(name: MetricName): 'more' | 'less' {
  return name === 'iops' || name === 'bw' ? 'more' : 'less';
}

export function unitOf(name: MetricName): 'iops' | 'bytes/s' | 'ns' {
  if (name === 'iops') return 'iops';
  return name === 'bw' ? 'bytes/s' : 'ns';
}

export function sameMetric(a: Metric, b: Metric): boolean {
  return a.direction === b.direction && a.name === b.name;
}

const labels: Partial<Readonly<Record<MetricName, string>>> = { iops: 'IOPS', bw: 'BW', cpu: 'CPU/IO' };

/** `read p99`; `IOPS` where a job has one direction only is the caller's matter. */
export function metricLabel({ direction, name }: Metric): string {
  const label = labels[name] ?? name;
  return direction === null ? label : `${direction} ${label}`;
}
