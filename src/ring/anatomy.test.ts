import { describe, expect, it } from 'vitest';
import { ParamsWord, paramsWords } from './abi.js';
import { ringAnatomy } from './anatomy.js';
import { registrationLimits } from './limits.js';
import { probeRing } from './probe.js';

/** As Linux 6.1 and later answer for 8 entries on x86-64. */
function paramsOfEight(): Uint32Array {
  const params = new Uint32Array(paramsWords);
  const values: [number, number][] = [
    [ParamsWord.sqEntries, 8],
    [ParamsWord.cqEntries, 16],
    [ParamsWord.sqHead, 0],
    [ParamsWord.sqTail, 64],
    [ParamsWord.sqRingMask, 256],
    [ParamsWord.sqRingEntries, 264],
    [ParamsWord.sqFlags, 276],
    [ParamsWord.sqDropped, 272],
    [ParamsWord.sqArray, 576],
    [ParamsWord.cqHead, 128],
    [ParamsWord.cqTail, 192],
    [ParamsWord.cqRingMask, 260],
    [ParamsWord.cqRingEntries, 268],
    [ParamsWord.cqOverflow, 284],
    [ParamsWord.cqCqes, 320],
    [ParamsWord.cqFlags, 280],
  ];
  for (const [word, value] of values) params[word] = value;
  return params;
}

describe('the anatomy of a ring', () => {
  it('puts the parts in the order of the memory, with their sizes', () => {
    const anatomy = ringAnatomy(7, paramsOfEight());
    expect(anatomy).toMatchObject({ entriesAsked: 7, sqEntries: 8, cqEntries: 16, ringsBytes: 608, sqesBytes: 512 });
    expect(anatomy.parts.map(({ name, offsetBytes, byteCount }) => [name, offsetBytes, byteCount])).toEqual([
      ['SQ head', 0, 4],
      ['SQ tail', 64, 4],
      ['CQ head', 128, 4],
      ['CQ tail', 192, 4],
      ['SQ mask', 256, 4],
      ['CQ mask', 260, 4],
      ['SQ entries', 264, 4],
      ['CQ entries', 268, 4],
      ['SQ dropped', 272, 4],
      ['SQ flags', 276, 4],
      ['CQ flags', 280, 4],
      ['CQ overflow', 284, 4],
      ['CQEs', 320, 256],
      ['SQ array', 576, 32],
    ]);
    expect(anatomy.sqOffsets).toMatchObject({ head: 0, tail: 64, array: 576 });
    expect(anatomy.cqOffsets).toMatchObject({ head: 128, cqes: 320 });
  });
});

const missing = probeRing().available ? null : 'io_uring is not available here';

describe.skipIf(missing !== null)(`on this machine${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('parts of a real ring do not overlap, and end with the mapping', () => {
    for (const entries of [1, 5, 512]) {
      const { anatomy } = probeRing(entries);
      const { parts, ringsBytes, sqEntries } = anatomy!;
      expect(sqEntries).toBe(2 ** Math.ceil(Math.log2(entries)));
      parts.slice(1).forEach((part, index) => {
        const before = parts[index]!;
        expect(part.offsetBytes).toBeGreaterThanOrEqual(before.offsetBytes + before.byteCount);
      });
      expect(parts.at(-1)!.offsetBytes + parts.at(-1)!.byteCount).toBe(ringsBytes);
    }
  });

  it('limits are what the kernel takes', () => {
    const limits = registrationLimits();
    // Rings of old kernels count as locked memory, of which there may be too little.
    expect([32768, null]).toContain(limits.sqEntriesMax);
    expect([65536, null]).toContain(limits.cqEntriesMax);
    for (const max of [limits.filesMax, limits.buffersMax]) if (max !== null) expect(max).toBeGreaterThan(0);
  });
});
