/**
 * What engines have in common whose requests are done when the call returns: slots wait in line, and `submitAndReap`
 * performs them one after another.
 */

import { Operation } from '../job/operation.js';
import { type EngineFacts, factsWithoutRing } from '../stats/engine-facts.js';
import type { MappedMemory } from '../system/memory.js';
import type { Engine, EngineSetup } from './engine.js';
import { createFileCalls } from './file-calls.js';

export abstract class BlockingEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  protected readonly setup: EngineSetup;
  /** Freed by `close`. */
  protected readonly memories: MappedMemory[];
  /** Syncs and trims: bytes or −errno. */
  protected readonly callFile: (slot: number) => number;
  private readonly operation: Int32Array;
  /** What of a slot's request was transferred by an earlier, short call. */
  private readonly doneBytes: Int32Array;
  private queuedCount = 0;
  private performedCount = 0;
  /** In an array: a field beyond 2^31 would be boxed. */
  private readonly callCount = new Float64Array(1);

  constructor(setup: EngineSetup, memories: MappedMemory[]) {
    this.setup = setup;
    this.memories = memories;
    this.completedSlot = new Int32Array(setup.depth);
    this.completedResult = new Int32Array(setup.depth);
    this.doneBytes = new Int32Array(setup.depth);
    this.operation = setup.requests.operation;
    this.callFile = createFileCalls(setup, memories);
  }

  queue(slot: number): void {
    this.doneBytes[slot] = 0;
    this.completedSlot[this.queuedCount++] = slot;
  }

  queueRest(slot: number, doneBytes: number): void {
    this.doneBytes[slot] = doneBytes;
    this.completedSlot[this.queuedCount++] = slot;
  }

  submit(): void {
    while (this.performedCount < this.queuedCount) {
      const index = this.performedCount++;
      const slot = this.completedSlot[index]!;
      this.callCount[0]!++;
      this.completedResult[index] =
        this.operation[slot]! > Operation.write ? this.performOther(slot) : this.perform(slot, this.doneBytes[slot]!);
    }
  }

  submitAndReap(_completionsMin: number): number {
    this.submit();
    const completedCount = this.performedCount;
    this.performedCount = 0;
    this.queuedCount = 0;
    return completedCount;
  }

  cancelAll(): void {}

  close(): void {
    for (const memory of this.memories) memory.free();
  }

  describe(): EngineFacts {
    return { ...factsWithoutRing(this.label(), this.setup.depth), enterCount: this.callCount[0]! };
  }

  protected abstract label(): string;

  /** Reads or writes slot `slot` but for its first `doneBytes`: bytes, or −errno. */
  protected abstract perform(slot: number, doneBytes: number): number;

  protected performOther(slot: number): number {
    return this.callFile(slot);
  }
}
