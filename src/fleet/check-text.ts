/** The check of hosts as text: a line for each, what it would use, and what stands in the way. */

import { formatProblems } from '../report/problems.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import type { Problem } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { formatBytesIec, formatLatencyNs } from '../support/units.js';
import type { FleetCheck } from './check.js';

/** Ends with a newline. */
export function formatFleetCheck({ hosts, problems }: FleetCheck, style: Style): string {
  const rows = hosts.map(({ name, hello, clock, problems: own }) =>
    [
      name,
      own.length > 0 || hello === null ? 'no' : 'yes',
      hello?.version ?? '-',
      hello?.node ?? '-',
      hello?.kernel ?? '-',
      clock === null ? '-' : `+-${formatLatencyNs(clock.boundNs)}`,
    ].map(printable),
  );
  const head = ['host', 'ready', 'iotest', 'Node', 'kernel', 'clock'];
  const align = ['left', 'left', 'left', 'left', 'left', 'right'] as const;
  const [first, ...lines] = tableLines({ rows: [head, ...rows], align, indent: 0, gap: 2 });
  const targets = hosts.flatMap(({ name, targets: own }) =>
    (own ?? []).map(({ path, kind, sizeBytes, isWritten }) => {
      const what = kind === 'missing' ? 'will be made' : `${kind}, ${formatBytesIec(sizeBytes)}`;
      return printable(`${name}: ${path} (${what}): ${isWritten ? 'written' : 'read'}`);
    }),
  );
  const all: Problem[] = [
    ...hosts.flatMap(({ name, problems: own }) =>
      own.map((problem) => ({ ...problem, message: `${name}: ${problem.message}` })),
    ),
    ...problems,
  ];
  return [
    [style.faint(first!), ...lines].join('\n'),
    ...(targets.length === 0 ? [] : [targets.join('\n')]),
    ...(all.length === 0 ? [] : [formatProblems(all, style).trimEnd()]),
  ]
    .map((block) => `${block}\n`)
    .join('\n');
}
