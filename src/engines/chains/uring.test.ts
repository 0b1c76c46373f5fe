import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Op, Setup, SqeFlag } from '../../ring/abi.js';
import { Errno } from '../../system/errno.js';
import { type FakeChains, fakeChains } from '../../testing/fake-chains.js';
import type { FakeSqe } from '../../testing/fake-kernel.js';

const block = 4096;
const { IO_LINK, IO_HARDLINK, IO_DRAIN, FIXED_FILE, ASYNC } = SqeFlag;

/** Queues chains on the first `count` slots and reaps all: slot → result. */
function runChains(fake: FakeChains, count: number): Map<number, number> {
  for (let slot = 0; slot < count; slot++) {
    fake.fill(slot, slot * 2 ** 20);
    fake.engine.queue(slot);
  }
  return reap(fake, count);
}

function reap({ engine }: FakeChains, count: number): Map<number, number> {
  const results = new Map<number, number>();
  for (let turn = 0; turn < 1000 && results.size < count; turn++) {
    const found = engine.submitAndReap(1);
    for (let index = 0; index < found; index++) {
      const slot = engine.completedSlot[index]!;
      expect(results.has(slot)).toBe(false);
      results.set(slot, engine.completedResult[index]!);
    }
  }
  expect(results.size).toBe(count);
  return results;
}

const fate = ({ recorder }: FakeChains) =>
  recorder
    .report()
    .elements.map(({ doneCount, shortCount, failedCount, cancelledCount }) => [
      doneCount,
      shortCount,
      failedCount,
      cancelledCount,
    ]);

const isWrite = (sqe: FakeSqe) => sqe.opcode === Op.write;

