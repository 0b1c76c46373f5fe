/** Columns of text without lines around them: the one place that knows cli-table3. */
import Table from 'cli-table3';

interface TableInput {
  readonly rows: readonly (readonly string[])[];
  readonly align: readonly ('left' | 'right')[];
  /** Blanks before each row, and between columns. */
  readonly indent: number;
  readonly gap: number;
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
} as const;

/** The rows as lines, without blanks at their ends. Cells may be coloured: escape sequences take no width. */
export function tableLines({ rows, align, indent, gap }: TableInput): string[] {
  if (rows.length === 0) return [];
  const table = new Table({
    chars: { ...noLines, middle: ' '.repeat(gap) },
    // Without this cli-table3 colours heads and borders by itself, whatever NO_COLOR says.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: [...align],
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => (' '.repeat(indent) + line).trimEnd());
}
