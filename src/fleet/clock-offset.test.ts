import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockOffset, leadNs } from './clock-offset.js';

describe('the offset of a clock', () => {
  it('is never further off than it says, whatever the ways take', () => {
    const delay = fc.integer({ min: 0, max: 50_000_000 });
    const trips = fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: -3e12, max: 3e12 }), trips, (offsetNs, ways) => {
        const found = clockOffset(
          ways.map(([there, back], index) => {
            const sentNs = 1e12 + index * 1e8;
            return { sentNs, hostNs: sentNs + there + offsetNs, receivedNs: sentNs + there + back };
          }),
        );
        expect(Math.abs(found.offsetNs - offsetNs)).toBeLessThanOrEqual(found.boundNs + 1e-3);
        expect(found.boundNs).toBe(Math.min(...ways.map(([there, back]) => there + back)) / 2);
      }),
    );
  });
});

it('the start is far enough ahead for the word to reach every host', () => {
  expect(leadNs([50e3, 80e3])).toBe(200e6);
  expect(leadNs([100e6, 1e6])).toBe(20 * 200e6 + 10e6);
  expect(leadNs(Array(256).fill(1e6))).toBe(40e6 + 256 * 5e6);
});
