/** The table of options as data for people: what `iotest options`, docs/options.md and the shells' completion show. */
import { createDraft } from '../draft.js';
import type { ValueContext } from '../value-type.js';
import type { OptionDescription } from './description.js';
import { type Option, optionGroups } from './index.js';

/** Every option that is not hidden, in the order of the table. */
export function describeOptions(): readonly OptionDescription[] {
  return optionGroups.flatMap(({ title, options }) =>
    options.filter(({ hidden }) => !hidden).map((option) => describeOption(option, title)),
  );
}

function describeOption(option: Option, group: string): OptionDescription {
  const { name, aliases, scope, type, unit, defaultText, tier, help, support, ours } = option;
  const facts = { name, aliases, group, engines: scope === 'job' ? null : scope, type, unit, default: defaultText };
  const rest = { tier, help, example: exampleLine(option), ours };
  switch (support.state) {
    case 'supported':
      return { ...facts, ...rest, state: 'supported', values: [], reason: null, nearest: null };
    case 'fixed': {
      const values = support.values.filter((value) => value !== '');
      return { ...facts, ...rest, state: 'partly', values, reason: support.reason, nearest: support.nearest };
    }
    case 'refused':
      return { ...facts, ...rest, state: 'refused', values: [], reason: support.reason, nearest: support.nearest };
    case 'ignored':
      return { ...facts, ...rest, state: 'ignored', values: [], reason: support.note, nearest: 'leave it out' };
  }
}

/** Values that show what a type is for; the first one that the option takes is shown. */
const examplesByType: Readonly<Record<string, readonly string[]>> = {
  number: ['4', '1', '100'],
  size: ['64k', '1m'],
  'size or percentage': ['1g', '50%'],
  'size or range of sizes': ['1m-4m'],
  'range of sizes': ['4k-64k'],
  time: ['30s', '500ms', '100us'],
  'time or range of times': ['5s'],
};

const context: ValueContext = { kiloBase: 1024, cpuCount: 4 };

function exampleLine(option: Option): string | null {
  const { name, support, read, type, example } = option;
  if (support.state === 'fixed') return `${name}=${support.values.find((value) => value !== '') ?? 1}`;
  if (support.state !== 'supported' || read === null) return null;
  if (type.startsWith('bare') && !isDefault(option, '1')) return name;
  const words = /^[\w.-]+(, [\w.-]+)*$/.test(type) ? type.split(', ') : [];
  const candidates = example === null ? [...(examplesByType[type] ?? []), ...words, '64k', '4', '1', '0'] : [example];
  const usable = candidates.filter((text) => read(text, context).ok);
  const text = usable.find((each) => !isDefault(option, each)) ?? usable[0];
  return text === undefined ? null : `${name}=${text}`;
}

/** Whether `text` sets what holds without it, so that it would show nothing. */
function isDefault({ read, write, defaultText }: Option, text: string): boolean {
  if (text === defaultText) return true;
  const parsed = read!(text, context);
  if (!parsed.ok) return false;
  const draft = createDraft();
  const before = write!(draft);
  parsed.value(draft);
  return before !== null && write!(draft) === before;
}
