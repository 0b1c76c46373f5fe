import { describe, expect, it } from 'vitest';
import { detectableDifference, standardError } from '../compare/detectable.js';
import { holm, holmByEvidence } from './holm.js';
import { median } from './median.js';
import { medianAbsoluteDeviation, quantise } from './numbers.js';
import { studentCdf, studentQuantile } from './student.js';

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

describe('what could have been seen', () => {
  it('is the formula of the t test for a known standard error', () => {
    // 10 pairs at cv 4 %: standard deviation of the difference 5.66 %, so 1.79 % standard error.
    const error = (0.04 * Math.SQRT2) / Math.sqrt(10);
    expect(Math.expm1(detectableDifference(error, 9, 0.025))).toBeCloseTo(0.058, 3);
  });

  it('is not known without an interval', () => {
    expect(standardError({ value: 1, interval: null }, 5)).toBeNull();
  });
});

describe('holm', () => {
  it('steps down and never lets a larger p become smaller', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it('counts equal evidence once', () => {
    const tests = [
      { key: [1, 2], p: 0.01 },
      { key: [1, 2], p: 0.01 },
      { key: [1, 3], p: 0.03 },
    ];
    expect(holmByEvidence(tests)).toEqual([0.02, 0.02, 0.03]);
  });
});

describe('numbers', () => {
  it('take the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNull();
    expect(medianAbsoluteDeviation([1, 2, 3, 4, 100])).toBe(1);
  });

  it('round alike on both sides of 0', () => {
    for (const value of [0.1, 2.5 / 2 ** 40, 1e-15]) expect(quantise(-value) + quantise(value)).toBe(0);
    expect(quantise(-1e-15)).toBe(0);
  });
});
