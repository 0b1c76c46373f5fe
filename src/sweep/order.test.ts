import { describe, expect, it } from 'vitest';
import { sweepOrder } from './order.js';

const block = (runs: ReturnType<typeof sweepOrder>, repetition: number) =>
  runs.filter((run) => run.repetition === repetition).map(({ pointIndex }) => pointIndex);

describe('the order of a sweep', () => {
  it('has every point once in each repetition, one repetition after another', () => {
    const runs = sweepOrder(7, 3, 5);
    expect(runs.map(({ repetition }) => repetition)).toEqual([...runs.map(({ repetition }) => repetition)].sort());
    for (const repetition of [0, 1, 2]) {
      expect([...block(runs, repetition)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    }
  });

  it('gives each point the same mean place over a pair of blocks', () => {
    const runs = sweepOrder(9, 4, 11);
    const placesOf = (point: number) => runs.flatMap((run, place) => (run.pointIndex === point ? [place] : []));
    const means = Array.from({ length: 9 }, (_, point) => {
      const places = placesOf(point);
      return places.reduce((sum, place) => sum + place, 0) / places.length;
    });
    expect(new Set(means).size).toBe(1);
    expect(block(runs, 1)).toEqual(block(runs, 0).toReversed());
    expect(block(runs, 2)).not.toEqual(block(runs, 0));
  });

  it('is that of its seed', () => {
    expect(sweepOrder(20, 2, 1)).toEqual(sweepOrder(20, 2, 1));
    expect(sweepOrder(20, 2, 1)).not.toEqual(sweepOrder(20, 2, 2));
  });

  it('has no favourite places: each point is equally often at each', () => {
    const counts = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
    const trials = 5000;
    for (let seed = 0; seed < trials; seed++) {
      for (const [place, { pointIndex }] of sweepOrder(5, 1, seed).entries()) counts[pointIndex]![place]!++;
    }
    // Chi-square with 16 degrees of freedom: 39.3 is passed by chance once in a thousand.
    const expected = trials / 5;
    const chiSquare = counts.flat().reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(39.3);
  });
});
