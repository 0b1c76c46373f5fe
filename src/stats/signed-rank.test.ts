import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median } from './median.js';
import { quantise } from './quantise.js';
import { doubledMidRanks, normalCdf } from './ranks.js';
import { signedRankCumulative, signedRankEstimate, signedRankTest } from './signed-rank.js';

/** All 2ⁿ signs of the same ranks, counted one by one. */
function bruteForce(differences: readonly number[]): { readonly pLower: number; readonly pHigher: number } {
  const ranks = doubledMidRanks(differences.map(Math.abs));
  const used = differences.flatMap((value, index) => (value === 0 ? [] : [{ value, rank: ranks[index]! }]));
  const sumOf = (isPositive: (index: number) => boolean) =>
    used.reduce((sum, { rank }, index) => sum + (isPositive(index) ? rank : 0), 0);
  const observed = sumOf((index) => used[index]!.value > 0);
  let [lower, higher] = [0, 0];
  for (let signs = 0; signs < 2 ** used.length; signs++) {
    const sum = sumOf((index) => ((signs >> index) & 1) === 1);
    if (sum <= observed) lower++;
    if (sum >= observed) higher++;
  }
  return { pLower: lower / 2 ** used.length, pHigher: higher / 2 ** used.length };
}

describe('signedRankCumulative', () => {
  it('has the critical values of printed tables', () => {
    // Largest w with P(W ≤ w) not above the one-sided level; Wilcoxon and Wilcox (1964), n = 5 … 20.
    const critical = (n: number, level: number) => signedRankCumulative(n).findLastIndex((p) => p <= level);
    const counts = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
    expect(counts.map((n) => critical(n, 0.05))).toEqual([0, 2, 3, 5, 8, 10, 13, 17, 21, 25, 30, 35, 41, 47, 53, 60]);
    expect(counts.map((n) => critical(n, 0.025))).toEqual([-1, 0, 2, 3, 5, 8, 10, 13, 17, 21, 25, 29, 34, 40, 46, 52]);
    expect(counts.map((n) => critical(n, 0.005))).toEqual([-1, -1, -1, 0, 1, 3, 5, 7, 9, 12, 15, 19, 23, 27, 32, 37]);
  });

  it('ends at 1, with steps of 2⁻ⁿ', () => {
    expect([...signedRankCumulative(3)]).toEqual([1, 2, 3, 5, 6, 7, 8].map((count) => count / 8));
  });
});

describe('signedRankTest', () => {
  it('agrees with the enumeration of all signs, with ties and zeros', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 10 }), (differences) => {
        const expected = bruteForce(differences);
        const { pLower, pHigher } = signedRankTest(differences);
        expect(pLower).toBeCloseTo(expected.pLower, 12);
        expect(pHigher).toBeCloseTo(expected.pHigher, 12);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('exchanges its tails when the sides are exchanged', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 25 }), (values) => {
        const there = signedRankTest(values.map(quantise));
        const back = signedRankTest(values.map((value) => quantise(-value)));
        expect(back).toEqual({ pLower: there.pHigher, pHigher: there.pLower, pTwoSided: there.pTwoSided });
      }),
      { seed: 2 },
    );
  });

  it('finds nothing where nothing differs', () => {
    expect(signedRankTest([0, 0, 0])).toEqual({ pLower: 1, pHigher: 1, pTwoSided: 1 });
    expect(signedRankTest([])).toEqual({ pLower: 1, pHigher: 1, pTwoSided: 1 });
  });

  it('goes over to the normal distribution without a step', () => {
    const differences = (n: number) =>
      Array.from({ length: n }, (_, index) => (index % 5 < 2 ? -1 : 1) * (1 + ((index * 7919) % n)));
    const exact = signedRankTest(differences(200)).pHigher;
    const normal = signedRankTest(differences(201)).pHigher;
    expect(Math.abs(Math.log(exact / normal))).toBeLessThan(0.15);
  });
});

describe('signedRankEstimate', () => {
  it("gives Hodges and Lehmann's estimate and the interval of the table", () => {
    // Differences of Darwin's maize (Zea mays), 1876: W⁺ = 96 of 120, estimate and 95 % interval by hand.
    const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    expect(signedRankTest(darwin).pTwoSided).toBeCloseTo(0.04125, 4);
    const { value, interval } = signedRankEstimate(darwin, 0.95);
    const means = darwin.flatMap((a, i) => darwin.slice(i).map((b) => (a + b) / 2)).sort((a, b) => a - b);
    expect(value).toBe(median(means));
    // P(W ≤ 25) is the last tail not above 2.5 %.
    expect([interval!.low, interval!.high]).toEqual([means[25], means[means.length - 26]]);
    expect(interval!.confidence).toBeCloseTo(1 - 2 * signedRankCumulative(15)[25]!, 12);
  });

  it('has no interval for five differences, and the whole range for six', () => {
    expect(signedRankEstimate([1, 2, 3, 4, 5], 0.95).interval).toBeNull();
    expect(signedRankEstimate([1, 2, 3, 4, 5, 9], 0.95).interval).toEqual({ low: 1, high: 9, confidence: 1 - 2 / 64 });
  });

  it('mirrors', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 20 }), (values) => {
        const there = signedRankEstimate(values, 0.95);
        const back = signedRankEstimate(
          values.map((value) => -value),
          0.95,
        );
        expect(back.value).toBeCloseTo(-there.value, 14);
        expect(back.interval!.low).toBeCloseTo(-there.interval!.high, 14);
      }),
      { seed: 3 },
    );
  });
});

describe('normalCdf', () => {
  it('has the values of printed tables, in the tails too', () => {
    expect(normalCdf(0)).toBe(0.5);
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
    expect(normalCdf(-3)).toBeCloseTo(0.0013498980316300946, 14);
    expect(normalCdf(-6) / 9.865876450376981e-10).toBeCloseTo(1, 9);
  });
});
