import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankSumCumulative, rankSumEstimate, rankSumTest } from './rank-sum.js';
import { doubledMidRanks } from './ranks.js';

/** All ways to choose which of the pooled ranks are those of `right`. */
function bruteForce(left: readonly number[], right: readonly number[]) {
  const ranks = doubledMidRanks([...left, ...right]);
  const observed = ranks.subarray(left.length).reduce((sum, rank) => sum + rank, 0);
  let [lower, higher, all] = [0, 0, 0];
  for (let chosen = 0; chosen < 2 ** ranks.length; chosen++) {
    let [count, sum] = [0, 0];
    for (let index = 0; index < ranks.length; index++) {
      if (((chosen >> index) & 1) === 1) {
        count++;
        sum += ranks[index]!;
      }
    }
    if (count !== right.length) continue;
    all++;
    if (sum <= observed) lower++;
    if (sum >= observed) higher++;
  }
  return { pLower: lower / all, pHigher: higher / all };
}

describe('rankSumCumulative', () => {
  it('has the critical values of printed tables', () => {
    // Largest U with P(U ≤ u) not above 2.5 %; Mann and Whitney's table as continued by Auble (1953).
    const critical = (m: number, n: number) => rankSumCumulative(m, n).findLastIndex((p) => p <= 0.025);
    expect([4, 5, 6, 7, 8, 9, 10].map((n) => critical(n, n))).toEqual([0, 2, 5, 8, 13, 17, 23]);
    expect([5, 6, 7, 8, 9, 10].map((n) => critical(5, n))).toEqual([2, 3, 5, 6, 7, 8]);
    expect(critical(20, 20)).toBe(127);
  });

  it('does not depend on which side is which', () => {
    expect(rankSumCumulative(3, 7)).toEqual(rankSumCumulative(7, 3));
  });
});

describe('rankSumTest', () => {
  const values = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 });

  it('agrees with the enumeration of all choices, with ties', () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const expected = bruteForce(left, right);
        const { pLower, pHigher } = rankSumTest(left, right);
        expect(pLower).toBeCloseTo(expected.pLower, 12);
        expect(pHigher).toBeCloseTo(expected.pHigher, 12);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it('exchanges its tails when the sides are exchanged', () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const there = rankSumTest(left, right);
        const back = rankSumTest(right, left);
        expect(back.pLower).toBeCloseTo(there.pHigher, 13);
        expect(back.pTwoSided).toBeCloseTo(there.pTwoSided, 13);
      }),
      { seed: 2 },
    );
  });

  it('says 1 where a side is empty or all is one value', () => {
    expect(rankSumTest([], [1])).toEqual({ pLower: 1, pHigher: 1, pTwoSided: 1 });
    expect(rankSumTest([2, 2], [2, 2, 2]).pTwoSided).toBe(1);
  });

  it('goes over to the normal distribution without a step', () => {
    const side = (n: number, add: number) => Array.from({ length: n }, (_, index) => ((index * 7919) % 1000) + add);
    const exact = rankSumTest(side(43, 0), side(43, 150)).pHigher;
    const normal = rankSumTest(side(90, 0), side(90, 105)).pHigher;
    expect(exact).toBeGreaterThan(1e-3);
    expect(Math.abs(Math.log(exact / normal))).toBeLessThan(0.8);
  });
});

describe('rankSumEstimate', () => {
  it('is the median of the differences, with the interval of the table', () => {
    const left = [1, 4, 9, 16, 25];
    const right = [12, 14, 17, 23, 31];
    const { value, interval } = rankSumEstimate(left, right, 0.95);
    const differences = right.flatMap((b) => left.map((a) => b - a)).sort((a, b) => a - b);
    expect(value).toBe(differences[12]);
    // U ≤ 2 is the last tail not above 2.5 % for five and five.
    expect([interval!.low, interval!.high]).toEqual([differences[2], differences[22]]);
  });

  it('has no interval for three and three', () => {
    expect(rankSumEstimate([1, 2, 3], [4, 5, 6], 0.95).interval).toBeNull();
  });
});
