/** Small line charts in characters: marks where something was measured, dots along the way. */
import { reportColumns } from './layout.js';
import type { Style } from './terminal.js';

interface PlotSeries {
  readonly label: string;
  /** In the order in which they are joined. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface PlotAxis {
  /** `log` needs values above 0; others are left out. */
  readonly scale: 'linear' | 'log';
  /** Begin at 0, whatever the values; linear scales alone. */
  readonly fromZero?: boolean;
  readonly format: (value: number) => string;
  /** Values that get a label, where there is room; else the ends and the middle. */
  readonly ticks?: readonly number[];
}

export interface Plot {
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly series: readonly PlotSeries[];
  /** Rows of the drawing, without axis and legend. */
  readonly rows?: number;
}

const marks = { unicode: ['●', '○', '◆', '◇', '■', '□'], ascii: ['*', 'o', '#', '+', 'x', '@'] } as const;
/** More of them in one picture cannot be told apart. */
export const plotSeriesMax = marks.unicode.length;

const labelColumns = 8;
const plotColumns = reportColumns - labelColumns - 3;
const usualRows = 9;

/** Lines of at most 80 columns, axis and legend below; empty where fewer than two points can be drawn. */
export function plotLines({ x, y, series, rows = usualRows }: Plot, style: Style): string[] {
  const drawable = series.slice(0, plotSeriesMax).map((each) => ({
    ...each,
    points: each.points.filter((point) => isDrawable(point.x, x) && isDrawable(point.y, y)),
  }));
  const points = drawable.flatMap((each) => each.points);
  if (points.length < 2) return [];
  const columnOf = scaleOf(
    x,
    points.map((point) => point.x),
    plotColumns - 1,
  );
  const rowOf = scaleOf(
    y,
    points.map((point) => point.y),
    rows - 1,
  );
  const grid = Array.from({ length: rows }, () => new Array<string>(plotColumns).fill(' '));
  const dot = style.unicode ? '·' : '.';
  const put = (column: number, height: number, mark: string) => {
    const row = grid[rows - 1 - height]!;
    if (mark !== dot || row[column] === ' ') row[column] = mark;
  };
  for (const each of drawable) {
    for (const [from, to] of pairsOf(each.points)) {
      for (const cell of cellsBetween(cellOf(from), cellOf(to))) put(cell.column, cell.height, dot);
    }
  }
  const signs = style.unicode ? marks.unicode : marks.ascii;
  // The first on top: it is what the others are compared with.
  for (const [index, each] of [...drawable.entries()].reverse()) {
    for (const point of each.points) put(cellOf(point).column, cellOf(point).height, signs[index]!);
  }
  function cellOf(point: { readonly x: number; readonly y: number }) {
    return { column: columnOf.place(point.x), height: rowOf.place(point.y) };
  }
  const wall = style.unicode ? '│' : '|';
  const middle = Math.floor((rows - 1) / 2);
  const lines = grid.map((cells, row) => {
    const isLabelled = row === 0 || row === middle || row === rows - 1;
    const label = isLabelled ? y.format(rowOf.valueAt(rows - 1 - row)) : '';
    return `${label.padStart(labelColumns)} ${wall}${cells.join('')}`.trimEnd();
  });
  const legend = drawable.length < 2 ? [] : legendLines(drawable, signs);
  return [...lines, ...axisLines(x, columnOf, style), ...legend];
}

function isDrawable(value: number, { scale }: PlotAxis): boolean {
  return Number.isFinite(value) && (scale === 'linear' || value > 0);
}

interface Scale {
  readonly place: (value: number) => number;
  readonly valueAt: (place: number) => number;
}

function scaleOf({ scale, fromZero }: PlotAxis, values: readonly number[], cellsEnd: number): Scale {
  const to = scale === 'log' ? Math.log : (value: number) => value;
  const from = scale === 'log' ? Math.exp : (value: number) => value;
  const all = fromZero === true && scale === 'linear' ? [0, ...values] : values;
  const low = to(Math.min(...all));
  const high = to(Math.max(...all));
  const span = high - low;
  return {
    // All alike: in the middle.
    place: (value) => (span === 0 ? Math.round(cellsEnd / 2) : Math.round(((to(value) - low) / span) * cellsEnd)),
    valueAt: (place) => (span === 0 ? from(low) : from(low + (place / cellsEnd) * span)),
  };
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.slice(1).map((item, index) => [items[index]!, item]);
}

interface Cell {
  readonly column: number;
  readonly height: number;
}

/** Straight from one to the other, without their own cells. */
function cellsBetween(from: Cell, to: Cell): Cell[] {
  const steps = Math.max(Math.abs(to.column - from.column), Math.abs(to.height - from.height));
  return Array.from({ length: Math.max(0, steps - 1) }, (_, index) => {
    const share = (index + 1) / steps;
    return {
      column: Math.round(from.column + share * (to.column - from.column)),
      height: Math.round(from.height + share * (to.height - from.height)),
    };
  });
}

function axisLines(axis: PlotAxis, scale: Scale, style: Style): string[] {
  const [corner, dash, tick] = style.unicode ? ['└', '─', '┴'] : ['+', '-', '+'];
  const line = new Array<string>(plotColumns).fill(dash);
  const labels = new Array<string>(plotColumns).fill(' ');
  const end = plotColumns - 1;
  const ticks = axis.ticks ?? [scale.valueAt(0), scale.valueAt(end / 2), scale.valueAt(end)];
  let free = 0;
  for (const value of ticks) {
    const column = scale.place(value);
    const text = axis.format(value);
    const start = Math.min(Math.max(0, column - Math.floor(text.length / 2)), plotColumns - text.length);
    if (column < 0 || column > end || start < free) continue;
    line[column] = tick;
    for (const [index, character] of [...text].entries()) labels[start + index] = character;
    free = start + text.length + 1;
  }
  const indent = ' '.repeat(labelColumns + 1);
  return [`${indent}${corner}${line.join('')}`, `${indent} ${labels.join('')}`.trimEnd()];
}

function legendLines(series: readonly PlotSeries[], signs: readonly string[]): string[] {
  const indent = ' '.repeat(labelColumns + 2);
  const lines: string[] = [];
  let line = '';
  for (const [index, { label }] of series.entries()) {
    const room = plotColumns - 4;
    const text = `${signs[index]} ${label.length > room ? `${label.slice(0, room - 1)}~` : label}`;
    if (line !== '' && line.length + 3 + text.length > plotColumns) {
      lines.push(indent + line);
      line = '';
    }
    line += line === '' ? text : `   ${text}`;
  }
  return [...lines, indent + line];
}
