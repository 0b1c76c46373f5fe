/** How a value stands in a result document, said without loading what checks documents. */
import type * as zod from 'zod';
import type { Zod } from '../support/described.js';
import type { PerDirection } from './per-direction.js';

/** Gives the schema; `z` is the library itself, which only readers of documents load. */
export type Schema<T> = (z: Zod) => zod.ZodType<T>;

export const wholeNumber: Schema<number> = (z) => z.int();
export const anyNumber: Schema<number> = (z) => z.number();
export const notNegative: Schema<number> = (z) => z.number().nonnegative();
export const trueOrFalse: Schema<boolean> = (z) => z.boolean();
export const anyText: Schema<string> = (z) => z.string();

export function oneOfThese<const T extends string | number | boolean | null>(...values: readonly T[]): Schema<T> {
  return (z) => z.literal([...new Set(values)]) as zod.ZodType<T>;
}

export function listOf<T>(each: Schema<T>): Schema<readonly T[]> {
  return (z) => z.array(each(z));
}

export function orNull<T>(value: Schema<T>): Schema<T | null> {
  return (z) => z.nullable(value(z));
}

export function membersOf<T extends object>(members: { readonly [Key in keyof T]: Schema<T[Key]> }): Schema<T> {
  return (z) =>
    z.object(
      Object.fromEntries(
        Object.entries<Schema<unknown>>(members as Readonly<Record<string, Schema<unknown>>>).map(([key, member]) => [
          key,
          member(z),
        ]),
      ),
    ) as unknown as zod.ZodType<T>;
}

export function perDirectionOf<T>(each: Schema<T>): Schema<PerDirection<T>> {
  return membersOf<PerDirection<T>>({ read: each, write: each, trim: each });
}

export function anyOf<T>(...values: readonly Schema<T>[]): Schema<T> {
  return (z) => z.union(values.map((value) => value(z))) as unknown as zod.ZodType<T>;
}
