/** A job's percentiles, four to a line. */
import { hasTail } from '../stats/histogram.js';
import { formatLatencyNs } from '../support/units.js';
import { tableLines } from './table.js';
import type { Style } from './terminal.js';

const perLine = 4;

interface PercentileGrid {
  readonly lines: readonly string[];
  /** True: some values are marked with `*`, for fewer than 10 samples lie beyond. */
  readonly hasThinTail: boolean;
}

/**
 * @param percentile as in the result: `"99.900000"` to ns.
 * @param count samples in all.
 */
export function percentileGrid(
  percentile: Readonly<Record<string, number>>,
  count: number,
  style: Style,
): PercentileGrid {
  const entries = Object.entries(percentile)
    .map(([percent, ns]) => ({ percent: Number(percent), ns }))
    .sort((a, b) => a.percent - b.percent);
  const isThin = (percent: number) => percent < 100 && !hasTail(count, percent);
  const cells = entries.map(({ percent, ns }) => [
    style.faint(`p${formatPercentile(percent)}`),
    `${formatLatencyNs(ns)}${isThin(percent) ? '*' : ' '}`,
  ]);
  const rows: string[][] = [];
  for (let start = 0; start < cells.length; start += perLine) rows.push(cells.slice(start, start + perLine).flat());
  const align = Array.from({ length: perLine * 2 }, () => 'right' as const);
  return {
    lines: tableLines({ rows, align, indent: 5, gap: 2 }),
    hasThinTail: entries.some(({ percent }) => isThin(percent)),
  };
}

/** At least two decimals, as in fio: `50.00`, `99.999`. */
export function formatPercentile(percent: number): string {
  const short = String(percent);
  const decimals = short.includes('.') ? short.split('.')[1]!.length : 0;
  return percent.toFixed(Math.max(2, Math.min(6, decimals)));
}
