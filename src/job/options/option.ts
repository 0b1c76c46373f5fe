/** What the table of options says of each one, and the few ways to write an entry. */
import type { EngineName } from '../engine-names.js';
import type { Parsed, ValueContext, ValueType } from '../value-type.js';

/** Where an option may stand: in any job, or only with these engines (fio's private engine options). */
export type Scope = 'job' | readonly string[];

export type Support =
  | { readonly state: 'supported' }
  /** Only the values that ask for what is done anyway; others are refused with the reason. */
  | { readonly state: 'fixed'; readonly values: readonly string[]; readonly reason: string; readonly nearest: string }
  | { readonly state: 'refused'; readonly reason: string; readonly nearest: string }
  /** Accepted by fio without effect, and here with a note. */
  | { readonly state: 'ignored'; readonly note: string };

export interface Option {
  /** fio's primary name. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly scope: Scope;
  /** For people: `size`, `0 or 1`. */
  readonly type: string;
  /** Of a plain number: `s`, `us`, `bytes`, `%`; null where there is none. */
  readonly unit: string | null;
  /** As it would be written; null when there is no default to write. */
  readonly defaultText: string | null;
  /** 1: everyone needs it; 2: serious users; 3: rare. */
  readonly tier: 1 | 2 | 3;
  /** One line. */
  readonly help: string;
  /** A value to show in help and docs, where the type alone would not give a good one; null elsewhere. */
  readonly example: string | null;
  readonly support: Support;
  /** Not fio's but ours. */
  readonly ours: boolean;
  /** Left out of help. */
  readonly hidden: boolean;
  /** Reads a text into a change to the draft; null unless supported. */
  readonly read: ((text: string | null, context: ValueContext) => Parsed<(draft: object) => void>) | null;
  /** What to write after `name=` for the draft's value; null = nothing to write. */
  readonly write: ((draft: object) => string | null) | null;
}

export interface Facts {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly scope?: readonly EngineName[];
  readonly unit?: string;
  readonly default?: string;
  readonly tier: 1 | 2 | 3;
  readonly help: string;
  readonly example?: string;
  readonly ours?: boolean;
  readonly hidden?: boolean;
}

interface SupportedFacts<T, Draft extends object> extends Facts {
  readonly type: ValueType<T>;
  /** null = nothing to write: another option carries the value. */
  readonly get: (draft: Draft) => T | null;
  readonly set: (draft: Draft, value: T) => void;
}

/** @typeParam Draft what it needs of a draft: `DraftWith` of the rows whose fields it writes */
export function supported<T, Draft extends object>(facts: SupportedFacts<T, Draft>): Option {
  const { type, get, set } = facts;
  return {
    ...common(facts, type.word),
    support: { state: 'supported' },
    read: (text, context) => {
      const parsed = type.parse(text, context);
      if (!parsed.ok) return parsed;
      return { ok: true, value: (draft) => set(draft as Draft, parsed.value), notes: parsed.notes };
    },
    write: (draft) => {
      const value = get(draft as Draft);
      return value === null ? null : type.print(value);
    },
  };
}

/** Among the values of an option: all numbers ask for what is done anyway. */
export const anyNumber = 'any number';

/** Whether a text is one of the values that ask for what is done anyway: the same word, or the same number. */
export function asksForNothing(text: string, values: readonly string[]): boolean {
  const isNumber = (each: string): boolean => /^(0x[0-9a-f]{1,12}|\d{1,15}(\.\d{1,15})?)$/i.test(each);
  if (values.includes(anyNumber) && isNumber(text)) return true;
  return values.some(
    (value) => value === text || (isNumber(text) && isNumber(value) && Number(text) === Number(value)),
  );
}

/** An option whose named values ask for what is done anyway. '' stands for the bare word. */
export function fixed(
  facts: Omit<Facts, 'scope'> & {
    readonly scope?: readonly string[];
    readonly values: readonly string[];
    readonly reason: string;
    readonly nearest: string;
  },
): Option {
  const { values, reason, nearest, scope, ...rest } = facts;
  const word = values.filter((value) => value !== '').join(', ');
  return {
    ...common(rest, word),
    scope: scope ?? 'job',
    support: { state: 'fixed', values, reason, nearest },
    read: null,
    write: null,
  };
}

export function ignored(facts: Facts & { readonly note: string; readonly type: string }): Option {
  return { ...common(facts, facts.type), support: { state: 'ignored', note: facts.note }, read: null, write: null };
}

/** An option of fio's that is refused. `reason` completes "… is": `not supported yet`. */
export function refused(
  facts: Omit<Facts, 'scope'> & {
    readonly scope?: readonly string[];
    readonly type: string;
    readonly reason: string;
    readonly nearest: string;
  },
): Option {
  const { scope, ...rest } = facts;
  return {
    ...common(rest, facts.type),
    scope: scope ?? 'job',
    support: { state: 'refused', reason: facts.reason, nearest: facts.nearest },
    read: null,
    write: null,
  };
}

function common(facts: Facts, type: string): Omit<Option, 'support' | 'read' | 'write'> {
  return {
    name: facts.name,
    aliases: facts.aliases ?? [],
    scope: facts.scope ?? 'job',
    type,
    unit: facts.unit ?? null,
    defaultText: facts.default ?? null,
    tier: facts.tier,
    help: facts.help,
    example: facts.example ?? null,
    ours: facts.ours ?? false,
    hidden: facts.hidden ?? false,
  };
}
