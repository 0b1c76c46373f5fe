/**
 * A latency histogram for a screen: rows of log-spaced width, a bar each. The rows are as fine as the middle 99 % of
 * the samples allows; the rest, which may lie decades away, gets one row below and one per decade above.
 */
import type { Bin } from '../stats/histogram.js';
import { formatCount, formatLatencyNs } from '../support/units.js';
import { reportColumns } from './layout.js';
import type { Style } from './terminal.js';

/** Edges within one decade: Renard-like steps, people's numbers. Finest first. */
const decadeSteps: readonly (readonly number[])[] = [
  [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.4, 2.6, 2.8, 3, 3.3, 3.6, 4, 4.5, 5, 5.5, 6, 6.5, 7, 8, 9],
  [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9],
  [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8],
  [1, 1.5, 2, 3, 5, 7],
  [1, 2, 5],
  [1, 3],
  [1],
];
const middleRowsMax = 14;
/** Few samples in many rows look like noise. */
const fewSamples = 100;
const middleRowsMaxOfFew = 6;
const tailShare = 0.005;

interface ChartRow {
  /** Latencies in [lowNs, highNs). */
  readonly lowNs: number;
  readonly highNs: number;
  readonly count: number;
}

/** Rows that hold every sample, ascending, none missing in between; the first and the last are not empty. */
export function chartRows(bins: readonly Bin[]): ChartRow[] {
  if (bins.length === 0) return [];
  const edges = edgesFor(bins);
  const counts = new Array<number>(edges.length - 1).fill(0);
  let row = 0;
  for (const bin of bins) {
    while (row < counts.length - 1 && bin.lowestNs >= edges[row + 1]!) row++;
    counts[row]! += bin.count;
  }
  const rows = counts.map((count, index) => ({ lowNs: edges[index]!, highNs: edges[index + 1]!, count }));
  while (rows.at(-1)?.count === 0) rows.pop();
  while (rows[0]?.count === 0) rows.shift();
  return rows;
}

function edgesFor(bins: readonly Bin[]): number[] {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const lowNs = Math.max(1, latencyAt(bins, total * tailShare));
  const highNs = Math.max(lowNs, latencyAt(bins, total * (1 - tailShare)));
  const rowsMax = total < fewSamples ? middleRowsMaxOfFew : middleRowsMax;
  let edges: number[] = [];
  for (const steps of decadeSteps) {
    edges = edgesAround(steps, lowNs, highNs);
    if (edges.length - 1 <= rowsMax) break;
  }
  const firstNs = bins[0]!.lowestNs;
  const lastNs = bins.at(-1)!.lowestNs;
  if (firstNs < edges[0]!) edges.unshift(floorOf(decadeSteps.at(-2)!, firstNs));
  for (let decade = 10 ** Math.ceil(Math.log10(edges.at(-1)!)); edges.at(-1)! <= lastNs; decade *= 10) {
    if (decade > edges.at(-1)!) edges.push(decade);
  }
  return edges;
}

function latencyAt(bins: readonly Bin[], rank: number): number {
  let seen = 0;
  for (const bin of bins) {
    seen += bin.count;
    if (seen >= rank) return bin.lowestNs;
  }
  return bins.at(-1)!.lowestNs;
}

/** The steps from the one at or below `lowNs` to the first above `highNs`. */
function edgesAround(steps: readonly number[], lowNs: number, highNs: number): number[] {
  const edges = [floorOf(steps, lowNs)];
  for (let power = Math.floor(Math.log10(lowNs)); edges.at(-1)! <= highNs; power++) {
    for (const step of steps) {
      const edge = stepNs(step, power);
      // Latencies are whole ns: below 10 ns the finest steps would make rows that nothing can fall into.
      if (Number.isInteger(edge) && edge > edges[0]! && edges.at(-1)! <= highNs) edges.push(edge);
    }
  }
  return edges;
}

function floorOf(steps: readonly number[], ns: number): number {
  if (ns < 1) return 0;
  const power = Math.floor(Math.log10(ns) + 1e-9);
  const below = steps.filter((step) => stepNs(step, power) <= ns && Number.isInteger(stepNs(step, power)));
  return stepNs(below.at(-1) ?? 1, power);
}

/** Rounded: 1.1 × 10^3 is not 1100 in doubles. */
function stepNs(step: number, power: number): number {
  return Number((step * 10 ** power).toPrecision(12));
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar of `share` (0…1) of `columns`. Anything above 0 leaves a mark, so that a rare stall is seen. */
export function bar(share: number, columns: number, unicode: boolean): string {
  if (!(share > 0)) return '';
  if (!unicode) return '#'.repeat(Math.round(share * columns)) || '.';
  const parts = Math.max(1, Math.round(share * columns * 8));
  return '█'.repeat(Math.floor(parts / 8)) + eighths[parts % 8]!;
}

const indentColumns = 5;
const edgeColumns = 6;
const numberColumns = 5 + 1 + 7;

/** The chart as lines of at most 80 columns: from, to, bar, count, per cent. */
export function chartLines(rows: readonly ChartRow[], style: Style): string[] {
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const most = Math.max(...rows.map((row) => row.count), 1);
  const barColumns = reportColumns - indentColumns - 2 * edgeColumns - 4 - 2 - 1 - numberColumns;
  const [dash, wall] = style.unicode ? ['–', '│'] : ['-', '|'];
  return rows.map(({ lowNs, highNs, count }) => {
    const from = edgeText(lowNs).padStart(edgeColumns);
    const to = edgeText(highNs).padStart(edgeColumns);
    const drawn = bar(count / most, barColumns, style.unicode);
    const filled = style.good(drawn) + ' '.repeat(barColumns - drawn.length);
    const share = count === 0 ? '' : shareText(count / total);
    const amount = count === 0 ? '' : formatCount(count);
    return `${' '.repeat(indentColumns)}${from} ${dash} ${to} ${wall}${filled}${wall} ${amount.padStart(5)} ${share.padStart(7)}`.trimEnd();
  });
}

/** Edges are round numbers: `1.5ms`, not `1.50ms`. */
function edgeText(ns: number): string {
  return formatLatencyNs(ns).replace(/\.(\d*?)0+(?=[a-z])/, (_, kept: string) => (kept === '' ? '' : `.${kept}`));
}

/** One stall among a million is not nothing. */
function shareText(share: number): string {
  return share < 0.00005 ? '<0.01%' : `${(share * 100).toFixed(2)}%`;
}
