import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeSnia } from './snia.js';

describe('the definition of a steady state', () => {
  it('needs five rounds, and judges the last five', () => {
    expect(judgeSnia([100, 100, 100, 100])).toBeNull();
    expect(judgeSnia([7, 1000, 100, 100, 100, 100, 100])).toMatchObject({
      isSteady: true,
      mean: 100,
      range: 0,
      slope: 0,
    });
  });

  it('allows a range of exactly 20 % of the mean, and no more', () => {
    expect(judgeSnia([100, 110, 90, 100, 100])).toMatchObject({ isSteady: true, rangePercent: 20, mean: 100 });
    expect(judgeSnia([1000, 1101, 900, 999, 1000])).toMatchObject({ isSteady: false, mean: 1000, rangePercent: 20.1 });
  });

  it('allows a line that rises by exactly 10 % of the mean across the window, and no more', () => {
    // Slope 25 per round, four steps: 100 of a mean of 1000.
    const rising = [950, 975, 1000, 1025, 1050];
    expect(judgeSnia(rising)).toMatchObject({ isSteady: true, slope: 25, excursionPercent: 10 });
    expect(judgeSnia([...rising].reverse())).toMatchObject({ isSteady: true, slope: -25, excursionPercent: 10 });
    expect(judgeSnia([949, 975, 1000, 1025, 1051])).toMatchObject({ isSteady: false, mean: 1000 });
  });

  it('wants both: what swings without a trend, and what drifts within the range, are not steady', () => {
    expect(judgeSnia([80, 120, 100, 120, 80])).toMatchObject({ isSteady: false, slope: 0, rangePercent: 40 });
    expect(judgeSnia([94, 97, 100, 103, 106])).toMatchObject({
      isSteady: false,
      rangePercent: 12,
      excursionPercent: 12,
    });
  });

  it('is not met by nothing', () => {
    expect(judgeSnia([0, 0, 0, 0, 0])).toMatchObject({ isSteady: false, rangePercent: 0, excursionPercent: 0 });
  });

  it('does not depend on the unit, and agrees with the textbook formulas', () => {
    const rounds = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(rounds, (values) => {
        const verdict = judgeSnia(values)!;
        const mean = values.reduce((sum, value) => sum + value, 0) / 5;
        const slope = values.reduce((sum, value, x) => sum + (x - 2) * (value - mean), 0) / 10;
        expect(verdict.slope).toBeCloseTo(slope, 6);
        expect(verdict.excursionPercent).toBeCloseTo((100 * Math.abs(4 * slope)) / mean, 6);
        expect(judgeSnia(values.map((value) => value * 1024))!.isSteady).toBe(verdict.isSteady);
      }),
    );
  });
});
