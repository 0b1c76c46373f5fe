/** Each kind of wrong block, made so from blocks that were written, and what is said of it. */
import { describe, expect, it } from 'vitest';
import { createRequests } from '../../engines/requests.js';
import { plainJob } from '../../job/draft.js';
import type { VerifyOptions } from '../../job/job.js';
import { Operation } from '../../job/operation.js';
import { BlockChecker, createExpectedWrite, Wrong } from '../../workload/verify/block-checker.js';
import { BlockWriter } from '../../workload/verify/block-writer.js';
import { createBlockFormat } from '../../workload/verify/format.js';
import { seedOfWrite } from '../../workload/verify/seeds.js';
import { describeWrong } from './describe.js';
import { diagnose, expectedBytes, type WrongBlock } from './diagnosis.js';

const blockBytes = 4096;
const key = Int32Array.of(11, 22);

/** Writes one after the other, to the given offsets; the bytes of each. */
function written(options: Partial<VerifyOptions>, offsets: readonly number[]): Uint8Array[] {
  const requests = createRequests(1);
  const words = new Int32Array(blockBytes / 4);
  const view = { words, bytes: new Uint8Array(words.buffer) };
  const format = createBlockFormat({ ...plainJob().verify, ...options });
  const clock = { record: (into: Float64Array, at: number) => into.fill(5e9, at, at + 1) };
  const writer = new BlockWriter({ format, requests, views: [view], key, thread: 1, content: null, clock });
  return offsets.map((offset) => {
    requests.operation[0] = Operation.write;
    requests.offset[0] = offset;
    requests.byteCount[0] = blockBytes;
    writer.prepare(0, blockBytes);
    return view.bytes.slice();
  });
}

/** @param number of the write that should be there; null = foreign data */
function told(
  options: Partial<VerifyOptions>,
  bytes: Uint8Array,
  number: number | null,
  numberBefore: number | null = null,
) {
  const format = createBlockFormat({ ...plainJob().verify, ...options });
  const io = { bytes: bytes.slice(), words: new Int32Array(0) };
  io.words = new Int32Array(io.bytes.buffer);
  const expected = createExpectedWrite();
  expected.numbers[0] = 8192;
  expected.numbers[1] = number ?? 0;
  expected.checksNumber = number !== null;
  const checker = new BlockChecker(format, blockBytes);
  const wrong = checker.check(io, blockBytes, expected);
  expect(wrong).not.toBe(Wrong.nothing);
  const seedOf = (of: number): Int32Array => {
    const seed = new Int32Array(2);
    seedOfWrite(key, Float64Array.of(of), 0, seed);
    return seed;
  };
  const block: WrongBlock = {
    ...{ io, ioBytes: blockBytes, ioOffset: 8192, at: checker.wrongAt, path: 'disk', format, number, numberBefore },
    finding: describeWrong(wrong, io.bytes, checker.wrongAt, { format, expected, byteCount: blockBytes }),
    seedOf: number === null ? null : seedOf,
  };
  return { ...diagnose(block), expected: expectedBytes(block) };
}

const md5 = { kind: 'md5' } as const;

