import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PayloadOptions, WorkloadOptions } from '../job/job.js';
import { Random, RandomStreams } from '../support/random.js';
import { sampleJob } from '../testing/sample-result.js';
import { Payload, type WorkingSet } from './payload.js';

interface Asked extends Partial<PayloadOptions>, Partial<WorkloadOptions> {
  readonly bytes?: Uint8Array;
  readonly workingSet?: WorkingSet;
  readonly seed?: number;
  readonly slotCount?: number;
  readonly slotBytes?: number;
}

function make(asked: Asked): { readonly payload: Payload; readonly slots: readonly Int32Array[] } {
  const { bytes = null, workingSet = null, seed = 1, slotCount = 2, slotBytes = 4096, ...options } = asked;
  const job = sampleJob();
  const slots = Array.from({ length: slotCount }, () => new Int32Array(slotBytes >> 2));
  const payload = new Payload({
    slots,
    job: {
      workload: { ...job.workload, directions: 'write', ...options },
      payload: { ...job.payload, ...options },
    },
    pattern: bytes,
    random: Random.fromSeed(seed),
    workingSet,
  });
  payload.fillAll();
  return { payload, slots };
}

/** The bytes of `count` writes, one after the other, slots in turn. */
function write(asked: Asked, count: number, byteCount = 4096): string[] {
  const { payload, slots } = make(asked);
  return Array.from({ length: count }, (_, index) => {
    const slot = index % slots.length;
    payload.prepare(slot, byteCount);
    const words = slots[slot]!;
    return Buffer.from(words.buffer, words.byteOffset, byteCount).toString('latin1');
  });
}

const mixed = { refillBuffers: true, scrambleBuffers: false } as const;
const chunksOf = (text: string) =>
  Array.from({ length: text.length / 512 }, (_, index) => text.slice(index * 512, index * 512 + 512));
const zeroShare = (block: string) => [...block].filter((byte) => byte === '\0').length / block.length;

describe('Payload', () => {
  it('never writes the same sector twice when scrambling, the default', () => {
    const sectors = write({}, 50).flatMap((block) => chunksOf(block));
    expect(new Set(sectors).size).toBe(400);
  });

  it('leaves what is less than a sector as it is: random data', () => {
    const { payload, slots } = make({ scrambleBuffers: true });
    const before = [...slots[0]!];
    payload.prepare(0, 4);
    expect([...slots[0]!]).toEqual(before);
    expect(before[0]).not.toBe(0);
  });

  it('scrambles zeroes and patterns only when told to', () => {
    expect(new Set(write({ zeroBuffers: true, scrambleBuffers: false }, 4))).toEqual(new Set(['\0'.repeat(4096)]));
    expect(new Set(write({ zeroBuffers: true, scrambleBuffers: true }, 4)).size).toBe(4);
    expect(write({ zeroBuffers: true, refillBuffers: true }, 1)[0]).toBe('\0'.repeat(4096));
  });

  it('refills what it transfers and no more', () => {
    const { payload, slots } = make({ zeroBuffers: false, refillBuffers: true });
    const before = slots[1]!.slice();
    payload.prepare(1, 512);
    expect(slots[1]!.subarray(0, 128)).not.toEqual(before.subarray(0, 128));
    expect(slots[1]!.subarray(128)).toEqual(before.subarray(128));
    expect(deflateRawSync(Buffer.from(slots[1]!.buffer)).length).toBeGreaterThan(4096);
  });

  it('gives the same content again for the same seed, however much was prepared before the start', () => {
    for (const asked of [{ ...mixed }, { ...mixed, dedupePercent: 50, compressPercent: 30 }]) {
      const { payload, slots } = make(asked);
      for (let index = 0; index < 7; index++) payload.prepare(0, 4096);
      payload.fillAll();
      payload.prepare(0, 4096);
      const fresh = make(asked);
      fresh.payload.prepare(0, 4096);
      expect(slots[0]).toEqual(fresh.slots[0]);
      const other = make({ ...asked, seed: 2 });
      other.payload.prepare(0, 4096);
      expect(slots[0]).not.toEqual(other.slots[0]);
    }
  });

  it('repeats a pattern from the start of each block, and again after reads have spoiled it', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const expected = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at % 3) + 1));
    const { payload, slots } = make({ bytes, scrambleBuffers: false });
    payload.prepare(0, 4096);
    expect(Buffer.from(slots[0]!.buffer)).toEqual(expected);
    const beside = make({ bytes, scrambleBuffers: false, refillBuffers: true, directions: 'readwrite' });
    for (const byteCount of [4096, 1024, 7]) {
      beside.slots[0]!.fill(-1);
      beside.payload.prepare(0, byteCount);
      expect(Buffer.from(beside.slots[0]!.buffer, 0, byteCount)).toEqual(expected.subarray(0, byteCount));
    }
  });
});

