/** Words and numbers that comparisons and gates share. */

import { formatBandwidthShort, formatIops, formatLatencyNs } from '../support/units.js';
import type { MetricComparison } from './types.js';

export function figureText(unit: MetricComparison['unit'], value: number | null): string {
  if (value === null) return '-';
  if (unit === 'iops') return formatIops(value);
  return unit === 'bytes/s' ? formatBandwidthShort(value) : formatLatencyNs(value);
}

/** `1.08x`, three digits. */
export function ratioText(ratio: number | null): string {
  if (ratio === null) return '-';
  if (ratio === Number.POSITIVE_INFINITY) return 'no I/O';
  const digits = ratio < 9.995 ? 3 : ratio < 99.95 ? 1 : 0;
  return `${ratio.toFixed(digits)}x`;
}

/** `1.05-1.10`. */
export function intervalText({ interval }: MetricComparison): string {
  if (interval === null) return '-';
  const text = (value: number) => {
    if (value === Number.POSITIVE_INFINITY) return 'inf';
    return value >= 99.95 ? value.toPrecision(3) : value.toFixed(value < 9.995 ? 3 : 1);
  };
  return `${text(interval.low)}-${text(interval.high)}`;
}

/** Four decimals at most: `.0021`, `<.0001`. */
export function probabilityText(p: number | null): string {
  if (p === null) return '-';
  if (p < 0.0001) return '<.0001';
  return p >= 0.99995 ? '1' : p.toFixed(4).slice(1);
}

/** Two digits: `3.1 %`. */
export function percentText(percent: number | null): string {
  if (percent === null) return '-';
  return `${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** `-12.3 %`, against the baseline. */
export function changeText(ratio: number | null): string {
  if (ratio === null) return '-';
  if (ratio === Number.POSITIVE_INFINITY) return 'no I/O';
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? '' : '+'}${Math.abs(percent) < 0.05 ? '0.0' : percent.toFixed(Math.abs(percent) < 99.95 ? 1 : 0)} %`;
}

/** Whether a difference lies beyond the tolerance of its metric, and more than by chance. */
export function isReal({ finding }: MetricComparison): boolean {
  return finding === 'worse' || finding === 'better';
}

/** `96.1 %`: the least of the intervals shown, and its true level. */
export function confidenceText(metrics: readonly MetricComparison[]): string {
  const known = metrics.flatMap(({ interval }) => (interval === null ? [] : [interval.confidence]));
  return known.length === 0 ? '95 %' : `${Math.floor(Math.min(...known) * 1000 + 1e-6) / 10} %`;
}

/** What the rule finds, in a word for tables. */
export function findingText({ finding, tolerance, ratio }: MetricComparison): string {
  if (ratio === null || tolerance === null) return '-';
  return finding ?? 'too few';
}

function toleranceText(tolerance: number): string {
  return `${Number((tolerance * 100).toPrecision(3))} %`;
}

export function isBetter({ ratio, better }: MetricComparison): boolean {
  return ratio !== null && ratio > 1 === (better === 'more');
}

/**
 * One difference in words, for tables that have room for a phrase: `1.36x (1.31-1.41)`, `no worse than 5 % (0.98-1.02)`,
 * `not decided (0.93-1.08)`, `1.02x, too few repetitions to tell (3)`.
 */
export function differenceText(metric: MetricComparison): string {
  const { ratio, finding, tolerance, interval, currentCount } = metric;
  if (ratio === null) return metric.note ?? '-';
  if (interval === null) return `${ratioText(ratio)}, too few repetitions to tell (${currentCount})`;
  const range = `(${intervalText(metric)})`;
  if (finding === 'open') return `not decided ${range}`;
  return finding === 'within' ? `no worse than ${toleranceText(tolerance!)} ${range}` : `${ratioText(ratio)} ${range}`;
}
