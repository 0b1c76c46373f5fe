/** Laying text out in columns of a fixed-width screen. Everything here is pure. */

/** Reports are laid out for this many columns, whatever the terminal has. */
export const reportColumns = 80;

/**
 * Breaks `text` at blanks so that no line is longer than `columns`, except where a single word is. The first line
 * starts with `first`, the others with blanks of the same length.
 */
export function wrap(text: string, first: string, columns: number = reportColumns): string[] {
  const rest = ' '.repeat(first.length);
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (!empty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines;
}

/** Cuts to `columns`, marking the cut. */
export function truncate(text: string, columns: number, unicode: boolean): string {
  if (text.length <= columns) return text;
  const mark = unicode ? '…' : '~';
  return columns <= 0 ? '' : text.slice(0, columns - 1) + mark;
}

/** A label and its facts, `, ` between them, over as many lines as it takes; no fact is broken. */
export function factLines(label: string, facts: readonly string[], columns: number = reportColumns): string[] {
  const lines: string[] = [];
  let line = label;
  let isFirst = true;
  facts.forEach((fact, index) => {
    const text = index < facts.length - 1 ? `${fact},` : fact;
    if (!isFirst && line.length + 1 + text.length > columns) {
      lines.push(line);
      line = ' '.repeat(label.length);
    } else if (!isFirst) line += ' ';
    line += text;
    isFirst = false;
  });
  lines.push(line);
  return lines;
}