describe('compressible content', () => {
  it('is zeroes by the share asked for, in each chunk, and random else', () => {
    for (const percent of [10, 33, 50, 90]) {
      const blocks = write({ ...mixed, compressPercent: percent }, 20);
      expect(new Set(blocks).size).toBe(20);
      for (const chunk of chunksOf(blocks.join(''))) {
        const randomBytes = Math.floor((512 * (100 - percent)) / 100);
        expect(chunk.slice(randomBytes)).toBe('\0'.repeat(512 - randomBytes));
        expect(zeroShare(chunk.slice(0, randomBytes))).toBeLessThan(0.2);
      }
    }
  });

  it('has whole blocks as chunks with 0, and never larger ones', () => {
    for (const compressChunkBytes of [0, 1 << 20]) {
      const [block] = write({ ...mixed, compressPercent: 75, compressChunkBytes }, 1);
      expect(block!.slice(1024)).toBe('\0'.repeat(3072));
      expect(zeroShare(block!.slice(0, 1024))).toBeLessThan(0.1);
    }
  });

  it('lays the constant parts right for any chunk, share, length, and what was there before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.integer({ min: 1, max: 4096 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.boolean(),
        (compressPercent, compressChunkBytes, lengths, reads, hasPattern) => {
          const bytes = hasPattern ? Uint8Array.of(7, 8, 9) : undefined;
          const directions = reads ? 'readwrite' : 'write';
          const { payload, slots } = make({
            ...mixed,
            compressPercent,
            compressChunkBytes,
            directions,
            ...(bytes === undefined ? {} : { bytes }),
          });
          for (const byteCount of lengths) {
            if (reads) slots[0]!.fill(-1);
            payload.prepare(0, byteCount);
            const block = Buffer.from(slots[0]!.buffer, 0, byteCount);
            const whole = Math.min(compressChunkBytes, 4096);
            for (let at = 0; at < byteCount; ) {
              const chunk = Math.min(whole, byteCount - at);
              for (let k = Math.floor((chunk * (100 - compressPercent)) / 100); k < chunk; k++) {
                const place = k - Math.floor((chunk * (100 - compressPercent)) / 100);
                if (block[at + k] !== (bytes === undefined ? 0 : bytes[place % 3])) return false;
              }
              at += chunk;
            }
          }
          return true;
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('duplicates', () => {
  const count = 4000;
  /** Six standard deviations of a binomial share. */
  const bound = (share: number) => 6 * Math.sqrt((share * (1 - share)) / count);

  it('repeat the last write by the share asked for', () => {
    for (const percent of [1, 25, 80]) {
      for (const compressPercent of [0, 50]) {
        const blocks = write({ ...mixed, dedupePercent: percent, compressPercent }, count);
        const share = 1 - new Set(blocks).size / count;
        expect(Math.abs(share - percent / 100)).toBeLessThan(bound(percent / 100));
        // A repetition follows what it repeats.
        const runs = blocks.filter((block, index) => index === 0 || block !== blocks[index - 1]).length;
        expect(runs).toBe(new Set(blocks).size);
      }
    }
  });

  it('are all there is with 100', () => {
    expect(new Set(write({ ...mixed, dedupePercent: 100 }, 100)).size).toBe(1);
  });

  it('come from the working set, each of its pages as often', () => {
    const pageCount = 50;
    const own = Random.fromSeed(1);
    const asked = { ...mixed, dedupePercent: 60, workingSet: { pageCount, owners: [own] } };
    const blocks = write(asked, count);
    const times = new Map<string, number>();
    for (const block of blocks) times.set(block, (times.get(block) ?? 0) + 1);
    const repeated = [...times.values()].filter((value) => value > 5);
    expect(repeated.length).toBe(pageCount);
    const drawn = repeated.reduce((sum, value) => sum + value, 0);
    // Each page was written once more as a first of its kind, or would have been.
    expect(Math.abs(drawn / count - 0.6)).toBeLessThan(bound(0.6) + pageCount / count);
    const chiSquare = repeated.reduce((sum, value) => sum + (value - drawn / pageCount) ** 2 / (drawn / pageCount), 0);
    expect(chiSquare).toBeLessThan(pageCount + 6 * Math.sqrt(2 * pageCount));
  });

  it('are shared between workers with one set for all', () => {
    const streams = (worker: number) => new RandomStreams(7, worker).stream(1);
    const blocksOf = (worker: number): Set<string> => {
      const workingSet = { pageCount: 40, owners: [streams(worker), streams(1 - worker)] };
      const job = sampleJob();
      const slots = [new Int32Array(1024)];
      const payload = new Payload({
        slots,
        job: {
          workload: { ...job.workload, ...mixed, directions: 'write' },
          payload: { ...job.payload, dedupePercent: 90 },
        },
        pattern: null,
        random: streams(worker),
        workingSet,
      });
      return new Set(
        Array.from({ length: 2000 }, () => {
          payload.prepare(0, 4096);
          return slots[0]!.join();
        }),
      );
    };
    const [first, second] = [blocksOf(0), blocksOf(1)];
    // 20 pages of each of the two in both sets; of the rest nothing is common.
    expect([...first].filter((block) => second.has(block)).length).toBe(40);
  });
});
