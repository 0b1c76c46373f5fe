/** The metrics: what they are called, which way is better, and what a gate allows them by default. */
import { type Metric, type MetricName, metricNames } from './types.js';

export const latencyPercents: Partial<Readonly<Record<MetricName, number>>> = {
  p50: 50,
  p90: 90,
  p99: 99,
  'p99.9': 99.9,
  'open-p50': 50,
  'open-p99': 99,
};

/** Percentiles of the latency from the start that a rate intended. */
export function isOpenLoop(name: MetricName): boolean {
  return name === 'open-p50' || name === 'open-p99';
}

/** Shares. The maximum has none: it is a single I/O. */
export const defaultTolerances: Partial<Readonly<Record<MetricName, number>>> = {
  iops: 0.05,
  bw: 0.05,
  mean: 0.05,
  p50: 0.05,
  p99: 0.1,
  'p99.9': 0.2,
  'open-p50': 0.05,
  'open-p99': 0.1,
  cpu: 0.1,
};

/** From blocks of this size on bandwidth is what a device is bought for, below it is IOPS. */
export const largeBlockBytes = 64 * 1024;

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

const labels: Partial<Readonly<Record<MetricName, string>>> = {
  iops: 'IOPS',
  bw: 'BW',
  cpu: 'CPU/IO',
  'open-p50': 'open-loop p50',
  'open-p99': 'open-loop p99',
};

/** `read p99`; `IOPS` where a job has one direction only is the caller's matter. */
export function metricLabel({ direction, name }: Metric): string {
  const label = labels[name] ?? name;
  return direction === null ? label : `${direction} ${label}`;
}