describe('a block that was written and read back by the same job', () => {
  const [older, newer] = written(md5, [8192, 8192]) as [Uint8Array, Uint8Array];

  it('zeros', () => {
    expect(told(md5, new Uint8Array(blockBytes), 1)).toMatchObject({
      likeness: 'zeros',
      what: 'bad magic number 0, expected acca',
      header: null,
    });
  });

  it('older data: a lost write', () => {
    expect(told(md5, older, 1)).toMatchObject({
      likeness: 'older',
      what: 'header of write 0, expected write 1',
      explanation: 'older data: a sound block of write 0; write 1 was lost',
      header: { form: 'fio-3.41', type: 'md5', offset: 8192, number: 0, thread: 1, timeNs: 5e9, isIntact: true },
    });
  });

  it("another place's data: a misdirected write", () => {
    const [misplaced] = written(md5, [65_536]) as [Uint8Array];
    expect(told(md5, misplaced, 0)).toMatchObject({
      likeness: 'misplaced',
      what: 'header of offset 65536, expected 8192',
      explanation: expect.stringContaining('written for offset 65536'),
    });
  });

  it.each([1, 3, 7])('torn at sector %i: new before it, old behind it', (sector) => {
    const torn = newer.slice();
    torn.set(older.subarray(sector * 512), sector * 512);
    expect(told(md5, torn, 1, 0)).toMatchObject({
      likeness: 'torn',
      what: 'bad md5',
      explanation: `a torn write: up to byte ${sector * 512} of 4096 it is write 1, from there on (sector ${16 + sector} of the file) write 0`,
      ranges: [[sector * 512, 4096]],
    });
  });

  it('torn the other way: the header is of the write before', () => {
    const torn = older.slice();
    torn.set(newer.subarray(2048), 2048);
    expect(told(md5, torn, 1, 0)).toMatchObject({
      likeness: 'torn',
      explanation: expect.stringContaining(
        'up to byte 2048 of 4096 it is write 0, from there on (sector 20 of the file) write 1',
      ),
    });
  });

  it('one flipped bit, with both blocks', () => {
    const flipped = newer.slice();
    flipped[1234] = flipped[1234]! ^ 0x20;
    const found = told(md5, flipped, 1);
    expect(found).toMatchObject({
      likeness: 'flipped-bit',
      explanation: 'one flipped bit: bit 5 of byte 1234',
      ranges: [[1234, 1235]],
    });
    expect(found.expectedChecksum).not.toBe(found.foundChecksum);
    expect(found.expectedChecksum).toMatch(/^[0-9a-f]{32}$/);
    expect(Buffer.from(found.expected!).equals(Buffer.from(newer))).toBe(true);
  });

  it('a damaged header before sound data', () => {
    const damaged = newer.slice();
    damaged[20] = 0xff;
    expect(told(md5, damaged, 1)).toMatchObject({
      likeness: 'damaged-header',
      what: expect.stringContaining('bad header checksum'),
    });
  });

  it('a block of another size is no torn one', () => {
    const [small] = written({ kind: 'md5', intervalBytes: 512 }, [8192]) as [Uint8Array];
    expect(told(md5, small, 1)).toMatchObject({
      likeness: null,
      what: 'header of 512 bytes, expected 4096',
      explanation: 'a block that was written in parts of 512 bytes (another bs or verify_interval)',
    });
  });

  it('nothing in particular is not explained', () => {
    const noise = newer.map((byte, at) => (at > 100 && at % 300 < 20 ? byte ^ 0x5a : byte));
    expect(told(md5, noise, 1)).toMatchObject({ likeness: null, explanation: null });
  });
});

describe("another run's block, of which only the header tells", () => {
  const [block] = written({ kind: 'crc32c' }, [8192]) as [Uint8Array];

  it('zeros from a sector on: torn', () => {
    const torn = block.slice().fill(0, 1024);
    expect(told({ kind: 'crc32c' }, torn, null)).toMatchObject({
      likeness: 'torn',
      explanation: expect.stringContaining('from there on (sector 18 of the file) zeros'),
    });
  });

  it('one flipped bit of content that only fio knows is found by trying', () => {
    // Content of its own below the same header: as if fio had written it.
    const foreign = block.slice();
    for (let at = 52; at < blockBytes; at++) foreign[at] = (at * 7 + 3) & 0xff;
    const checker = createBlockFormat({ ...plainJob().verify, kind: 'crc32c' }).header!.checksum!;
    checker.digest({ bytes: foreign, words: new Int32Array(foreign.buffer) }, 52, blockBytes, foreign.subarray(48, 52));
    foreign[3000] = foreign[3000]! ^ 0x01;
    expect(told({ kind: 'crc32c' }, foreign, null)).toMatchObject({
      likeness: 'flipped-bit',
      explanation: 'one flipped bit: bit 0 of byte 3000',
      ranges: null,
      expected: null,
    });
  });
});

it('salt and patterns know their content at any place', () => {
  const [salted] = written({ kind: 'salt', salt: 7 }, [8192]) as [Uint8Array];
  salted[100] = salted[100]! ^ 0x80;
  expect(told({ kind: 'salt', salt: 7 }, salted, null)).toMatchObject({
    likeness: 'flipped-bit',
    what: 'not offset and salt 7',
    ranges: [[100, 101]],
  });
  const pattern = { kind: 'pattern', pattern: '%o' } as const;
  const [patterned] = written(pattern, [12_288]) as [Uint8Array];
  expect(told(pattern, patterned, null).ranges).not.toEqual([]);
});
