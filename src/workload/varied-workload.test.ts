import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRequests } from '../engines/requests.js';
import { plainJob } from '../job/draft.js';
import type { WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { RandomStreams } from '../support/random.js';
import { sampleJob } from '../testing/sample-result.js';
import { createWorkload, forRehearsal, isPlain } from './create-workload.js';
import type { WorkloadAmount } from './passes.js';
import type { WorkloadFile } from './varied-workload.js';

const kib = 1024;
const base: WorkloadOptions = { ...sampleJob().workload, random: false };
const { sizes: noSizes, order: noOrder, fileService, syncRange, serializesOverlap } = plainJob().workload;
const plain = { sizes: noSizes, order: noOrder, fileService, syncRange, serializesOverlap };

interface Issued {
  readonly operation: number;
  readonly file: number;
  readonly byteCount: number;
  readonly offset: number;
  readonly rangeBytes: number;
}

interface Given {
  readonly options?: Partial<WorkloadOptions>;
  readonly sizes?: Partial<WorkloadOptions['sizes']>;
  readonly order?: Partial<WorkloadOptions['order']>;
  readonly files?: readonly WorkloadFile[];
  readonly amount?: Partial<WorkloadAmount>;
  readonly openMax?: number;
  readonly seed?: number;
  readonly countMax?: number;
  readonly asynchronous?: boolean;
}

const whole = (bytes: number): WorkloadFile => ({ regionOffsetBytes: 0, regionBytes: bytes, fileBytes: bytes });

function issue({ options, sizes, order, files = [whole(256 * kib)], ...given }: Given): Issued[] {
  const requests = createRequests(1);
  const all: WorkloadOptions = {
    ...base,
    sizes: { ...noSizes, ...sizes },
    order: { ...noOrder, ...order },
    ...options,
  };
  // As the plan has it: the plain workload gets whole blocks.
  const unit = isPlain(all, files, given.openMax ?? null) ? all.blockBytes.read : 1;
  const passBytes = files.reduce((sum, { regionBytes }) => sum + regionBytes - (regionBytes % unit), 0);
  const amount = { ioBytes: passBytes * all.loops, passBytes, ioSizeBytes: null, ...given.amount };
  const openMax = given.openMax ?? null;
  const plain = isPlain(all, files, openMax);
  const random = new RandomStreams(given.seed ?? 1, 0);
  const surroundings = { asynchronous: given.asynchronous ?? false, restarted: null };
  const workload = createWorkload(plain, requests, all, files, random, null, amount, openMax, surroundings);
  const issued: Issued[] = [];
  const issues = () => workload.next(0) || (workload.beginPass() && workload.next(0));
  while (issued.length < (given.countMax ?? 20_000) && issues()) {
    issued.push({
      operation: requests.operation[0]!,
      file: requests.fileIndex[0]!,
      byteCount: requests.byteCount[0]!,
      offset: requests.offset[0]!,
      rangeBytes: requests.rangeBytes[0]!,
    });
  }
  return issued;
}

const blocks = (issued: readonly Issued[]) => issued.map(({ offset }) => offset / 4096);
const bytesOf = (issued: readonly Issued[]) => issued.reduce((sum, { byteCount }) => sum + byteCount, 0);
const each = <T>(value: T) => ({ read: value, write: value, trim: value });
const range = (min: number, max: number) => ({ range: each({ min, max }) });
const split = (...shares: (readonly [bytes: number, percent: number])[]) => ({
  split: each(shares.map(([bytes, percent]) => ({ bytes, percent }))),
});

describe('sequential order', () => {
  it('leaves holes, and goes round to the beginning at the end of the file', () => {
    const issued = blocks(issue({ order: { holeBytes: 4096 }, files: [whole(8 * 4096)] }));
    expect(issued).toEqual([0, 2, 4, 6, 0, 2, 4, 6]);
  });

  it('goes backwards from the end after the first block', () => {
    const issued = blocks(issue({ order: { holeBytes: -8192 }, files: [whole(8 * 4096)] }));
    expect(issued).toEqual([0, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('ends a pass where a hole leads out of a part of a larger file', () => {
    const file = { regionOffsetBytes: 0, regionBytes: 8 * 4096, fileBytes: 64 * 4096 };
    expect(blocks(issue({ order: { holeBytes: 4096 }, files: [file] }))).toEqual([0, 2, 4, 6]);
    expect(blocks(issue({ order: { holeBytes: 4096 }, files: [file], options: { loops: 2 } }))).toEqual([
      0, 2, 4, 6, 0, 2, 4, 6,
    ]);
  });
});

describe('random order with jumps', () => {
  const jumping = { options: { random: true, randomMap: false }, order: { randomEvery: 4 } };

  it('goes on from the last between jumps', () => {
    const issued = blocks(issue({ ...jumping, files: [whole(1 << 20)] }));
    expect(issued).toHaveLength(256);
    const steps = issued.slice(1).map((block, index) => block - issued[index]!);
    // Behind the last block there is none to go on to.
    const within = steps.filter((_, index) => (index + 1) % 4 !== 0 && issued[index] !== 255);
    expect(new Set(within)).toEqual(new Set([1]));
    expect(new Set(steps.filter((_, index) => (index + 1) % 4 === 0)).size).toBeGreaterThan(30);
  });

  it('or stays where it is', () => {
    const issued = blocks(issue({ ...jumping, order: { randomEvery: 4, sequencer: 'identical' } }));
    for (let index = 0; index < issued.length; index += 4) {
      expect(new Set(issued.slice(index, index + 4)).size).toBe(1);
    }
    expect(new Set(issued).size).toBeGreaterThan(5);
  });

  it('mixes random and sequential in the share asked for', () => {
    const order = { randomPercent: each(30) };
    const issued = blocks(issue({ options: { random: true, randomMap: false }, order, files: [whole(1 << 26)] }));
    const sequential = issued.filter((block, index) => index > 0 && block === issued[index - 1]! + 1).length;
    expect(Math.abs(sequential / issued.length - 0.7)).toBeLessThan(0.03);
  });
});

describe('sizes', () => {
  it('of a range are multiples of the smallest, evenly', () => {
    const issued = issue({ sizes: range(4096, 16384), files: [whole(1 << 26)], countMax: 4000 });
    const counts = [1, 2, 3, 4].map((n) => issued.filter(({ byteCount }) => byteCount === n * 4096).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(4000);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(750));
  });

  it('of a range are any with bs_unaligned', () => {
    const issued = issue({ sizes: { ...range(512, 4096), unaligned: true }, countMax: 500 });
    expect(issued.some(({ byteCount }) => byteCount % 512 !== 0)).toBe(true);
    expect(issued.every(({ byteCount }) => byteCount >= 512 && byteCount <= 4096)).toBe(true);
  });

  it('of a list come by their shares', () => {
    const issued = issue({
      sizes: split([4096, 70], [8192, 20], [16384, 10]),
      files: [whole(1 << 28)],
      countMax: 9000,
    });
    for (const [bytes, percent] of [
      [4096, 70],
      [8192, 20],
      [16384, 10],
    ] as const) {
      const seen = issued.filter(({ byteCount }) => byteCount === bytes).length;
      const expected = 90 * percent;
      expect(Math.abs(seen - expected)).toBeLessThan(6 * Math.sqrt(expected));
    }
  });

  it('follow the order instead of the direction with bs_is_seq_rand', () => {
    const issued = issue({
      options: { random: true, randomMap: false, blockBytes: { read: 4096, write: 16384, trim: 4096 } },
      sizes: { bySequence: true },
      order: { randomEvery: 2 },
    });
    expect(issued.map(({ byteCount }) => byteCount).slice(0, 6)).toEqual([16384, 4096, 16384, 4096, 16384, 4096]);
  });

  it('fill a region exactly in sequence, and never leave it', () => {
    const issued = issue({ sizes: range(4096, 65536) });
    let next = 0;
    for (const { offset, byteCount } of issued) {
      expect(offset).toBe(next);
      next += byteCount;
    }
    expect(next).toBe(256 * kib);
  });

  it('the trim and the write of trimwrite are of one block and one size', () => {
    const issued = issue({ options: { directions: 'trimwrite', random: true }, sizes: range(4096, 16384) });
    expect(issued.length % 2).toBe(0);
    for (let at = 0; at < issued.length; at += 2) {
      expect(issued[at]!.operation).toBe(Operation.trim);
      expect(issued[at + 1]).toEqual({ ...issued[at], operation: Operation.write });
    }
    expect(bytesOf(issued)).toBe(2 * 256 * kib);
  });

  it('two sizes: at random the write is as large as the trim', () => {
    const blockBytes = { read: 4096, write: 4096, trim: 8192 };
    const issued = issue({ options: { directions: 'trimwrite', random: true, blockBytes } });
    expect(issued).toHaveLength(2 * 32);
    for (let at = 0; at < issued.length; at += 2) {
      expect(issued[at]).toMatchObject({ operation: Operation.trim, byteCount: 8192 });
      expect(issued[at + 1]).toEqual({ ...issued[at], operation: Operation.write });
    }
    expect(new Set(issued.map(({ offset }) => offset)).size).toBe(32);
  });

  it('two sizes: in sequence a trim waits until a write began where the last one did', () => {
    const issuedWith = (write: number, trim: number) =>
      issue({ options: { directions: 'trimwrite', random: false, blockBytes: { read: 4096, write, trim } } }).map(
        ({ operation, offset }) => `${operation === Operation.trim ? 'T' : 'W'}${offset / 4096}`,
      );
    const smallWrites = issuedWith(4096, 8192);
    expect(smallWrites.slice(0, 8)).toEqual(['T0', 'W0', 'T2', 'W1', 'W2', 'T4', 'W3', 'W4']);
    expect(smallWrites.at(-1)).toBe('W62');
    expect(issuedWith(8192, 4096).slice(0, 5)).toEqual(['T0', 'W0', 'T1', 'W2', 'W4']);
  });
});

const anySizes = fc.oneof(
  // A largest size that is no multiple of the smallest takes a last part that it does not use, as in fio.
  fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }))
    .map(([units, times]) => range(512 * units, 512 * units * times)),
  fc
    .array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 5 })
    .map((units) => split(...units.map((unit) => [unit * 512, 100 / units.length] as const))),
);

