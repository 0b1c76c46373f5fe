import fs from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crashBlock } from '../testing/crash-blocks.js';
import type { CrashJob } from './plan.js';
import { Promised } from './promised.js';
import { readBack } from './read-back.js';

const key = [11, 22] as const;
const blockBytes = 4096;
const tmpfsMagic = 0x01021994;
let folder: string;
let data: string;
let job: CrashJob;
let promised: Promised;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'iotest-read-back-'));
  data = join(folder, 'data');
  const files = [{ path: data, regionOffsetBytes: 0, regionBytes: 1 << 20 }];
  job = { name: 'wal', workerIndex: 0, promise: 'fsync=1', unitBytes: blockBytes, files };
  promised = new Promised([job]);
  fs.writeFileSync(data, Buffer.alloc(16 * blockBytes));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Write `number` at block `place`, so far as a sync has promised it. */
function promise(number: number, place: number, byteCount = blockBytes): void {
  promised.add({ kind: 'write', job: 0, file: 0, offset: place * blockBytes, byteCount, number, floor: number });
  promised.add({ kind: 'sync', job: 0, file: 0, covered: number + 1, own: 0, doneUs: 1.796e15, tookUs: 1500 });
}

/** What is there: bytes [from, to) of write `number` at block `place`. */
function put(
  number: number,
  place: number,
  { from = 0, to = blockBytes, of = key as readonly [number, number], as = place } = {},
): void {
  const bytes = crashBlock(of, 0, number, as * blockBytes, Math.max(blockBytes, to));
  const descriptor = fs.openSync(data, 'r+');
  fs.writeSync(descriptor, bytes, from, to - from, place * blockBytes + from);
  fs.closeSync(descriptor);
}

const look = () => readBack([job], promised, key);

it('finds what was promised', () => {
  promise(0, 3);
  promise(1, 5);
  put(0, 3);
  put(1, 5);
  expect(look()).toEqual({
    ...{ checkedBytes: 2 * blockBytes, brokenCount: 0, likenesses: {}, first: null, unwrittenPaths: [] },
    jobs: [{ name: 'wal', checkedBytes: 2 * blockBytes, brokenCount: 0 }],
  });
});

describe('is content with what was written later and not promised', () => {
  it('all of it', () => {
    promise(0, 3);
    put(7, 3);
    expect(look().first).toBeNull();
  });

  it('a part of it', () => {
    promise(0, 3);
    put(0, 3);
    put(7, 3, { to: 1536 });
    expect(look().first).toBeNull();
  });

  it('at places of which nothing is promised', () => {
    promise(0, 3);
    put(0, 3);
    put(7, 4, { to: 512 });
    put(8, 5, { of: [1, 2] });
    expect(look().first).toBeNull();
  });
});

describe('tells what is there in place of it', () => {
  beforeEach(() => {
    promise(0, 1);
    put(0, 1);
    promise(1, 3);
    promise(2, 3);
  });

  it.each([
    ['zeros', 'zeros', () => {}],
    ['older', 'older data, of write 1', () => put(1, 3)],
    ['foreign', 'data of an earlier run', () => put(9, 3, { of: [1, 2] })],
    ['misplaced', 'data that was written for offset 20480', () => put(4, 3, { as: 5 })],
    [
      'torn',
      'bytes 0-1535: write 2 as promised; bytes 1536-4095: older data, of write 1',
      () => {
        put(1, 3);
        put(2, 3, { to: 1536 });
      },
    ],
    ['torn', 'bytes 0-3583: zeros; bytes 3584-4095: write 2 as promised', () => put(2, 3, { from: 3584 })],
  ])('%s: %s', (likeness, found, happen) => {
    happen();
    expect(look()).toMatchObject({
      brokenCount: 1,
      likenesses: { [likeness]: 1 },
      first: {
        job: 'wal',
        path: data,
        offset: 3 * blockBytes,
        byteCount: blockBytes,
        write: 2,
        sync: 3,
        likeness,
        found,
      },
    });
  });

  it('a flipped bit', () => {
    put(2, 3);
    const bytes = fs.readFileSync(data);
    bytes[3 * blockBytes + 1000] = bytes[3 * blockBytes + 1000]! ^ 4;
    fs.writeFileSync(data, bytes);
    expect(look().first).toMatchObject({
      likeness: 'damaged',
      found:
        'bytes 0-511: write 2 as promised; bytes 512-1023: damaged data: one flipped bit: bit 2 of byte 488; bytes 1024-4095: write 2 as promised',
    });
  });

  it('a file that ends before it, or is gone', () => {
    fs.truncateSync(data, 2 * blockBytes);
    expect(look()).toMatchObject({ brokenCount: 1, first: { offset: 3 * blockBytes, likeness: 'missing' } });
    fs.rmSync(data);
    expect(look()).toMatchObject({ brokenCount: 2, first: { offset: blockBytes, sync: 1, likeness: 'missing' } });
  });
});

it('names the earliest sync that is not kept, wherever its block stands, and when it returned', () => {
  promise(0, 9);
  promise(1, 2);
  expect(look()).toMatchObject({
    brokenCount: 2,
    first: { offset: 9 * blockBytes, write: 0, sync: 1, syncedEpochMs: 1.796e12, syncTookMs: 1.5 },
  });
});

it('tells a block of several units once', () => {
  promise(0, 4, 4 * blockBytes);
  put(0, 4, { to: 2 * blockBytes });
  expect(look()).toMatchObject({
    checkedBytes: 4 * blockBytes,
    brokenCount: 1,
    first: {
      offset: 4 * blockBytes,
      byteCount: 4 * blockBytes,
      likeness: 'torn',
      found: 'bytes 0-8191: write 0 as promised; bytes 8192-16383: zeros',
    },
  });
});

it('throws for what is no file any more', () => {
  promise(0, 0);
  job = { ...job, files: [{ ...job.files[0]!, path: folder }] };
  expect(() => look()).toThrow('a directory');
});

it('writes nothing where that is asked, and names what it read from memory for that', ({ skip }) => {
  const [major, minor] = release().split('.').map(Number) as [number, number];
  skip(major < 6 || (major === 6 && minor < 5), 'the kernel has no cachestat(2), which Linux 6.5 brought');
  skip(fs.statfsSync(tmpdir()).type === tmpfsMagic, 'temporary files are on a tmpfs, whose pages are never written');
  promise(0, 3);
  put(0, 3);
  const descriptor = fs.openSync(data, 'r');
  fs.fsyncSync(descriptor);
  expect(readBack([job], promised, key, true)).toMatchObject({ brokenCount: 0, unwrittenPaths: [] });
  put(0, 3);
  // What is dirty stays so: a sync would have written it.
  for (let time = 0; time < 2; time++) {
    expect(readBack([job], promised, key, true)).toMatchObject({ brokenCount: 0, unwrittenPaths: [data] });
  }
  expect(look()).toMatchObject({ brokenCount: 0, unwrittenPaths: [] });
  fs.closeSync(descriptor);
});
