import { describe, expect, it } from 'vitest';
import { medianInterval } from './median-interval.js';

describe('the interval of a median', () => {
  it('needs six values', () => {
    expect(medianInterval([1, 2, 3, 4, 5])).toBeNull();
    expect(medianInterval([6, 1, 5, 2, 4, 3])).toEqual({ low: 1, high: 6 });
  });

  it.each([
    // Ranks of the tables for the sign test at 95 %.
    [8, 1],
    [9, 2],
    [12, 3],
    [15, 4],
    [20, 6],
    [25, 8],
  ])('of %i values begins at the one of rank %i', (count, rank) => {
    const values = Array.from({ length: count }, (_, index) => index + 1);
    expect(medianInterval(values)).toEqual({ low: rank, high: count + 1 - rank });
  });

  it('holds the true median nineteen times of twenty at least', () => {
    let state = 7;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return ((state >>> 0) + 0.5) / 2 ** 32;
    };
    let held = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const { low, high } = medianInterval(Array.from({ length: 10 }, () => uniform() ** 3))!;
      if (low <= 0.125 && 0.125 <= high) held++;
    }
    expect(held / 2000).toBeGreaterThan(0.95);
  });
});
