/** The options of a chain, what its elements come to as single requests, and how it is written. */

/** What a chain is made of (`chain`). */
export const chainOperations = [
  'read',
  'write',
  'fsync',
  'fdatasync',
  'sync_file_range',
  'fallocate',
  'openat',
  'statx',
  'close',
  'unlinkat',
  'nop',
] as const;
export type ChainOperation = (typeof chainOperations)[number];

/** One element as it is written: `write:4` are four writes. */
export interface ChainElement {
  readonly operation: ChainOperation;
  readonly count: number;
}

/** One chain's requests; a ring must hold them all at once for each chain in flight. */
export const chainStepCountMax = 64;

export function isChain({ elements }: { readonly elements: readonly ChainElement[] }): boolean {
  return elements.length > 0;
}

/** One request of a chain. */
interface ChainStep {
  readonly operation: ChainOperation;
  /** Index of the element that it is a part of. */
  readonly element: number;
}

/** The requests in their order: an element `write:4` gives four. */
export function chainSteps({ elements }: { readonly elements: readonly ChainElement[] }): ChainStep[] {
  return elements.flatMap(({ operation, count }, element) =>
    Array.from({ length: count }, () => ({ operation, element })),
  );
}

/** `write:4`, `fdatasync`. */
export function elementText({ operation, count }: ChainElement): string {
  return count === 1 ? operation : `${operation}:${count}`;
}

/** `write:4,fdatasync`. */
export function chainText(elements: readonly ChainElement[]): string {
  return elements.map(elementText).join(',');
}
