/** Warnings as lines, for the end of reports. */

import { printable } from '../support/printable.js';
import type { Warning } from '../support/warning.js';
import { wrap } from './layout.js';
import type { Style } from './terminal.js';

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
