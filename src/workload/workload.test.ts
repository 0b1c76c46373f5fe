import { describe, expect, it } from 'vitest';
import { createRequests } from '../engines/requests.js';
import type { WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { RandomStreams } from '../support/random.js';
import { sampleJob } from '../testing/sample-result.js';
import { Workload } from './workload.js';

const options: WorkloadOptions = { ...sampleJob().workload, random: false };

const file = { regionOffsetBytes: 0, regionBytes: 64 * 4096 };

const inOnePass = (ioBytes: number) => ({ ioBytes, passBytes: Number.POSITIVE_INFINITY, ioSizeBytes: null });

interface Issued {
  readonly operation: number;
  readonly fileIndex: number;
  readonly byteCount: number;
  readonly offset: number;
}

function issue(
  changes: Partial<WorkloadOptions>,
  count: number,
  ioBytes = Number.POSITIVE_INFINITY,
  files = [file],
): Issued[] {
  const requests = createRequests(1);
  const workload = new Workload(
    requests,
    { ...options, ...changes },
    files,
    new RandomStreams(1, 0),
    null,
    inOnePass(ioBytes),
  );
  const issued: Issued[] = [];
  for (let i = 0; i < count && workload.next(0); i++) {
    issued.push({
      operation: requests.operation[0]!,
      fileIndex: requests.fileIndex[0]!,
      byteCount: requests.byteCount[0]!,
      offset: requests.offset[0]!,
    });
  }
  return issued;
}

describe('Workload', () => {
  it('ends with the bytes, never beyond them', () => {
    expect(issue({}, 100, 10 * 4096)).toHaveLength(10);
    expect(issue({}, 100, 10 * 4096 + 100)).toHaveLength(10);
    expect(issue({ ioCountMax: 7 }, 100)).toHaveLength(7);
  });

  it('starts over with a renewed budget', () => {
    const requests = createRequests(1);
    const workload = new Workload(requests, options, [file], new RandomStreams(1, 0), null, inOnePass(4096));
    expect([workload.next(0), workload.next(0)]).toEqual([true, false]);
    workload.renewBudget(8192);
    expect([workload.next(0), workload.next(0), workload.next(0)]).toEqual([true, true, false]);
  });

  it('mixes directions in the share asked for', () => {
    for (const readPercent of [0, 30, 70, 100]) {
      const reads = issue({ directions: 'readwrite', random: true, randomMap: false, readPercent }, 20_000).filter(
        ({ operation }) => operation === Operation.read,
      ).length;
      // Six standard deviations of a binomial.
      const spread = 6 * Math.sqrt(20_000 * (readPercent / 100) * (1 - readPercent / 100));
      expect(Math.abs(reads - readPercent * 200)).toBeLessThanOrEqual(spread);
    }
  });

  it('visits each block once in a mixed random pass, both directions together', () => {
    const issued = issue({ directions: 'readwrite', random: true }, 64);
    expect(new Set(issued.map(({ offset }) => offset)).size).toBe(64);
  });

  it('gives each direction its own block size and, in sequence, its own position', () => {
    const issued = issue({ directions: 'readwrite', blockBytes: { read: 4096, write: 8192, trim: 512 } }, 50);
    for (const [operation, size] of [
      [Operation.read, 4096],
      [Operation.write, 8192],
    ]) {
      const own = issued.filter((io) => io.operation === operation);
      expect(own.every(({ byteCount }) => byteCount === size)).toBe(true);
      expect(own.map(({ offset }) => offset)).toEqual(own.map((_, index) => (index * size!) % (64 * 4096)));
    }
  });

  it('syncs after every so many writes, and does not count syncs as data', () => {
    const operations = issue({ directions: 'write', fsyncEvery: 3, fdatasyncEvery: 5 }, 12).map(
      ({ operation }) => operation,
    );
    const { write, sync, dataSync } = Operation;
    expect(operations).toEqual([write, write, write, sync, write, write, dataSync, write, sync, write, write, write]);
    const bytes = issue({ directions: 'write', fsyncEvery: 1 }, 100, 3 * 4096);
    expect(bytes.filter(({ operation }) => operation === write)).toHaveLength(3);
  });

  it('trims a block and then writes it', () => {
    const issued = issue({ directions: 'trimwrite', random: true }, 8);
    for (let pair = 0; pair < 8; pair += 2) {
      expect(issued[pair]!.operation).toBe(Operation.trim);
      expect(issued[pair + 1]).toEqual({ ...issued[pair], operation: Operation.write });
    }
  });

  it('takes files in turn', () => {
    const issued = issue({}, 6, Number.POSITIVE_INFINITY, [file, file, file]);
    expect(issued.map(({ fileIndex }) => fileIndex)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(issued.map(({ offset }) => offset / 4096)).toEqual([0, 0, 0, 1, 1, 1]);
  });
});
