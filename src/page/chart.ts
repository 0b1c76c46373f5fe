/**
 * One chart: a title that says what is to be seen, a drawing with two axes and their units, and the figures of it as a
 * table below. The drawing is static SVG; series differ by colour, by dash and by mark, so that colour alone carries
 * nothing.
 */
import { area, curveStepAfter, line } from 'd3-shape';
import { wrap } from '../report/layout.js';
import type { Axis } from './axis.js';
import { type Content, digits, element, Markup } from './markup.js';

export interface Point {
  readonly x: number;
  /** NaN: nothing was measured there, and the line has a gap. */
  readonly y: number;
}

export interface Series {
  readonly label: string;
  readonly points: readonly Point[];
  /** `steps` are for what holds over a time, as rates do; a point is where it begins. */
  readonly form: 'line' | 'area' | 'line and marks' | 'steps';
}

export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export class Drawing extends Markup {
  /** In its own units, as `chartWidth`. */
  readonly height: number;

  constructor(text: string, height: number) {
    super(text);
    this.height = height;
  }
}

export interface Chart {
  /** Unique on the page; letters, digits, `-`. */
  readonly id: string;
  readonly title: string;
  /** One or two sentences for those who do not see it; also what is worth seeing. */
  readonly description: string;
  readonly drawing: Drawing;
  /** Names of the series, in the order of their colours; empty when there is one. */
  readonly legend: readonly string[];
  readonly table: ChartTable;
}

/** Of the drawing's own units; the page scales it to its column. */
const chartWidth = 480;
const chartHeight = 290;
const margin = { left: 62, right: 18, top: 12, bottom: 46 };
const plotWidth = chartWidth - margin.left - margin.right;

/** Colours and dashes there are; further series begin again with them. */
export const seriesStyleCount = 8;
const markShapes = [
  'M-3.5,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0',
  'M-3.2,-3.2h6.4v6.4h-6.4z',
  'M0,-4.2L4,3.2H-4z',
  'M0,-4.4L4.4,0L0,4.4L-4.4,0z',
  'M0,4.2L4,-3.2H-4z',
  'M-1.4,-4h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6v-2.8h2.6z',
  'M-4,-1.6h8v3.2h-8z',
  'M-1.6,-4h3.2v8h-3.2z',
];

interface LinesInput {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Read by those who do not see the drawing. */
  readonly description: string;
}

/** Lines, areas and marks over two axes. */
export function drawLines({ x, y, series, description }: LinesInput): Drawing {
  const plotHeight = chartHeight - margin.top - margin.bottom;
  const left = (value: number) => margin.left + x.share(value) * plotWidth;
  const top = (value: number) => margin.top + (1 - y.share(value)) * plotHeight;
  const bottom = margin.top + plotHeight;
  const drawn = series.map(({ points, form, label }, index) => {
    const style = index % seriesStyleCount;
    const pairs = points.map(
      (point) => [left(point.x), Number.isFinite(point.y) ? top(point.y) : Number.NaN] as [number, number],
    );
    const shape = line()
      .digits(2)
      .defined(([, y]) => Number.isFinite(y));
    const path = (form === 'steps' ? shape.curve(curveStepAfter) : shape)(pairs) ?? '';
    const below = form === 'area' ? (area().digits(2).y0(bottom)(pairs) ?? '') : '';
    const showsMarks = form === 'line and marks' || points.length === 1;
    return element(
      'g',
      { class: `s s${style}` },
      element('title', {}, label),
      below === '' ? null : element('path', { class: 'below', d: below }),
      element('path', { class: 'line', d: path }),
      showsMarks
        ? pairs.map(([px, py]) =>
            element('path', {
              class: 'mark',
              d: markShapes[style]!,
              transform: `translate(${digits(px)},${digits(py)})`,
            }),
          )
        : null,
    );
  });
  return svg(chartHeight, description, [frame(x, y, plotHeight), ...drawn]);
}

interface Bar {
  readonly label: string;
  /** Parts that add up, in the order of the legend. */
  readonly parts: readonly number[];
  /** Written at its end. */
  readonly text: string;
  /** From and to, where it is known how sure the value is. */
  readonly interval?: { readonly low: number; readonly high: number } | undefined;
}

