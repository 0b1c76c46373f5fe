/** Comparisons for other programs: Markdown, CSV and JSON. */

import { csvField } from '../report/csv-field.js';
import { jsonText, printable } from '../support/printable.js';
import {
  changeText,
  confidenceText,
  figureText,
  findingText,
  intervalText,
  isBetter,
  isReal,
  probabilityText,
} from './figures.js';
import { type CompareReport, sideTexts } from './text.js';
import type { Comparison, JobComparison, MetricComparison } from './types.js';

/** Text inside a table cell of GitHub's Markdown. */
export function markdownCell(text: string): string {
  return printable(text.replace(/\s+/g, ' ')).replace(/[\\`*_{}[\]<>|#~$]/g, (character) => `\\${character}`);
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)];
}

export function compareMarkdown(report: CompareReport): string {
  const lines: string[] = [];
  report.fingerprints.forEach((differences, index) => {
    if (differences.length === 0) return;
    const [left, right] = [markdownCell(report.labels[0]!), markdownCell(report.labels[index + 1]!)];
    const rows = differences.map((difference) => [
      markdownCell(difference.field),
      difference.class,
      ...sideTexts(difference).map(markdownCell),
    ]);
    lines.push('### Conditions differ', '', ...markdownTable(['field', 'class', left, right], rows), '');
  });
  for (const comparison of report.comparisons) {
    const [baseline, current] = [markdownCell(comparison.baselineLabel), markdownCell(comparison.currentLabel)];
    for (const job of comparison.jobs) {
      lines.push(`### ${markdownCell(job.jobName)}: ${markdownCell(job.workload)}`, '');
      lines.push(...job.workloadDifferences.map((text) => `cannot be compared: ${markdownCell(text)}`));
      const head = [
        'metric',
        baseline,
        current,
        'change',
        `${confidenceText(job.metrics)} interval`,
        'p',
        'n',
        'finding',
      ];
      lines.push(...markdownTable(head, job.metrics.map(markdownRow)), '');
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function markdownRow(metric: MetricComparison): string[] {
  const change = changeText(metric.ratio);
  return [
    metric.label,
    figureText(metric.unit, metric.baseline),
    figureText(metric.unit, metric.current),
    isReal(metric) ? `**${change}** ${isBetter(metric) ? 'better' : 'worse'}` : change,
    intervalText(metric),
    probabilityText(metric.pValue),
    String(metric.currentCount),
    findingText(metric),
  ];
}

const csvHead = [
  'job',
  'metric',
  'unit',
  'baseline_label',
  'current_label',
  'baseline',
  'current',
  'ratio',
  'ratio_low',
  'ratio_high',
  'confidence',
  'p',
  'p_adjusted',
  'n_baseline',
  'n_current',
  'detectable_percent',
  'finding',
  'note',
];

/** RFC 4180; figures in their base units (I/Os per second, bytes per second, ns), empty where there is none. */
export function compareCsv(report: CompareReport): string {
  const rows = report.comparisons.flatMap((comparison) =>
    comparison.jobs.flatMap((job) => job.metrics.map((metric) => csvRow(comparison, job, metric))),
  );
  return [csvHead, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvRow(comparison: Comparison, job: JobComparison, metric: MetricComparison): (string | number | null)[] {
  return [
    job.jobName,
    metric.label,
    metric.unit,
    comparison.baselineLabel,
    comparison.currentLabel,
    metric.baseline,
    metric.current,
    metric.ratio,
    metric.interval?.low ?? null,
    metric.interval?.high ?? null,
    metric.interval?.confidence ?? null,
    metric.pValue,
    metric.pAdjusted,
    metric.baselineCount,
    metric.currentCount,
    metric.detectablePercent,
    metric.finding,
    metric.note,
  ];
}

function csvCell(value: string | number | null): string {
  if (value === null) return '';
  return typeof value === 'number' ? String(value) : csvField(value);
}

/** Raised when a reader of the version before would misunderstand it. */
const compareSchemaVersion = 1;

export function compareJson({ labels, comparisons, fingerprints, best, notes }: CompareReport): string {
  const document = {
    compare: {
      schemaVersion: compareSchemaVersion,
      labels,
      notes,
      comparisons: comparisons.map((comparison, index) => ({
        fingerprint: fingerprints[index] ?? [],
        ...plainComparison(comparison, (jobName, metric) => ({ best: bestLabel(labels, best(jobName, metric)) })),
      })),
    },
  };
  return jsonText(document);
}

function bestLabel(labels: readonly string[], place: number | null): string | null {
  return place === null ? null : labels[place]!;
}

/** Without what only the judging needs. */
function plainComparison(
  comparison: Comparison,
  more: (jobName: string, metric: MetricComparison) => Readonly<Record<string, unknown>>,
) {
  return {
    ...comparison,
    jobs: comparison.jobs.map((job) => ({
      ...job,
      metrics: job.metrics.map((metric) => ({ ...plainMetric(metric), ...more(job.jobName, metric) })),
    })),
  };
}

export function plainMetric({ evidence: _, ...metric }: MetricComparison) {
  return metric;
}
