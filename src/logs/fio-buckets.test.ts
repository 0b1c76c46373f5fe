import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fioBucketCount, fioBucketIndex } from './fio-buckets.js';

/** The definition, in exact arithmetic: 64 buckets for each power of two from 128 on. */
function exactIndex(ns: bigint): number {
  if (ns < 128n) return Number(ns);
  const magnitude = BigInt(ns.toString(2).length - 1);
  const shift = magnitude - 6n;
  return Math.min(Number((shift + 1n) * 64n + ((ns >> shift) & 63n)), fioBucketCount - 1);
}

describe('fioBucketIndex', () => {
  it('is the definition, over the whole range', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: 0, max: 300 }),
          fc.integer({ min: 0, max: 2 ** 35 }),
          fc.integer({ min: 0, max: 35 }).map((exponent) => 2 ** exponent),
          fc.integer({ min: 1, max: 35 }).map((exponent) => 2 ** exponent - 1),
        ),
        (ns) => {
          expect(fioBucketIndex(ns)).toBe(exactIndex(BigInt(ns)));
        },
      ),
    );
  });

  it('cuts fractions off and takes a clock that stepped back for 0', () => {
    expect(fioBucketIndex(127.9)).toBe(127);
    expect(fioBucketIndex(-5)).toBe(0);
  });
});
