/**
 * `lockfile`: a lock on the file around each call of a synchronous engine, as fio takes one around each I/O. It is
 * flock(2), which belongs to the open file: each job opens its own, so jobs exclude each other, and so do other programs
 * that lock. Waiting for the lock is part of the latency, as in fio.
 */

import { Operation } from '../job/operation.js';
import type { EngineFacts } from '../stats/engine-facts.js';
import { errno, libc } from '../system/libc.js';
import type { Engine, EngineSetup } from './engine.js';

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_UN = 8;

const flock = libc.func('flock', 'int', ['int', 'int']);

/** @param mode exclusive: one job at a time; readwrite: reads of several jobs at once */
export function withFileLocks(engine: Engine, setup: EngineSetup, mode: 'exclusive' | 'readwrite'): Engine {
  return new LockingEngine(engine, setup, mode);
}

/** For engines of depth 1: there is one slot, and what is submitted is its request. */
class LockingEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  private readonly inner: Engine;
  private readonly descriptors: Int32Array;
  private readonly fileIndex: Int32Array;
  private readonly operation: Int32Array;
  private readonly readMode: number;
  /** The request that waits for its lock, and what of it was done by an earlier, short call; −1 = none. */
  private slot = -1;
  private doneBytes = 0;
  private refusedCount = 0;

  constructor(inner: Engine, setup: EngineSetup, mode: 'exclusive' | 'readwrite') {
    this.inner = inner;
    this.completedSlot = inner.completedSlot;
    this.completedResult = inner.completedResult;
    this.descriptors = Int32Array.from(setup.files, (file) => file.descriptor);
    this.fileIndex = setup.requests.fileIndex;
    this.operation = setup.requests.operation;
    this.readMode = mode === 'exclusive' ? LOCK_EX : LOCK_SH;
  }

  queue(slot: number): void {
    this.slot = slot;
    this.doneBytes = 0;
  }

  queueRest(slot: number, doneBytes: number): void {
    this.slot = slot;
    this.doneBytes = doneBytes;
  }

  submit(): void {
    const slot = this.slot;
    if (slot < 0) return;
    this.slot = -1;
    const descriptor = this.descriptors[this.fileIndex[slot]!]!;
    const mode = this.operation[slot] === Operation.read ? this.readMode : LOCK_EX;
    if (flock(descriptor, mode) !== 0) {
      this.completedSlot[0] = slot;
      this.completedResult[0] = -errno();
      this.refusedCount = 1;
      return;
    }
    if (this.doneBytes === 0) this.inner.queue(slot);
    else this.inner.queueRest(slot, this.doneBytes);
    this.inner.submit();
    flock(descriptor, LOCK_UN);
  }

  submitAndReap(completionsMin: number): number {
    this.submit();
    if (this.refusedCount === 0) return this.inner.submitAndReap(completionsMin);
    this.refusedCount = 0;
    return 1;
  }

  cancelAll(): void {
    this.inner.cancelAll();
  }

  close(): void {
    this.inner.close();
  }

  describe(): EngineFacts {
    return this.inner.describe();
  }
}
