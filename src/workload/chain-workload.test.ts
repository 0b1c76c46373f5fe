import { describe, expect, it } from 'vitest';
import { createRequests } from '../engines/requests.js';
import { chainSteps } from '../job/chain.js';
import { createDraft } from '../job/draft.js';
import type { WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { RandomStreams } from '../support/random.js';
import { elementsOf } from '../testing/fake-chains.js';
import { ChainWorkload } from './chain-workload.js';
import { Workload } from './workload.js';

const block = 4096;
const files = [{ regionOffsetBytes: 8 * block, regionBytes: 32 * block }];

function chains(elements: string, options: Partial<WorkloadOptions>, ioBytes = 32 * block) {
  const workload = { ...(createDraft().workload as WorkloadOptions), directions: 'write' as const, ...options };
  const chain = { elements: elementsOf(elements), mode: 'link' as const, timing: 'elements' as const };
  const stepCount = chainSteps(chain).length;
  const requests = createRequests(2);
  const steps = createRequests(2 * stepCount);
  const single = { ...workload, ioCountMax: null };
  const source = new Workload(steps, single, files, new RandomStreams(1, 0), null, {
    ioBytes,
    passBytes: 32 * block,
    ioSizeBytes: null,
  });
  return { requests, steps, stepCount, source: new ChainWorkload(requests, steps, chain, workload, files, source) };
}

const blocksOf = (offsets: Float64Array, from: number, count: number) =>
  Array.from(offsets.subarray(from, from + count), (offset) => offset / block);

describe('ChainWorkload', () => {
  it('draws one block for each element that moves data, and gives the others that of their neighbour', () => {
    const { requests, steps, stepCount, source } = chains('fallocate,write:2,fdatasync,write,sync_file_range', {});
    expect(source.next(1)).toBe(true);
    expect(blocksOf(steps.offset, stepCount, stepCount)).toEqual([8, 8, 9, 9, 10, 10]);
    const row = (step: number) => stepCount + step;
    expect([steps.rangeBytes[row(0)], steps.rangeBytes[row(5)], steps.byteCount[row(3)]]).toEqual([block, block, 0]);
    expect([steps.operation[row(1)], steps.operation[row(3)], steps.operation[row(5)]]).toEqual([
      Operation.write,
      Operation.dataSync,
      Operation.syncRange,
    ]);
    expect([requests.operation[1], requests.byteCount[1], requests.offset[1]]).toEqual([
      Operation.write,
      3 * block,
      8 * block,
    ]);
    source.next(0);
    expect(blocksOf(steps.offset, 0, stepCount)).toEqual([11, 11, 12, 12, 13, 13]);
  });

  it('does not begin a chain that does not fit into what is left, and starts over when told so', () => {
    const { source } = chains('write:5,fsync', {});
    for (let round = 0; round < 2; round++) {
      let count = 0;
      while (source.nextOperation() >= 0 && source.next(0)) count++;
      expect(count).toBe(6);
      expect(source.next(0)).toBe(false);
      expect(source.nextOperation()).toBe(-1);
      source.renewBudget(32 * block, true);
    }
  });

  it('takes reads and writes as the chain has them, and counts the bytes of the direction of rw', () => {
    const { requests, steps, stepCount, source } = chains('read:2,write', { directions: 'readwrite', random: true });
    for (let turn = 0; turn < 5; turn++) {
      source.next(0);
      expect(Array.from(steps.operation.subarray(0, stepCount))).toEqual([0, 0, 1]);
      expect([requests.operation[0], requests.byteCount[0]]).toEqual([Operation.write, block]);
    }
    expect(new Set(blocksOf(steps.offset, 0, 3)).size).toBe(3);
  });

  it('number_ios counts chains, also those that move no data', () => {
    for (const elements of ['write:2', 'nop:2']) {
      const { source, steps, requests } = chains(elements, { ioCountMax: 3, loops: 2 });
      let count = 0;
      while (source.next(0)) count++;
      expect(count).toBe(6);
      expect(requests.byteCount[0]).toBe(elements === 'nop:2' ? 0 : 2 * block);
      expect(steps.offset[0]).toBeGreaterThanOrEqual(8 * block);
    }
  });
});
