/**
 * Rows of the table. A row describes an option and the field of a job that holds it, both in one place: names, text,
 * type, what holds where nothing is said, and how the field stands in a result. Types of jobs and drafts, defaults,
 * parser, printer, help, docs and the schema of results are made of the rows.
 */
import type { EngineName } from '../engine-names.js';
import { orNull, type Schema } from '../schema.js';
import type { KeptType, ValueType } from '../value-type.js';
import { type Facts, type Option, supported } from './option.js';

/** A field of a job. While options are read it holds a `Drafted`, which may be more: `null` for what is left open. */
export interface Field<Held, Drafted = Held> {
  /** Where nothing is said. */
  readonly initial: Drafted;
  readonly schema: Schema<Held>;
  /** What that comes to in a job; a result of an earlier version, without the field, means the same. */
  readonly settled: Held;
  /** The option that sets this field alone; null = options that set several do. */
  readonly option: ((path: readonly string[], key: string) => Option) | null;
  /** Of a field that only some engines know: the option to name, and those engines. */
  readonly owner: { readonly name: string; readonly engines: readonly EngineName[] } | null;
}

// biome-ignore lint/suspicious/noExplicitAny: fields of any type make a record, each with its own.
type AnyField = Field<any, any>;

/** Fields below one place in a job: `target`, `engine.network`, or '' for the job itself. */
export interface Rows<Path extends string = string, Fields = Readonly<Record<string, AnyField>>> {
  readonly path: Path;
  readonly fields: Fields;
}

type HeldIn<Fields> = { readonly [Key in keyof Fields]: Fields[Key] extends Field<infer Held, infer _> ? Held : never };
type DraftedIn<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] extends Field<infer _, infer D> ? D : never };

/** What a finished job has there. */
export type HeldOf<R extends Rows> = HeldIn<R['fields']>;
/** What a draft has there. */
type DraftedOf<R extends Rows> = DraftedIn<R['fields']>;

/** A draft, or a job, as far as these rows are concerned. */
export type DraftWith<R extends Rows> = At<R['path'], DraftedOf<R>>;
type At<Path extends string, T> = Path extends ''
  ? T
  : Path extends `${infer Group}.${infer Rest}`
    ? { [Key in Group]: At<Rest, T> }
    : { [Key in Path]: T };

interface RowFacts<Value, Held> extends Omit<Facts, 'default'> {
  readonly type: ValueType<Value>;
  readonly initial: Held;
  /** As it is shown, where that is not how the initial value would be written; null = it is not shown. */
  readonly default?: string | null;
  /** Whether it is written at all; `part` has the fields beside it. */
  readonly isShown?: (part: Readonly<Record<string, unknown>>) => boolean;
}

interface PlainFacts<Value, Held> extends RowFacts<Value, Held> {
  readonly type: KeptType<Value>;
  /** What is printed of a value; null = nothing. */
  readonly shown?: (value: Value) => Value | null;
  /** What becomes of the field when `value` is written. */
  readonly change?: (value: Value, before: Held) => Held;
}

/** An option whose value is the field's. With null as the initial value the field may be null: not given. */
export function row<Value>(facts: PlainFacts<Value, NoInfer<Value>>): Field<Value>;
export function row<Value>(
  facts: PlainFacts<Value, NoInfer<Value> | null> & { readonly initial: null },
): Field<Value | null>;
export function row<Value>(facts: PlainFacts<Value, Value | null>): Field<Value | null> {
  const { shown = (value) => value, change = (value) => value, ...rest } = facts;
  const { schema } = facts.type;
  return rowOf<Value, Value | null>({
    ...rest,
    schema: facts.initial === null ? orNull(schema) : schema,
    get: (held) => (held === null ? null : shown(held)),
    set: change,
  });
}

/** An option whose value is not what the field holds. */
export function rowOf<Value, Held>(
  facts: RowFacts<Value, Held> & {
    readonly schema: Schema<Held>;
    /** null = nothing to write. */
    readonly get: (held: Held) => Value | null;
    readonly set: (value: Value, before: Held) => Held;
  },
): Field<Held> {
  const { initial, schema, get, set, default: shownDefault, isShown, ...rest } = facts;
  const written = get(initial);
  const defaultText = shownDefault === undefined && written !== null ? facts.type.print(written) : shownDefault;
  return {
    initial,
    schema,
    settled: initial,
    owner: facts.scope === undefined ? null : { name: facts.name, engines: facts.scope },
    option: (path, key) =>
      supported<Value, object>({
        ...rest,
        ...(typeof defaultText === 'string' ? { default: defaultText } : {}),
        get: (draft) => {
          const part = partAt(draft, path);
          return isShown?.(part) === false ? null : get(part[key] as Held);
        },
        set: (draft, value) => {
          const part = writablePart(draft, path);
          part[key] = set(value, part[key] as Held);
        },
      }),
  };
}

/** A field that options write together with others. */
export function held<Held>(initial: Held, schema: Schema<Held>, owner: Field<Held>['owner'] = null): Field<Held> {
  return { initial, schema, settled: initial, option: null, owner };
}

/**
 * A field that is left open, null, until all options are known.
 * @param settled what it comes to where nothing is said of any
 */
export function settledLater<Held>(
  field: Field<Held>,
  schema: Schema<NonNullable<Held>>,
  settled: NonNullable<Held>,
): Field<NonNullable<Held>, Held> {
  return { ...field, schema, settled };
}

export function rows<Path extends string, Fields extends Readonly<Record<string, AnyField>>>(
  path: Path,
  fields: Fields,
): Rows<Path, Fields> {
  return { path, fields };
}

/**
 * The options of rows, in their order.
 * @param further options that write several fields, or one that has another option already; each list stands behind the
 *   option of the field that it is under
 */
export function optionsOf<R extends Rows>(
  { path, fields }: R,
  further: { readonly [Key in keyof R['fields']]?: readonly Option[] } = {},
): readonly Option[] {
  const steps = stepsOf(path);
  return Object.entries(fields).flatMap(([key, { option }]) => [
    ...(option === null ? [] : [option(steps, key)]),
    ...(further[key] ?? []),
  ]);
}

/** What `make` makes of each field, at the places that fields have in a job. */
export function treeOf(all: readonly Rows[], make: (field: AnyField) => unknown): Part {
  const tree: Part = {};
  for (const { path, fields } of all) {
    let part = tree;
    for (const step of stepsOf(path)) {
      part[step] ??= {};
      part = part[step] as Part;
    }
    for (const [key, field] of Object.entries(fields)) part[key] = make(field);
  }
  return tree;
}

/** The words between the dots of a path. */
export function stepsOf(path: string): readonly string[] {
  return path === '' ? [] : path.split('.');
}

export type Part = Record<string, unknown>;

export function partAt(draft: object, path: readonly string[]): Part {
  return path.reduce((part, step) => part[step] as Part, draft as Part);
}

/** Groups of a draft are its own; what lies deeper may be shared with other drafts, and is copied before it is changed. */
export function writablePart(draft: object, path: readonly string[]): Part {
  let part = draft as Part;
  path.forEach((step, depth) => {
    if (depth > 0) part[step] = { ...(part[step] as Part) };
    part = part[step] as Part;
  });
  return part;
}