const smallestOf = (sizes: Partial<WorkloadOptions['sizes']>) =>
  sizes.range?.read?.min ?? Math.min(...sizes.split!.read!.map(({ bytes }) => bytes));

describe('a random map over several sizes', () => {
  it('uses each byte once per pass, whatever the mix', () => {
    fc.assert(
      fc.property(
        anySizes,
        fc.integer({ min: 30, max: 400 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        (sizes, units, loops, seed) => {
          const bytes = units * 512;
          const issued = issue({ options: { random: true, loops }, sizes, files: [whole(bytes)], seed });
          const used = new Uint8Array(units);
          let passBytes = 0;
          for (const { offset, byteCount } of issued) {
            // A pass is over when the next I/O would begin again.
            const from = offset / 512;
            const to = from + byteCount / 512;
            expect(to).toBeLessThanOrEqual(units);
            if (used.slice(from, to).some((count) => count > 0)) {
              used.fill(0);
              passBytes = 0;
            }
            used.fill(1, from, to);
            passBytes += byteCount;
            expect(passBytes).toBeLessThanOrEqual(bytes);
          }
          // What is no whole block of the smallest size is left over.
          const min = smallestOf(sizes);
          expect(bytesOf(issued)).toBe(Math.floor(bytes / min) * min * loops);
        },
      ),
    );
  });

  it('with lfsr begins no block twice, though blocks overlap', () => {
    const issued = issue({
      options: { random: true, randomMap: false },
      sizes: range(4096, 16384),
      order: { generator: 'lfsr' },
      amount: { ioBytes: Number.MAX_SAFE_INTEGER, passBytes: Number.MAX_SAFE_INTEGER },
    });
    expect(new Set(issued.map(({ offset }) => offset)).size).toBe(issued.length);
    expect(bytesOf(issued)).toBeGreaterThan(256 * kib);
  });
});

it('stays within the regions, whatever is asked for', () => {
  const anyOrder = fc.record({
    randomEvery: fc.integer({ min: 1, max: 5 }),
    holeBytes: fc.integer({ min: -40, max: 40 }).map((units) => units * 512),
    sequencer: fc.constantFrom('sequential' as const, 'identical' as const),
    randomPercent: fc.integer({ min: 0, max: 100 }).map(each),
    distribution: fc.constantFrom<WorkloadOptions['order']['distribution'][]>(
      { kind: 'random' },
      { kind: 'zipf', theta: 1.2, center: null },
      { kind: 'normal', deviationPercent: 20, center: 0.1 },
      {
        kind: 'zoned',
        zones: each([
          { accessPercent: 60, size: { percent: 30 } },
          { accessPercent: 40, size: { percent: 60 } },
        ]),
      },
      { kind: 'sequence', blocks: [3, 0, 1] },
    ),
    sequenceStrides: fc.boolean(),
    zoneMode: fc.constantFrom('none' as const, 'strided' as const),
    zoneBytes: fc.integer({ min: 1, max: 40 }).map((units) => units * 8192),
    zoneRangeBytes: fc.integer({ min: 3, max: 40 }).map((units) => units * 8192),
    zoneSkipBytes: fc.integer({ min: 0, max: 9 }).map((units) => units * 8192),
  });
  const anyFile = fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 100, max: 300 }), fc.integer({ min: 0, max: 50 }))
    .map(([before, inside, behind]) => ({
      regionOffsetBytes: before * 512,
      regionBytes: inside * 512,
      fileBytes: (before + inside + behind) * 512,
    }));
  fc.assert(
    fc.property(
      anyOrder,
      fc.option(anySizes, { nil: {} }),
      fc.array(anyFile, { minLength: 1, maxLength: 3 }),
      fc.record({
        random: fc.boolean(),
        randomMap: fc.boolean(),
        directions: fc.constantFrom('read' as const, 'write' as const, 'readwrite' as const, 'trimwrite' as const),
        fileService: fc.constantFrom<WorkloadOptions['fileService'][]>(
          { kind: 'roundrobin', ioCount: 2 },
          { kind: 'random', ioCount: 1 },
          { kind: 'sequential' },
          { kind: 'zipf', theta: 1.5, center: null },
        ),
        loops: fc.integer({ min: 1, max: 2 }),
      }),
      fc.constantFrom(1, 2, 3),
      fc.boolean(),
      (order, sizes, files, options, openMax, isEndless) => {
        const amount = isEndless ? { ioBytes: Number.POSITIVE_INFINITY } : {};
        const given = { options: { ...options, blockBytes: each(2048) }, order, sizes, files, openMax, amount };
        for (const { file, offset, byteCount } of issue({ ...given, countMax: 300 })) {
          const { regionOffsetBytes, regionBytes } = files[file]!;
          expect(byteCount).toBeGreaterThan(0);
          expect(offset).toBeGreaterThanOrEqual(regionOffsetBytes);
          expect(offset + byteCount).toBeLessThanOrEqual(regionOffsetBytes + regionBytes);
        }
      },
    ),
    { numRuns: 300 },
  );
});

