import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operation } from '../job/operation.js';
import { factsWithoutRing } from '../stats/engine-facts.js';
import { Errno } from '../system/errno.js';
import { libc } from '../system/libc.js';
import type { Engine, EngineSetup } from './engine.js';
import { withFileLocks } from './locking.js';
import { createRequests } from './requests.js';

let folder = '';
let own = -1;
let other = -1;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-lock-'));
  own = fs.openSync(path.join(folder, 'data'), 'w+');
  other = fs.openSync(path.join(folder, 'data'), 'r');
});
afterAll(() => {
  for (const descriptor of [own, other]) fs.closeSync(descriptor);
  fs.rmSync(folder, { recursive: true });
});

const [LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN] = [1, 2, 4, 8];

/** Whether another opening of the file could have this lock now. */
function isFree(mode: number): boolean {
  const flock = libc.func('flock', 'int', ['int', 'int']);
  const free = flock(other, mode | LOCK_NB!) === 0;
  if (free) flock(other, LOCK_UN!);
  return free;
}

/** Notes at each request which locks others could have. */
class WatchingEngine implements Engine {
  readonly completedSlot = new Int32Array(1);
  readonly completedResult = new Int32Array(1);
  readonly seen: { readonly shared: boolean; readonly exclusive: boolean; readonly doneBytes: number }[] = [];
  private queued: number | null = null;
  private done = 0;
  queue(): void {
    this.queued = 0;
  }
  queueRest(_slot: number, doneBytes: number): void {
    this.queued = doneBytes;
  }
  submit(): void {
    if (this.queued === null) return;
    this.seen.push({ shared: isFree(LOCK_SH!), exclusive: isFree(LOCK_EX!), doneBytes: this.queued });
    this.completedResult[0] = 4096 - this.queued;
    this.queued = null;
    this.done = 1;
  }
  submitAndReap(): number {
    this.submit();
    const done = this.done;
    this.done = 0;
    return done;
  }
  cancelAll(): void {}
  close(): void {}
  describe() {
    return factsWithoutRing('watching', 1);
  }
}

function watch(mode: 'exclusive' | 'readwrite', descriptor = own) {
  const requests = createRequests(1);
  const inner = new WatchingEngine();
  const files = [{ path: 'data', descriptor, kind: 'file', sizeBytes: 0 }] as const;
  const engine = withFileLocks(inner, { requests, files } as unknown as EngineSetup, mode);
  return { requests, inner, engine };
}

describe('withFileLocks', () => {
  it.each([
    ['exclusive', Operation.read, false],
    ['exclusive', Operation.write, false],
    ['readwrite', Operation.read, true],
    ['readwrite', Operation.write, false],
    ['readwrite', Operation.sync, false],
  ] as const)('%s: while operation %d is done, others may read: %s', (mode, operation, mayRead) => {
    const { requests, inner, engine } = watch(mode);
    requests.operation[0] = operation;
    engine.queue(0);
    expect(engine.submitAndReap(1)).toBe(1);
    engine.queueRest(0, 1024);
    expect(engine.submitAndReap(1)).toBe(1);
    expect(engine.completedResult[0]).toBe(3072);
    expect(engine.submitAndReap(0)).toBe(0);
    expect(inner.seen).toEqual([
      { shared: mayRead, exclusive: false, doneBytes: 0 },
      { shared: mayRead, exclusive: false, doneBytes: 1024 },
    ]);
    expect(isFree(LOCK_EX!)).toBe(true);
  });

  it('does no I/O without the lock', () => {
    const { inner, engine } = watch('exclusive', 9999);
    engine.queue(0);
    expect(engine.submitAndReap(1)).toBe(1);
    expect(engine.completedResult[0]).toBe(-Errno.EBADF);
    expect(inner.seen).toEqual([]);
    expect(engine.submitAndReap(0)).toBe(0);
  });
});
