/** Fingerprints for people: every field with its class, or why it is unknown. */

import { printable } from '../support/printable.js';
import { reportColumns, truncate, wrap } from './layout.js';
import type { Style } from './terminal.js';

interface Field {
  readonly name: string;
  readonly value: string | number | boolean | readonly string[] | null;
  readonly reason?: string | undefined;
  readonly class: 'blocking' | 'warning' | 'informative';
}

const nameColumns = 30;

/** All fields, those that block a comparison first. Long lists (CPU flags) are cut to two lines. */
export function fingerprintLines(fields: readonly Field[], style: Style): string[] {
  const classes = [
    ['blocking', 'results that differ in one of these are not compared'],
    ['warning', 'a difference is said'],
    ['informative', 'recorded'],
  ] as const;
  return classes.flatMap(([name, meaning], index) => {
    const members = fields.filter((field) => field.class === name);
    if (members.length === 0) return [];
    return [
      ...(index === 0 ? [] : ['']),
      style.heading(`fingerprint, ${name}: ${meaning}`),
      ...members.flatMap((field) => fieldLines(field, style)),
    ];
  });
}

function fieldLines({ name, value, reason }: Field, style: Style): string[] {
  const label = `  ${printable(name)}`.padEnd(nameColumns);
  if (value === null) {
    const why = printable(reason ?? 'no reason is given');
    const line = `${label} unknown: ${why}`;
    // Paths are long, and of use only in one piece.
    const lines = line.length <= reportColumns ? [line] : [`${label} unknown:`, ...wrap(why, '    ')];
    return lines.map(style.faint);
  }
  // Mount options have no blanks, hashes nowhere to be broken.
  const text = printable(fieldText(value)).replace(/,(?=\S{40})/g, ', ');
  const lines = wrap(text, `${label} `);
  if (lines.some((line) => line.length > reportColumns)) return [label, ...wrap(text, '    ')];
  if (lines.length <= 2 || !Array.isArray(value) || value.length < 40) return lines;
  return [lines[0]!, `${truncate(lines[1]!, reportColumns - 14, style.unicode)} (${value.length} in all)`];
}

/** A value in one line. */
export function fieldText(value: Field['value']): string {
  if (value === null) return 'unknown';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object')
    return value.length === 0 ? 'none' : value.join(value.some((text) => text.includes(' ')) ? '; ' : ' ');
  return String(value) === '' ? '(empty)' : String(value);
}