describe('strided zones', () => {
  const zones = (zone: number, reach: number, skip: number) => ({
    zoneMode: 'strided' as const,
    zoneBytes: zone * 4096,
    zoneRangeBytes: reach * 4096,
    zoneSkipBytes: skip * 4096,
  });

  it('do a part of each zone in turn', () => {
    expect(blocks(issue({ order: zones(2, 4, 0), files: [whole(12 * 4096)] }))).toEqual([
      0, 1, 4, 5, 8, 9, 0, 1, 4, 5, 8, 9,
    ]);
  });

  it('skip what lies between, and repeat zones that get more than they hold', () => {
    expect(blocks(issue({ order: zones(2, 2, 2), files: [whole(8 * 4096)] }))).toEqual([0, 1, 4, 5, 0, 1, 4, 5]);
    expect(blocks(issue({ order: zones(4, 2, 0), files: [whole(8 * 4096)] }))).toEqual([0, 1, 0, 1, 2, 3, 2, 3]);
  });

  it('keep random offsets in the zone, each block once', () => {
    const issued = blocks(issue({ options: { random: true }, order: zones(4, 4, 0), files: [whole(16 * 4096)] }));
    for (let zone = 0; zone < 4; zone++) {
      expect(issued.slice(zone * 4, zone * 4 + 4).sort((a, b) => a - b)).toEqual([0, 1, 2, 3].map((n) => zone * 4 + n));
    }
  });
});

