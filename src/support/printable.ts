/**
 * Text from outside made harmless: names of jobs, files and machines, messages and labels are chosen by strangers, and
 * end up in terminals, CI logs, tables and pages. `printable` is the one rule; each kind of output quotes on top of it
 * in one place (report/csv-field.ts, report/xml.ts, `markdownCell` of compare/export.ts, `jsonText` below, the labels of
 * results/export-metrics.ts).
 */

/**
 * Controls (C0, DEL, C1: escape sequences begin with them), formatting characters (direction overrides, zero width),
 * halves of surrogate pairs, ends of lines and paragraphs, and letters that are
 * blank.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/**
 * What CI takes for a command: `::error::` where a word begins, for a line may be broken there (not an address of IPv6),
 * and `##[error]`, `##vso[` anywhere.
 */
const command = /(^|\s)::(?=[a-z])(?![0-9a-f]{1,4}(?::|\s|$))/gi;
const hashCommand = /##(?=\[|vso\[|teamcity\[)/gi;

/** Longer than any path; what is longer is cut. */
const lengthMax = 8192;

/** One line of text from outside; what is not to be seen or not to be obeyed becomes `?`. Tabs stay. */
export function printable(text: string): string {
  return harmless(text.length > lengthMax ? `${text.slice(0, lengthMax)}...` : text, '?');
}

/** The same of any length, with another mark. */
export function harmless(text: string, substitute: string): string {
  return text
    .replace(hidden, (character) => (character === '\t' ? character : substitute))
    .replace(command, '$1?:')
    .replace(hashCommand, '#?');
}

/** JSON with an end of line; what is hidden, or a command for CI, is written as `\u…`, which changes no value. */
export function jsonText(value: unknown): string {
  return `${escapedJson(JSON.stringify(value, null, 2))}\n`;
}

/** @param json outside of whose strings there is nothing but ASCII */
export function escapedJson(json: string): string {
  return json
    .replace(hidden, (characters) => (/^[\n\r\t]$/.test(characters) ? characters : unicodeEscapes(characters)))
    .replace(hashCommand, '#\\u0023');
}

function unicodeEscapes(text: string): string {
  return Array.from({ length: text.length }, (_, index) => {
    return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}

/** Colours and other marks of our own, and what moves along a line; or what is hidden. */
const ownOrHidden = new RegExp(`(\\u001b\\[[\\d;?]*[A-Za-z]|[\\t\\n\\r])|${hidden.source}`, 'gu');

/** The last look at a text on its way to stdout or stderr: no other controls than those that we use get out. */
export function withoutForeignControls(text: string): string {
  return text.replace(ownOrHidden, (_, own: string | undefined) => own ?? '?');
}
