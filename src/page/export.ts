/** The figures behind a chart as text for other programs. */
import { markdownTable } from '../compare/export.js';
import { csvName } from '../report/csv-field.js';
import type { Chart } from './chart.js';

/** A heading and a table; what would break it is escaped. */
export function chartMarkdown({ title, description, table }: Chart): string {
  const cell = (text: string) =>
    text.replace(/\\/g, '\\\\').replace(/\|/g, '\\|').replace(/</g, '&lt;').replace(/\s+/g, ' ');
  const lines = markdownTable(
    table.head.map(cell),
    table.rows.map((row) => row.map(cell)),
  );
  return [`### ${cell(title)}`, '', cell(description), '', ...lines, ''].join('\n');
}

/** RFC 4180, with the head. Names are those of jobs and variants: anybody's. */
export function chartCsv({ table }: Chart): string {
  return [table.head, ...table.rows].map((row) => `${row.map(csvName).join(',')}\r\n`).join('');
}