describe('a sequence', () => {
  const sequence = { kind: 'sequence' as const, blocks: [2, 0, 1] };
  it('comes again and again', () => {
    const issued = blocks(issue({ options: { random: true }, order: { distribution: sequence }, countMax: 7 }));
    expect(issued).toEqual([2, 0, 1, 2, 0, 1, 2]);
  });

  it('goes on with strides, and ends the pass at the end of the region', () => {
    const order = { distribution: sequence, sequenceStrides: true };
    expect(blocks(issue({ options: { random: true }, order, files: [whole(8 * 4096)] }))).toEqual([2, 0, 1, 5, 3, 4]);
    expect(blocks(issue({ options: { random: true, loops: 2 }, order, files: [whole(6 * 4096)] }))).toEqual([
      2, 0, 1, 5, 3, 4, 2, 0, 1, 5, 3, 4,
    ]);
  });
});

describe('zones of access', () => {
  it('get their shares, and nothing outside of them', () => {
    const zones = each([
      { accessPercent: 60, size: { percent: 10 } },
      { accessPercent: 0, size: { percent: 20 } },
      { accessPercent: 40, size: { percent: 30 } },
    ]);
    const order = { distribution: { kind: 'zoned' as const, zones } };
    const issued = blocks(issue({ options: { random: true }, order, files: [whole(1000 * 4096)], countMax: 1000 }));
    const first = issued.filter((block) => block < 100).length;
    expect(first + issued.filter((block) => block >= 300 && block < 600).length).toBe(1000);
    expect(Math.abs(first - 600)).toBeLessThan(6 * Math.sqrt(240));
  });
});

