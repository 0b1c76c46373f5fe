import { describe, expect, it } from 'vitest';
import { createRequests } from '../engines/requests.js';
import type { WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { RandomStreams } from '../support/random.js';
import { sampleJob } from '../testing/sample-result.js';
import { NameWorkload } from './name-workload.js';

const bytes = 512;

function issued(changes: Partial<WorkloadOptions>, nameCount: number, ioCount: number): number[][] {
  const blockBytes = { read: bytes, write: bytes, trim: bytes };
  const options: WorkloadOptions = { ...sampleJob().workload, directions: 'read', blockBytes, ...changes };
  const requests = createRequests(1);
  const workload = new NameWorkload(requests, options, nameCount, new RandomStreams(7, 0), null, ioCount * bytes);
  const rows: number[][] = [];
  while (workload.next(0)) {
    expect(requests.byteCount[0]).toBe(bytes);
    expect(requests.offset[0]).toBe(0);
    rows.push([requests.operation[0]!, requests.fileIndex[0]!]);
  }
  expect(workload.nextOperation()).toBe(-1);
  return rows;
}

describe('NameWorkload', () => {
  it('takes each name once, in turn, again and again', () => {
    const files = issued({}, 3, 7).map(([, file]) => file);
    expect(files).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it('takes each name once per pass in random order', () => {
    const files = issued({ fileService: { kind: 'random', ioCount: 1 } }, 100, 200).map(([, file]) => file!);
    const inTurn = Array.from({ length: 100 }, (_, index) => index);
    for (const pass of [files.slice(0, 100), files.slice(100)]) {
      expect(pass).not.toEqual(inTurn);
      expect(pass.toSorted((a, b) => a - b)).toEqual(inTurn);
    }
  });

  it('counts as the direction of the job, and ends with number_ios', () => {
    expect(issued({ directions: 'write', ioCountMax: 2 }, 3, 3)).toEqual([
      [Operation.write, 0],
      [Operation.write, 1],
    ]);
  });
});
