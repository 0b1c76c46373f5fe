/** Where the CPU time went, in a few lines: the functions that took most of it themselves. */

import { truncate } from '../report/layout.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import { printable } from '../support/printable.js';
import { formatLatencyNs } from '../support/units.js';
import { type StackNode, walkStacks } from './stacks.js';

interface Profiles {
  readonly root: StackNode;
  readonly profiles: readonly {
    readonly label: string;
    readonly nsPerIoOfSample: number;
    readonly sampleCount: number;
  }[];
}

const shownMax = 10;
const nameColumns = 44;

/** Sorted by the cost of the first engine, of two by how much they differ. */
export function topFunctions({ root, profiles }: Profiles, style: Style): string[] {
  const costs = new Map<string, number[]>();
  for (const { frames, ownCounts } of walkStacks(root)) {
    const { name, kind } = frames.at(-1)!;
    const key = `${name}${kind === 'kernel' ? ' [kernel]' : ''}`;
    const known = costs.get(key) ?? profiles.map(() => 0);
    costs.set(
      key,
      known.map((cost, profile) => cost + ownCounts[profile]! * profiles[profile]!.nsPerIoOfSample),
    );
  }
  const weight = ([first, second]: readonly number[]) => (second === undefined ? first! : Math.abs(second - first!));
  const top = [...costs].sort((one, other) => weight(other[1]) - weight(one[1])).slice(0, shownMax);
  const totals = profiles.map(({ nsPerIoOfSample, sampleCount }) => nsPerIoOfSample * sampleCount);
  const row = (name: string, values: readonly number[]) => [
    truncate(printable(name), nameColumns, style.unicode),
    ...values.map(formatLatencyNs),
    ...(values.length === 2 ? [signed(values[1]! - values[0]!)] : []),
  ];
  const head = [
    'CPU time per I/O, of the function itself',
    ...profiles.map(({ label }) => style.strong(printable(label))),
  ];
  return tableLines({
    rows: [
      [...head, ...(profiles.length === 2 ? ['change'] : [])],
      ...top.map(([name, values]) => row(name, values)),
      row('all', totals),
    ],
    align: ['left', ...profiles.map(() => 'right' as const), ...(profiles.length === 2 ? ['right' as const] : [])],
    indent: 0,
    gap: 3,
  });
}

function signed(ns: number): string {
  return `${ns < 0 ? '-' : '+'}${formatLatencyNs(Math.abs(ns))}`;
}
