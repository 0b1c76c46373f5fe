/** Priorities of single I/Os (fio's cmdprio options), for the engines that can give each I/O one. */
import type { ReadWrite } from '../per-direction.js';
import { listOf, membersOf, orNull, wholeNumber } from '../schema.js';
import { done, type Failure, failed, type ValueContext, type ValueType } from '../value-type.js';
import { integer, perDirection, quote, size } from '../values.js';
import { type Option, supported } from './option.js';
import { type DraftWith, held, rows } from './row.js';

/** One entry of `cmdprio_bssplit`. */
export interface PrioritySplitEntry {
  readonly blockBytes: number;
  readonly percent: number;
  /** null = what `cmdprio_class`, `cmdprio` and `cmdprio_hint` say. */
  readonly priority: { readonly priorityClass: number; readonly level: number; readonly hint: number } | null;
}

export interface CommandPriorityOptions {
  readonly percent: ReadWrite<number>;
  /** 0 = not given: real time. */
  readonly priorityClass: ReadWrite<number>;
  readonly level: ReadWrite<number>;
  readonly hint: ReadWrite<number>;
  /** Instead of `percent`. */
  readonly split: ReadWrite<readonly PrioritySplitEntry[]> | null;
}

const engines = ['io_uring', 'libaio'] as const;
const entriesMax = 64;

export const noCommandPriority: CommandPriorityOptions = {
  percent: { read: 0, write: 0 },
  priorityClass: { read: 0, write: 0 },
  level: { read: 0, write: 0 },
  hint: { read: 0, write: 0 },
  split: null,
};

function readWrite(min: number, max: number): ValueType<ReadWrite<number>> {
  const three = perDirection(integer({ min, max }), 'write one value, or two as read,write');
  return {
    word: 'number, or two as read,write',
    parse: (text, context) => {
      const parsed = three.parse(text, context);
      if (!parsed.ok) return parsed;
      const { read = min, write = min } = parsed.value;
      return done({ read, write }, parsed.notes);
    },
    print: ({ read, write }) => (read === write ? String(read) : `${read},${write}`),
  };
}

const splitForm = 'write size/percent, size/percent/class/level or size/percent/class/level/hint, separated by ":"';

function unreadable(message: string, offset: number, advice = splitForm): Failure {
  return failed(message, advice, offset);
}

function parseEntry(text: string, offset: number, context: ValueContext): PrioritySplitEntry | Failure {
  const [sizeText = '', percentText = '', ...rest] = text.split('/').map((part) => part.trim());
  const bytes = size({ min: 1, max: 2 ** 31 - 1 }).parse(sizeText, context);
  if (!bytes.ok) return { ...bytes, offset: offset + bytes.offset };
  const numbers = [percentText === '' ? '0' : percentText, ...rest];
  if (numbers.some((part) => !/^\d{1,5}$/.test(part)) || rest.length === 1 || rest.length > 3) {
    return unreadable(`cannot read ${quote(text)}`, offset);
  }
  const [percent, priorityClass, level, hint = 0] = numbers.map(Number) as [number, number?, number?, number?];
  if (percent > 100) return unreadable(`${percent} is more than 100 %`, offset);
  if ((priorityClass ?? 0) > 3 || (level ?? 0) > 7 || hint > 1023) {
    return unreadable(`${quote(text)} is out of range`, offset, 'classes go to 3, levels to 7, hints to 1023');
  }
  const priority = priorityClass === undefined ? null : { priorityClass, level: level ?? 0, hint };
  return { blockBytes: bytes.value, percent, priority };
}

function parseEntries(text: string, offset: number, context: ValueContext): PrioritySplitEntry[] | Failure {
  const entries: PrioritySplitEntry[] = [];
  const shares = new Map<number, number>();
  let at = offset;
  for (const part of text.split(':')) {
    if (part.trim() !== '') {
      const entry = parseEntry(part.trim(), at + part.indexOf(part.trim()), context);
      if ('ok' in entry) return entry;
      const share = (shares.get(entry.blockBytes) ?? 0) + entry.percent;
      if (share > 100) {
        return unreadable(
          `the shares of ${entry.blockBytes} bytes add up to ${share} %`,
          at,
          'let them be at most 100 %',
        );
      }
      shares.set(entry.blockBytes, share);
      // As in fio: a share of nothing says nothing.
      if (entry.percent > 0) entries.push(entry);
    }
    at += part.length + 1;
  }
  return entries.length > entriesMax ? unreadable(`${entries.length} entries`, offset, 'write at most 64') : entries;
}

