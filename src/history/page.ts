/** A history as a page: a table of what changed, and for each series a chart of its results and levels. */
import { changeText, figureText, probabilityText } from '../compare/figures.js';
import { type Axis, axisFromZero, axisOfDates, countMark, latencyMark } from '../page/axis.js';
import { type Chart, drawLines, tableOf } from '../page/chart.js';
import { charts, pageText, section } from '../page/frame.js';
import { element } from '../page/markup.js';
import type { HistoryChanges, SeriesChanges } from './changes.js';
import { figuresOf } from './export.js';
import type { HistorySeries } from './series.js';
import {
  differenceText,
  headline,
  intervalText,
  momentText,
  nowText,
  resultText,
  scopeText,
  seriesTitle,
} from './text.js';

/** A page of so many series has charts of the first ones, those with changes before others. */
const chartsMax = 120;

export function historyPage(changes: HistoryChanges, title: string | null): string {
  const { history, all, resultsNeeded } = changes;
  const inOrder = [...all].sort((a, b) => Number(b.changes.length > 0) - Number(a.changes.length > 0));
  const left = all.length - chartsMax;
  const body = element(
    'main',
    {},
    element('h1', {}, title ?? headline(changes)),
    element('p', { class: 'faint' }, scopeText(changes)),
    all.some((each) => each.changes.length > 0) ? section('Changes', scroll(changeTable(all))) : null,
    all.length === 0
      ? null
      : section(
          'Where each stands',
          element(
            'ul',
            {},
            all.map((each) => element('li', {}, `${seriesTitle(each.series)}: ${nowText(each, resultsNeeded)}`)),
          ),
        ),
    all.length === 0 ? null : section('Results over time', charts(inOrder.slice(0, chartsMax).flatMap(chartOf))),
    left > 0 ? element('p', {}, `Charts of ${chartsMax} series are shown; the other ${left} are in the list.`) : null,
    history.notes.map((note) => element('p', {}, note)),
    section('Method', element('p', {}, method)),
  );
  return pageText(title ?? headline(changes), body);
}

const method =
  'Each result counts as the median of its repetitions. Changes are those points at which the energy distance between ' +
  'what lies before and after is larger than shuffled copies of the series give (E-divisive; seeded, so that the same ' +
  'results give the same page). Sizes are Hodges-Lehmann estimates of one level against the one before, with 95 % intervals.';

function scroll(table: Parameters<typeof tableOf>[0]) {
  return element('div', { class: 'scroll' }, tableOf(table));
}

function changeTable(all: readonly SeriesChanges[]) {
  return {
    head: ['when (UTC)', 'of what', 'change', '95 % interval', 'p', 'first result', 'also changed'],
    rows: all.flatMap(({ series, changes }) =>
      changes.map((change) => [
        momentText(change.after.result.startedAt),
        `${series.jobName} ${series.label}`,
        `${changeText(change.ratio)} ${change.isWorse ? 'worse' : 'better'}`,
        intervalText(change),
        probabilityText(change.pValue),
        resultText(change.after),
        change.alsoChanged.map((each) => differenceText(each, '→')).join(', ') || 'nothing that is known',
      ]),
    ),
  };
}

function chartOf(each: SeriesChanges, index: number): Chart[] {
  const { series, levels, changes } = each;
  if (series.points.length < 2) return [];
  const dates = series.points.map(({ result }) => Date.parse(result.startedAt));
  const values = series.points.map(({ value }) => value);
  const x = axisOfDates('time of the run (UTC)', dates);
  const found = changes.length === 0 ? 'no change' : changes.length === 1 ? '1 change' : `${changes.length} changes`;
  const subject = `${series.label} of ${seriesTitle(series)}`;
  const description = `${subject}: ${found} in ${values.length} results.`;
  return [
    {
      id: `series-${index}`,
      title: subject,
      description,
      drawing: drawLines({
        x,
        y: valueAxis(series, values),
        series: [
          { label: 'result', points: dates.map((date, at) => ({ x: date, y: values[at]! })), form: 'line and marks' },
          {
            label: 'level',
            points: levels.flatMap(({ from, to, median }) =>
              [from, to - 1].map((at) => ({ x: dates[at]!, y: median })),
            ),
            form: 'line',
          },
        ],
        description,
      }),
      legend: ['result', 'level'],
      table: { head: ['when (UTC)', 'result', series.label, 'level'], rows: figuresOf(each) },
    },
  ];
}

function valueAxis({ unit }: HistorySeries, values: readonly number[]): Axis {
  if (unit === 'ns') return axisFromZero({ label: 'latency', values, format: latencyMark });
  if (unit === 'iops') return axisFromZero({ label: 'IOPS', values, format: countMark });
  return axisFromZero({ label: 'bandwidth', values, format: (value) => figureText(unit, value) });
}
