/**
 * Chains on any engine for single I/Os: each request begins when the one before has been seen complete. This is how a
 * program does without links, and what links are compared with.
 */

import type { EngineFacts } from '../../stats/engine-facts.js';
import type { Engine, EngineModule, EngineSetup } from '../engine.js';
import { type BlockingSteps, createBlockingSteps } from './blocking-steps.js';
import { ChainProgress, chainSyncRangeFlags, isWaitShortened } from './chain.js';

/**
 * Opens the engine of `inner` for the single requests.
 * @param calls false for the engine that does nothing
 */
export function openSteppedEngine(inner: EngineModule, setup: EngineSetup, calls = true): Engine {
  const { chain, depth, options, requests } = setup;
  const descriptors = Int32Array.from(setup.files, ({ descriptor }) => descriptor);
  const blocking = createBlockingSteps(setup, descriptors, calls);
  const progress = new ChainProgress(chain!, requests, depth, !options.nowait, blocking.clear);
  const single = {
    ...setup,
    requests: chain!.steps,
    depth: depth * progress.stepCount,
    descriptors,
    syncRangeFlags: chainSyncRangeFlags,
  };
  try {
    return new SteppedChainEngine(inner.openEngine(single), progress, blocking, depth);
  } catch (error) {
    blocking.close();
    throw error;
  }
}

class SteppedChainEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  readonly waitLimit?: Int32Array;
  private readonly inner: Engine;
  private readonly progress: ChainProgress;
  private readonly blocking: BlockingSteps;
  private readonly depth: number;
  /** Rows that are to be done here. */
  private readonly ours: Int32Array;
  private ourCount = 0;
  /** Requests that the engine has and has not completed; those of them that it was not yet asked to submit. */
  private innerCount = 0;
  private queuedCount = 0;
  private closed = false;

  constructor(inner: Engine, progress: ChainProgress, blocking: BlockingSteps, depth: number) {
    this.inner = inner;
    this.progress = progress;
    this.blocking = blocking;
    this.depth = depth;
    this.completedSlot = progress.completedSlot;
    this.completedResult = progress.completedResult;
    this.ours = new Int32Array(depth);
    if (inner.waitLimit !== undefined) this.waitLimit = inner.waitLimit;
  }

  queue(slot: number): void {
    this.progress.begin(slot);
    this.start(slot * this.progress.stepCount, 0);
  }

  /** A chain has no rest: one that is short is broken. */
  queueRest(slot: number, _doneBytes: number): void {
    this.queue(slot);
  }

  submit(): void {
    this.progress.submitting();
    this.inner.submit();
    this.queuedCount = 0;
  }

  submitAndReap(completionsMin: number): number {
    const { progress, inner } = this;
    progress.submitting();
    progress.completedCount = 0;
    do {
      this.performOurs();
      if (this.innerCount === 0) continue;
      const found = inner.submitAndReap(progress.completedCount < completionsMin ? 1 : 0);
      this.queuedCount = 0;
      if (found === 0) break;
      this.innerCount -= found;
      progress.look();
      for (let index = 0; index < found; index++) {
        this.proceed(inner.completedSlot[index]!, inner.completedResult[index]!);
      }
      // A wait that was to end in time for the next I/O is not begun anew.
      if (isWaitShortened(this.waitLimit)) break;
    } while (progress.completedCount < completionsMin && this.ourCount + this.innerCount > 0);
    if (this.queuedCount > 0) {
      inner.submit();
      this.queuedCount = 0;
    }
    return progress.completedCount;
  }

  cancelAll(): void {
    this.inner.cancelAll();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.inner.close();
    this.blocking.close();
  }

  describe(): EngineFacts {
    return { ...this.inner.describe(), depth: this.depth };
  }

  private start(row: number, step: number): void {
    if (this.blocking.isOurs[step] === 1) {
      this.ours[this.ourCount++] = row;
      return;
    }
    this.inner.queue(row);
    this.innerCount++;
    this.queuedCount++;
  }

  /** One after another, each as far as its chain needs no engine. */
  private performOurs(): void {
    const { progress, blocking } = this;
    while (this.ourCount > 0) {
      const row = this.ours[--this.ourCount]!;
      const result = blocking.perform(progress.slotOfRow[row]!, progress.stepOfRow[row]!, row);
      progress.look();
      this.proceed(row, result);
    }
  }

  private proceed(row: number, result: number): void {
    const { progress } = this;
    const slot = progress.slotOfRow[row]!;
    const next = progress.stepOfRow[row]! + 1;
    const isDone = progress.stepDone(row, result);
    if (progress.left[slot] === 0) {
      this.blocking.settle();
    } else if (isDone || !progress.stopsAtFailure) {
      this.start(row + 1, next);
    } else {
      progress.giveUp(slot, next);
      this.blocking.settle();
    }
  }
}
