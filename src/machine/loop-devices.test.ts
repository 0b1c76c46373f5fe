import { describe, expect, it } from 'vitest';
import { type LoopStatus, overlap } from './loop-devices.js';

const part = (offsetBytes: number, limitBytes: number): LoopStatus => ({
  file: '8:1 7',
  node: null,
  offsetBytes,
  limitBytes,
});

describe('two loop devices on one file', () => {
  it('share bytes unless one ends where the other begins', () => {
    expect(overlap(part(0, 0), part(0, 0))).toBe(true);
    expect(overlap(part(0, 0), part(4096, 4096))).toBe(true);
    expect(overlap(part(0, 4096), part(4096, 0))).toBe(false);
    expect(overlap(part(0, 4097), part(4096, 0))).toBe(true);
    expect(overlap(part(8192, 4096), part(0, 8192))).toBe(false);
  });
});
