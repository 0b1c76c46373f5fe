/**
 * Does no I/O: each request is complete, in full, as soon as it is submitted. What remains is the cost of iotest itself.
 */

import { type EngineFacts, factsWithoutRing } from '../stats/engine-facts.js';
import type { Engine, EngineSetup } from './engine.js';

export function openEngine(setup: EngineSetup): Engine {
  return new NullEngine(setup);
}

class NullEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  private readonly byteCount: Int32Array;
  private readonly depth: number;
  private queuedCount = 0;

  constructor(setup: EngineSetup) {
    this.completedSlot = new Int32Array(setup.depth);
    this.completedResult = new Int32Array(setup.depth);
    this.byteCount = setup.requests.byteCount;
    this.depth = setup.depth;
  }

  queue(slot: number): void {
    const index = this.queuedCount++;
    this.completedSlot[index] = slot;
    this.completedResult[index] = this.byteCount[slot]!;
  }

  queueRest(slot: number, doneBytes: number): void {
    this.queue(slot);
    this.completedResult[this.queuedCount - 1]! -= doneBytes;
  }

  submit(): void {}

  submitAndReap(_completionsMin: number): number {
    const completedCount = this.queuedCount;
    this.queuedCount = 0;
    return completedCount;
  }

  cancelAll(): void {}

  close(): void {}

  describe(): EngineFacts {
    return factsWithoutRing('null', this.depth);
  }
}
