import { describe, expect, it } from 'vitest';
import { repetitionsMin } from '../compare/rule.js';
import { countToConfirm, lookAt, nextLook, passCount } from './looks.js';

const looks = (last: number) =>
  Array.from({ length: last }, (_, index) => lookAt(index + 1, last)).filter((look) => look !== null);

describe('looks', () => {
  it('begin with the fewest repetitions that anything is said of, and end with all there can be', () => {
    expect(looks(30).map(({ count }) => count)).toEqual([6, 8, 10, 13, 16, 20, 26, 30]);
    expect(looks(repetitionsMin - 1)).toEqual([]);
    expect([nextLook(6, 30), nextLook(26, 30), nextLook(30, 30)]).toEqual([8, 30, 30]);
  });

  it('let nothing pass before a fifth of slow runs would have shown, unless there cannot be so many', () => {
    expect(looks(100).filter(({ mayPass }) => mayPass)[0]!.count).toBe(passCount);
    expect(looks(10).map(({ count, mayPass }) => [count, mayPass])).toEqual([
      [6, false],
      [8, false],
      [10, true],
    ]);
    // What may be slow in so large a share of runs, and yet in none of so many, in one set of a hundred.
    expect(1 - 0.01 ** (1 / passCount)).toBeCloseTo(0.206, 3);
  });

  it('call nothing worse at the first: it is looked at again', () => {
    expect(looks(100).map(({ mayFail }) => mayFail)).toEqual([
      false,
      ...looks(100)
        .slice(1)
        .map(() => true),
    ]);
    expect(lookAt(6, 6)).toMatchObject({ mayPass: true, mayFail: false });
    expect([countToConfirm(6), countToConfirm(20)]).toEqual([8, 20]);
  });

  it('spend the more of the error the later they are', () => {
    const shares = looks(100)
      .slice(0, 6)
      .map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThan(3);
  });
});
