/** The figures behind a chart as text for other programs. */
import { markdownCell, markdownTable } from '../compare/export.js';
import { csvField } from '../report/csv-field.js';
import type { Chart } from './chart.js';

/** A heading and a table; what would break it is escaped. */
export function chartMarkdown({ title, description, table }: Chart): string {
  const lines = markdownTable(
    table.head.map(markdownCell),
    table.rows.map((row) => row.map(markdownCell)),
  );
  return [`### ${markdownCell(title)}`, '', markdownCell(description), '', ...lines, ''].join('\n');
}

/** RFC 4180, with the head. Names are those of jobs and variants: anybody's. */
export function chartCsv({ table }: Chart): string {
  return [table.head, ...table.rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}
