/** The percentiles of one latency as a curve, each nine as wide as the others, as HdrHistogram's plots have it. */

import type { EncodedHistogram } from '../stats/encoded-histogram.js';
import { hasTail, percentilesNs } from '../stats/histogram.js';
import { latencyOf } from '../stats/latencies.js';
import { formatLatencyNs } from '../support/units.js';
import { plotLines } from './plot.js';
import type { Style } from './terminal.js';

const marked = [0, 50, 90, 99, 99.9, 99.99, 99.999];
const percents = [
  0, 10, 20, 30, 40, 50, 60, 70, 80, 85, 90, 95, 97, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.99, 99.995, 99.999,
];
const rows = 7;

/** Empty where there is nothing to draw, or charts are not wanted. */
export function percentileCurveLines(histogram: EncodedHistogram, title: string, style: Style): string[] {
  if (!style.charts || histogram.count === 0) return [];
  const latency = latencyOf(histogram);
  const shown = percents.filter((percent) => hasTail(latency.count, percent));
  const values = percentilesNs(latency, shown);
  const lines = plotLines(
    {
      x: {
        scale: 'linear',
        format: (nines) => `p${Number((100 - 100 * 10 ** -nines).toPrecision(6))}`,
        ticks: marked.filter((percent) => shown.includes(percent)).map(ninesOf),
      },
      y: { scale: 'log', format: formatLatencyNs },
      series: [{ label: title, points: shown.map((percent, index) => ({ x: ninesOf(percent), y: values[index]! })) }],
      rows,
    },
    style,
  );
  return lines.length === 0 ? [] : [`    ${title}:`, ...lines];
}

/** 0 for p0, 1 for p90, 2 for p99. */
function ninesOf(percent: number): number {
  return -Math.log10(1 - percent / 100);
}
