/** `--showcmd`: jobs as a command line that runs them. */
import type { RawSection } from '../job/ini.js';

/** One line. Values that a shell would take apart are quoted. */
export function showCommand(sections: readonly RawSection[]): string {
  const words = ['fio'];
  let isFirst = true;
  for (const section of sections) {
    // Defaults at the very beginning need no name of their own.
    if (!section.isGlobal || !isFirst || section.options.length === 0)
      words.push(word('name', section.isGlobal ? 'global' : section.name));
    for (const { key, value } of section.options) {
      if (key !== 'name' || value !== section.name) words.push(word(key, value));
    }
    isFirst = false;
  }
  return `${words.join(' ')}\n`;
}

function word(key: string, value: string | null): string {
  if (value === null) return `--${key}`;
  const plain = /^[\w@%+=:,./-]*$/.test(value);
  return `--${key}=${plain ? value : `'${value.replaceAll("'", "'\\''")}'`}`;
}
