/** Comparisons for people: what they came to, then job after job, then what differs of the machines. */

import { reportColumns, truncate, wrap } from '../report/layout.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import type { FieldDifference } from '../results/fingerprint.js';
import { printable } from '../support/printable.js';
import { answerText } from './answer.js';
import { curveLines } from './chart.js';
import {
  confidenceText,
  figureText,
  findingText,
  intervalText,
  isBetter,
  isReal,
  probabilityText,
  ratioText,
} from './figures.js';
import type { Comparison, JobComparison, MetricComparison } from './types.js';

/** What `iotest compare` found. */
export interface CompareReport {
  /** The first, with which the others are compared, then these. */
  readonly labels: readonly string[];
  /** One for each label but the first. */
  readonly comparisons: readonly Comparison[];
  /** Differences of the machines against the first, for each label but the first. */
  readonly fingerprints: readonly (readonly FieldDifference[])[];
  /** Place of the label that is really the best; null where none is. */
  readonly best: (jobName: string, metric: MetricComparison) => number | null;
  /** Files that were left out and why. */
  readonly notes: readonly string[];
}

/** Ends with a newline. */
export function formatCompare(report: CompareReport, style: Style): string {
  const blocks = [
    report.comparisons
      .flatMap((comparison) => wrap(answerText(comparison), '', style.columns))
      .map((line) => style.strong(line)),
    ...(report.comparisons.length === 1 ? pairBlocks(report.comparisons[0]!, style) : matrixBlocks(report, style)),
    ...report.fingerprints.map((differences, index) =>
      fingerprintLines(differences, [report.labels[0]!, report.labels[index + 1]!], style),
    ),
    noteLines(report, style),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** With the heading, and the line that says what is left out, ten lines. */
const differencesMax = 8;

/** Differences of two machines, what matters most first. */
export function fingerprintLines(
  differences: readonly FieldDifference[],
  labels: readonly [string, string],
  style: Style,
): string[] {
  if (differences.length === 0) return [];
  const shown = differences.slice(0, differencesMax);
  const arrow = style.unicode ? '→' : '->';
  const color = { blocking: style.bad, warning: style.caution, informative: style.faint };
  const rows = shown.map((difference) => [
    color[difference.class](difference.class),
    printable(difference.field),
    sideTexts(difference).join(` ${arrow} `),
  ]);
  const left = differences.slice(shown.length);
  const isMinor = left.every((difference) => difference.class === 'informative');
  return [
    style.heading(`conditions differ: ${printable(labels[0])} ${arrow} ${printable(labels[1])}`),
    ...tableLines({ rows, align: ['left', 'left', 'left'], indent: 2, gap: 2 }),
    ...(left.length > 0
      ? [style.faint(`  and ${left.length} more${isMinor ? ' that only inform' : ''} (--format json has them)`)]
      : []),
  ];
}

const sideColumns = 22;

/** Both values, each cut to what a table has room for, so that the cut leaves what differs. */
export function sideTexts({ left, right }: Pick<FieldDifference, 'left' | 'right'>): string[] {
  const whole = ({ value, reason }: FieldDifference['left']): string =>
    value === null ? `? (${reason ?? 'unknown'})` : typeof value === 'object' ? value.join(' ') : String(value);
  return distinctLabels([whole(left), whole(right)], sideColumns);
}

function pairBlocks(comparison: Comparison, style: Style): string[][] {
  const arrow = style.unicode ? '→' : '->';
  const title = `${printable(comparison.baselineLabel)} ${arrow} ${printable(comparison.currentLabel)}`;
  return [
    [...wrap(title, '', style.columns).map(style.heading), ...designLines(comparison, style)],
    ...comparison.jobs.flatMap((job) => [jobLines(job, comparison, style), ...curveBlocks(job, comparison, style)]),
  ];
}

const designTexts: Readonly<Record<Comparison['design'], string>> = {
  paired: 'repetitions of one run, paired in the order they ran',
  independent: 'separate runs: what changed between them besides the subject counts as difference',
  history: 'the latest run against those before it',
};

function designLines({ design }: Comparison, style: Style): string[] {
  const text = designTexts[design];
  const ratios = 'ratios are estimates over all repetitions, so they need not be those of the medians shown';
  return wrap(`${text}; ${ratios}`, '', style.columns).map((line) => style.faint(line));
}

/**
 * Labels that still differ when cut to so many columns: as they are, else without the words that all begin with (as
 * results of one day), else by their ends, else by their numbers.
 */
export function distinctLabels(labels: readonly string[], columns: number, unicode = false): string[] {
  const shown = labels.map((label) => printable(label));
  const cut = (texts: readonly string[]) => texts.map((text) => truncate(text, columns, unicode));
  let shared = 0;
  while (shown.every((label) => shared < label.length && label[shared] === shown[0]![shared])) shared++;
  const begin = shown[0]!.slice(0, shared).search(/[- /][^- /]*$/) + 1;
  const ends = shown.map((text) =>
    text.length <= columns ? text : `${unicode ? '…' : '~'}${text.slice(1 - columns)}`,
  );
  const ways = [cut(shown), cut(shown.map((label) => label.slice(begin))), ends];
  const isDistinct = (texts: readonly string[]) => new Set(texts).size === texts.length;
  return ways.find(isDistinct) ?? shown.map((_, index) => `#${index + 1}`);
}

function countText({ baselineCount, currentCount }: { baselineCount: number; currentCount: number }): string {
  return baselineCount === currentCount ? `n = ${currentCount}` : `n = ${baselineCount} and ${currentCount}`;
}

/** As wide as bandwidths are. */
const minLabelColumns = 9;
/** What a table of two results takes beside their own columns. */
const pairColumns = 62;

/** A narrow terminal gets what is found, without the figures that it rests on. */
function jobLines(job: JobComparison, comparison: Comparison, style: Style): string[] {
  const kind = job.latencyKind === 'completion' ? ', latency from the submission on' : '';
  const head = `${style.strong(printable(job.jobName))}: ${printable(job.workload)}, ${countText(job)}${kind}`;
  if (job.workloadDifferences.length > 0) {
    return [head, ...job.workloadDifferences.map((text) => style.bad(`  cannot be compared: ${printable(text)}`))];
  }
  const room = Math.max(minLabelColumns, Math.min(30, Math.floor((style.columns - pairColumns) / 2)));
  const heads = distinctLabels([comparison.baselineLabel, comparison.currentLabel], room, style.unicode);
  const columns = ['', ...heads, 'ratio', `${confidenceText(job.metrics)} interval`, 'p', 'n', ''];
  const rows = job.metrics.map((metric) => [
    metric.label,
    figureText(metric.unit, metric.baseline),
    figureText(metric.unit, metric.current),
    mark(metric, ratioText(metric.ratio), style),
    intervalText(metric),
    probabilityText(metric.pValue),
    metric.ratio === null ? '-' : String(Math.min(metric.baselineCount, metric.currentCount)),
    findingText(metric),
  ]);
  const notes = job.metrics.flatMap(({ label: name, note }) => (note === null ? [] : [`  ${name}: ${note}`]));
  const table = [columns.map((column) => (column === '' ? '' : style.faint(column))), ...rows];
  return [
    head,
    ...tableLines({
      rows:
        style.columns < reportColumns ? table.map((row) => row.filter((_, index) => index < 4 || index > 6)) : table,
      align: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
      indent: 2,
      gap: 2,
    }),
    ...notes.map((note) => style.faint(note)),
  ];
}

/** Coloured only where the difference is more than chance. */
function mark(metric: MetricComparison, text: string, style: Style): string {
  if (!isReal(metric)) return text;
  return isBetter(metric) ? style.good(text) : style.bad(text);
}

function curveBlocks(job: JobComparison, comparison: Comparison, style: Style): string[][] {
  const [baseline, current, both] = style.unicode ? ['○', '●', '◉'] : ['o', 'x', '*'];
  return job.curves.map((curve) => [
    `${printable(job.jobName)} ${curve.direction} latency: ${baseline} ${printable(comparison.baselineLabel)}, ` +
      `${current} ${printable(comparison.currentLabel)}, ${both} both`,
    ...curveLines(curve, style),
  ]);
}

const metricColumns = 14;
const setColumns = 21;

const matrixMarks = '* is better than each other, by more than its tolerance; ~ not so from the first';

/** More than two: figures of all side by side, `*` at the one that is really the best. */
function matrixBlocks(report: CompareReport, style: Style): string[][] {
  const others = report.comparisons.map((_, index) => index);
  const groups: number[][] = [];
  const othersPerTable = Math.max(1, Math.floor((style.columns - metricColumns - setColumns / 2) / setColumns));
  for (let start = 0; start < others.length; start += othersPerTable)
    groups.push(others.slice(start, start + othersPerTable));
  const jobNames = [...new Set(report.comparisons.flatMap(({ jobs }) => jobs.map(({ jobName }) => jobName)))];
  return [
    [
      ...wrap(`${report.labels.length} results, ratios to ${printable(report.labels[0]!)}`, '', style.columns).map(
        style.heading,
      ),
      ...wrap(matrixMarks, '', style.columns).map(style.faint),
    ],
    ...jobNames.flatMap((jobName) => groups.map((group) => matrixLines(report, jobName, group, style))),
  ];
}

function matrixLines(report: CompareReport, jobName: string, group: readonly number[], style: Style): string[] {
  const jobs = group.map((index) => report.comparisons[index]!.jobs.find((job) => job.jobName === jobName));
  const first = jobs.find((job) => job !== undefined && job.metrics.length > 0);
  if (first === undefined) return [];
  const heads = distinctLabels(report.labels, 12, style.unicode);
  const head = ['', heads[0]!, ...group.flatMap((index) => [heads[index + 1]!, ''])];
  const rows = first.metrics.map((metric) => {
    const best = report.best(jobName, metric);
    const star = (place: number, text: string) => (best === place ? style.good(`${text} *`) : `${text}  `);
    return [
      metric.label,
      star(0, figureText(metric.unit, metric.baseline)),
      ...jobs.flatMap((job, position) => {
        const other = job?.metrics.find((each) => each.label === metric.label);
        if (other === undefined) return ['-  ', ''];
        const ratio = other.finding === 'open' || other.finding === 'within' ? '~' : ratioText(other.ratio);
        return [star(group[position]! + 1, figureText(other.unit, other.current)), mark(other, ratio, style)];
      }),
    ];
  });
  const differing = jobs.flatMap((job, position) =>
    (job?.workloadDifferences ?? []).map(
      (text) => `  ${printable(report.labels[group[position]! + 1]!)} cannot be compared: ${printable(text)}`,
    ),
  );
  return [
    `${style.strong(printable(jobName))}: ${printable(first.workload)}, ${countText(first)}`,
    ...tableLines({
      rows: [head.map((text) => (text === '' ? '' : style.faint(text))), ...rows],
      align: ['left', 'right', ...group.flatMap(() => ['right', 'right'] as const)],
      indent: 2,
      gap: 2,
    }),
    ...differing.map((text) => style.bad(text)),
  ];
}

function noteLines(report: CompareReport, style: Style): string[] {
  const texts = new Set<string>(report.notes);
  for (const { jobs, baselineLabel, currentLabel, onlyBaseline, onlyCurrent, notes } of report.comparisons) {
    for (const name of onlyBaseline) texts.add(`${name} is in ${baselineLabel} only`);
    for (const name of onlyCurrent) texts.add(`${name} is in ${currentLabel} only`);
    for (const note of notes) texts.add(note);
    for (const text of idleTexts(jobs)) texts.add(text);
  }
  return [...texts].flatMap((text) => wrap(printable(text), 'note: ', style.columns)).map((line) => style.faint(line));
}

/** Runs that did nothing count as the worst there is, and have to be seen. */
function idleTexts(jobs: readonly JobComparison[]): string[] {
  return jobs.flatMap(({ jobName, metrics, baselineCount, currentCount }) =>
    metrics
      .filter(({ metric }) => metric.name === 'iops')
      .flatMap(({ baselineIdleCount, currentIdleCount, metric }) =>
        baselineIdleCount + currentIdleCount === 0
          ? []
          : [
              `${jobName} ${metric.direction}: no I/O at all in ${baselineIdleCount} of ${baselineCount} baseline and ` +
                `${currentIdleCount} of ${currentCount} current repetitions, which count as the worst there is`,
            ],
      ),
  );
}
