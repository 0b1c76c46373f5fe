/** Smallest and largest block of a direction, out of a job's options. */
interface Sizes<T> {
  readonly read: T;
  readonly write: T;
  readonly trim: T;
}

interface SizedWorkload {
  readonly blockBytes: Sizes<number>;
  readonly sizes: {
    readonly range: Sizes<{ readonly min: number; readonly max: number } | null>;
    readonly split: Sizes<readonly { readonly bytes: number }[] | null>;
  };
}

export function blockRange(
  { blockBytes, sizes }: SizedWorkload,
  direction: 'read' | 'write' | 'trim',
): { readonly min: number; readonly max: number } {
  const split = sizes.split[direction]?.map(({ bytes }) => bytes) ?? null;
  if (split !== null) return { min: Math.min(...split), max: Math.max(...split) };
  return sizes.range[direction] ?? { min: blockBytes[direction], max: blockBytes[direction] };
}
