import { describe, expect, it } from 'vitest';
import { createRequests, type Requests } from '../engines/requests.js';
import { Operation } from '../job/operation.js';
import { OverlapPacer } from '../worker/overlap-pacer.js';
import { createSlotTimes } from '../worker/slot-times.js';
import { SerializedWorkload } from './serialized-workload.js';
import type { JobWorkload } from './workload.js';

/** Issues these blocks of 4 KiB, one after another. */
class Scripted implements JobWorkload {
  readonly turns = false;
  readonly #requests: Requests;
  readonly #blocks: readonly number[];
  #next = 0;

  constructor(requests: Requests, blocks: readonly number[]) {
    this.#requests = requests;
    this.#blocks = blocks;
  }

  renewBudget(): void {
    this.#next = 0;
  }

  beginPass(): boolean {
    return false;
  }

  nextOperation(): number {
    return this.#next < this.#blocks.length ? Operation.write : -1;
  }

  turnTo(): void {}

  next(slot: number): boolean {
    const block = this.#blocks[this.#next++];
    if (block === undefined) return false;
    this.#requests.operation[slot] = Operation.write;
    this.#requests.fileIndex[slot] = 0;
    this.#requests.byteCount[slot] = 4096;
    this.#requests.offset[slot] = block * 4096;
    return true;
  }
}

function setUp(blocks: readonly number[]) {
  const requests = createRequests(4);
  const prepared: number[] = [];
  const payload = { prepare: (slot: number) => prepared.push(slot) } as never;
  const workload = new SerializedWorkload(requests, payload, (staged) => new Scripted(staged, blocks));
  const pacer = new OverlapPacer(workload, createSlotTimes(4), null);
  return { requests, prepared, workload, pacer };
}

describe('SerializedWorkload', () => {
  it('holds what meets an I/O in flight until that is complete, and all behind it', () => {
    const { requests, prepared, workload, pacer } = setUp([5, 5.5, 9]);
    expect(pacer.mayStart(0)).toBe(true);
    expect(workload.next(3)).toBe(true);
    expect(requests.offset[3]).toBe(5 * 4096);
    expect(prepared).toEqual([3]);
    expect(pacer.mayStart(1)).toBe(false);
    expect(pacer.boundWait(0, true)).toBe(1);
    workload.completed(3);
    expect(pacer.mayStart(1)).toBe(true);
    expect(workload.next(0)).toBe(true);
    expect(requests.offset[0]).toBe(5.5 * 4096);
    expect(pacer.mayStart(1)).toBe(true);
    expect(workload.next(1)).toBe(true);
    expect(pacer.mayStart(2)).toBe(true);
    expect(workload.next(2)).toBe(false);
  });

  it('lets neighbours pass, and forgets what failed once nothing is in flight', () => {
    const { workload, pacer } = setUp([5, 6, 5]);
    workload.next(0);
    expect(pacer.mayStart(1)).toBe(true);
    workload.next(1);
    expect(pacer.mayStart(2)).toBe(false);
    expect(pacer.mayStart(0)).toBe(true);
  });

  it('begins again with a new budget', () => {
    const { workload } = setUp([1]);
    expect([workload.next(0), workload.next(1)]).toEqual([true, false]);
    workload.renewBudget(4096);
    expect(workload.next(0)).toBe(true);
  });
});
