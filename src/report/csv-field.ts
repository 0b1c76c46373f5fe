import { printable } from '../support/printable.js';

/** What a spreadsheet would take for a formula; numbers are none, nor those with a unit. */
const formula = /^\s*[=+\-@＝＋－＠]/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)? ?[\w%/]*$/i;

/**
 * A text as a field of CSV (RFC 4180): printable, in quotes where it holds what separates fields, and with an apostrophe in
 * front where a spreadsheet would calculate it.
 */
export function csvField(text: string): string {
  const shown = printable(text);
  const safe = formula.test(shown) && !number.test(shown) ? `'${shown}` : shown;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
