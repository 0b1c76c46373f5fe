/** A gate's verdict on one screen: what got worse, by how much, how sure, compared with what. */

import { changeText, confidenceText, figureText, intervalText, percentText } from '../compare/figures.js';
import { fingerprintLines } from '../compare/text.js';
import type { Comparison, GatedMetric, GateReport, Verdict } from '../compare/types.js';
import { truncate, wrap } from '../report/layout.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import { isVaried } from '../results/fingerprint.js';
import { printable } from '../support/printable.js';
import type { MachineState } from './context.js';

/** What reports of a gate need besides the judgement. */
export interface GateSubject {
  readonly report: GateReport;
  /** What a reader should know: a busy machine, files left out, where the run was kept. */
  readonly notes: readonly string[];
  /** Somebody ended it early. */
  readonly interrupted?: boolean;
  /** Of the current side. */
  readonly machine?: MachineState | null;
}

const rowsMax = 10;
const reasonsMax = 3;

/** Ends with a newline. */
export function formatGate(subject: GateSubject, style: Style): string {
  const { report, notes, interrupted = false } = subject;
  const { comparison, metrics, reasons, remarks } = report;
  const blocks = [
    [
      `iotest gate: ${verdictStyle(report.verdict, style)(report.verdict.toUpperCase())}`,
      ...reasons.slice(0, reasonsMax).flatMap((reason) => wrap(printable(reason), '  ')),
      ...(reasons.length > reasonsMax ? [`  and ${reasons.length - reasonsMax} more`] : []),
      ...machineLines(subject, style),
      ...remarks.slice(0, reasonsMax).flatMap((remark) => wrap(printable(remark), '  ')),
      ...(remarks.length > reasonsMax ? [`  and ${remarks.length - reasonsMax} more remarks (--format json)`] : []),
    ],
    wrap(printable(`${designText(report)}${powerText(metrics)}`), '').map((line) => style.faint(line)),
    fingerprintLines(
      report.fingerprint.filter((difference) => difference.class !== 'informative'),
      [comparison.baselineLabel, comparison.currentLabel],
      style,
    ),
    metricLines(metrics, style),
    [...comparison.notes, ...notes].flatMap((note) => wrap(printable(note), 'note: ')),
    interrupted ? [] : adviceLines(report, style),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `on kernel 6.18.0, governor performance`; of what differs both sides, and that it may. Empty where nothing is known. */
export function machineText({ report, machine }: GateSubject, arrow: string): string | null {
  const named = [
    ['kernel', 'kernel.release', machine?.kernel ?? null],
    ['governor', 'cpu.governor', machine?.governor ?? null],
  ] as const;
  const texts = named.flatMap(([what, field, value]) => {
    const difference = report.fingerprint.find((each) => each.field === field);
    if (difference === undefined) return value === null ? [] : [`${what} ${value}`];
    const [left, right] = [difference.left.value ?? 'unknown', difference.right.value ?? 'unknown'];
    const allowed = isVaried(field, report.varied) ? ' (which may differ)' : '';
    return [`${what} ${left} ${arrow} ${right}${allowed}`];
  });
  return texts.length === 0 ? null : `on ${texts.join(', ')}`;
}

function machineLines(subject: GateSubject, style: Style): string[] {
  const text = machineText(subject, style.unicode ? '→' : '->');
  return text === null ? [] : wrap(printable(text), '  ');
}

function verdictStyle(verdict: Verdict | null, style: Style): (text: string) => string {
  if (verdict === 'regression' || verdict === 'incomparable') return style.bad;
  if (verdict === 'inconclusive') return style.caution;
  return verdict === 'improved' || verdict === 'pass' ? style.good : style.faint;
}

/** How the two sides were measured, in a sentence. */
export function designText({ comparison, confirmed, varied }: GateReport): string {
  const { design, baselineLabel, currentLabel, jobs } = comparison;
  if (jobs.length === 0) return `${currentLabel} against ${baselineLabel}`;
  const second = confirmed === 'done' ? '; what looked worse was measured a second time' : '';
  const vary = varied.length === 0 ? '' : `; ${varied.join(', ')} may differ`;
  return `${currentLabel} against ${baselineLabel}: ${countText(comparison)}${designNames[design]}${second}${vary}`;
}

/** What these repetitions could find: the worst of what decides, since a gate is as sharp as that. */
function powerText(metrics: readonly GatedMetric[]): string {
  const known = metrics.flatMap(({ role, comparison }) =>
    role === 'deciding' && comparison.detectablePercent !== null ? [comparison.detectablePercent] : [],
  );
  return known.length === 0 ? '' : `; ${percentText(Math.max(...known))} worse would show in four of five such gates`;
}

const designNames = {
  paired: ' in one run, taking turns',
  independent: ', run apart: what changed in between counts as difference',
  history: ', each earlier result being one sample',
} as const;

function countText({ design, jobs }: Comparison): string {
  const baseline = Math.max(0, ...jobs.map((job) => job.baselineCount));
  const current = Math.max(0, ...jobs.map((job) => job.currentCount));
  const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  if (design === 'paired') return plural(current, 'pair');
  const earlier = design === 'history' ? 'earlier result' : 'repetition';
  return `${plural(current, 'repetition')} against ${plural(baseline, earlier)}`;
}

const verdictOrder: readonly (Verdict | null)[] = [
  'regression',
  'incomparable',
  'inconclusive',
  'improved',
  'pass',
  null,
];

/** Worst first, then what is advisory and got worse; in each as the jobs are. */
function sortedMetrics(metrics: readonly GatedMetric[]): GatedMetric[] {
  const rank = ({ verdict, comparison }: GatedMetric) =>
    verdictOrder.indexOf(verdict) + (comparison.finding === 'worse' ? 0 : 0.5);
  return [...metrics].sort((a, b) => rank(a) - rank(b));
}

/** Nothing is said of metrics that are neither judged nor there. */
export function shownMetrics(metrics: readonly GatedMetric[]): GatedMetric[] {
  return sortedMetrics(metrics).filter(({ verdict, comparison }) => verdict !== null || comparison.ratio !== null);
}

function metricLines(metrics: readonly GatedMetric[], style: Style): string[] {
  const all = shownMetrics(metrics);
  if (all.length === 0) return [];
  const judged = all.filter(({ verdict, comparison }) => verdict !== null || comparison.finding === 'worse');
  const shown = (judged.length > 0 ? judged : all).slice(0, rowsMax);
  const jobNames = new Set(all.map(({ jobName }) => jobName));
  const rows = shown.map((gated) => {
    const { comparison, verdict, tolerance, jobName } = gated;
    const name = jobNames.size > 1 ? `${jobName} ${comparison.label}` : comparison.label;
    return [
      truncate(printable(name), 24, style.unicode),
      figureText(comparison.unit, comparison.baseline),
      figureText(comparison.unit, comparison.current),
      changeText(comparison.ratio),
      comparison.interval === null ? '' : intervalText(comparison),
      tolerance === null ? '' : `${Number((tolerance * 100).toPrecision(3))}%`,
      verdictStyle(verdict, style)(verdict ?? (comparison.finding === 'worse' ? 'worse, advisory' : 'reported')),
    ];
  });
  const level = confidenceText(shown.map(({ comparison }) => comparison)).replace(' ', '');
  const head = ['', 'baseline', 'current', 'change', `${level} ratio`, 'limit', ''];
  const left = all.length - shown.length;
  const worse = all.slice(shown.length).filter(({ comparison }) => comparison.finding === 'worse').length;
  return [
    ...tableLines({
      rows: [head.map((text) => (text === '' ? '' : style.faint(text))), ...rows],
      align: ['left', 'right', 'right', 'right', 'right', 'right', 'left'],
      indent: 0,
      gap: 1,
    }),
    ...(left > 0
      ? [style.faint(`and ${left} more, ${worse === 0 ? 'none' : worse} of them worse (--format json has all)`)]
      : []),
  ];
}

function adviceLines({ verdict, comparison, advice }: GateReport, style: Style): string[] {
  const mark = style.unicode ? '→ ' : '-> ';
  if (verdict === 'inconclusive') {
    const more =
      comparison.design === 'history'
        ? 'run it again on other days: each run that is kept makes the next verdict surer'
        : 'measure more repetitions (--repeat), longer ones (--runtime), on a quieter machine, or allow more (--tolerance)';
    return wrap(printable(`${advice ?? more}; --inconclusive-ok lets this pass`), mark);
  }
  if (verdict === 'incomparable') {
    return wrap(
      'measure both sides on one machine (gate --ab), or allow a difference you mean with --vary FIELD',
      mark,
    );
  }
  return [];
}
