/** A gate's verdict for CI: JSON, JUnit, Markdown (also GitHub's job summary), and GitHub's annotations. */

import { markdownCell, markdownTable, plainMetric } from '../compare/export.js';
import { changeText, confidenceText, figureText, intervalText } from '../compare/figures.js';
import { sideTexts } from '../compare/text.js';
import type { GatedMetric, GateReport } from '../compare/types.js';
import { escapeXml } from '../report/xml.js';
import { ExitCode } from '../support/errors.js';
import { jsonText, printable } from '../support/printable.js';
import { designText, type GateSubject, machineText, shownMetrics } from './text.js';

/** Raised when a reader of the version before would misunderstand it. */
const gateSchemaVersion = 2;

/** The order of keys is fixed; metrics are in the order of the jobs. */
export function gateJson({ report, notes, machine = null }: GateSubject, exitCode: number): string {
  const { comparison, metrics, verdict, reasons, remarks, advice, fingerprint, varied, confirmed } = report;
  const document = {
    gate: {
      schemaVersion: gateSchemaVersion,
      verdict,
      exitCode,
      reasons,
      remarks,
      advice,
      design: comparison.design,
      baseline: comparison.baselineLabel,
      current: comparison.currentLabel,
      confirmed,
      varied,
      machine,
      fingerprint,
      onlyBaseline: comparison.onlyBaseline,
      onlyCurrent: comparison.onlyCurrent,
      notes: [...comparison.notes, ...notes],
      metrics: metrics.map((gated) => ({
        job: gated.jobName,
        ...plainMetric(gated.comparison),
        role: gated.role,
        verdict: gated.verdict,
        reason: gated.reason,
        tolerance: gated.tolerance,
        worsePercent: gated.worsePercent,
        confirmation: gated.confirmation,
      })),
    },
  };
  return jsonText(document);
}

const marks = { regression: '🔴', incomparable: '🔴', inconclusive: '🟡', improved: '🟢', pass: '🟢' } as const;

/** At most this many rows, so that a comment stays below GitHub's 64 KiB. */
const markdownRowsMax = 150;

