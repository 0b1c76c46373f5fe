import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRequests } from '../engines/requests.js';
import { Random } from '../support/random.js';
import { type OffsetStream, OnceEachOffsets, type Region, SequentialOffsets, UniformOffsets } from './offsets.js';

const requests = createRequests(1);

function draw(stream: OffsetStream, count: number): number[] {
  return Array.from({ length: count }, () => {
    stream.draw(requests, 0);
    return requests.offset[0]!;
  });
}

const anyRegion = fc.record({
  startBytes: fc.nat({ max: 2 ** 40 }),
  blockBytes: fc.constantFrom(512, 4096, 65536, 3000),
  blockCount: fc.integer({ min: 1, max: 5000 }),
});

const makers: Record<string, (region: Region, random: Random) => OffsetStream> = {
  sequential: (region) => new SequentialOffsets(region),
  uniform: (region, random) => new UniformOffsets(region, random),
  'once each': (region, random) => new OnceEachOffsets(region, random),
};

describe.each(Object.entries(makers))('%s offsets', (_name, make) => {
  it('stay on blocks of the region', () => {
    fc.assert(
      fc.property(anyRegion, fc.nat(), (region, seed) => {
        for (const offset of draw(make(region, Random.fromSeed(seed)), 200)) {
          const block = (offset - region.startBytes) / region.blockBytes;
          expect(Number.isInteger(block) && block >= 0 && block < region.blockCount).toBe(true);
        }
      }),
    );
  });

  it('are the same for the same seed', () => {
    fc.assert(
      fc.property(anyRegion, fc.nat(), (region, seed) => {
        const again = draw(make(region, Random.fromSeed(seed)), 50);
        expect(draw(make(region, Random.fromSeed(seed)), 50)).toEqual(again);
      }),
    );
  });

  it('reach offsets beyond 2^43 exactly', () => {
    const region = { startBytes: 2 ** 43, blockBytes: 4096, blockCount: 2 ** 31 };
    for (const offset of draw(make(region, Random.fromSeed(5)), 1000)) {
      expect(offset % 4096).toBe(0);
      expect(offset).toBeGreaterThanOrEqual(2 ** 43);
      expect(offset).toBeLessThan(2 ** 43 + 2 ** 43);
    }
  });
});

describe('sequential offsets', () => {
  it('begin again after the last whole block', () => {
    const stream = new SequentialOffsets({ startBytes: 100, blockBytes: 10, blockCount: 3 });
    expect(draw(stream, 7)).toEqual([100, 110, 120, 100, 110, 120, 100]);
  });
});

describe('once-each offsets', () => {
  it('visit every block exactly once per pass, for any count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (blockCount, seed) => {
        const stream = new OnceEachOffsets({ startBytes: 0, blockBytes: 1, blockCount }, Random.fromSeed(seed));
        for (let pass = 0; pass < 3; pass++) expect(new Set(draw(stream, blockCount)).size).toBe(blockCount);
      }),
    );
  });

  it('change their order from pass to pass', () => {
    const stream = new OnceEachOffsets({ startBytes: 0, blockBytes: 1, blockCount: 1000 }, Random.fromSeed(1));
    expect(draw(stream, 1000)).not.toEqual(draw(stream, 1000));
  });

  it('look random: no more runs, neighbours or drift than chance has', () => {
    const blockCount = 50_000;
    const order = draw(
      new OnceEachOffsets({ startBytes: 0, blockBytes: 1, blockCount }, Random.fromSeed(7)),
      blockCount,
    );
    // Of a random permutation: ascents are (n−1)/2 ± sqrt(n/12); immediate successors are about 1 in all.
    const ascents = order.filter((block, index) => index > 0 && block > order[index - 1]!).length;
    expect(Math.abs(ascents - (blockCount - 1) / 2)).toBeLessThan(6 * Math.sqrt(blockCount / 12));
    const successors = order.filter((block, index) => index > 0 && block === order[index - 1]! + 1).length;
    expect(successors).toBeLessThan(12);
    // The means of 50 consecutive thousands scatter as samples of a uniform distribution do.
    const sigma = blockCount / Math.sqrt(12 * 1000);
    for (let from = 0; from < blockCount; from += 1000) {
      const mean = order.slice(from, from + 1000).reduce((sum, block) => sum + block, 0) / 1000;
      expect(Math.abs(mean - blockCount / 2)).toBeLessThan(6 * sigma);
    }
  });
});

describe('frozen first offsets (changing them changes what published seeds mean)', () => {
  const region = { startBytes: 0, blockBytes: 4096, blockCount: 65536 };
  it('once each', () => {
    expect(draw(new OnceEachOffsets(region, Random.fromSeed(0x89)), 6)).toMatchInlineSnapshot(`
      [
        159682560,
        224210944,
        24223744,
        149364736,
        48742400,
        230862848,
      ]
    `);
  });
  it('uniform', () => {
    expect(draw(new UniformOffsets(region, Random.fromSeed(0x89)), 6)).toMatchInlineSnapshot(`
      [
        97263616,
        245731328,
        40263680,
        101318656,
        210132992,
        32743424,
      ]
    `);
  });
});