const split: ValueType<ReadWrite<readonly PrioritySplitEntry[]>> = {
  word: 'sizes with shares and priorities',
  parse: (text, context) => {
    if (text === null || text === '') return unreadable('has no value', 0);
    // As in fio: a size of nothing says nothing.
    const [readText = '', writeText, ...others] = text.split(',').map((part) => (part.trim() === '0' ? '' : part));
    if (others.length > 1) return unreadable('more than three values', 0, 'write at most read,write,trim');
    const read = parseEntries(readText, 0, context);
    if ('ok' in read) return read;
    const write = writeText === undefined ? read : parseEntries(writeText, readText.length + 1, context);
    if ('ok' in write) return write;
    return done({ read, write });
  },
  print: ({ read, write }) => {
    const [reads, writes] = [printEntries(read), printEntries(write)];
    return reads === writes ? reads : `${reads},${writes}`;
  },
};

function printEntries(entries: readonly PrioritySplitEntry[]): string {
  // Nothing at all would be no value.
  if (entries.length === 0) return '1/0';
  return entries
    .map(({ blockBytes, percent, priority }) =>
      [blockBytes, percent, ...(priority === null ? [] : [priority.priorityClass, priority.level, priority.hint])].join(
        '/',
      ),
    )
    .join(':');
}

const whole = membersOf<ReadWrite<number>>({ read: wholeNumber, write: wholeNumber });
const entries = listOf(
  membersOf<PrioritySplitEntry>({
    blockBytes: wholeNumber,
    percent: wholeNumber,
    priority: orNull(membersOf({ priorityClass: wholeNumber, level: wholeNumber, hint: wholeNumber })),
  }),
);

export const commandPriorityRows = rows('engine', {
  /** Priorities of single I/Os; null = none of these options is given. */
  commandPriority: held<CommandPriorityOptions | null>(
    null,
    orNull(
      membersOf<CommandPriorityOptions>({
        percent: whole,
        priorityClass: whole,
        level: whole,
        hint: whole,
        split: orNull(membersOf({ read: entries, write: entries })),
      }),
    ),
    { name: 'cmdprio', engines },
  ),
});

type Draft = DraftWith<typeof commandPriorityRows>;

function change(draft: Draft, changes: Partial<CommandPriorityOptions>): void {
  draft.engine.commandPriority = { ...(draft.engine.commandPriority ?? noCommandPriority), ...changes };
}

export const commandPriorityOptions: readonly Option[] = [
  supported({
    name: 'cmdprio_percentage',
    scope: engines,
    unit: '%',
    default: '0',
    tier: 2,
    help: 'Share of I/Os that have a priority of their own; of reads, and of writes.',
    type: readWrite(0, 100),
    get: (draft: Draft) => draft.engine.commandPriority?.percent ?? null,
    set: (draft: Draft, value) => change(draft, { percent: value }),
  }),
  supported({
    name: 'cmdprio_class',
    scope: engines,
    tier: 2,
    help: 'Class of that priority: 1 real time (for root; when not given), 2 best effort, 3 idle.',
    type: readWrite(1, 3),
    get: ({ engine: { commandPriority } }: Draft) =>
      commandPriority === null || commandPriority.priorityClass.read === 0 ? null : commandPriority.priorityClass,
    set: (draft: Draft, value) => change(draft, { priorityClass: value }),
  }),
  supported({
    name: 'cmdprio',
    scope: engines,
    default: '0',
    tier: 2,
    help: 'Level of that priority, 0 (highest) to 7.',
    type: readWrite(0, 7),
    get: (draft: Draft) => draft.engine.commandPriority?.level ?? null,
    set: (draft: Draft, value) => change(draft, { level: value }),
  }),
  supported({
    name: 'cmdprio_hint',
    scope: engines,
    default: '0',
    tier: 2,
    help: 'Hint of that priority, as for command duration limits (Linux 6.5).',
    type: readWrite(0, 1023),
    get: (draft: Draft) => draft.engine.commandPriority?.hint ?? null,
    set: (draft: Draft, value) => change(draft, { hint: value }),
  }),
  supported({
    name: 'cmdprio_bssplit',
    scope: engines,
    tier: 2,
    help: 'Shares and priorities by block size: 4k/10:64k/50/2/0, and another list for writes after a comma.',
    type: split,
    get: (draft: Draft) => draft.engine.commandPriority?.split ?? null,
    set: (draft: Draft, value) => change(draft, { split: value }),
  }),
];