/** Horizontal bars from zero, one line each. */
export function drawBars({
  axis,
  bars,
  description,
}: {
  readonly axis: Axis;
  readonly bars: readonly Bar[];
  readonly description: string;
}): Drawing {
  const step = 44;
  const height = bars.length * step + 50;
  const textRoom = 78;
  const width = chartWidth - 12 - textRoom;
  const left = (value: number) => 12 + axis.share(value) * width;
  const bottom = bars.length * step + 6;
  const marks = axis.marks.map(({ share, text }) => {
    const at = 12 + share * width;
    return [element('line', { class: 'grid', x1: at, x2: at, y1: 4, y2: bottom }), markBelow(at, bottom, share, text)];
  });
  const drawn = bars.map((bar, index) => {
    const y = index * step + 4;
    let sum = 0;
    const parts = bar.parts.map((part, style) => {
      const from = left(sum);
      sum += part;
      const barWidth = Math.max(part > 0 ? 0.5 : 0, left(sum) - from);
      return element(
        'g',
        { class: `s s${style % seriesStyleCount}` },
        element('rect', { class: 'bar', x: from, y: y + 16, width: barWidth, height: 18 }),
      );
    });
    const { interval } = bar;
    const whisker =
      interval === undefined
        ? null
        : element('path', {
            class: 'whisker',
            d: `M${digits(left(interval.low))},${y + 20}v10m0,-5H${digits(left(interval.high))}m0,-5v10`,
          });
    const end = Math.max(left(sum), interval === undefined ? 0 : left(interval.high));
    return element(
      'g',
      {},
      element('text', { class: 'name', x: 12, y: y + 11 }, bar.label),
      parts,
      whisker,
      element('text', { class: 'value', x: end + 6, y: y + 29 }, bar.text),
    );
  });
  const label = element(
    'text',
    { class: 'label', x: 12 + width / 2, y: bottom + 36, 'text-anchor': 'middle' },
    axis.label,
  );
  return svg(height, description, [...marks.flat(), ...drawn, label]);
}

interface HeatMapInput {
  readonly columnsLabel: string;
  readonly columns: readonly string[];
  readonly rowsLabel: string;
  readonly rows: readonly string[];
  /** By row and column; null = not measured. */
  readonly values: readonly (readonly (number | null)[])[];
  /** The value that is darkest: the same for maps that are looked at side by side. */
  readonly scaleMax: number;
  readonly format: (value: number) => string;
  readonly description: string;
}

/** A table whose cells are the darker the larger their value; the values stand in them. */
export function drawHeatMap(input: HeatMapInput): Drawing {
  const { columns, rows, values, format } = input;
  const left = 76;
  const cellWidth = (chartWidth - left - 8) / columns.length;
  const cellHeight = 34;
  const most = Math.max(input.scaleMax, 1e-9);
  const cells = rows.flatMap((row, rowIndex) => [
    element('text', { class: 'tick', x: left - 8, y: rowIndex * cellHeight + 47, 'text-anchor': 'end' }, row),
    ...columns.map((_, columnIndex) => {
      const value = values[rowIndex]![columnIndex] ?? null;
      const x = left + columnIndex * cellWidth;
      const y = 26 + rowIndex * cellHeight;
      const share = value === null ? 0 : value / most;
      return element(
        'g',
        {},
        element('rect', {
          class: value === null ? 'cell none' : 'cell',
          x: x + 1,
          y: y + 1,
          width: cellWidth - 2,
          height: cellHeight - 2,
          'fill-opacity': value === null ? null : 0.08 + 0.72 * share,
        }),
        element(
          'text',
          {
            class: share > 0.55 ? 'celltext strong' : 'celltext',
            x: x + cellWidth / 2,
            y: y + 22,
            'text-anchor': 'middle',
          },
          value === null ? '–' : format(value),
        ),
      );
    }),
  ]);
  const heads = columns.map((text, index) =>
    element('text', { class: 'tick', x: left + (index + 0.5) * cellWidth, y: 18, 'text-anchor': 'middle' }, text),
  );
  const height = 26 + rows.length * cellHeight + 30;
  const label = element(
    'text',
    { class: 'label', x: chartWidth / 2, y: height - 10, 'text-anchor': 'middle' },
    `${input.rowsLabel} (down) by ${input.columnsLabel} (across)`,
  );
  return svg(height, input.description, [...heads, ...cells, label]);
}

function frame(x: Axis, y: Axis, plotHeight: number): Markup {
  const bottom = margin.top + plotHeight;
  const across = x.marks.map(({ share, text }) => {
    const at = margin.left + share * plotWidth;
    return [
      element('line', { class: 'grid', x1: at, x2: at, y1: margin.top, y2: bottom }),
      markBelow(at, bottom, share, text),
    ];
  });
  const up = y.marks.map(({ share, text }) => {
    const at = bottom - share * plotHeight;
    return [
      element('line', { class: 'grid', x1: margin.left, x2: margin.left + plotWidth, y1: at, y2: at }),
      element('text', { class: 'tick', x: margin.left - 6, y: at + 4, 'text-anchor': 'end' }, text),
    ];
  });
  return element(
    'g',
    {},
    across.flat(),
    up.flat(),
    element('path', { class: 'axis', d: `M${margin.left},${margin.top}V${bottom}H${margin.left + plotWidth}` }),
    element(
      'text',
      { class: 'label', x: margin.left + plotWidth / 2, y: bottom + 37, 'text-anchor': 'middle' },
      x.label,
    ),
    element(
      'text',
      {
        class: 'label',
        transform: `translate(13,${digits(margin.top + plotHeight / 2)}) rotate(-90)`,
        'text-anchor': 'middle',
      },
      y.label,
    ),
  );
}

