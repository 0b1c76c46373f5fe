import { describe, expect, it } from 'vitest';
import { createRequests } from '../engines/requests.js';
import { Operation } from '../job/operation.js';
import type { Recording } from '../logs/recording.js';
import { foldRecording, ReplayWorkload } from './replay.js';

const recording: Recording = {
  files: ['a', 'b'],
  count: 4,
  operation: Int8Array.of(0, 1, 3, 2),
  fileIndex: Int32Array.of(0, 1, 1, 0),
  byteCount: Int32Array.of(512, 4096, 0, 1024),
  offset: Float64Array.of(0, 2 ** 41, 0, 8192),
  dueNs: Float64Array.of(10, 20, 20, 50),
};
const forever = Number.POSITIVE_INFINITY;

function drawAll(workload: ReplayWorkload, requests: ReturnType<typeof createRequests>, countMax = 100): number[][] {
  const rows: number[][] = [];
  for (let due = workload.nextDueNs[0]!; rows.length < countMax && workload.next(0); due = workload.nextDueNs[0]!) {
    const { operation, fileIndex, byteCount, offset } = requests;
    rows.push([operation[0]!, fileIndex[0]!, byteCount[0]!, offset[0]!, due]);
  }
  return rows;
}

const all = [
  [0, 0, 512, 0, 10],
  [1, 1, 4096, 2 ** 41, 20],
  [3, 1, 0, 0, 20],
  [2, 0, 1024, 8192, 50],
];

function replay(ioBytes = forever, ioCountMax = forever, rounds = 1, countMax = 100): number[][] {
  const requests = createRequests(1);
  return drawAll(new ReplayWorkload(requests, recording, null, ioBytes, ioCountMax, rounds), requests, countMax);
}

describe('ReplayWorkload', () => {
  it('does what was recorded, in order, then nothing', () => {
    expect(replay()).toEqual(all);
  });

  it('goes on where it ended, as often as asked', () => {
    const again = all.map(([operation, file, bytes, offset, due]) => [operation, file, bytes, offset, due! + 50]);
    expect(replay(forever, forever, 2)).toEqual([...all, ...again]);
    expect(replay(forever, forever, forever, 11)).toHaveLength(11);
  });

  it('ends with the amount', () => {
    expect(replay(4608)).toHaveLength(2);
    expect(replay(4609)).toHaveLength(4);
    expect(replay(forever, 2)).toHaveLength(3 - 1);
  });

  it('renews the amount and keeps its place', () => {
    const requests = createRequests(1);
    const workload = new ReplayWorkload(requests, recording, null, forever, 1, 1);
    expect(drawAll(workload, requests)).toEqual(all.slice(0, 1));
    workload.renewBudget(forever);
    expect(drawAll(workload, requests)).toEqual(all.slice(1, 2));
  });
});

describe('foldRecording', () => {
  it('stays within the stretch it is given, and trims nothing', () => {
    const folded = foldRecording(recording, 2 ** 30, 16384, true);
    for (let row = 0; row < folded.count; row++) {
      expect(folded.offset[row]).toBeGreaterThanOrEqual(2 ** 30);
      expect(folded.offset[row]! + folded.byteCount[row]!).toBeLessThanOrEqual(2 ** 30 + 16384);
    }
    expect([...folded.operation]).toEqual([Operation.read, Operation.write, Operation.sync, Operation.write]);
    expect([...folded.dueNs]).toEqual([0, 0, 0, 0]);
    expect(recording.offset[1]).toBe(2 ** 41);
  });
});
