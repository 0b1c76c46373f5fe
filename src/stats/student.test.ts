import { describe, expect, it } from 'vitest';
import { holm, holmByMeasurement } from './holm.js';
import { median } from './median.js';
import { quantise } from './quantise.js';
import { meanBound, meanDifference, predictionDifference, studentCdf, studentQuantile } from './student.js';

describe("Student's t", () => {
  it('has the quantiles of printed tables', () => {
    const table: readonly (readonly [degrees: number, p: number, t: number])[] = [
      [1, 0.975, 12.706],
      [2, 0.975, 4.303],
      [3, 0.95, 2.353],
      [5, 0.975, 2.571],
      [9, 0.975, 2.262],
      [9, 0.995, 3.25],
      [19, 0.8, 0.861],
      [30, 0.99, 2.457],
      [120, 0.975, 1.98],
    ];
    for (const [degrees, p, t] of table) expect(studentQuantile(p, degrees)).toBeCloseTo(t, 3);
  });

  it('is symmetric', () => {
    expect(studentQuantile(0.025, 7)).toBeCloseTo(-studentQuantile(0.975, 7), 12);
    expect(studentCdf(-1, 4) + studentCdf(1, 4)).toBeCloseTo(1, 14);
    expect(studentCdf(0, 3)).toBe(0.5);
  });
});

describe('bounds of means', () => {
  it('are the mean itself where nothing scatters', () => {
    const difference = meanDifference([1, 1, 1], [3, 3, 3]);
    expect([meanBound(difference, 'low', 0.01), meanBound(difference, 'high', 0.01)]).toEqual([2, 2]);
  });

  it('of a prediction are wider than the earlier values, and not narrower than what is known', () => {
    const earlier = [0.99, 1, 1.01, 1, 0.99, 1.01];
    const { value, error, degrees } = predictionDifference(earlier, 2);
    expect([value, degrees]).toEqual([1, 5]);
    expect(error).toBeGreaterThan(0.0089);
    expect(predictionDifference(earlier, 2, 0.5).error).toBeCloseTo(0.5 * Math.sqrt(7 / 6), 12);
  });
});

describe('holm', () => {
  it('steps down and never lets a larger p become smaller', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it('counts one measurement once', () => {
    const tests = [
      { measurement: 'iops', p: 0.01 },
      { measurement: 'iops', p: 0.01 },
      { measurement: 'p99', p: 0.03 },
    ];
    expect(holmByMeasurement(tests)).toEqual([0.02, 0.02, 0.03]);
  });
});

describe('numbers', () => {
  it('take the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNull();
  });

  it('round alike on both sides of 0', () => {
    for (const value of [0.1, 2.5 / 2 ** 40, 1e-15]) expect(quantise(-value) + quantise(value)).toBe(0);
    expect(quantise(-1e-15)).toBe(0);
  });
});
