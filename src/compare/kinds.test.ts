import { describe, expect, it } from 'vitest';
import { Noise } from '../testing/noise.js';
import { twoKinds } from './kinds.js';

const tolerance = Math.log(1.05);

describe('two kinds of runs', () => {
  it('are told with their numbers and values', () => {
    const wobble = (index: number) => 0.01 * Math.sin(index * 7.3);
    const logs = Array.from({ length: 20 }, (_, index) => Math.log(index % 10 < 7 ? 10_000 : 5000) + wobble(index));
    const { low, high } = twoKinds(logs, tolerance)!;
    expect([low.count, high.count]).toEqual([6, 14]);
    expect(Math.exp(low.mean)).toBeCloseTo(5000, -2);
    expect(Math.exp(high.mean)).toBeCloseTo(10_000, -2);
  });

  it('are none of one outlier, of a small step, of few runs', () => {
    const same = Array.from({ length: 19 }, (_, index) => 0.001 * index);
    expect(twoKinds([...same, 3], tolerance)).toBeNull();
    expect(twoKinds([0, 0, 0, 0, 0, 0.03, 0.03, 0.03, 0.03, 0.03], tolerance)).toBeNull();
    expect(twoKinds([0, 0, 0, 0, 3, 3, 3, 3], tolerance)).toBeNull();
  });

  it.each([10, 13, 20])('are seen where there is one kind only in at most 1 %% of sides: %i runs', (count) => {
    const random = new Noise(count);
    const found = Array.from({ length: 2000 }, () =>
      twoKinds(
        Array.from({ length: count }, () => 0.12 * random.normal()),
        tolerance,
      ),
    ).filter((kinds) => kinds !== null);
    expect(found.length / 2000).toBeLessThanOrEqual(0.012);
  });
});
