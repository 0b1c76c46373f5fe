import { describe, expect, it } from 'vitest';
import type { SyncRecord, WriteRecord } from '../worker/verify/promise-records.js';
import type { CrashJob } from './plan.js';
import { ImpossibleRecord, Promised } from './promised.js';

const file = { path: 'data', regionOffsetBytes: 8192, regionBytes: 1 << 20 };
const job: CrashJob = {
  name: 'w',
  workerIndex: 1,
  promise: 'fsync=1',
  unitBytes: 4096,
  files: [file, { ...file, path: 'b' }],
};

const write = (number: number, unit: number, more: Partial<WriteRecord> = {}): WriteRecord => ({
  ...{ kind: 'write', job: 1, file: 0, offset: unit * 4096, byteCount: 4096, number, floor: number },
  ...more,
});
const sync = (covered: number, own = 0, more: Partial<SyncRecord> = {}): SyncRecord => ({
  ...{ kind: 'sync', job: 1, file: 0, covered, own, doneUs: 1e15, tookUs: 10 },
  ...more,
});

function promisedBy(...records: (WriteRecord | SyncRecord)[]) {
  const promised = new Promised([job]);
  for (const record of records) promised.add(record);
  return {
    promised,
    units: [...promised.units(1, 0)].map(({ unit, number, floor, sync }) => [unit, number, floor, sync]),
  };
}

it('promises what a sync covers, and keeps the rest for the next', () => {
  const { promised, units } = promisedBy(write(0, 2), write(1, 3), sync(1), write(2, 4), sync(3));
  expect(units).toEqual([
    [2, 0, 0, 1],
    [3, 1, 1, 2],
    [4, 2, 2, 2],
  ]);
  expect({ syncs: promised.syncCount, writes: promised.writeCount, bytes: promised.byteCount }).toEqual({
    syncs: 2,
    writes: 3,
    bytes: 12_288,
  });
});

it('promises nothing of what no sync covers', () => {
  expect(promisedBy(write(0, 2), write(1, 2)).units).toEqual([]);
  expect(promisedBy(write(0, 2), sync(0)).units).toEqual([]);
});

it('promises the last writes of the chain, and not those before them that the sync does not cover', () => {
  expect(promisedBy(write(0, 2), write(1, 3), sync(0, 1)).units).toEqual([[3, 1, 1, 1]]);
});

it('takes several syncs of one chain', () => {
  const { units } = promisedBy(write(0, 2), sync(0, 1), write(1, 3), sync(0, 1), sync(0, 0));
  expect(units).toEqual([
    [2, 0, 0, 1],
    [3, 1, 1, 2],
  ]);
});

it('promises in the file of the sync alone', () => {
  expect(promisedBy(write(0, 2, { file: 1 }), write(1, 3), sync(2)).units).toEqual([[3, 1, 1, 1]]);
});

it('wants the last write of a place', () => {
  expect(promisedBy(write(0, 2), sync(1), write(1, 2), sync(2)).units).toEqual([[2, 1, 1, 2]]);
  // The later one was promised first, by its own chain.
  expect(promisedBy(write(0, 2), write(1, 2), sync(0, 1), sync(2)).units).toEqual([[2, 1, 1, 1]]);
});

it('is content with any of those that were under way at once', () => {
  const both = promisedBy(write(4, 2), write(5, 2, { floor: 4 }), sync(2));
  expect(both.units).toEqual([[2, 5, 4, 1]]);
  const reversed = promisedBy(write(5, 2, { floor: 4 }), write(4, 2, { floor: 3 }), sync(2));
  expect(reversed.units).toEqual([[2, 5, 3, 1]]);
});

it('knows of each place the block that it is a part of', () => {
  const { promised } = promisedBy(write(0, 2, { byteCount: 12_288 }), write(1, 3), sync(2));
  expect([...promised.units(1, 0)]).toMatchObject([
    { unit: 2, number: 0, firstUnit: 2, unitCount: 3 },
    { unit: 3, number: 1, firstUnit: 3, unitCount: 1 },
    { unit: 4, number: 0, firstUnit: 2, unitCount: 3 },
  ]);
});

it.each([
  ['another job', write(0, 2, { job: 0 })],
  ['another file', write(0, 2, { file: 2 })],
  ['before the region', write(0, 1)],
  ['behind the region', write(0, 258)],
  ['no whole unit', write(0, 2, { offset: 8192 + 512 })],
  ['no length', write(0, 2, { byteCount: 0 })],
  ['no number', write(0, 2, { offset: Number.NaN })],
  ['a floor above its number', write(0, 2, { floor: 1 })],
  ['more of its own than there are', sync(0, 1)],
])('refuses a record of %s', (_, record) => {
  expect(() => promisedBy(record)).toThrow(ImpossibleRecord);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e19])('refuses a sync that returned at no time: %d', (doneUs) => {
  expect(() => promisedBy(write(0, 2), sync(1, 0, { doneUs }))).toThrow(ImpossibleRecord);
});

it('promises in the middle of what waits, from both ends', () => {
  const writes = Array.from({ length: 9 }, (_, at) => write(at, 2 + at));
  const { promised, units } = promisedBy(...writes, sync(2, 3), sync(4), write(9, 11), sync(5, 1), sync(10));
  expect(units.map(([unit, , , by]) => [unit, by])).toEqual([
    ...[2, 3].map((unit) => [unit, 1]),
    ...[4, 5].map((unit) => [unit, 2]),
    [6, 3],
    [7, 4],
    ...[8, 9, 10].map((unit) => [unit, 1]),
    [11, 3],
  ]);
  expect(promised.writeCount).toBe(10);
});

it('knows of many syncs when each returned', () => {
  const promised = new Promised([job]);
  for (let at = 1; at <= 70_000; at++) promised.add(sync(0, 0, { doneUs: at, tookUs: at * 2 }));
  for (const at of [1, 32_768, 32_769, 70_000]) expect(promised.sync(at)).toEqual({ doneUs: at, tookUs: at * 2 });
});

describe('refuses more than memory should hold:', () => {
  const limits = { units: 256, syncs: 3, pending: 2 };

  it('places', () => {
    const promised = new Promised([job], limits);
    for (const record of [write(0, 2), sync(1), write(1, 256)]) promised.add(record);
    expect(() => promised.add(sync(2))).toThrow(new RangeError('over 256 places that can be written apart'));
  });

  it('syncs', () => {
    const promised = new Promised([job], limits);
    for (let at = 0; at < 3; at++) promised.add(sync(0));
    expect(() => promised.add(sync(0))).toThrow(new RangeError('over 3 syncs'));
  });

  it('writes that no sync has promised, of all files together', () => {
    const promised = new Promised([job], limits);
    for (const record of [write(0, 2), sync(1), write(1, 2), write(2, 3, { file: 1 })]) promised.add(record);
    expect(() => promised.add(write(3, 4))).toThrow(new RangeError('over 2 writes wait for a sync of their file'));
  });
});
