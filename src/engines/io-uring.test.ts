import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { applyEngineLabel, engineLabel } from '../job/engine-label.js';
import type { EngineOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { noCommandPriority } from '../job/options/command-priority.js';
import { Op, Setup, SqeFlag } from '../ring/abi.js';
import { probeRing } from '../ring/probe.js';
import type { Fallback } from '../ring/setup.js';
import { UserError } from '../support/errors.js';
import { Random } from '../support/random.js';
import { mapMemory } from '../system/memory.js';
import { fakeUringEngine } from '../testing/fake-kernel.js';
import { sampleEngineOptions } from '../testing/sample-result.js';
import { SharedSqThread } from '../worker/sq-thread.js';
import { CommandPriorities, packPriority } from './command-priority.js';
import type { Engine, EngineSetup, OpenFile, SqThreadShare } from './engine.js';
import { kernelTakesDiscards, openEngine } from './io-uring.js';
import { createRequests, type Requests } from './requests.js';
import { applyRingSettings } from './ring-settings.js';

const blockBytes = 4096;

function setRow(requests: Requests, slot: number, operation: number, offset: number, byteCount = blockBytes, file = 0) {
  requests.operation[slot] = operation;
  requests.offset[slot] = offset;
  requests.byteCount[slot] = byteCount;
  requests.fileIndex[slot] = file;
}

/** Reaps until `count` are there; slot → result. */
function reapAll(engine: Engine, count: number): Map<number, number> {
  const results = new Map<number, number>();
  for (let turn = 0; turn < 200 && results.size < count; turn++) {
    const found = engine.submitAndReap(count - results.size);
    for (let index = 0; index < found; index++) {
      const slot = engine.completedSlot[index]!;
      expect(results.has(slot)).toBe(false);
      results.set(slot, engine.completedResult[index]!);
    }
  }
  expect(results.size).toBe(count);
  return results;
}

describe('UringEngine on a fake kernel', () => {
  it('writes opcode, file, offset beyond 2^32, length, address and slot', () => {
    const { engine, kernel, requests } = fakeUringEngine({
      depth: 4,
      files: [
        { descriptor: 30, kind: 'file' },
        { descriptor: 31, kind: 'file' },
      ],
    });
    setRow(requests, 3, Operation.write, 5 * 2 ** 40 + 3 * 2 ** 31, 512, 1);
    engine.queue(3);
    expect(reapAll(engine, 1)).toEqual(new Map([[3, 512]]));
    expect(kernel.consumed).toEqual([
      {
        opcode: Op.write,
        flags: 0,
        fd: 31,
        offset: 5 * 2 ** 40 + 3 * 2 ** 31,
        address: 2 ** 44 + 3 * 4096,
        length: 512,
        opFlags: 0,
        priority: 0,
        bufferIndex: 0,
        fileIndex: 0,
        address3: 0,
        userData: 3,
      },
    ]);
  });

  it('uses registered files by index and registered buffers by number', () => {
    const { engine, kernel, requests } = fakeUringEngine({
      depth: 4,
      files: [
        { descriptor: 30, kind: 'file' },
        { descriptor: 31, kind: 'file' },
      ],
      mode: { fixedFiles: true, fixedBuffers: { slotsPerBuffer: 2, bufferCount: 2 } },
    });
    for (const slot of [0, 1, 2, 3]) {
      setRow(requests, slot, slot % 2, 4096 * slot, 4096, slot % 2);
      engine.queue(slot);
    }
    reapAll(engine, 4);
    expect(kernel.consumed.map((sqe) => [sqe.opcode, sqe.fd, sqe.flags, sqe.bufferIndex])).toEqual([
      [Op.readFixed, 0, SqeFlag.FIXED_FILE, 0],
      [Op.writeFixed, 1, SqeFlag.FIXED_FILE, 0],
      [Op.readFixed, 0, SqeFlag.FIXED_FILE, 1],
      [Op.writeFixed, 1, SqeFlag.FIXED_FILE, 1],
    ]);
  });

  it('puts the priority of the thread on transfers, or one drawn for each', () => {
    const options = { ...noCommandPriority, percent: { read: 100, write: 0 }, level: { read: 3, write: 0 } };
    const classes = { ...options, priorityClass: { read: 2, write: 2 } };
    const own = packPriority(2, 7, 0);
    for (const drawn of [false, true]) {
      const depth = 1;
      const mode = { ownPriority: own, forceAsyncEvery: 1 };
      const made = fakeUringEngine({ depth, mode });
      const priorities = drawn ? new CommandPriorities(classes, made.requests, own, Random.fromSeed(1)) : null;
      const { engine, kernel, requests } = drawn
        ? fakeUringEngine({ depth, mode: { ...mode, priorities }, requests: made.requests })
        : made;
      for (const operation of [Operation.read, Operation.write, Operation.sync]) {
        setRow(requests, 0, operation, 0, operation === Operation.sync ? 0 : 4096);
        engine.queue(0);
        reapAll(engine, 1);
      }
      const ofReads = drawn ? packPriority(2, 3, 0) : own;
      expect(kernel.consumed.map(({ priority, flags }) => [priority, flags])).toEqual([
        [ofReads, SqeFlag.ASYNC],
        [own, SqeFlag.ASYNC],
        [0, 0],
      ]);
    }
  });

  it('puts flags on reads and writes, prefilled where both have the same, and on nothing else', () => {
    const both = { read: 0x88, write: 0x88 };
    for (const mode of [
      { callFlags: both },
      { callFlags: { read: 0x88, write: 0xc8 }, flagsPerOperation: true },
      { callFlags: both, forceAsyncEvery: 2 },
    ]) {
      const { engine, kernel, requests } = fakeUringEngine({ depth: 1, mode });
      for (const operation of [Operation.read, Operation.write, Operation.sync, Operation.write, Operation.read]) {
        setRow(requests, 0, operation, 0, operation === Operation.sync ? 0 : 4096);
        engine.queue(0);
        reapAll(engine, 1);
      }
      const { read, write } = mode.callFlags;
      expect(kernel.consumed.map(({ opFlags }) => opFlags)).toEqual([read, write, 0, write, read]);
    }
  });

  it('queues the rest of a short transfer, then the whole slot again', () => {
    let short = true;
    const { engine, kernel, requests } = fakeUringEngine({
      depth: 1,
      result: (sqe) => (short ? 1000 : sqe.length),
    });
    setRow(requests, 0, Operation.read, 8192);
    engine.queue(0);
    expect(reapAll(engine, 1).get(0)).toBe(1000);
    short = false;
    engine.queueRest(0, 1000);
    expect(reapAll(engine, 1).get(0)).toBe(3096);
    engine.queue(0);
    reapAll(engine, 1);
    expect(kernel.consumed.map((sqe) => [sqe.offset, sqe.address, sqe.length])).toEqual([
      [8192, 2 ** 44, 4096],
      [9192, 2 ** 44 + 1000, 3096],
      [8192, 2 ** 44, 4096],
    ]);
  });

  it('gives 0 for a rest at the end of the file, as the kernel does', () => {
    const { engine, requests } = fakeUringEngine({ depth: 1, result: (sqe) => (sqe.offset >= 8292 ? 0 : 100) });
    setRow(requests, 0, Operation.read, 8192);
    engine.queue(0);
    expect(reapAll(engine, 1).get(0)).toBe(100);
    engine.queueRest(0, 100);
    expect(reapAll(engine, 1).get(0)).toBe(0);
  });

  it('syncs with unused words zero, and restores the slot for I/O', () => {
    const { engine, kernel, requests } = fakeUringEngine({
      depth: 2,
      mode: { fixedBuffers: { slotsPerBuffer: 1, bufferCount: 2 } },
    });
    setRow(requests, 1, Operation.dataSync, 4096, 0);
    engine.queue(1);
    expect(reapAll(engine, 1).get(1)).toBe(0);
    setRow(requests, 1, Operation.sync, 4096, 0);
    engine.queue(1);
    reapAll(engine, 1);
    setRow(requests, 1, Operation.read, 0);
    engine.queue(1);
    reapAll(engine, 1);
    expect(kernel.consumed.map((sqe) => [sqe.opcode, sqe.opFlags, sqe.address, sqe.length, sqe.bufferIndex])).toEqual([
      [Op.fsync, 1, 0, 0, 0],
      [Op.fsync, 0, 0, 0, 0],
      [Op.readFixed, 0, 2 ** 44 + 4096, 4096, 1],
    ]);
    expect(kernel.consumed.every((sqe) => sqe.opcode !== Op.fsync || sqe.offset === 0)).toBe(true);
  });

  it('punches holes in files through the ring: the length stands where the address would', () => {
    const { engine, kernel, requests } = fakeUringEngine({ depth: 1 });
    setRow(requests, 0, Operation.trim, 2 ** 33);
    engine.queue(0);
    expect(reapAll(engine, 1).get(0)).toBe(4096);
    expect(kernel.consumed[0]).toMatchObject({ opcode: Op.fallocate, offset: 2 ** 33, address: 4096, length: 3 });
    expect(engine.describe().fallbacks).toEqual([]);
  });

  it('discards on block devices by a blocking call, together with I/O, and says so', () => {
    const { engine, kernel, requests } = fakeUringEngine({ depth: 3, files: [{ descriptor: 7, kind: 'block' }] });
    setRow(requests, 0, Operation.read, 0);
    setRow(requests, 1, Operation.trim, 4096);
    setRow(requests, 2, Operation.trim, 8192);
    for (const slot of [0, 1, 2]) engine.queue(slot);
    engine.submit();
    expect(reapAll(engine, 3)).toEqual(
      new Map([
        [0, 4096],
        [1, 4096],
        [2, 4096],
      ]),
    );
    expect(kernel.consumed.length).toBe(1);
    expect(engine.describe().fallbacks[0]?.reason).toContain('BLKDISCARD');
  });

  it('discards through the ring where the kernel can', () => {
    const { engine, kernel, requests } = fakeUringEngine({
      depth: 1,
      files: [{ descriptor: 7, kind: 'block' }],
      mode: { ringDiscards: true },
    });
    setRow(requests, 0, Operation.trim, 2 ** 35, 65536);
    engine.queue(0);
    expect(reapAll(engine, 1).get(0)).toBe(65536);
    setRow(requests, 0, Operation.read, 512);
    engine.queue(0);
    expect(reapAll(engine, 1).get(0)).toBe(4096);
    expect(kernel.consumed[0]).toMatchObject({
      opcode: Op.uringCommand,
      fd: 7,
      offset: 0x1200,
      address: 2 ** 35,
      address3: 65536,
      length: 0,
    });
    expect(kernel.consumed[1]).toMatchObject({ opcode: Op.read, offset: 512, address: 2 ** 44, address3: 0 });
    expect(engine.describe().fallbacks).toEqual([]);
  });

  it('knows which kernels take discards', () => {
    expect(['5.15.0-91', '6.1.0-18-amd64', '6.11.9'].filter(kernelTakesDiscards)).toEqual([]);
    expect(['6.12.0', '6.18.1-x', '7.0.0-rc1'].map(kernelTakesDiscards)).toEqual([true, true, true]);
  });

  it('reports a discard that fails', () => {
    const { engine, requests } = fakeUringEngine({
      depth: 1,
      files: [{ descriptor: 7, kind: 'block' }],
      blockingResult: -95,
    });
    setRow(requests, 0, Operation.trim, 0);
    engine.queue(0);
    expect(reapAll(engine, 1).get(0)).toBe(-95);
  });

  it('syncs outside of a polled ring', () => {
    const { engine, kernel, requests } = fakeUringEngine({ depth: 2, flags: Setup.IOPOLL });
    setRow(requests, 0, Operation.sync, 0, 0);
    setRow(requests, 1, Operation.read, 0);
    engine.queue(0);
    engine.queue(1);
    expect(reapAll(engine, 2).get(0)).toBe(0);
    expect(kernel.consumed.map((sqe) => sqe.opcode)).toEqual([Op.read]);
  });

  it('gives NOPs the byte count of their row, for every operation', () => {
    const { engine, kernel, requests } = fakeUringEngine({ depth: 2, mode: { nop: true }, files: [] });
    setRow(requests, 0, Operation.read, 4096);
    setRow(requests, 1, Operation.trim, 4096, 8192);
    engine.queue(0);
    engine.queue(1);
    expect(reapAll(engine, 2)).toEqual(
      new Map([
        [0, 4096],
        [1, 8192],
      ]),
    );
    expect(kernel.consumed.map((sqe) => sqe.opcode)).toEqual([Op.nop, Op.nop]);
  });

  it('sets IOSQE_ASYNC on every third request', () => {
    const { engine, kernel, requests } = fakeUringEngine({ depth: 1, mode: { forceAsyncEvery: 3 } });
    setRow(requests, 0, Operation.read, 0);
    for (let index = 0; index < 7; index++) {
      engine.queue(0);
      reapAll(engine, 1);
    }
    expect(kernel.consumed.map((sqe) => sqe.flags)).toEqual([0, 0, SqeFlag.ASYNC, 0, 0, SqeFlag.ASYNC, 0]);
  });

  it('cancels what is in flight', () => {
    const { engine, requests } = fakeUringEngine({ depth: 2, serviceTimeNs: () => 1e12 });
    setRow(requests, 0, Operation.read, 0);
    setRow(requests, 1, Operation.read, 0);
    engine.queue(0);
    engine.queue(1);
    expect(engine.submitAndReap(1)).toBe(0);
    engine.cancelAll();
    expect([...reapAll(engine, 2).values()]).toEqual([-125, -125]);
  });

  it('completes a long mixed run under faults, on simulated time, with every slot accounted for', () => {
    const depth = 8;
    const { engine, kernel, requests, clock } = fakeUringEngine({
      depth,
      seed: 7,
      serviceTimeNs: (sqe) => 50_000 + (sqe.offset % 977),
      faults: { partialSubmit: 0.1, interruptBefore: 0.05, again: 0.05, timeout: 0.05, delay: 0.2, ioError: 0.01 },
      keepLog: false,
    });
    const free = Array.from({ length: depth }, (_, slot) => slot);
    const counts = { done: 0, failed: 0 };
    let issued = 0;
    while (counts.done + counts.failed < 20_000) {
      while (free.length > 0 && issued < 20_000) {
        const slot = free.pop()!;
        const operation = issued % 50 === 49 ? Operation.sync : issued % 3 === 0 ? Operation.write : Operation.read;
        setRow(requests, slot, operation, issued * 4096, operation === Operation.sync ? 0 : 4096);
        engine.queue(slot);
        issued++;
      }
      const found = engine.submitAndReap(1);
      for (let index = 0; index < found; index++) {
        const slot = engine.completedSlot[index]!;
        expect(free).not.toContain(slot);
        if (engine.completedResult[index] === requests.byteCount[slot]) counts.done++;
        else counts.failed++;
        free.push(slot);
      }
    }
    expect(free.length).toBe(depth);
    expect(kernel.inFlightCount).toBe(0);
    expect(counts.failed).toBeGreaterThan(50);
    expect(counts.failed).toBeLessThan(500);
    expect(engine.describe().retryCount).toBeGreaterThan(100);
    // 20 000 requests of 50 µs or more, 8 at a time.
    expect(clock.nowNs).toBeGreaterThan((20_000 / depth) * 50_000);
  });
});

describe('labels and advice', () => {
  it('names the modes in their order', () => {
    for (const label of [
      'io_uring',
      'io_uring+fixedbufs',
      'io_uring+registerfiles',
      'io_uring+nop',
      'io_uring+sqpoll+iopoll+fixed',
    ]) {
      expect(engineLabel(applyEngineLabel(plainOptions, label))).toBe(label);
    }
  });
});

/** A loop device over a file full of ones, or why there is none. */
function attachLoopDevice(path: string, byteCount: number) {
  writeFileSync(path, Buffer.alloc(byteCount, 1));
  try {
    const node = execFileSync('losetup', ['--find', '--show', path], { encoding: 'utf8', stdio: 'pipe' }).trim();
    const descriptor = openSync(node, 'r+');
    const detach = () => {
      fsyncSync(descriptor);
      closeSync(descriptor);
      execFileSync('losetup', ['--detach', node]);
    };
    return { path: node, descriptor, detach };
  } catch (error) {
    return (error as Error).message;
  }
}

// ------------------------------------------------------------------------------------------------------- the real kernel

const probe = probeRing();
const skipReason = probe.available ? '' : ` (skipped: ${probe.problem?.message})`;

const plainOptions: EngineOptions = sampleEngineOptions();

describe.skipIf(!probe.available)(`io_uring on this kernel${skipReason}`, () => {
  const depth = 8;
  const blockCount = 16;
  let folder = '';
  const opened: number[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'iotest-uring-'));
  });
  afterAll(() => {
    for (const descriptor of opened) closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });

  /** File `index` holds blocks filled with 16 × index + block number. */
  function openPatternFile(index: number): OpenFile {
    const path = join(folder, `pattern-${index}`);
    writeFileSync(
      path,
      Buffer.concat(Array.from({ length: blockCount }, (_, block) => Buffer.alloc(blockBytes, 16 * index + block))),
    );
    const descriptor = openSync(path, 'r+');
    opened.push(descriptor);
    return { path, descriptor, kind: 'file', sizeBytes: blockCount * blockBytes };
  }

  const readTask = (id: string): string => {
    try {
      return readFileSync(`/proc/self/task/${id}/status`, 'utf8');
    } catch {
      return '';
    }
  };

  function open(
    options: Partial<EngineOptions>,
    files = [openPatternFile(0), openPatternFile(1)],
    sqThread: SqThreadShare | null = null,
  ) {
    const memory = mapMemory(depth * blockBytes, true);
    const requests = createRequests(depth);
    const setup: EngineSetup = {
      options: { ...plainOptions, ...options },
      depth,
      requests,
      files,
      buffers: { address: memory.address, strideBytes: blockBytes, totalBytes: depth * blockBytes },
      blockBytesMax: blockBytes,
      writes: true,
      sqThread,
    };
    const engine = openEngine(setup);
    const bytes = new Uint8Array(memory.view);
    const close = () => {
      engine.close();
      engine.close();
      memory.free();
    };
    return { engine, requests, bytes, files, close };
  }

  const liburing: readonly ('liburing' | 'syscalls')[] = probe.liburingVersion === null ? [] : ['liburing'];
  const bindings: readonly ('liburing' | 'syscalls')[] = ['syscalls', ...liburing];
  const modes: [string, Partial<EngineOptions>][] = [
    ['default', {}],
    ['READV/WRITEV', { nonvectored: false }],
    ['fixed buffers', { fixedBuffers: true }],
    ['fixed files', { fixedFiles: true }],
    ['both fixed', { fixedBuffers: true, fixedFiles: true }],
    ['SQPOLL', { sqpoll: true }],
    ['SQPOLL, both fixed', { sqpoll: true, fixedBuffers: true, fixedFiles: true }],
    ['force_async', { forceAsyncEvery: 3 }],
    ['vectored force_async', { forceAsyncEvery: 1, nonvectored: false }],
    ['batchCompleteMax', { batchCompleteMax: 3 }],
    ['NO_SQARRAY', { withoutSqArray: true }],
    ['NO_SQARRAY, SQPOLL, both fixed', { withoutSqArray: true, sqpoll: true, fixedBuffers: true, fixedFiles: true }],
  ];

  // The first that makes workers: where Node has a ring of its own in this thread, they outlive the ring they were made for.
  it('sets the limits and CPUs of the workers, and says what the kernel has made of them', () => {
    const workersOfThread = () =>
      readdirSync('/proc/self/task').flatMap((id) => {
        const status = readTask(id);
        return status.startsWith('Name:\tiou-wrk-') ? [status] : [];
      });
    const { engine, requests, close } = open({
      workerCountMax: { bounded: 3, unbounded: 7 },
      workerCpus: [0],
      forceAsyncEvery: 1,
    });
    expect(engine.describe().settings).toEqual([
      { option: 'iowq_max_workers', value: '3,7' },
      { option: 'iowq_cpus', value: '0' },
    ]);
    expect(engine.describe().fallbacks).toEqual([]);
    for (let slot = 0; slot < depth; slot++) {
      setRow(requests, slot, Operation.read, slot * blockBytes);
      engine.queue(slot);
    }
    reapAll(engine, depth);
    // The workers of this very thread: none of them may run on another CPU.
    const workers = workersOfThread();
    expect(workers.length).toBeGreaterThan(0);
    expect(workers.length).toBeLessThanOrEqual(3);
    for (const status of workers) expect(status).toMatch(/^Cpus_allowed_list:\t0$/m);
    close();
  });

  it.each(bindings.flatMap((binding) => modes.map((mode) => [binding, ...mode] as const)))(
    '%s, %s: each slot gets the block it asked for',
    (binding, _name, options) => {
      const { engine, requests, bytes, close } = open({ ...options, binding });
      for (let round = 0; round < 60; round++) {
        bytes.fill(0xee);
        for (let index = 0; index < depth; index++) {
          const slot = (index * 5 + round) % depth;
          setRow(
            requests,
            slot,
            Operation.read,
            ((round * 7 + slot * 3) % blockCount) * blockBytes,
            blockBytes,
            slot % 2,
          );
          engine.queue(slot);
        }
        for (const [slot, result] of reapAll(engine, depth)) {
          expect(result).toBe(blockBytes);
          const expected = 16 * (slot % 2) + ((round * 7 + slot * 3) % blockCount);
          const block = bytes.subarray(slot * blockBytes, (slot + 1) * blockBytes);
          expect(block.every((byte) => byte === expected)).toBe(true);
        }
      }
      const facts = engine.describe();
      expect(facts.fixedBuffers).toBe(options.fixedBuffers ?? false);
      expect(facts.fixedFiles).toBe(options.fixedFiles ?? false);
      expect(facts.binding).toMatch(binding === 'liburing' ? /^liburing/ : /^system calls$/);
      close();
    },
  );

  it.each(modes)('%s: writes, syncs, and reads the rest of a short read', (_name, options) => {
    const file = openPatternFile(4);
    const { engine, requests, bytes, close } = open(options, [file]);
    bytes.fill(0xa1, 0, blockBytes);
    bytes.fill(0xa2, blockBytes, 2 * blockBytes);
    setRow(requests, 0, Operation.write, 3 * blockBytes);
    setRow(requests, 1, Operation.write, 5 * blockBytes);
    engine.queue(0);
    engine.queue(1);
    expect([...reapAll(engine, 2).values()]).toEqual([blockBytes, blockBytes]);
    setRow(requests, 0, Operation.sync, 0, 0);
    setRow(requests, 1, Operation.dataSync, 0, 0);
    engine.queue(0);
    engine.queue(1);
    expect([...reapAll(engine, 2).values()]).toEqual([0, 0]);
    fsyncSync(file.descriptor);
    const content = readFileSync(file.path);
    expect(content[3 * blockBytes]).toBe(0xa1);
    expect(content[6 * blockBytes - 1]).toBe(0xa2);
    // Past the end: short, and its rest is nothing.
    setRow(requests, 1, Operation.read, (blockCount - 1) * blockBytes + 1000);
    engine.queue(1);
    expect(reapAll(engine, 1).get(1)).toBe(blockBytes - 1000);
    engine.queueRest(1, blockBytes - 1000);
    expect(reapAll(engine, 1).get(1)).toBe(0);
    // A rest in the middle lands in the middle of the buffer.
    bytes.fill(0, blockBytes, 2 * blockBytes);
    setRow(requests, 1, Operation.read, 5 * blockBytes);
    engine.queueRest(1, 1024);
    expect(reapAll(engine, 1).get(1)).toBe(blockBytes - 1024);
    expect(bytes[blockBytes + 1023]).toBe(0);
    expect(bytes[blockBytes + 1024]).toBe(0xa2);
    close();
  });

  it('punches a hole where a file is trimmed', (context) => {
    const file = openPatternFile(5);
    const { engine, requests, close } = open({}, [file]);
    setRow(requests, 2, Operation.trim, 2 * blockBytes);
    engine.queue(2);
    const result = reapAll(engine, 1).get(2);
    close();
    if (result === -95) context.skip('this file system cannot punch holes');
    expect(result).toBe(blockBytes);
    const content = readFileSync(file.path);
    expect(content.subarray(2 * blockBytes, 3 * blockBytes).every((byte) => byte === 0)).toBe(true);
    expect(content[3 * blockBytes]).toBe(16 * 5 + 3);
  });

  it.for([['through the ring', {}] as const, ['by ioctl', { iopoll: true }] as const])(
    'discards blocks of a device: %s',
    ([name, options], context) => {
      if (name === 'through the ring' && !kernelTakesDiscards(release())) context.skip('needs Linux 6.12');
      const device = attachLoopDevice(join(folder, 'loop.img'), 256 * blockBytes);
      if (typeof device === 'string') return context.skip(`no loop device: ${device}`);
      try {
        const { engine, requests, close } = open(options, [
          { path: device.path, descriptor: device.descriptor, kind: 'block', sizeBytes: 256 * blockBytes },
        ]);
        for (const slot of [0, 1, 2]) {
          setRow(requests, slot, Operation.trim, (slot * 2 + 4) * blockBytes);
          engine.queue(slot);
        }
        expect([...reapAll(engine, 3).values()]).toEqual([blockBytes, blockBytes, blockBytes]);
        const { fallbacks, settings } = engine.describe();
        expect(fallbacks.length).toBe(name === 'by ioctl' ? 1 : 0);
        const value = name === 'by ioctl' ? 'by blocking calls' : 'in the ring (BLOCK_URING_CMD_DISCARD)';
        expect(settings).toEqual([{ option: 'trim', value }]);
        close();
      } finally {
        device.detach();
      }
      const content = readFileSync(join(folder, 'loop.img'));
      const emptied = Array.from({ length: 12 }, (_, block) => content[block * blockBytes] === 0);
      expect(emptied.flatMap((empty, block) => (empty ? [block] : []))).toEqual([4, 6, 8]);
    },
  );

  it('gives errors as results', () => {
    const path = join(folder, 'read-only');
    writeFileSync(path, Buffer.alloc(blockBytes));
    const descriptor = openSync(path, 'r');
    opened.push(descriptor);
    const { engine, requests, close } = open({}, [{ path, descriptor, kind: 'file', sizeBytes: blockBytes }]);
    setRow(requests, 0, Operation.write, 0);
    engine.queue(0);
    expect(reapAll(engine, 1).get(0)).toBe(-9);
    close();
  });

  it('completes NOPs with the byte count of their rows', () => {
    const { engine, requests, close } = open({ nop: true }, []);
    for (let slot = 0; slot < depth; slot++) {
      setRow(requests, slot, Operation.read, 0);
      engine.queue(slot);
    }
    expect(new Set(reapAll(engine, depth).values())).toEqual(new Set([blockBytes]));
    close();
  });

  it('gives EOPNOTSUPP for a buffered file under IOPOLL', () => {
    const { engine, requests, close } = open({ iopoll: true });
    setRow(requests, 0, Operation.read, 0);
    engine.queue(0);
    const result = reapAll(engine, 1).get(0)!;
    expect(result).toBe(-95);
    setRow(requests, 0, Operation.sync, 0, 0);
    engine.queue(0);
    expect(reapAll(engine, 1).get(0)).toBe(0);
    expect(engine.describe().setupFlags).toContain('IOPOLL');
    expect(engine.describe().label).toBe('io_uring+iopoll');
    close();
  });

  it('cancels and closes with nothing in flight', () => {
    const { engine, close } = open({});
    engine.cancelAll();
    expect(engine.submitAndReap(0)).toBe(0);
    close();
    engine.cancelAll();
  });

  it('cancels a read that would wait for ever', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const descriptor = openSync(path, 'r+');
    opened.push(descriptor);
    const { engine, requests, close } = open({}, [{ path, descriptor, kind: 'file', sizeBytes: 0 }]);
    setRow(requests, 0, Operation.read, 0);
    engine.queue(0);
    expect(engine.submitAndReap(1)).toBe(0);
    engine.cancelAll();
    expect(reapAll(engine, 1).get(0)).toBe(-125);
    close();
  });

  it('describes what the kernel granted', () => {
    const { engine, close } = open({ sqpoll: true });
    const facts = engine.describe();
    expect(facts.label).toBe('io_uring+sqpoll');
    expect(facts.depth).toBe(depth);
    expect(facts.setupFlags).toContain('SQPOLL');
    expect(facts.setupFlags).not.toContain('DEFER_TASKRUN');
    expect(facts.features).toContain('EXT_ARG');
    expect(facts.enterCount).toBe(0);
    close();
  });

  it('says which limits the kernel refused', () => {
    const fallbacks: Fallback[] = [];
    const options = { ...plainOptions, workerCountMax: { bounded: 1, unbounded: 0 }, workerCpus: [0] };
    expect(applyRingSettings(options, { register: () => -22 }, fallbacks, null)).toEqual([]);
    expect(fallbacks.map(({ asked, advice }) => [asked, advice])).toEqual([
      ['iowq_max_workers', 'use Linux 5.15 or later, or leave iowq_max_workers out'],
      ['iowq_cpus', 'use Linux 5.14 or later, or leave iowq_cpus out'],
    ]);
  });

  it('lets the SQ thread sleep after the time asked for', async () => {
    const { engine, close } = open({ sqpoll: true, sqThreadIdleMs: 1 });
    expect(engine.describe().settings).toEqual([{ option: 'sq_thread_idle', value: '1 ms' }]);
    close();
  });

  it('shares one SQ thread between rings', async () => {
    const sqThreads = () => readdirSync('/proc/self/task').filter((id) => readTask(id).startsWith('Name:\tiou-sqp-'));
    const before = sqThreads();
    const memory = new SharedArrayBuffer(4);
    new Int32Array(memory)[0] = -1;
    const shareOf = (isOwner: boolean) => new SharedSqThread({ memory, isOwner, owner: 'first.0' }, () => false);
    const first = open({ sqpoll: true, sharesSqThread: true }, undefined, shareOf(true));
    const second = open({ sqpoll: true, sharesSqThread: true }, undefined, shareOf(false));
    // Those of rings that were closed a moment ago may still be ending, or not even have got their names.
    await vi.waitFor(() => expect(sqThreads().filter((id) => !before.includes(id)).length).toBe(1));
    expect(second.engine.describe().setupFlags).toContain('ATTACH_WQ');
    expect(second.engine.describe().settings).toEqual([{ option: 'sq_thread_share', value: 'thread of first.0' }]);
    for (const { engine, requests } of [first, second]) {
      setRow(requests, 0, Operation.read, blockBytes);
      engine.queue(0);
      expect(reapAll(engine, 1).get(0)).toBe(blockBytes);
    }
    first.close();
    // The thread lives on with the ring that is left.
    setRow(second.requests, 0, Operation.read, 0);
    second.engine.queue(0);
    expect(reapAll(second.engine, 1).get(0)).toBe(blockBytes);
    second.close();
  });

  it('refuses an SQ thread on a CPU that does not exist', () => {
    expect(() => open({ sqpoll: true, sqpollCpu: 4000 })).toThrow(UserError);
    expect(() => open({ sqpoll: true, sqpollCpu: 4000 })).toThrow(/CPU 4000/);
  });
});
