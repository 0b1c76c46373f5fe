import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SkewedDistribution } from '../job/job.js';
import { Random } from '../support/random.js';
import { createSkewedPlaces, zeta } from './skewed-places.js';

function draw(distribution: SkewedDistribution, count: number, draws: number, scatters = true, seed = 1): number[] {
  const places = createSkewedPlaces(distribution, count, Random.fromSeed(seed), scatters);
  const into = new Float64Array(1);
  return Array.from({ length: draws }, () => {
    places.draw(into, 0);
    return into[0]!;
  });
}

const zipf = (theta: number, center: number | null = null): SkewedDistribution => ({ kind: 'zipf', theta, center });
const pareto = (power: number, center: number | null = null): SkewedDistribution => ({ kind: 'pareto', power, center });
const normal = (deviationPercent: number, center: number | null = null): SkewedDistribution => ({
  kind: 'normal',
  deviationPercent,
  center,
});

const anyDistribution = fc.oneof(
  fc.double({ min: 0, max: 3, noNaN: true }).map((theta) => zipf(theta === 1 ? 1.5 : theta)),
  fc.double({ min: 0.01, max: 0.99, noNaN: true }).map((power) => pareto(power, 0.5)),
  fc.double({ min: 0, max: 99, noNaN: true }).map((deviation) => normal(deviation, 0.9)),
);

describe('skewed places', () => {
  it('are within the row, whatever its length', () => {
    fc.assert(
      fc.property(
        anyDistribution,
        fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2 ** 40 })),
        fc.boolean(),
        fc.nat(),
        (distribution, count, scatters, seed) => {
          for (const place of draw(distribution, count, 100, scatters, seed)) {
            expect(Number.isInteger(place) && place >= 0 && place < count).toBe(true);
          }
        },
      ),
    );
  });

  it('reach every place when scattered: a rank has one place of its own', () => {
    for (const count of [1, 2, 3, 64, 1000, 1024]) {
      expect(new Set(draw(normal(99), count, 200 * count + 100)).size).toBeGreaterThan(count * 0.95 - 1);
      expect(new Set(draw(zipf(0), count, 30 * count + 100)).size).toBe(count);
    }
  });

  it('have the most frequent one at the center', () => {
    const mostFrequent = (places: readonly number[]) => {
      const counts = new Map<number, number>();
      for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
      return [...counts].sort((left, right) => right[1] - left[1])[0]![0];
    };
    expect(mostFrequent(draw(zipf(1.2, 0.25), 1024, 20_000))).toBe(256);
    expect(mostFrequent(draw(pareto(0.2, 0.5), 1000, 20_000))).toBe(500);
    expect(mostFrequent(draw(zipf(1.2, 1), 1024, 20_000))).toBe(0);
  });
});

/** Sum over bins of (seen − expected)² ÷ expected. */
function chiSquare(seen: readonly number[], expected: readonly number[]): number {
  return seen.reduce((sum, count, bin) => sum + (count - expected[bin]!) ** 2 / expected[bin]!, 0);
}

describe('zipf', () => {
  it.each([0.5, 0.9, 1.2, 2])('gives rank r its share 1/r^theta, as near as the method is (theta %d)', (theta) => {
    const count = 1000;
    const draws = 200_000;
    const ranks = draw(zipf(theta, 0), count, draws, false);
    // The first two ranks are exact in the method; the others follow a smooth curve, within a few per cent.
    const share = (rank: number) => rank ** -theta / zeta(count, theta);
    for (const rank of [1, 2]) {
      const expected = draws * share(rank);
      const seen = ranks.filter((place) => place === rank - 1).length;
      expect(Math.abs(seen - expected)).toBeLessThan(6 * Math.sqrt(expected));
    }
    for (const [from, to] of [
      [3, 10],
      [11, 100],
      [101, 1000],
    ] as const) {
      let expected = 0;
      for (let rank = from; rank <= to; rank++) expected += draws * share(rank);
      const seen = ranks.filter((place) => place >= from - 1 && place < to).length;
      expect(Math.abs(seen - expected)).toBeLessThan(0.12 * expected + 6 * Math.sqrt(expected));
    }
  });

  it('is the published curve, to the place: the table changes nothing that can be seen', () => {
    for (const [theta, count] of [
      [0.9, 1 << 20],
      [1.2, 1 << 20],
      [2.5, 1000],
    ] as const) {
      const sum = zeta(count, theta);
      const eta = (1 - (2 / count) ** (1 - theta)) / (1 - (1 + 0.5 ** theta) / sum);
      const uniform = Random.fromSeed(5);
      const exact = Array.from({ length: 20_000 }, () => {
        const u = uniform.nextShortFraction();
        if (u * sum < 1) return 0;
        if (u * sum < 1 + 0.5 ** theta) return 1;
        return Math.floor(count * (eta * u - eta + 1) ** (1 / (1 - theta)));
      });
      const places = draw(zipf(theta, 0), count, 20_000, false, 5);
      places.forEach((place, index) => {
        expect(Math.abs(place - exact[index]!)).toBeLessThanOrEqual(1 + exact[index]! * 2e-4);
      });
    }
  });

  it('sums quickly what adding up would sum', () => {
    for (const theta of [0, 0.5, 0.99, 1.01, 1.5, 3]) {
      let sum = 0;
      for (let rank = 50_000; rank >= 1; rank--) sum += rank ** -theta;
      expect(zeta(50_000, theta) / sum).toBeCloseTo(1, 9);
      expect(zeta(3, theta)).toBeCloseTo(1 + 2 ** -theta + 3 ** -theta, 9);
    }
  });
});

it('pareto: a share h of the places gets 1 − h of the draws', () => {
  for (const power of [0.1, 0.2, 0.4]) {
    const hits = draw(pareto(power, 0), 10_000, 100_000, false).filter((place) => place < 10_000 * power).length;
    expect(Math.abs(hits / 100_000 - (1 - power))).toBeLessThan(0.01);
  }
});

it('normal: the mean of twelve uniform numbers, in order of place', () => {
  const count = 1200;
  const draws = 60_000;
  const places = draw(normal(0), count, draws, false);
  // Mean count/2 (and half a place for rounding up), standard deviation count/12.
  const bounds = [-2, -1, 0, 1, 2].map((deviation) => count / 2 + (deviation * count) / 12);
  const shares = [0.0228, 0.1359, 0.3413, 0.3413, 0.1359, 0.0228].map((share) => share * draws);
  const seen = shares.map(
    (_, bin) => places.filter((place) => place >= (bounds[bin - 1] ?? -1) && place < (bounds[bin] ?? Infinity)).length,
  );
  // 0.999 of chi-square with 5 degrees is 20.5; Irwin and Hall differ a little from normal.
  expect(chiSquare(seen, shares)).toBeLessThan(40);
});

describe('frozen first places (changing them changes what published seeds mean)', () => {
  it.each([
    ['zipf', zipf(1.2), [23746, 14183, 21510, 23746, 14772, 23746]],
    ['pareto', pareto(0.2), [23746, 13624, 63564, 23746, 48107, 23746]],
    ['normal', normal(10), [26289, 50943, 5319, 63864, 14064, 24394]],
  ] as const)('%s', (_name, distribution, expected) => {
    expect(draw(distribution, 65536, 6, true, 0x89)).toEqual(expected);
  });
});
