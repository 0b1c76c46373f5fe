/** Types of what stands in documents, from its one schema, without loading the library that checks documents. */
import type * as zod from 'zod';

export type Zod = typeof zod;

/** `T` with every level read-only. */
type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

/** What a schema describes. */
export type Described<S extends (z: Zod) => zod.ZodType> = DeepReadonly<zod.infer<ReturnType<S>>>;
