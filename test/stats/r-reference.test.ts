/** The arithmetic of tests of ranks and of means against R, on 33 sets that R made (fixtures/r-reference.R). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holm } from '../../src/stats/holm.js';
import { rankSumBounds, rankSumEstimate, rankSumTest } from '../../src/stats/rank-sum.js';
import { signedRankBounds, signedRankEstimate, signedRankTest } from '../../src/stats/signed-rank.js';
import { meanBound, meanDifference, meanOf, studentQuantile } from '../../src/stats/student.js';

interface ReferenceSet {
  readonly kind: 'pairs' | 'groups';
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly level: number;
  readonly p: number;
  readonly pLess: number;
  readonly pGreater: number;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly meanLow: number;
  readonly meanHigh: number;
  readonly degrees: number;
}

const file = join(import.meta.dirname, 'fixtures/r-reference.json');
const { sets, holm: adjusted } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly sets: readonly ReferenceSet[];
  readonly holm: readonly number[];
};

describe('p, estimate and interval', () => {
  it.each(sets.map((set, index) => [index + 1, set] as const))('of set %i are those of R', (_, set) => {
    const { kind, left, right, level } = set;
    const isPairs = kind === 'pairs';
    const test = isPairs ? signedRankTest(left) : rankSumTest(left, right);
    expect(test.pTwoSided).toBeCloseTo(set.p, 10);
    expect(test.pLower).toBeCloseTo(set.pLess, 10);
    expect(test.pHigher).toBeCloseTo(set.pGreater, 10);
    const { value, interval } = isPairs ? signedRankEstimate(left, level) : rankSumEstimate(left, right, level);
    expect(value).toBeCloseTo(set.estimate, 10);
    expect(interval!.low).toBeCloseTo(set.low, 10);
    expect(interval!.high).toBeCloseTo(set.high, 10);
    expect(interval!.confidence).toBeGreaterThanOrEqual(level);
    // One-sided bounds at half the level each are the same interval.
    const levels = { low: (1 - level) / 2, high: (1 - level) / 2 };
    const bounds = isPairs ? signedRankBounds(left, levels) : rankSumBounds(left, right, levels);
    expect([bounds.low, bounds.high]).toEqual([interval!.low, interval!.high]);
  });

  it.each(sets.map((set, index) => [index + 1, set] as const))('of the mean of set %i are those of R', (_, set) => {
    const { kind, left, right, level } = set;
    const mean = kind === 'pairs' ? meanOf(left) : meanDifference(left, right);
    // Degrees of freedom are rounded down here, R's are not: exactly with the quantiles in the same proportion.
    expect(mean.degrees).toBe(Math.floor(set.degrees + 1e-9));
    const half = (set.meanHigh - set.meanLow) / 2;
    const [low, high] = (['low', 'high'] as const).map((side) => meanBound(mean, side, (1 - level) / 2));
    expect((low! + high!) / 2).toBeCloseTo((set.meanLow + set.meanHigh) / 2, 10);
    if (kind === 'pairs') expect(high! - mean.value).toBeCloseTo(half, 10);
    const quantile = (degrees: number) => studentQuantile(1 - (1 - level) / 2, degrees);
    expect((high! - low!) / 2).toBeGreaterThanOrEqual(half - 1e-12);
    expect((high! - low!) / 2).toBeLessThanOrEqual(
      (half * quantile(mean.degrees)) / quantile(mean.degrees + 1) + 1e-12,
    );
  });

  it("of all together are adjusted as R's are", () => {
    for (const [index, p] of holm(sets.map(({ p }) => p)).entries()) expect(p).toBeCloseTo(adjusted[index]!, 10);
  });
});