describe('several files', () => {
  const files = [whole(4 * 4096), whole(4 * 4096), whole(8 * 4096)];
  const order = (given: Given) => issue(given).map(({ file }) => file);

  it('of different lengths are each done to their end', () => {
    expect(order({ files })).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 2, 2, 2, 2]);
  });

  it('come so many I/Os at a time, one to its end, or at random', () => {
    const even = [whole(4 * 4096), whole(4 * 4096)];
    expect(order({ files: even, options: { fileService: { kind: 'roundrobin', ioCount: 2 } } })).toEqual([
      0, 0, 1, 1, 0, 0, 1, 1,
    ]);
    expect(order({ files: even, options: { fileService: { kind: 'sequential' } } })).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    const random = order({
      files: [whole(1 << 22), whole(1 << 22)],
      options: { fileService: { kind: 'random', ioCount: 1 } },
      countMax: 1000,
    });
    expect(Math.abs(random.filter((file) => file === 0).length - 500)).toBeLessThan(6 * Math.sqrt(250));
  });

  it('no more than openfiles are in use at once', () => {
    expect(order({ files, openMax: 1 })).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
    const two = order({ files, openMax: 2 });
    expect(two.slice(0, 8)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
    expect(two.slice(8)).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  });

  it('with a skewed choice are begun anew when done, the first one more than half the time', () => {
    const chosen = order({
      files: Array.from({ length: 10 }, () => whole(4 * 4096)),
      options: { fileService: { kind: 'zipf', theta: 1.2, center: 0 } },
      amount: { ioBytes: 4e6, passBytes: 4e6 },
      countMax: 900,
    });
    expect(chosen).toHaveLength(900);
    expect(chosen.filter((file) => file === 0).length).toBeGreaterThan(450);
  });
});