export function gateMarkdown(subject: GateSubject): string {
  const { report, notes } = subject;
  const machine = machineText(subject, '→');
  const metrics = shownMetrics(report.metrics);
  const shown = metrics.slice(0, markdownRowsMax);
  const head = [
    'metric',
    'baseline',
    'current',
    'change',
    `${confidenceText(shown.map((each) => each.comparison))} interval`,
    'tolerance',
    'verdict',
  ];
  const differing = report.fingerprint.map(
    (difference) =>
      `- ${markdownCell(difference.field)} (${difference.class}): ` +
      sideTexts(difference).map(markdownCell).join(' → '),
  );
  const lines = [
    `## ${marks[report.verdict]} iotest gate: ${report.verdict}`,
    '',
    ...(machine === null ? [] : [markdownCell(machine), '']),
    ...[...report.reasons.slice(0, 20), ...report.remarks.slice(0, 10)].map((text) => `- ${markdownCell(text)}`),
    ...(report.advice === null ? [] : ['', markdownCell(`→ ${report.advice}`)]),
    '',
    markdownCell(designText(report)),
    '',
    ...(differing.length === 0 ? [] : ['Conditions differ:', '', ...differing, '']),
    ...markdownTable(head, shown.map(markdownRow)),
    ...(metrics.length > shown.length ? [`and ${metrics.length - shown.length} more`] : []),
    '',
    ...[...report.comparison.notes, ...notes].map((note) => `> ${markdownCell(note)}`),
  ];
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

function markdownRow(gated: GatedMetric): string[] {
  const { comparison, verdict, tolerance } = gated;
  return [
    markdownCell(`${gated.jobName} ${comparison.label}`),
    figureText(comparison.unit, comparison.baseline),
    figureText(comparison.unit, comparison.current),
    verdict === 'regression' ? `**${changeText(comparison.ratio)}**` : changeText(comparison.ratio),
    intervalText(comparison),
    tolerance === null ? '-' : `${Number((tolerance * 100).toPrecision(3))} %`,
    verdict === null ? markdownCell(gated.reason) : `${marks[verdict]} ${verdict}`,
  ];
}

/**
 * JUnit XML: a test case for each job and metric. Failed = regression, error = incomparable or not decided, skipped = not
 * judged, or not decided where that is no failure.
 */
export function gateJunit({ report }: GateSubject, exitCode: number): string {
  const cases = report.metrics.map((gated) => caseXml(gated, exitCode === ExitCode.inconclusive));
  const incomparable = report.verdict === 'incomparable' ? [gateErrorXml(report)] : [];
  const all = [...incomparable, ...cases];
  const count = (element: string) => all.filter((text) => text.includes(`<${element} `)).length;
  const attributes =
    `tests="${all.length}" failures="${count('failure')}" errors="${count('error')}" ` +
    `skipped="${count('skipped')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="iotest gate" ${attributes}>`,
    `  <testsuite name="iotest gate" ${attributes}>`,
    ...all,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function gateErrorXml({ reasons }: GateReport): string {
  return testCase('gate', 'comparable', `<error message="${xml(reasons.join('; '))}"/>`);
}

function caseXml(gated: GatedMetric, isUndecidedWrong: boolean): string {
  const message = xml(`${gated.reason}; ${detailText(gated)}`);
  switch (gated.verdict) {
    case 'regression':
      return testCase(gated.jobName, gated.comparison.label, `<failure type="regression" message="${message}"/>`);
    case 'incomparable':
      return testCase(gated.jobName, gated.comparison.label, '<skipped message="the results cannot be compared"/>');
    case 'inconclusive':
      return testCase(
        gated.jobName,
        gated.comparison.label,
        `<${isUndecidedWrong ? 'error' : 'skipped'} message="inconclusive: ${message}"/>`,
      );
    case null:
      return testCase(gated.jobName, gated.comparison.label, `<skipped message="${xml(gated.reason)}"/>`);
    default:
      return testCase(gated.jobName, gated.comparison.label, `<system-out>${message}</system-out>`);
  }
}

function testCase(className: string, name: string, content: string): string {
  return `    <testcase classname="${xml(className)}" name="${xml(name)}">${content}</testcase>`;
}

/** `baseline 100us, current 125us (+25.0 %, 95.3 % interval 1.201-1.303)`. */
function detailText({ comparison }: GatedMetric): string {
  const { unit, baseline, current, ratio } = comparison;
  return (
    `baseline ${figureText(unit, baseline)}, current ${figureText(unit, current)} ` +
    `(${changeText(ratio)}, ${confidenceText([comparison])} interval ${intervalText(comparison)})`
  );
}

/** Attributes fold line ends into blanks anyway. */
function xml(text: string): string {
  return escapeXml(text).replace(/[\r\n\t]/g, ' ');
}

/** GitHub shows ten errors of a step and drops the rest silently: one that sums up, and the worst nine. */
const annotationsMax = 9;

/** Workflow commands, one a line; none where all is well. */
export function githubAnnotations({ report }: GateSubject, exitCode: number): string[] {
  const { verdict, reasons, advice } = report;
  if (verdict === 'pass' || verdict === 'improved') return [];
  const level = exitCode === ExitCode.ok ? 'warning' : 'error';
  const summary = `${verdict}: ${reasons.length} ${reasons.length === 1 ? 'reason' : 'reasons'}. ${designText(report)}${advice === null ? '' : `. ${advice}`}`;
  return [
    annotation(level, 'iotest gate', summary),
    ...reasons.slice(0, annotationsMax).map((reason) => annotation(level, `iotest gate: ${verdict}`, reason)),
  ];
}

function annotation(level: 'error' | 'warning', title: string, message: string): string {
  const data = (text: string) =>
    text
      .split('\n')
      .map((line) => printable(line).replaceAll('%', '%25'))
      .join('%0A');
  const property = data(title).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::${level} title=${property}::${data(message)}`;
}
