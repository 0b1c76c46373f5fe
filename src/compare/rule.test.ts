import { describe, expect, it } from 'vitest';
import { signedRankEstimate } from '../stats/signed-rank.js';
import { Noise } from '../testing/noise.js';
import { answer, levelsFor, repetitionsMin } from './rule.js';
import type { Evidence, Finding } from './types.js';

const pairs = (differences: readonly number[]): Evidence => ({
  kind: 'pairs',
  differences,
  baseline: differences.map(() => 0),
  current: differences,
  estimateLog: signedRankEstimate(differences, 0).value,
  count: differences.length,
});

const groups = (baseline: readonly number[], current: readonly number[]): Evidence => ({
  kind: 'groups',
  baseline,
  current,
  estimateLog: 0,
  count: Math.min(baseline.length, current.length),
});

const wobble = (count: number, size: number, shift = 0) =>
  Array.from({ length: count }, (_, index) => shift + size * Math.sin(index * 12.9898));
const levels = levelsFor(2);
const find = (evidence: Evidence, better: 'more' | 'less' = 'less', tolerance = 0.05) =>
  answer(evidence, better, tolerance, levels)!;

describe('the rule', () => {
  it.each<readonly [string, Evidence, Finding]>([
    ['wholly beyond', pairs(wobble(12, 0.01, 0.1)), 'worse'],
    ['wholly beyond for the better', pairs(wobble(12, 0.01, -0.1)), 'better'],
    ['wholly on the near side', pairs(wobble(12, 0.01)), 'within'],
    ['certainly worse, and within', pairs(wobble(12, 0.005, 0.03)), 'within'],
    ['across', pairs(wobble(12, 0.02, 0.045)), 'open'],
    ['too wide', pairs(wobble(12, 0.2)), 'open'],
    ['two groups apart', groups(wobble(10, 0.01), wobble(10, 0.01, 0.1)), 'worse'],
    ['two groups alike', groups(wobble(10, 0.01), wobble(10, 0.01)), 'within'],
  ])('finds what the interval says: %s', (_, evidence, finding) => {
    const found = find(evidence);
    expect(found.finding).toBe(finding);
    const { low, high } = found.intervalLog;
    const allowed = Math.log1p(0.05);
    expect(low > allowed).toBe(finding === 'worse');
    expect(high < -allowed).toBe(finding === 'better');
    if (finding === 'within') expect(high).toBeLessThan(allowed);
    if (finding === 'open') expect(high).toBeGreaterThanOrEqual(allowed);
  });

  it('tests the tolerance: an interval across it passes nothing, whatever the estimate', () => {
    // Ratio 0.9557, interval 0.948 to 0.963 of IOPS: that may be 5.5 % worse.
    const around = Array.from({ length: 20 }, (_, index) => Math.log(0.9557) + (index % 2 === 0 ? 0.017 : -0.017));
    const found = find(pairs(around), 'more');
    expect(Math.exp(found.estimateLog)).toBeCloseTo(0.9557, 2);
    expect(found.finding).toBe('open');
  });

  it('exchanges worse and better with the sides', () => {
    for (const shift of [0.1, -0.1]) {
      const there = find(pairs(wobble(12, 0.01, shift)));
      const back = find(pairs(wobble(12, 0.01, shift).map((value) => -value)));
      expect([there.finding, back.finding].sort()).toEqual(['better', 'worse']);
      expect(back.estimateLog).toBeCloseTo(-there.estimateLog, 12);
      expect(back.intervalLog.low).toBeCloseTo(-there.intervalLog.high, 12);
    }
  });

  it('finds a share of slow runs by the mean, which the middle of all pairs does not show', () => {
    const found = (slowOfTen: number) => {
      const slow = wobble(20, 0.01).map((value, index) => (index % 10 < slowOfTen ? value + Math.log(2) : value));
      return find(pairs(slow));
    };
    expect(found(4)).toMatchObject({ finding: 'worse', by: 'mean' });
    expect(found(3).finding).toBe('open');
    expect(found(2).finding).toBe('open');
  });

  it('is not moved by a single outlier for the better', () => {
    expect(find(pairs([...wobble(19, 0.01, 0.1), -3])).finding).toBe('worse');
  });

  it('says nothing of fewer than six, and the true level of what it says', () => {
    expect(answer(pairs(wobble(repetitionsMin - 1, 0.001, 1)), 'less', 0.05, levels)).toBeNull();
    for (const count of [6, 8, 12, 20]) {
      const { confidence } = find(pairs(wobble(count, 0.05))).intervalLog;
      expect(confidence).toBeGreaterThanOrEqual(0.95 - 1e-12);
      expect(confidence).toBeLessThan(1);
    }
  });

  it('names the difference that four of five such samples find', () => {
    const [count, cv, trials] = [20, 0.04, 2000];
    const random = new Noise(5);
    const sample = (shift: number) =>
      find(pairs(Array.from({ length: count }, () => shift + cv * Math.SQRT2 * random.normal())));
    const named = Array.from({ length: trials }, () => sample(0).detectableLog).sort((a, b) => a - b)[trials >> 1]!;
    const found = Array.from({ length: trials }, () => sample(named)).filter(({ finding }) => finding === 'worse');
    expect(found.length / trials).toBeGreaterThan(0.77);
    expect(found.length / trials).toBeLessThan(0.87);
  });

  it('predicts a new value from earlier ones, and holds explicit tolerances exactly', () => {
    const history = (noise: number, shift: number): Evidence => ({
      kind: 'history',
      baseline: wobble(10, noise),
      current: shift,
      sigmaLogMin: 0,
      estimateLog: shift,
      count: 10,
    });
    // 0.3 % of noise, 8 % fewer IOPS, 3 % allowed.
    expect(find(history(0.004, Math.log(0.92)), 'more', 0.03).finding).toBe('worse');
    expect(find(history(0.004, 0), 'more', 0.03).finding).toBe('within');
    expect(find(history(0.05, Math.log(0.92)), 'more', 0.03).finding).toBe('open');
  });
});
