import { describe, expect, it } from 'vitest';
import { createClock, currentMonotonicSecond, epochMs } from './clock.js';

describe('createClock', () => {
  it('follows CLOCK_MONOTONIC and never goes back', () => {
    const clock = createClock();
    const before = Number(process.hrtime.bigint());
    let last = clock.nowNs();
    for (let i = 0; i < 10_000; i++) {
      const now = clock.nowNs();
      expect(now).toBeGreaterThanOrEqual(last);
      expect(Number.isInteger(now)).toBe(true);
      last = now;
    }
    const after = Number(process.hrtime.bigint());
    expect(clock.baseNs + last).toBeGreaterThanOrEqual(before);
    expect(clock.baseNs + last).toBeLessThanOrEqual(after);
  });

  it('gives clocks with one base the same time', () => {
    const second = currentMonotonicSecond();
    const [first, other] = [createClock(second), createClock(second)];
    // A head start of 1000 s keeps readings out of the range of small integers from the first on.
    expect(first.baseNs).toBe((second - 1000) * 1e9);
    expect(first.nowNs()).toBeGreaterThanOrEqual(1000e9);
    const stamps = new Float64Array(3);
    first.record(stamps, 0);
    other.record(stamps, 1);
    first.record(stamps, 2);
    expect(stamps[1]!).toBeGreaterThanOrEqual(stamps[0]!);
    expect(stamps[2]!).toBeGreaterThanOrEqual(stamps[1]!);
  });

  it('works before its base too', () => {
    expect(createClock(currentMonotonicSecond() + 1100).nowNs()).toBeLessThan(0);
  });

  it('knows what a reading costs', () => {
    const costNs = createClock().calibrate();
    expect(costNs).toBeGreaterThan(1);
    expect(costNs).toBeLessThan(1e6);
  });
});

it('epochMs is the time of day', () => {
  expect(epochMs()).toBeGreaterThan(1.7e12);
});