describe('blocks under a random map', () => {
  const mib = 1 << 20;
  const random = { random: true, randomMap: true };

  it('come as often as with fio, where a range says how large they are', () => {
    for (const seed of [1, 2, 3]) {
      // fio 3.42 has 10,825; 3.33 with seeds of 1, 2 and 3 has 10,750, 10,711 and 10,602.
      const issued = issue({ options: random, sizes: range(4096, 65_536), files: [whole(256 * mib)], seed });
      expect(Math.abs(issued.length - 10_750) / 10_750).toBeLessThan(0.03);
    }
  });

  it('come as often as with fio, where shares do', () => {
    const sizes = split([4096, 10], [65_536, 50], [32_768, 40]);
    for (const seed of [1, 2, 3]) {
      // fio 3.42 has 7,905, of which 4 KiB blocks are about a tenth and what was cut.
      const issued = issue({ options: random, sizes, files: [whole(256 * mib)], seed });
      expect(Math.abs(issued.length - 7905) / 7905).toBeLessThan(0.04);
      const smallest = issued.filter(({ byteCount }) => byteCount === 4096).length;
      expect(smallest / issued.length).toBeLessThan(0.17);
    }
  });

  it('share one map where the directions have sizes of their own, and then may not come to all bytes, as with fio', () => {
    const options = {
      ...random,
      directions: 'readwrite' as const,
      blockBytes: { read: 4096, write: 65_536, trim: 4096 },
    };
    const shares = [1, 2, 3, 4].map((seed) => bytesOf(issue({ options, files: [whole(64 * mib)], seed })) / (64 * mib));
    // fio 3.33 with six seeds: 0.41 to 0.86.
    for (const share of shares) expect(share).toBeLessThan(0.98);
    expect(new Set(shares).size).toBeGreaterThan(1);
  });
});

describe('strided zones with a random map and several sizes', () => {
  const order = {
    zoneMode: 'strided',
    zoneBytes: 48 * kib,
    zoneRangeBytes: 48 * kib,
    zoneSkipBytes: 16 * kib,
  } as const;
  const given = { order, options: { random: true }, sizes: range(4096, 16 * kib), files: [whole(4096 * kib)] };

  it('have blocks that begin in a zone, and of which the last may end behind it, as in fio', () => {
    const issued = issue(given);
    for (const { offset } of issued) expect(offset % (64 * kib)).toBeLessThan(48 * kib);
    expect(issued.some(({ offset, byteCount }) => (offset % (64 * kib)) + byteCount > 48 * kib)).toBe(true);
    const perZone = new Map<number, number>();
    const first = issued.slice(
      0,
      issued.findIndex(({ offset }, at) => at > 0 && offset < 64 * kib && issued[at - 1]!.offset > 1024 * kib),
    );
    for (const { offset, byteCount } of first) {
      const zone = Math.floor(offset / (64 * kib));
      perZone.set(zone, (perZone.get(zone) ?? 0) + byteCount);
    }
    expect(perZone.size).toBe(64);
    for (const bytes of perZone.values()) {
      expect(bytes).toBeGreaterThanOrEqual(44 * kib);
      expect(bytes).toBeLessThan(64 * kib);
    }
  });

  it('go on where a zone gets more than it holds', () => {
    const issued = issue({ ...given, order: { ...order, zoneRangeBytes: 16 * kib, zoneSkipBytes: 8 * kib } });
    expect(bytesOf(issued)).toBeGreaterThanOrEqual(4096 * kib);
    for (const { offset } of issued) expect(offset % (24 * kib)).toBeLessThan(16 * kib);
  });
});

