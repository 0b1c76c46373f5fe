import { describe, expect, it } from 'vitest';
import { rehearsalRegion } from './rehearsal-region.js';

const unlimited = Number.POSITIVE_INFINITY;
const small = [{ regionOffsetBytes: 0, regionBytes: 1 << 20 }];
const large = [...small, { regionOffsetBytes: 2 ** 31 - 4096, regionBytes: 8192 }];

describe('the part of memory that a rehearsal uses', () => {
  it('has room for blocks of any size', () => {
    const usual = { regionOffsetBytes: 0, regionBytes: 16 << 20, fileBytes: 16 << 20 };
    expect(rehearsalRegion(small, 4096, unlimited)).toEqual(usual);
    expect(rehearsalRegion(small, 16 << 20, unlimited).regionBytes).toBe(64 << 20);
  });

  it('lies around 2 GiB where the job crosses it', () => {
    const { regionOffsetBytes, regionBytes, fileBytes } = rehearsalRegion(large, 4096, unlimited);
    expect([regionOffsetBytes, fileBytes]).toEqual([2 ** 31 - (8 << 20), 2 ** 31 + (8 << 20)]);
    expect(regionBytes).toBe(16 << 20);
  });

  it('fits under the limit on files', () => {
    expect(rehearsalRegion(small, 4096, 16 << 20).fileBytes).toBe(16 << 20);
    expect(rehearsalRegion(small, 4096, 100_000)).toEqual({
      regionOffsetBytes: 0,
      regionBytes: 98_304,
      fileBytes: 98_304,
    });
    expect(rehearsalRegion(large, 4096, 1 << 30)).toEqual({
      regionOffsetBytes: 0,
      regionBytes: 16 << 20,
      fileBytes: 16 << 20,
    });
  });

  it('says which limit leaves no room', () => {
    expect(() => rehearsalRegion(small, 1 << 20, 1 << 20)).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({
            message: expect.stringContaining('larger than 1 MiB (ulimit -f)'),
            advice: 'raise the limit to 4 MiB or more (ulimit -f 4096 in bash)',
          }),
        ],
      }),
    );
  });
});
