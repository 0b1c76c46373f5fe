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
  const digits = ratio < 9.995 ? 3 : ratio < 99.95 ? 1 : 0;
  return `${ratio.toFixed(digits)}x`;
}

/** `1.05-1.10`. */
export function intervalText({ interval }: MetricComparison): string {
  if (interval === null) return '-';
  const text = (value: number) => value.toFixed(value < 9.995 ? 3 : 1);
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
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? '' : '+'}${Math.abs(percent) < 0.05 ? '0.0' : percent.toFixed(Math.abs(percent) < 99.95 ? 1 : 0)} %`;
}

/** Whether a difference is more than chance: below 5 % with all metrics of the comparison together. */
export function isReal({ pAdjusted }: MetricComparison): boolean {
  return pAdjusted !== null && pAdjusted < 0.05;
}

export function isBetter({ ratio, better }: MetricComparison): boolean {
  return ratio !== null && ratio > 1 === (better === 'more');
}

/**
 * One difference in words, for tables that have room for a phrase: `1.36x (1.31-1.41)`,
 * `no difference seen (could have seen ≥ 3.1 %)`, `1.02x, too few repetitions to tell (3)`.
 */
export function differenceText(metric: MetricComparison, unicode: boolean): string {
  if (metric.ratio === null) return metric.note ?? '-';
  if (isReal(metric)) return `${ratioText(metric.ratio)} (${intervalText(metric)})`;
  if (metric.detectablePercent === null) {
    return `${ratioText(metric.ratio)}, too few repetitions to tell (${metric.currentCount})`;
  }
  return `no difference seen (could have seen ${unicode ? '≥' : '>='} ${percentText(metric.detectablePercent)})`;
}
