import { expect, it } from 'vitest';
import { type PromiseRecord, promiseRecordBytes, putRecord, readRecord } from './promise-records.js';

const write: PromiseRecord = {
  kind: 'write',
  job: 255,
  file: 65_535,
  offset: 2 ** 53 - 4096,
  byteCount: 2 ** 31,
  number: 2 ** 47,
  floor: 2 ** 47 - 1,
};
const sync: PromiseRecord = {
  kind: 'sync',
  job: 0,
  file: 3,
  covered: 2 ** 40,
  own: 64,
  doneUs: 1.7e15,
  tookUs: 2 ** 41,
};

it('come back as they were put', () => {
  const bytes = Buffer.alloc(2 * promiseRecordBytes);
  putRecord(bytes, 0, write);
  putRecord(bytes, promiseRecordBytes, sync);
  expect(readRecord(bytes, 0)).toEqual(write);
  expect(readRecord(bytes, promiseRecordBytes)).toEqual(sync);
});

it('are none when they are cut, damaged in any bit, or zeros', () => {
  const bytes = Buffer.alloc(promiseRecordBytes);
  expect(readRecord(bytes, 0)).toBeNull();
  putRecord(bytes, 0, sync);
  expect(readRecord(bytes.subarray(0, promiseRecordBytes - 1), 0)).toBeNull();
  for (let bit = 0; bit < promiseRecordBytes * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
    expect(readRecord(changed, 0)).toBeNull();
  }
});
