/** Warnings as lines, in full or in brief. */

import { printable } from '../support/printable.js';
import type { Warning } from '../support/warning.js';
import { truncate, wrap } from './layout.js';
import type { Style } from './terminal.js';

/** More names than this are counted. */
const namedMax = 2;

/** A line for each kind of warning, with the jobs that it is about; cut where it is longer than a line. */
export function briefWarningLines(warnings: readonly Warning[], style: Style): string[] {
  const groups = new Map<string, { readonly message: string; readonly jobs: Set<string> }>();
  for (const { code, jobName, message } of warnings) {
    // What is about the whole run differs in what it says.
    const key = jobName === null ? `${code} ${message}` : code;
    const group = groups.get(key) ?? { message, jobs: new Set<string>() };
    if (jobName !== null) group.jobs.add(jobName);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ message, jobs }) => {
    const names = [...jobs];
    const more = names.length - namedMax;
    const who = [...names.slice(0, namedMax), ...(more > 0 ? [`${more} more jobs`] : [])].join(', ');
    const text = printable(`warning: ${who === '' ? '' : `${who}: `}${message}`);
    return style.caution(truncate(text, style.columns, style.unicode));
  });
}

/** Each warning once; those of the same kind together, so that their advice is said once. */
export function warningLines(warnings: readonly Warning[], style: Style): string[] {
  const groups = new Map<string, { readonly texts: Set<string>; readonly advice: string | null }>();
  for (const { code, jobName, message, advice } of warnings) {
    const key = `${code} ${advice}`;
    const group = groups.get(key) ?? { texts: new Set<string>(), advice };
    group.texts.add(printable(`${jobName === null ? '' : `${jobName}: `}${message}`));
    groups.set(key, group);
  }
  const mark = style.unicode ? '→' : '->';
  return [...groups.values()].flatMap(({ texts, advice }) => [
    ...[...texts].flatMap((text, index) => wrap(text, index === 0 ? 'warning: ' : '         ').map(style.caution)),
    ...(advice === null ? [] : wrap(printable(advice), `         ${mark} `)),
  ]);
}
