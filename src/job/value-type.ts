/** What a type of values is: how its text is read and printed, and what reading gives. */
import { anyOf, membersOf, notNegative, type Schema } from './schema.js';

export interface ValueContext {
  /** `kb_base`: 1024 (then `k` = 1024 and `kib` = 1000, as fio inverts them) or 1000 (the other way round). */
  readonly kiloBase: 1000 | 1024;
  readonly cpuCount: number;
  /** A variable such as `$ncpus` was replaced in the text: numbers are calculated then, without parentheses too. */
  readonly calculable?: boolean;
}

interface ValueProblem {
  /** Without the option's name: `"4x" has an unknown suffix "x"`. */
  readonly message: string;
  readonly advice: string | null;
  /** Where in the text, from 0. */
  readonly offset: number;
}

/** A doubtful text that was read nonetheless. */
export interface ValueNote {
  readonly code: string;
  readonly message: string;
  readonly advice: string | null;
}

export type Failure = { readonly ok: false } & ValueProblem;
export type Parsed<T> = { readonly ok: true; readonly value: T; readonly notes: readonly ValueNote[] } | Failure;

export interface ValueType<T> {
  /** For help: `size`, `0 or 1`. */
  readonly word: string;
  /** `text` is null for a bare key. */
  parse(text: string | null, context: ValueContext): Parsed<T>;
  /** What to write after `name=`; null when there is nothing to write (the option is not given). */
  print(value: T): string | null;
}

/** A type whose values are kept in jobs, and so in results, as they are. */
export interface KeptType<T> extends ValueType<T> {
  readonly schema: Schema<T>;
}

export const done = <T>(value: T, notes: readonly ValueNote[] = []): Parsed<T> => ({ ok: true, value, notes });
export const failed = (message: string, advice: string | null, offset = 0): Failure => ({
  ok: false,
  message,
  advice,
  offset,
});

/** An amount of data: exact, or a percentage of the real size of each file or device. */
export type Amount =
  /** `zoneCount`: as it was written, in zones; until `zonesize` is known, and no longer. */
  { readonly bytes: number; readonly zoneCount?: number } | { readonly percent: number };

export const amountSchema = anyOf<Amount>(membersOf({ bytes: notNegative }), membersOf({ percent: notNegative }));
