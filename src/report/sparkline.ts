/** A series in one line of characters, its height from 0 to the largest value. */
import type { Style } from './terminal.js';

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const ascii = ['_', '.', '-', '=', '+', '*', '#', '@'] as const;

/**
 * At most `columns` characters. A longer series is drawn as the means of equal parts. What is missing or no number is a
 * blank; a value above 0 never looks like none, and 0 is the lowest mark.
 */
export function sparkline(values: readonly (number | null)[], columns: number, unicode: boolean): string {
  const shown = resampled(values, columns);
  const most = Math.max(0, ...shown.filter(isKnown));
  const levels = unicode ? blocks : ascii;
  return shown
    .map((value) => {
      if (!isKnown(value)) return ' ';
      if (most === 0 || value <= 0) return levels[0];
      return levels[Math.min(levels.length - 1, Math.max(1, Math.ceil((value / most) * levels.length) - 1))];
    })
    .join('');
}

function isKnown(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

function resampled(values: readonly (number | null)[], columns: number): (number | null)[] {
  if (columns < 1) return [];
  if (values.length <= columns) return [...values];
  return Array.from({ length: columns }, (_, column) => {
    const begin = Math.floor((column * values.length) / columns);
    const part = values.slice(begin, Math.floor(((column + 1) * values.length) / columns)).filter(isKnown);
    return part.length === 0 ? null : part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

const sparklineColumns = 60;

/** A line of a report with a series in it; none where it is too short to show anything, or charts are not wanted. */
export function seriesLines(label: string, values: readonly (number | null)[], style: Style): string[] {
  if (!style.charts || values.length < 2) return [];
  return [`    ${label} ${style.good(sparkline(values, sparklineColumns, style.unicode))}`];
}
