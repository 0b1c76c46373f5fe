import { describe, expect, it } from 'vitest';
import { TimeLeft } from './time-left.js';

describe('the time that is left', () => {
  it('begins as a guess, and learns what runs take beside their plan', () => {
    const left = new TimeLeft([
      { seconds: 10, isKnown: true },
      { seconds: 20, isKnown: true },
    ]);
    expect(left.of([0, 1])).toBe(33);
    left.note(0, 12);
    left.note(1, 24);
    expect(left.of([0, 1])).toBe(36);
    expect(left.of([])).toBe(0);
  });

  it('is unknown for jobs without a runtime until one has run', () => {
    const left = new TimeLeft([{ seconds: 0, isKnown: false }]);
    expect(left.of([0])).toBeNull();
    left.note(0, 7);
    expect(left.of([0, 0])).toBe(14);
  });
});