/** The last one ends where the axis does: long ones would be cut. */
function markBelow(x: number, bottom: number, share: number, text: string): Markup {
  const anchor = share > 0.97 ? 'end' : 'middle';
  return element(
    'text',
    { class: 'tick', x: x + (anchor === 'end' ? 8 : 0), y: bottom + 16, 'text-anchor': anchor },
    text,
  );
}

function svg(height: number, description: string, content: Content): Drawing {
  return new Drawing(svgText(height, description, content), height);
}

function svgText(height: number, description: string, content: Content): string {
  return element(
    'svg',
    {
      viewBox: `0 0 ${chartWidth} ${digits(height)}`,
      role: 'img',
      'aria-label': description,
      xmlns: 'http://www.w3.org/2000/svg',
    },
    content,
  ).text;
}

/** The chart as it stands on a page. */
export function figureOf({ id, title, description, drawing, legend, table }: Chart): Markup {
  return element(
    'figure',
    { id, class: 'chart' },
    // Without a script: the address names the chart, and the style makes that one as wide as the page.
    element('a', { class: 'size larger', href: `#${id}`, 'aria-label': `larger: ${title}` }, 'larger'),
    element('a', { class: 'size smaller', href: '#-', 'aria-label': `smaller: ${title}` }, 'smaller'),
    element('figcaption', {}, element('h3', {}, title), element('p', {}, description)),
    legend.length > 1 ? legendOf(legend) : null,
    drawing,
    element('details', {}, element('summary', {}, 'the figures'), element('div', { class: 'scroll' }, tableOf(table))),
  );
}

function legendOf(labels: readonly string[]): Markup {
  return element(
    'ul',
    { class: 'legend' },
    labels.map((label, index) =>
      element(
        'li',
        {},
        element('svg', { viewBox: '0 0 28 12', 'aria-hidden': 'true' }, sampleOf(index)),
        element('span', {}, label),
      ),
    ),
  );
}

/** Line and mark of a series, 28 wide and 12 high. */
function sampleOf(index: number): Markup {
  const style = index % seriesStyleCount;
  return element(
    'g',
    { class: `s s${style}` },
    element('path', { class: 'line', d: 'M1,6H27' }),
    element('path', { class: 'mark', d: markShapes[style]!, transform: 'translate(14,6)' }),
  );
}

export function tableOf({ head, rows }: ChartTable): Markup {
  return element(
    'table',
    {},
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        head.map((text) => element('th', { scope: 'col' }, text)),
      ),
    ),
    element(
      'tbody',
      {},
      rows.map((row) =>
        element(
          'tr',
          {},
          row.map((text, index) => (index === 0 ? element('th', { scope: 'row' }, text) : element('td', {}, text))),
        ),
      ),
    ),
  );
}

const lineHeight = 19;
/** So many units wide is a letter, about: nothing here knows the font. */
const letterWidth = { heading: 8, label: 6.9 };

/** The drawing as a file of its own: it brings its title, its legend and its style. */
export function standaloneSvg({ drawing, description, title, legend }: Chart, css: string): string {
  const titleLines = wrap(title, '', Math.floor((chartWidth - 24) / letterWidth.heading));
  const legendRows = legend.length > 1 ? rowsOf(legend) : [];
  const head = 10 + (titleLines.length + legendRows.length) * lineHeight + 8;
  const heading = titleLines.map((text, index) =>
    element('text', { class: 'heading', x: 12, y: 24 + index * lineHeight }, text),
  );
  const samples = legendRows.flatMap((row, rowIndex) =>
    row.map(({ label, index, left }) => {
      const top = 14 + (titleLines.length + rowIndex) * lineHeight;
      return element(
        'g',
        { transform: `translate(${digits(left)},${top})` },
        sampleOf(index),
        element('text', { class: 'value', x: 34, y: 10 }, label),
      );
    }),
  );
  const inner = new Markup(
    drawing.text.replace('<svg ', `<svg y="${head}" width="${chartWidth}" height="${digits(drawing.height)}" `),
  );
  const height = head + drawing.height;
  return `${svgText(height, `${title}. ${description}`, [
    element('title', {}, title),
    new Markup(`<style>${css}</style>`),
    element('rect', { class: 'paper', width: chartWidth, height }),
    heading,
    samples,
    inner,
  ])}\n`;
}

/** Entries of a legend side by side, as many as fit. */
function rowsOf(labels: readonly string[]) {
  const rows: { readonly label: string; readonly index: number; readonly left: number }[][] = [[]];
  let left = 12;
  for (const [index, label] of labels.entries()) {
    const width = 34 + label.length * letterWidth.label + 18;
    if (left > 12 && left + width > chartWidth) {
      rows.push([]);
      left = 12;
    }
    rows.at(-1)!.push({ label, index, left });
    left += width;
  }
  return rows;
}
