/**
 * Percentile curves of two sides in one picture: latency upwards on a logarithmic scale, percentiles to the right so
 * that each nine has the same width, as HdrHistogram's plots have it.
 */

import { reportColumns } from '../report/layout.js';
import type { Style } from '../report/terminal.js';
import { formatLatencyNs } from '../support/units.js';
import type { PercentileCurve } from './types.js';

const rowCount = 10;
const axisColumns = 9;
const plotColumns = reportColumns - axisColumns - 3;
const ticks = [0, 50, 90, 99, 99.9, 99.99, 99.999];

/** Lines of at most 80 columns; empty when there is nothing to draw. */
export function curveLines({ baseline, current }: PercentileCurve, style: Style): string[] {
  const points = [...baseline, ...current].filter(({ ns }) => ns > 0);
  if (points.length < 2) return [];
  const place = scaleOf(points);
  const [baselineMark, currentMark, both] = style.unicode ? ['○', '●', '◉'] : ['o', 'x', '*'];
  const grid = Array.from({ length: rowCount }, () => new Array<string>(plotColumns).fill(' '));
  const seen = new Map<string, string>();
  for (const [curve, mark] of [
    [baseline, baselineMark],
    [current, currentMark],
  ] as const) {
    for (const cell of traced(curve, place)) {
      const key = `${cell.row} ${cell.column}`;
      const known = seen.get(key);
      const shown = known === undefined || known === mark ? mark : both;
      seen.set(key, shown);
      grid[cell.row]![cell.column] = shown;
    }
  }
  const wall = style.unicode ? '│' : '|';
  const lines = grid.map((cells, row) => {
    const label = row % 3 === 0 || row === rowCount - 1 ? formatLatencyNs(place.nsOfRow(row)) : '';
    return `${label.padStart(axisColumns)} ${wall}${cells.join('')}`.trimEnd();
  });
  return [...lines, ...axisLines(place, style)];
}

interface Scale {
  readonly row: (ns: number) => number;
  readonly nsOfRow: (row: number) => number;
  readonly column: (percent: number) => number;
  readonly percentMax: number;
}

function scaleOf(points: readonly { readonly percent: number; readonly ns: number }[]): Scale {
  const logs = points.map(({ ns }) => Math.log(ns));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const step = Math.max((high - low) / (rowCount - 1), 1e-9);
  const percentMax = Math.max(...points.map(({ percent }) => percent));
  const nines = (percent: number) => -Math.log10(1 - Math.min(percent, 99.9999) / 100);
  return {
    row: (ns) => Math.round((high - Math.log(ns)) / step),
    nsOfRow: (row) => Math.exp(high - row * step),
    column: (percent) => Math.round((nines(percent) / nines(percentMax)) * (plotColumns - 1)),
    percentMax,
  };
}

/** Cells along the curve, straight between its points. */
function traced(curve: PercentileCurve['baseline'], place: Scale): { row: number; column: number }[] {
  const corners = curve.filter(({ ns }) => ns > 0).map(({ percent, ns }) => ({ column: place.column(percent), ns }));
  return corners.flatMap((corner, index) => {
    const next = corners[index + 1];
    if (next === undefined || next.column === corner.column)
      return [{ row: place.row(corner.ns), column: corner.column }];
    return Array.from({ length: next.column - corner.column }, (_, offset) => {
      const share = offset / (next.column - corner.column);
      const ns = Math.exp(Math.log(corner.ns) * (1 - share) + Math.log(next.ns) * share);
      return { row: place.row(ns), column: corner.column + offset };
    });
  });
}

function axisLines(place: Scale, style: Style): string[] {
  const [corner, dash, tick] = style.unicode ? ['└', '─', '┴'] : ['+', '-', '+'];
  const line = new Array<string>(plotColumns).fill(dash);
  const labels = new Array<string>(plotColumns + 8).fill(' ');
  for (const percent of ticks) {
    if (percent > place.percentMax) continue;
    const column = place.column(percent);
    line[column] = tick;
    const text = percent === 0 ? 'p0' : `p${percent}`;
    const start = Math.min(Math.max(0, column - Math.floor(text.length / 2)), plotColumns - text.length);
    for (let index = 0; index < text.length; index++) labels[start + index] = text[index]!;
  }
  const indent = ' '.repeat(axisColumns + 1);
  return [`${indent}${corner}${line.join('')}`, `${indent} ${labels.join('')}`.trimEnd()];
}
