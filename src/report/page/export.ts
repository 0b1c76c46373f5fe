/** The figures behind a chart as text for other programs. */
import type { Chart } from './chart.js';

/** A heading and a table; what would break it is escaped. */
export function chartMarkdown({ title, description, table }: Chart): string {
  const cell = (text: string) =>
    text.replace(/\\/g, '\\\\').replace(/\|/g, '\\|').replace(/</g, '&lt;').replace(/\s+/g, ' ');
  const row = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const line = `| ${table.head.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`;
  return [`### ${cell(title)}`, '', cell(description), '', row(table.head), line, ...table.rows.map(row), ''].join(
    '\n',
  );
}

/** RFC 4180, with the head. */
export function chartCsv({ table }: Chart): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  return [table.head, ...table.rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
