/** `iotest jobs`: one line for each shipped job. */
import { reportColumns, wrap } from './layout.js';
import type { Style } from './terminal.js';

export interface ShippedJob {
  readonly name: string;
  /** One line, from the head of the file. */
  readonly purpose: string;
}

export function formatJobList(jobs: readonly ShippedJob[], style: Style): string {
  const width = Math.max(...jobs.map((job) => job.name.length), 0);
  const lines = jobs.flatMap(({ name, purpose }) => {
    const [first, ...rest] = wrap(purpose, ' '.repeat(width + 2), reportColumns);
    return [`${style.strong(name)}${first!.slice(name.length)}`, ...rest];
  });
  const use = [
    '',
    'iotest jobs NAME > my.ini    take one as a start for your own',
    'iotest run jobs/NAME.ini     run one from the source tree',
  ];
  return `${[...lines, ...use].join('\n')}\n`;
}