describe('strided zones over several passes', () => {
  const order = { zoneMode: 'strided', zoneBytes: 48 * kib, zoneRangeBytes: 16 * kib, zoneSkipBytes: 8 * kib } as const;
  const size = { blockBytes: { read: 8192, write: 8192, trim: 8192 } };
  const places = (given: Given) => [
    ...new Set(issue({ files: [whole(1024 * kib)], order, ...given }).map(({ offset }) => offset)),
  ];

  it.each([
    ['io_size', { options: size, amount: { ioBytes: 4096 * kib, ioSizeBytes: 4096 * kib } }],
    ['loops', { options: { ...size, loops: 3 } }],
    ['time', { options: size, amount: { ioBytes: Number.POSITIVE_INFINITY } }],
  ])('go on through the file (%s): fio has 86 places up to 1016 KiB', (_, given: Given) => {
    const found = places(given);
    expect([found.length, Math.max(...found)]).toEqual([86, 1016 * kib]);
  });

  it('begin anew after each pass where the engine takes I/Os ahead: fio has 44 up to 512 KiB', () => {
    const found = places({ options: { ...size, loops: 3 }, asynchronous: true });
    expect([found.length, Math.max(...found)]).toEqual([44, 512 * kib]);
  });
});

describe('amounts', () => {
  it('io_size goes on for whole passes and the block that reaches it', () => {
    const drawn = { sizes: range(4096, 8192) };
    const bytes = bytesOf(issue({ ...drawn, amount: { ioBytes: 600 * kib, ioSizeBytes: 600 * kib } }));
    expect(bytes).toBeGreaterThanOrEqual(600 * kib - 8192);
    expect(bytes).toBeLessThan(600 * kib + 8192);
    expect(bytesOf(issue({ ...drawn, amount: { ioBytes: 100 * kib, ioSizeBytes: 100 * kib } }))).toBeLessThan(
      108 * kib,
    );
  });

  it('number_ios counts per loop', () => {
    expect(issue({ sizes: range(4096, 8192), options: { ioCountMax: 10, loops: 2 } })).toHaveLength(20);
  });

  it('time alone ends an endless one, and nothing ends in vain', () => {
    expect(issue({ sizes: range(4096, 8192), amount: { ioBytes: Infinity }, countMax: 5000 })).toHaveLength(5000);
    // Nothing fits: it must end rather than search for ever.
    expect(
      issue({ options: { blockBytes: each(1 << 20) }, order: { holeBytes: 4096 }, amount: { ioBytes: Infinity } }),
    ).toEqual([]);
  });
});

it('syncs what was written since the last sync', () => {
  const syncRange = { waitBefore: false, write: true, waitAfter: false, every: 3 };
  const issued = issue({ options: { directions: 'write', syncRange }, countMax: 8 });
  expect(issued.filter(({ operation }) => operation === Operation.syncRange)).toMatchObject([
    { offset: 0, rangeBytes: 3 * 4096, byteCount: 0 },
    { offset: 3 * 4096, rangeBytes: 3 * 4096, byteCount: 0 },
  ]);
});

it('of syncs that fall due together the strongest is done', () => {
  const operations = issue({ options: { directions: 'write', fsyncEvery: 4, fdatasyncEvery: 2 }, countMax: 9 }).map(
    ({ operation }) => operation,
  );
  const { write, sync, dataSync } = Operation;
  expect(operations).toEqual([write, write, dataSync, write, write, sync, write, write, dataSync]);
});

it('the plain class serves plain jobs', () => {
  const files = [whole(1 << 20)];
  expect(isPlain({ ...base, ...plain }, files, null)).toBe(true);
  expect(isPlain({ ...base, order: { ...noOrder, holeBytes: 512 } }, files, null)).toBe(false);
  expect(isPlain({ ...base, fileService: { kind: 'random', ioCount: 1 } }, files, null)).toBe(true);
  expect(isPlain({ ...base, fileService: { kind: 'random', ioCount: 1 } }, [...files, ...files], null)).toBe(false);
  expect(isPlain({ ...base, sizes: { ...noSizes, ...range(4096, 4096) } }, files, null)).toBe(true);
});

it('rehearsals stay on their small file', () => {
  const order = {
    ...noOrder,
    distribution: { kind: 'zoned_abs' as const, zones: each([{ accessPercent: 100, size: { bytes: 1e12 } }]) },
  };
  expect(forRehearsal({ ...base, order }).order.distribution).toEqual({
    kind: 'zoned_abs',
    zones: each([{ accessPercent: 100, size: { percent: 100 } }]),
  });
});
