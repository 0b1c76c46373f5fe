/** What repetitions of one job in one variant came to: for each figure the median, the range and the scatter. */
import type { IotestDocument } from '../results/document.js';
import { printable } from '../support/printable.js';
import { type Figure, figuresOf } from './engine-table.js';
import { type JobPair, jobsWithIo, jobTitle } from './job-text.js';
import { tableLines } from './table.js';
import type { Style } from './terminal.js';

/** One block per job and variant. */
export function repetitionLines(document: IotestDocument, style: Style): string[] {
  return jobsWithIo(document).flatMap((pairs) => {
    const variants = [...new Set(pairs.map((pair) => pair.iotest.variant))];
    return variants.flatMap((variant) => [
      ...blockLines(
        pairs.filter((pair) => pair.iotest.variant === variant),
        variant,
        style,
      ),
      '',
    ]);
  });
}

function blockLines(runs: readonly JobPair[], variant: string, style: Style): string[] {
  const title = jobTitle(runs[0]!, style);
  // The title has the engine, which mostly is the variant.
  const head = variant === runs[0]!.iotest.engineLabel ? title : [...title, `  variant ${printable(variant)}`];
  const rows = figuresOf(runs.map((run) => [run])).map(rowOf);
  const errors = runs.filter(({ iotest }) => iotest.errors.length > 0).length;
  return [
    ...head,
    `  ${runs.length} repetitions${errors > 0 ? `, ${errors} with errors` : ''}`,
    ...tableLines({
      rows: [['', 'median', 'lowest', 'highest', 'scatter'], ...rows],
      align: ['left', 'right', 'right', 'right', 'right'],
      indent: 2,
      gap: 3,
    }),
  ];
}

/** Scatter: standard deviation over the mean (coefficient of variation). */
function rowOf({ name, values, format }: Figure): string[] {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0) return [name, '', '', '', ''];
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, known.length - 1);
  const scatter = known.length < 2 || mean === 0 ? '' : `${((Math.sqrt(variance) / mean) * 100).toFixed(1)}%`;
  const upper = known[known.length >> 1]!;
  const middle = known.length % 2 === 1 ? upper : (known[(known.length >> 1) - 1]! + upper) / 2;
  return [name, format(middle), format(known[0]!), format(known.at(-1)!), scatter];
}
