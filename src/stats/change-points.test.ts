import { describe, expect, it } from 'vitest';
import { Random } from '../support/random.js';
import { changePoints, valuesNeeded } from './change-points.js';

/** Normal noise of this deviation, the same each time. */
function noise(count: number, deviation: number, seed: number): number[] {
  const random = Random.fromSeed(seed);
  return Array.from(
    { length: count },
    () =>
      deviation * Math.sqrt(-2 * Math.log(1 - random.nextFraction())) * Math.cos(2 * Math.PI * random.nextFraction()),
  );
}

const steps = (levels: readonly (readonly [count: number, level: number])[], deviation: number, seed = 1) => {
  const flat = levels.flatMap(([count, level]) => new Array<number>(count).fill(level));
  return noise(flat.length, deviation, seed).map((value, index) => value + flat[index]!);
};

/** The definition, as slowly as it is written: the largest energy distance of any cut. */
function slowCut(values: readonly number[]): number {
  const mean = (a: readonly number[], b: readonly number[], pairs: number) =>
    a.reduce((sum, x) => sum + b.reduce((inner, y) => inner + Math.abs(x - y), 0), 0) / pairs;
  let best = { index: 0, distance: Number.NEGATIVE_INFINITY };
  for (let index = 2; index <= values.length - 2; index++) {
    const [left, right] = [values.slice(0, index), values.slice(index)];
    const [m, n] = [left.length, right.length];
    const distance =
      ((m * n) / (m + n)) *
      (2 * mean(left, right, m * n) - mean(left, left, m * (m - 1)) - mean(right, right, n * (n - 1)));
    if (distance > best.distance) best = { index, distance };
  }
  return best.index;
}

const settings = { level: 0.01, seed: 7 };

describe('changePoints', () => {
  it('finds where a level changes, and how sure that is', () => {
    const values = steps(
      [
        [30, 0],
        [30, 0.1],
      ],
      0.02,
    );
    const [point, ...others] = changePoints(values, settings);
    expect(others).toEqual([]);
    expect(point!.index).toBe(30);
    expect(point!.pValue).toBeLessThanOrEqual(0.01);
  });

  it('finds several, in order', () => {
    const values = steps(
      [
        [20, 0],
        [15, -0.3],
        [25, 0],
        [20, 0.2],
      ],
      0.02,
    );
    expect(changePoints(values, settings).map(({ index }) => index)).toEqual([20, 35, 60]);
  });

  it('cuts where the definition does', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const values = steps(
        [
          [9, 0],
          [12, 0.4],
        ],
        0.1,
        seed,
      );
      const first = changePoints(values, settings).map(({ index }) => index);
      expect(first).toContain(slowCut(values));
    }
  });

  it('finds a drift of which each step alone is nothing', () => {
    const drift = noise(30, 0.003, 3).map((value, index) => value + index * Math.log(0.985));
    const points = changePoints(drift, settings);
    expect(points.length).toBeGreaterThanOrEqual(2);
  });

  it('is not fooled by single outliers, by equal values, nor by the scale', () => {
    const outliers = noise(60, 0.02, 5).map((value, index) => (index % 17 === 3 ? value - 1 : value));
    expect(changePoints(outliers, settings)).toEqual([]);
    expect(changePoints(new Array<number>(50).fill(3), settings)).toEqual([]);
    const values = steps(
      [
        [20, 1],
        [20, 1.1],
      ],
      0.02,
    );
    expect(
      changePoints(
        values.map((value) => value * 1e9),
        settings,
      ),
    ).toEqual(changePoints(values, settings));
  });

  it('says nothing of what is too short, and what is just long enough can be told', () => {
    for (const values of [[], [1], [1, 2], [1, 1, 9]]) expect(changePoints(values, settings)).toEqual([]);
    const count = valuesNeeded(0.01);
    expect(count).toBe(11);
    const clear = (length: number) =>
      steps(
        [
          [Math.ceil(length / 2), 0],
          [Math.floor(length / 2), 9],
        ],
        0.01,
      );
    expect(changePoints(clear(count - 1), settings)).toEqual([]);
    expect(changePoints(clear(count), settings)).toHaveLength(1);
  });

  it('sees changes where there are none no more often than the level says', () => {
    const series = 1000;
    let found = 0;
    for (let seed = 1; seed <= series; seed++) {
      if (changePoints(noise(30, 1, 100 + seed), { level: 0.02, seed }).length > 0) found++;
    }
    // 20 of 1000 are expected; above 35 in one of a thousand such tests.
    expect(found).toBeLessThanOrEqual(35);
    expect(found).toBeGreaterThanOrEqual(5);
  });

  it('finds a change of twice the noise in most short series', () => {
    let found = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const points = changePoints(
        steps(
          [
            [15, 0],
            [15, 2],
          ],
          1,
          seed,
        ),
        { level: 0.02, seed },
      );
      if (points.some(({ index }) => Math.abs(index - 15) <= 5)) found++;
    }
    expect(found).toBeGreaterThanOrEqual(90);
  });

  it('is quick enough for a thousand values', () => {
    const values = steps(
      [
        [500, 0],
        [500, 0.01],
      ],
      0.02,
    );
    expect(changePoints(values, { level: 0.001, seed: 1 })).toMatchObject([{ index: expect.closeTo(500, -2) }]);
  });
});
