/** The end of a run with repetitions: each variant against the first, with what is known of each difference. */

import { wrap } from '../report/layout.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import { printable } from '../support/printable.js';
import { confidenceText, differenceText, figureText, isBetter, isReal } from './figures.js';
import type { Comparison, JobComparison } from './types.js';

/** Tables of at most 80 columns, one per job and variant. */
export function differenceLines(comparisons: readonly Comparison[], style: Style): string[] {
  return comparisons.flatMap((comparison) => [
    ...comparison.jobs.flatMap((job) => jobLines(comparison, job, style)),
    ...comparison.notes.flatMap((note) => wrap(printable(note), '  ')),
  ]);
}

function jobLines({ design, baselineLabel, currentLabel }: Comparison, job: JobComparison, style: Style): string[] {
  const count = Math.min(job.baselineCount, job.currentCount);
  const runs = design === 'paired' ? `${count} pairs of runs` : `${count} runs of each`;
  const [first, second] = [printable(baselineLabel), printable(currentLabel)];
  const title = wrap(
    `${second} against ${first}, ${runs} (ratio estimated over all of them, not that of the medians shown; ${confidenceText(job.metrics)} interval)`,
    `${printable(job.jobName)}: `,
  );
  if (job.workloadDifferences.length > 0) {
    return [...title, ...wrap(`not comparable: ${job.workloadDifferences.join(', ')}`, '  '), ''];
  }
  const rows = job.metrics.map((metric) => {
    const text = differenceText(metric);
    const paint = !isReal(metric) ? (plain: string) => plain : isBetter(metric) ? style.good : style.bad;
    return [
      metric.label,
      figureText(metric.unit, metric.baseline),
      figureText(metric.unit, metric.current),
      paint(text),
    ];
  });
  return [
    ...title.map(style.heading),
    ...tableLines({ rows, align: ['left', 'right', 'right', 'left'], indent: 2, gap: 2 }),
    '',
  ];
}
