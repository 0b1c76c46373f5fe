import { expect, it } from 'vitest';
import { promiseRecordBytes, putRecord } from '../worker/verify/promise-records.js';
import { decodeState, encodeHead, type StateHead } from './state.js';

const head: StateHead = {
  key: [-5, 2 ** 31 - 1],
  startedEpochMs: 1_796_000_000_000,
  bootId: 'x',
  folder: '/',
  jobs: [
    {
      name: 'w',
      workerIndex: 0,
      promise: 'fsync=1',
      unitBytes: 4096,
      files: [{ path: '/a', regionOffsetBytes: 0, regionBytes: 1 << 20 }],
    },
  ],
};

function records(count: number): Buffer {
  const bytes = Buffer.alloc(count * 2 * promiseRecordBytes);
  for (let at = 0; at < count; at++) {
    const place = { job: 0, file: 0 };
    putRecord(bytes, at * 64, { kind: 'write', ...place, offset: at * 4096, byteCount: 4096, number: at, floor: at });
    putRecord(bytes, at * 64 + 32, { kind: 'sync', ...place, covered: at + 1, own: 0, doneUs: 1, tookUs: 1 });
  }
  return bytes;
}

it('comes back as it was kept', () => {
  const state = decodeState(Buffer.concat([encodeHead(head), records(3)]), 's');
  expect(state.head).toEqual(head);
  expect({ left: state.leftOutBytes, syncs: state.promised.syncCount }).toEqual({ left: 0, syncs: 3 });
});

it('may be cut anywhere behind its head, or end in what never got to the disk', () => {
  const whole = Buffer.concat([encodeHead(head), records(3)]);
  for (let length = encodeHead(head).length; length < whole.length; length++) {
    const { promised, leftOutBytes } = decodeState(whole.subarray(0, length), 's');
    const kept = length - encodeHead(head).length;
    expect(promised.syncCount).toBe(Math.floor(kept / 64));
    expect(leftOutBytes).toBe(kept % 32);
  }
  const zeros = Buffer.concat([whole, Buffer.alloc(4096)]);
  expect(decodeState(zeros, 's')).toMatchObject({ leftOutBytes: 4096 });
});

function changed(change: (head: StateHead) => unknown): Buffer {
  return encodeHead(change(structuredClone(head)) as StateHead);
}

it.each([
  ['nothing', Buffer.alloc(0), '0 bytes, too few'],
  ['text', Buffer.from('[global]\nfilename=/dev/sda\nrw=write\n'), 'it begins otherwise'],
  ['another version', Buffer.from('iotest crash 2\n\0aaaaaaaaaaaaaaaa'), 'it is of another version'],
  ['half a head', encodeHead(head).subarray(0, 60), 'its head is not whole'],
  [
    'a changed head',
    Buffer.from(encodeHead(head).map((byte, at) => (at === 40 ? byte ^ 1 : byte))),
    'its head is damaged',
  ],
  ['a huge head', Buffer.concat([Buffer.from('iotest crash 1\n\0'), Buffer.alloc(8, 255)]), 'its head is not whole'],
  ['no jobs', changed((good) => ({ ...good, jobs: [] })), 'jobs'],
  ['more than it should have', changed((good) => ({ ...good, extra: 1 })), 'extra'],
  [
    'a unit of nothing',
    changed((good) => ({ ...good, jobs: [{ ...good.jobs[0], unitBytes: 0 }] })),
    'jobs.0.unitBytes',
  ],
  ['a name that is none', changed((good) => ({ ...good, jobs: [{ ...good.jobs[0], name: 7 }] })), 'jobs.0.name'],
  [
    'a region below zero',
    changed((good) => ({
      ...good,
      jobs: [{ ...good.jobs[0], files: [{ path: '/a', regionOffsetBytes: -1, regionBytes: 1 }] }],
    })),
    'jobs.0.files.0.regionOffsetBytes',
  ],
])('%s is none', (_, bytes, why) => {
  expect(() => decodeState(bytes, 'x.state')).toThrow(`--state x.state holds no state of iotest crashtest: `);
  expect(() => decodeState(bytes, 'x.state')).toThrow(why);
});

it('names the record that cannot be', () => {
  const bytes = records(2);
  putRecord(bytes, 64, { kind: 'write', job: 0, file: 0, offset: 2 ** 40, byteCount: 4096, number: 1, floor: 1 });
  const state = Buffer.concat([encodeHead(head), bytes]);
  expect(() => decodeState(state, 's')).toThrow('record 3: it is of a write outside of the job');
});