describe('chains on a fake kernel', () => {
  it.each([
    ['link', [IO_LINK, IO_LINK, 0]],
    ['hardlink', [IO_HARDLINK, IO_HARDLINK, 0]],
    ['drain', [0, IO_DRAIN, IO_DRAIN]],
    ['wait', [0, 0, 0]],
  ] as const)('%s: flags, and rows of their own', (chainMode, flags) => {
    const fake = fakeChains({ elements: 'write:2,fdatasync', chainMode, depth: 4 });
    fake.fill(3, 5 * 2 ** 40 + 3 * 2 ** 31);
    fake.engine.queue(3);
    expect(reap(fake, 1)).toEqual(new Map([[3, 2 * block]]));
    const at = 5 * 2 ** 40 + 3 * 2 ** 31;
    expect(fake.kernel.consumed.map((sqe) => [sqe.opcode, sqe.flags, sqe.offset, sqe.address, sqe.userData])).toEqual([
      [Op.write, flags[0], at, 2 ** 44 + 9 * block, 9],
      [Op.write, flags[1], at + block, 2 ** 44 + 10 * block, 10],
      [Op.fsync, flags[2], 0, 0, 11],
    ]);
    expect(fake.kernel.consumed.map(({ opFlags, fd }) => [opFlags, fd])).toEqual([
      [0, 30],
      [0, 30],
      [1, 30],
    ]);
  });

  it('writes each element as the kernel wants it', () => {
    const elements = 'openat,fallocate,write,sync_file_range,fsync,statx,close,unlinkat,nop,read';
    const fake = fakeChains({ elements, depth: 1, mode: { fixedFiles: true, ownPriority: 5 } });
    fake.fill(0, 8192);
    fake.engine.queue(0);
    reap(fake, 1);
    const sqes = fake.kernel.consumed;
    const path = 2 ** 40;
    const shared = { opFlags: 0, offset: 0, length: 0, fileIndex: 0, address: 0 };
    // The job's file is registered at 0, and what the chain opens at 1, counted from 1 in file_index.
    expect(sqes[0]).toMatchObject({
      ...shared,
      opcode: Op.openat,
      fd: -100,
      address: path,
      length: 0o644,
      opFlags: 2,
      fileIndex: 2,
    });
    expect(sqes[1]).toMatchObject({ ...shared, opcode: Op.fallocate, fd: 1, offset: 8192, address: block, length: 1 });
    expect(sqes[2]).toMatchObject({ opcode: Op.write, fd: 1, offset: 8192, length: block, priority: 5 });
    expect(sqes[3]).toMatchObject({
      ...shared,
      opcode: Op.syncFileRange,
      fd: 1,
      offset: 12288,
      length: block,
      opFlags: 7,
    });
    expect(sqes[4]).toMatchObject({ ...shared, opcode: Op.fsync, fd: 1, priority: 0 });
    expect(sqes[5]).toMatchObject({ opcode: Op.statx, fd: -100, address: path, length: 0x7ff, offset: path + 256 });
    expect(sqes[6]).toMatchObject({ ...shared, opcode: Op.close, fd: 0, fileIndex: 2 });
    expect(sqes[7]).toMatchObject({ ...shared, opcode: Op.unlinkat, fd: -100, address: path });
    expect(sqes[8]).toMatchObject({ ...shared, opcode: Op.nop });
    expect(sqes[9]).toMatchObject({ opcode: Op.read, fd: 0, offset: 12288, length: block });
    const registered = sqes.map(({ flags }) => (flags & FIXED_FILE) !== 0);
    expect(registered).toEqual([false, true, true, true, true, false, false, false, false, true]);
  });

  it('uses registered buffers by number, and hands every Nth request to a worker', () => {
    const mode = { fixedBuffers: { slotsPerBuffer: 3, bufferCount: 2 }, forceAsyncEvery: 2 };
    const fake = fakeChains({ elements: 'read:2', depth: 2, mode });
    runChains(fake, 2);
    expect(fake.kernel.consumed.map(({ opcode, bufferIndex, flags }) => [opcode, bufferIndex, flags])).toEqual([
      [Op.readFixed, 0, IO_LINK],
      [Op.readFixed, 0, ASYNC],
      [Op.readFixed, 0, IO_LINK],
      [Op.readFixed, 1, ASYNC],
    ]);
  });

  it('never splits a chain over two submissions, and times each element from the one before', () => {
    const serviceTimeNs = (sqe: FakeSqe) => (isWrite(sqe) ? 2000 : 30_000);
    const fake = fakeChains({ elements: 'write,fdatasync', depth: 4, serviceTimeNs });
    runChains(fake, 4);
    expect(fake.kernel.enterLog[0]!.toSubmit).toBe(8);
    expect(fake.kernel.enterLog.slice(1).every(({ toSubmit }) => toSubmit === 0)).toBe(true);
    const [write, sync] = fake.recorder.report().elements;
    expect([write!.latency.minNs, write!.latency.maxNs, write!.latency.count]).toEqual([2000, 2000, 4]);
    expect([sync!.latency.minNs, sync!.latency.maxNs, sync!.latency.count]).toEqual([30_000, 30_000, 4]);
    expect(fake.recorder.report()).toMatchObject({ completeCount: 4, brokenCount: 0, tornCount: 0 });
  });

  it('with chain_timing=chain is woken once for a chain, and times no element', () => {
    const enters = (timing: 'elements' | 'chain') => {
      const fake = fakeChains({ elements: 'write:3,fdatasync', depth: 1, timing });
      runChains(fake, 1);
      return { count: fake.engine.describe().enterCount, timed: fake.recorder.report().elements[0]!.latency.count };
    };
    expect(enters('elements')).toEqual({ count: 4, timed: 3 });
    expect(enters('chain')).toEqual({ count: 1, timed: 0 });
  });

  it('says which elements were seen complete together with the one before', () => {
    const fake = fakeChains({
      elements: 'read:3,nop',
      depth: 1,
      serviceTimeNs: ({ offset }) => (offset === 0 ? 5000 : 0),
    });
    runChains(fake, 1);
    const [read, nop] = fake.recorder.report().elements;
    expect([read!.togetherCount, read!.latency.maxNs, read!.latency.sumNs]).toEqual([2, 5000, 5000]);
    expect([nop!.togetherCount, nop!.latency.maxNs]).toEqual([0, 5000]);
  });

  describe('an element that fails', () => {
    const failing = (sqe: FakeSqe) => (isWrite(sqe) && sqe.offset === block ? -Errno.EIO : isWrite(sqe) ? block : 0);
    const broken = (chainMode: 'link' | 'hardlink' | 'drain' | 'wait') => {
      const fake = fakeChains({ elements: 'write,write,write,fdatasync', chainMode, depth: 1, result: failing });
      const results = runChains(fake, 1);
      return { fake, results };
    };

    it.each(['link', 'wait'] as const)('%s: cancels what follows, which is counted apart', (mode) => {
      const { fake, results } = broken(mode);
      expect(results.get(0)).toBe(-Errno.EIO);
      expect(fate(fake)).toEqual([
        [1, 0, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 1],
      ]);
      expect(fake.recorder.report()).toMatchObject({ completeCount: 0, brokenCount: 1 });
      expect(fake.requests.failedStep![0]).toBe(1);
      expect([fake.requests.offset[0], fake.requests.byteCount[0]]).toEqual([block, block]);
      expect(fake.kernel.consumed).toHaveLength(mode === 'link' ? 4 : 2);
    });

    it.each(['hardlink', 'drain'] as const)('%s: the rest runs, and the chain is broken all the same', (mode) => {
      const { fake, results } = broken(mode);
      expect(results.get(0)).toBe(-Errno.EIO);
      expect(fate(fake)).toEqual([
        [1, 0, 0, 0],
        [0, 0, 1, 0],
        [1, 0, 0, 0],
        [1, 0, 0, 0],
      ]);
      expect(fake.kernel.inFlightCount).toBe(0);
    });

    it('a short one breaks it as well, and is told apart', () => {
      const result = (sqe: FakeSqe) => (sqe.opcode === Op.read ? 100 : 0);
      const fake = fakeChains({ elements: 'read,nop', depth: 1, result });
      expect(runChains(fake, 1).get(0)).toBe(-Errno.EIO);
      expect(fate(fake)).toEqual([
        [0, 1, 0, 0],
        [0, 0, 0, 1],
      ]);
      expect(fake.requests.failedStep![0]).toBe(~0);
    });

    it('EAGAIN leaves the row alone, and the same chain can be queued again', () => {
      let tries = 0;
      const result = (sqe: FakeSqe) => (isWrite(sqe) ? (tries++ === 0 ? -Errno.EAGAIN : block) : 0);
      const fake = fakeChains({ elements: 'write,fdatasync', depth: 1, result });
      expect(runChains(fake, 1).get(0)).toBe(-Errno.EAGAIN);
      expect(fake.requests.byteCount[0]).toBe(block);
      fake.engine.queue(0);
      expect(reap(fake, 1).get(0)).toBe(block);
      expect(fake.recorder.report()).toMatchObject({ completeCount: 1, brokenCount: 1 });
    });
  });

  it('drain: a chain waits for the others in the ring, a link does not', () => {
    const longest = (chainMode: 'link' | 'drain') => {
      const serviceTimeNs = () => 1000;
      const fake = fakeChains({ elements: 'write,fdatasync', chainMode, depth: 4, serviceTimeNs });
      runChains(fake, 4);
      return fake.clock.nowNs;
    };
    expect(longest('link')).toBe(2000);
    expect(longest('drain')).toBeGreaterThanOrEqual(5000);
  });

  it('counts chains that the kernel tore apart by taking a part of a batch', () => {
    const faults = { partialSubmit: 1 };
    const fake = fakeChains({ elements: 'write:3', depth: 2, faults, seed: 5 });
    runChains(fake, 2);
    expect(fake.recorder.report().tornCount).toBeGreaterThan(0);
  });

  it('gives back what is cancelled in a drain that hangs', () => {
    const fake = fakeChains({ elements: 'write,fdatasync', depth: 2, serviceTimeNs: () => 1e12 });
    for (const slot of [0, 1]) {
      fake.fill(slot, 0);
      fake.engine.queue(slot);
    }
    expect(fake.engine.submitAndReap(1)).toBe(0);
    fake.engine.cancelAll();
    const results = reap(fake, 2);
    expect([...results.values()]).toEqual([-Errno.ECANCELED, -Errno.ECANCELED]);
    fake.engine.close();
    fake.engine.close();
  });

  it('loses no completion, whatever fails and whenever it comes', () => {
    const chance = fc.double({ min: 0, max: 0.4, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 1, max: 2 ** 30 }),
          depth: fc.integer({ min: 1, max: 5 }),
          elements: fc.constantFrom('write', 'write,fdatasync', 'read:3,nop', 'fallocate,write:2,fsync'),
          chainMode: fc.constantFrom('link' as const, 'hardlink' as const, 'drain' as const, 'wait' as const),
          timing: fc.constantFrom('elements' as const, 'chain' as const),
          sqpoll: fc.boolean(),
          faults: fc.record({
            ioError: chance,
            shortTransfer: chance,
            delay: chance,
            interruptWait: chance,
            again: chance,
          }),
        }),
        ({ sqpoll, depth, ...options }) => {
          const flags = sqpoll ? Setup.SQPOLL : Setup.SUBMIT_ALL;
          const fake = fakeChains({ ...options, depth, flags, cqEntries: 4 });
          for (let round = 0; round < 4; round++) runChains(fake, depth);
          const { completeCount, brokenCount, elements } = fake.recorder.report();
          expect(completeCount + brokenCount).toBe(4 * depth);
          expect(fake.kernel.inFlightCount).toBe(0);
          const fates = elements.flatMap((each) => [
            each.doneCount,
            each.shortCount,
            each.failedCount,
            each.cancelledCount,
          ]);
          expect(fates.reduce((sum, count) => sum + count, 0)).toBe(4 * depth * fake.stepCount);
          fake.engine.close();
        },
      ),
    );
  });
});
