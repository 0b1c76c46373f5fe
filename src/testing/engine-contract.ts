/**
 * What every engine must do, as tests: the same requests, the same bytes, whatever the way to the kernel.
 * `test/engines/contract.test.ts` runs it over all of them.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import type { Engine, EngineSetup, OpenFile } from '../engines/engine.js';
import { engineModule } from '../engines/registry.js';
import { createRequests, type Requests } from '../engines/requests.js';
import { engineTraits } from '../job/engine-traits.js';
import type { EngineName, EngineOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { openTarget } from '../machine/open-target.js';
import { inspectTarget } from '../machine/target.js';
import { Errno } from '../system/errno.js';
import { allocateSlotBuffers, type SlotBuffers } from '../system/memory.js';
import { sampleEngineOptions } from './sample-result.js';

/** An engine with options, as one column of the suite. */
export interface ContractVariant {
  /** `libaio, direct`. */
  readonly title: string;
  readonly name: EngineName;
  readonly direct: boolean;
  readonly options?: Partial<EngineOptions>;
  /** Instead of the registry's module, where a variant cannot be told by options. */
  readonly open?: (setup: EngineSetup) => Promise<Engine>;
  /** Why it cannot run here; null = it can. */
  readonly skip: string | null;
}

/** What an engine's options are when a job says nothing but its name. */
export function engineOptions(name: EngineName, overrides: Partial<EngineOptions> = {}): EngineOptions {
  const depth = overrides.depth ?? 1;
  return sampleEngineOptions({ name, depth, depthLow: depth, ...overrides });
}

export const contractBlockBytes = 8192;
const blockBytes = contractBlockBytes;
const halfBytes = blockBytes / 2;
const blockCount = 64;
/** Long enough for the slowest machine: 20 s of bounded waits. */
const reapAttemptsMax = 200;

/** An open engine with what it needs, and the shortest ways to use it. */
export class EngineBench {
  readonly requests: Requests;
  readonly buffers: SlotBuffers;
  readonly files: readonly OpenFile[];
  readonly depth: number;
  readonly engine: Engine;
  private constructor(
    requests: Requests,
    buffers: SlotBuffers,
    files: readonly OpenFile[],
    depth: number,
    engine: Engine,
  ) {
    this.requests = requests;
    this.buffers = buffers;
    this.files = files;
    this.depth = depth;
    this.engine = engine;
  }

  /** `depth` is cut to what the engine can. */
  static async open(variant: ContractVariant, files: readonly OpenFile[], depthAsked: number): Promise<EngineBench> {
    const depth = Math.min(depthAsked, engineTraits(variant.name).depthMax ?? depthAsked);
    const requests = createRequests(depth);
    const buffers = allocateSlotBuffers({ slotCount: depth, blockBytesMax: blockBytes });
    const setup: EngineSetup = {
      options: engineOptions(variant.name, { ...variant.options, depth }),
      depth,
      requests,
      syncRangeFlags: 7,
      files,
      buffers,
      blockBytesMax: blockBytes,
      writes: true,
    };
    try {
      const engine = variant.open ? await variant.open(setup) : (await engineModule(variant.name)).openEngine(setup);
      return new EngineBench(requests, buffers, files, depth, engine);
    } catch (error) {
      buffers.free();
      throw error;
    }
  }

  fill(slot: number, operation: number, offset: number, byteCount: number, fileIndex = 0): void {
    this.requests.operation[slot] = operation;
    this.requests.offset[slot] = offset;
    this.requests.byteCount[slot] = byteCount;
    this.requests.fileIndex[slot] = fileIndex;
  }

  /** Waits until `count` requests are complete; calls back with each. */
  reap(count: number, onComplete: (slot: number, result: number) => void = () => {}): void {
    let left = count;
    for (let attempt = 0; left > 0; attempt++) {
      expect(attempt, 'bounded waits without all completions').toBeLessThan(reapAttemptsMax);
      const completed = this.engine.submitAndReap(1);
      expect(completed).toBeLessThanOrEqual(left);
      for (let index = 0; index < completed; index++) {
        onComplete(this.engine.completedSlot[index]!, this.engine.completedResult[index]!);
      }
      left -= completed;
    }
  }

  /** One request in slot 0; its result. */
  one(operation: number, offset: number, byteCount: number, fileIndex = 0): number {
    let value = Number.NaN;
    this.fill(0, operation, offset, byteCount, fileIndex);
    this.engine.queue(0);
    this.reap(1, (slot, result) => {
      expect(slot).toBe(0);
      value = result;
    });
    return value;
  }

  /** Frees everything but the files. */
  close(): void {
    this.engine.close();
    this.buffers.free();
  }
}

/** A block in which every word is its number (and a salt), so that a block in a wrong place shows. */
function fillBlock(bytes: Uint8Array, number: number): void {
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2).fill((number + 1) * 2654435761);
}

function holdsBlock(bytes: Uint8Array, number: number): boolean {
  const expected = ((number + 1) * 2654435761) >>> 0;
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2).every((word) => word === expected);
}

export function describeEngineContract(variant: ContractVariant): void {
  if (variant.skip !== null) {
    describe.skip(`${variant.title} (skipped: ${variant.skip})`, () => {
      it('runs here', () => {});
    });
    return;
  }
  if (variant.name === 'null') describeNullContract(variant);
  else describeFileContract(variant);
}

function describeNullContract(variant: ContractVariant): void {
  describe(variant.title, () => {
    it('completes everything that was queued, once and in full', async () => {
      const file: OpenFile = { path: 'none', descriptor: -1, kind: 'memory', sizeBytes: 2 ** 40 };
      const bench = await EngineBench.open(variant, [file], 8);
      for (let slot = 0; slot < 8; slot++) bench.fill(slot, slot % 3, slot * blockBytes, 512 * (slot + 1));
      for (let slot = 7; slot > 0; slot--) bench.engine.queue(slot);
      bench.engine.queueRest(0, 100);
      const results = new Map<number, number>();
      expect(bench.engine.submitAndReap(8)).toBe(8);
      for (let i = 0; i < 8; i++) results.set(bench.engine.completedSlot[i]!, bench.engine.completedResult[i]!);
      expect([...results].sort((a, b) => a[0] - b[0])).toEqual(
        Array.from({ length: 8 }, (_, slot) => [slot, slot === 0 ? 412 : 512 * (slot + 1)]),
      );
      expect(bench.engine.submitAndReap(0)).toBe(0);
      bench.close();
      bench.engine.close();
    });
  });
}

function describeFileContract(variant: ContractVariant): void {
  describe(variant.title, () => {
    let folder = '';
    const opened: number[] = [];
    let bench: EngineBench | null = null;

    afterEach(() => {
      bench?.close();
      bench = null;
      for (const descriptor of opened.splice(0)) fs.closeSync(descriptor);
      if (folder !== '') fs.rmSync(folder, { recursive: true });
      folder = '';
    });

    function newPath(name: string): string {
      if (folder === '') folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-contract-'));
      return path.join(folder, name);
    }

    function createFile(name: string, extraBytes = 0, salt = 0): string {
      const data = new Uint8Array(blockCount * blockBytes + extraBytes).fill(0xee);
      for (let block = 0; block < blockCount; block++) {
        fillBlock(data.subarray(block * blockBytes, (block + 1) * blockBytes), block + salt);
      }
      fs.writeFileSync(newPath(name), data);
      return newPath(name);
    }

    function openFile(filePath: string, write = true, read = true): OpenFile {
      const file = openTarget(filePath, { direct: variant.direct, write, read });
      opened.push(file.descriptor);
      return file;
    }

    async function start(files: readonly OpenFile[], depth = 8): Promise<EngineBench> {
      bench = await EngineBench.open(variant, files, depth);
      return bench;
    }

    it('reads every block into the buffer of its slot', async () => {
      const { engine, ...b } = spread(await start([openFile(createFile('data'))]));
      const order = shuffled(blockCount);
      const slotBlock = new Int32Array(b.depth);
      const slotUses = new Int32Array(b.depth);
      for (let first = 0; first < blockCount; first += b.depth) {
        const count = Math.min(b.depth, blockCount - first);
        for (let i = 0; i < count; i++) {
          // Another block size now and then; slots in another order each round.
          const slot = (i + first / b.depth) % count;
          slotBlock[slot] = order[first + i]!;
          b.buffers.slot(slot).fill(0);
          b.fill(slot, Operation.read, order[first + i]! * blockBytes, blockBytes);
          engine.queue(slot);
        }
        b.reap(count, (slot, result) => {
          expect(result).toBe(blockBytes);
          expect(holdsBlock(b.buffers.slot(slot).subarray(0, blockBytes), slotBlock[slot]!)).toBe(true);
          slotUses[slot]! += 1;
        });
      }
      expect([...slotUses].every((uses) => uses === blockCount / b.depth)).toBe(true);
      expect(engine.submitAndReap(0)).toBe(0);
    });

    it('writes land where they should, and nowhere else', async () => {
      const filePath = createFile('data');
      const { engine, ...b } = spread(await start([openFile(filePath)]));
      const targets = shuffled(blockCount).slice(0, blockCount / 2);
      for (let first = 0; first < targets.length; first += b.depth) {
        const count = Math.min(b.depth, targets.length - first);
        for (let slot = 0; slot < count; slot++) {
          const block = targets[first + slot]!;
          fillBlock(b.buffers.slot(slot).subarray(0, blockBytes), block + 1000);
          b.fill(slot, Operation.write, block * blockBytes, blockBytes);
          engine.queue(slot);
        }
        b.reap(count, (_, result) => expect(result).toBe(blockBytes));
      }
      expect(b.one(Operation.sync, 0, 0)).toBe(0);
      const written = new Set(targets);
      const data = readWhole(filePath);
      expect(data.length).toBe(blockCount * blockBytes);
      for (let block = 0; block < blockCount; block++) {
        const bytes = data.subarray(block * blockBytes, (block + 1) * blockBytes);
        expect(holdsBlock(bytes, written.has(block) ? block + 1000 : block), `block ${block}`).toBe(true);
      }
    });

    it('gives what there is at the end of the file', async () => {
      const extraBytes = variant.direct ? halfBytes : 100;
      const b = await start([openFile(createFile('data', extraBytes))]);
      const endBytes = blockCount * blockBytes;
      expect(b.one(Operation.read, endBytes, blockBytes)).toBe(extraBytes);
      expect(b.buffers.slot(0)[0]).toBe(0xee);
      expect(b.one(Operation.read, endBytes + blockBytes, blockBytes)).toBe(0);
      b.fill(0, Operation.read, endBytes, blockBytes);
      if (!variant.direct) {
        b.engine.queueRest(0, extraBytes);
        b.reap(1, (_, result) => expect(result).toBe(0));
      }
    });

    it('goes on where a short transfer ended', async () => {
      const filePath = createFile('data');
      const b = await start([openFile(filePath)]);
      const slot = b.depth - 1;
      const buffer = b.buffers.slot(slot);
      buffer.fill(0x55);
      b.fill(slot, Operation.read, 3 * blockBytes, blockBytes);
      b.engine.queueRest(slot, halfBytes);
      b.reap(1, (_, result) => expect(result).toBe(halfBytes));
      expect(buffer.subarray(0, halfBytes).every((byte) => byte === 0x55)).toBe(true);
      expect(holdsBlock(buffer.subarray(halfBytes, blockBytes), 3)).toBe(true);
      // The same slot afterwards uses its whole buffer again.
      b.fill(slot, Operation.read, 5 * blockBytes, blockBytes);
      b.engine.queue(slot);
      b.reap(1, (_, result) => expect(result).toBe(blockBytes));
      expect(holdsBlock(buffer.subarray(0, blockBytes), 5)).toBe(true);
      fillBlock(buffer.subarray(0, blockBytes), 77);
      b.fill(slot, Operation.write, 7 * blockBytes, blockBytes);
      b.engine.queueRest(slot, halfBytes);
      b.reap(1, (_, result) => expect(result).toBe(halfBytes));
      const data = readWhole(filePath).subarray(7 * blockBytes, 8 * blockBytes);
      expect(holdsBlock(data.subarray(0, halfBytes), 7)).toBe(true);
      expect(holdsBlock(data.subarray(halfBytes), 77)).toBe(true);
    });

    it('uses several files', async () => {
      const paths = [0, 1, 2].map((index) => createFile(`data${index}`, 0, index * 100));
      const { engine, ...b } = spread(await start(paths.map((filePath) => openFile(filePath))));
      for (let first = 0; first < 24; first += b.depth) {
        for (let slot = 0; slot < b.depth; slot++) {
          b.fill(slot, Operation.read, (first + slot) * blockBytes, blockBytes, (first + slot) % 3);
          engine.queue(slot);
        }
        b.reap(b.depth, (slot, result) => {
          expect(result).toBe(blockBytes);
          const block = first + slot + ((first + slot) % 3) * 100;
          expect(holdsBlock(b.buffers.slot(slot).subarray(0, blockBytes), block)).toBe(true);
        });
      }
    });

    it('reaches beyond 2 GiB and 4 GiB', async () => {
      const filePath = newPath('sparse');
      fs.writeFileSync(filePath, '');
      fs.truncateSync(filePath, 6 * 2 ** 30);
      const b = await start([openFile(filePath)]);
      const offsets = [2 ** 31 - blockBytes, 2 ** 31, 2 ** 32 - blockBytes, 2 ** 32, 5 * 2 ** 30 + 3 * blockBytes];
      for (const [index, offset] of offsets.entries()) {
        fillBlock(b.buffers.slot(0).subarray(0, blockBytes), index);
        expect(b.one(Operation.write, offset, blockBytes)).toBe(blockBytes);
      }
      const check = fs.openSync(filePath, 'r');
      for (const [index, offset] of offsets.entries()) {
        expect(b.one(Operation.read, offset, blockBytes)).toBe(blockBytes);
        expect(holdsBlock(b.buffers.slot(0).subarray(0, blockBytes), index)).toBe(true);
        const bytes = new Uint8Array(blockBytes);
        fs.readSync(check, bytes, 0, blockBytes, offset);
        expect(holdsBlock(bytes, index), `offset ${offset}`).toBe(true);
      }
      fs.closeSync(check);
      expect(b.one(Operation.read, 0, blockBytes)).toBe(blockBytes);
      expect(b.buffers.slot(0).every((byte) => byte === 0)).toBe(true);
    });

    // A mapping cannot be made of a file that may not be read.
    when(variant.name !== 'mmap', 'tells errors as negative results and goes on', async () => {
      const filePath = createFile('data');
      const b = await start([openFile(filePath), openFile(filePath, true, false)]);
      expect(b.one(Operation.read, 0, blockBytes, 1)).toBe(-Errno.EBADF);
      expect(b.one(Operation.read, 0, blockBytes, 0)).toBe(blockBytes);
      if (b.depth < 4) return;
      // A bad request among good ones costs none of them.
      for (let slot = 0; slot < 4; slot++) {
        b.fill(slot, Operation.read, slot * blockBytes, blockBytes, slot === 1 ? 1 : 0);
        b.engine.queue(slot);
      }
      const results = new Map<number, number>();
      b.reap(4, (slot, result) => results.set(slot, result));
      expect([0, 1, 2, 3].map((slot) => results.get(slot))).toEqual([blockBytes, -Errno.EBADF, blockBytes, blockBytes]);
    });

    when(variant.direct, 'refuses an offset that O_DIRECT does not allow', async (context) => {
      const filePath = createFile('data');
      if ((inspectTarget(filePath).directAlignBytes ?? 1) < 2) context.skip('this file system allows any offset');
      const b = await start([openFile(filePath)]);
      expect(b.one(Operation.read, 1, blockBytes)).toBe(-Errno.EINVAL);
      expect(b.one(Operation.read, 0, blockBytes)).toBe(blockBytes);
    });

    it('flushes, with and without metadata', async () => {
      const filePath = createFile('data');
      const b = await start([openFile(filePath)]);
      for (const operation of [Operation.sync, Operation.dataSync]) {
        fillBlock(b.buffers.slot(0).subarray(0, blockBytes), 500 + operation);
        expect(b.one(Operation.write, blockBytes, blockBytes)).toBe(blockBytes);
        expect(b.one(operation, 0, 0)).toBe(0);
        expect(holdsBlock(readWhole(filePath).subarray(blockBytes, 2 * blockBytes), 500 + operation)).toBe(true);
      }
      // A read after a flush is whole again, in the same slot.
      expect(b.one(Operation.read, 2 * blockBytes, blockBytes)).toBe(blockBytes);
      expect(holdsBlock(b.buffers.slot(0).subarray(0, blockBytes), 2)).toBe(true);
    });

    it('flushes a range of a file', async () => {
      const filePath = createFile('data');
      const b = await start([openFile(filePath)]);
      fillBlock(b.buffers.slot(0).subarray(0, blockBytes), 600);
      expect(b.one(Operation.write, blockBytes, blockBytes)).toBe(blockBytes);
      b.requests.rangeBytes[0] = blockBytes;
      expect(b.one(Operation.syncRange, blockBytes, 0)).toBe(0);
      expect(holdsBlock(readWhole(filePath).subarray(blockBytes, 2 * blockBytes), 600)).toBe(true);
    });

    it('trims a part of a regular file', async () => {
      const filePath = createFile('data');
      const b = await start([openFile(filePath)]);
      expect(b.one(Operation.trim, 4 * blockBytes, blockBytes)).toBe(blockBytes);
      const data = readWhole(filePath);
      expect(data.length).toBe(blockCount * blockBytes);
      expect(holdsBlock(data.subarray(3 * blockBytes, 4 * blockBytes), 3)).toBe(true);
      expect(data.subarray(4 * blockBytes, 5 * blockBytes).every((byte) => byte === 0)).toBe(true);
      expect(holdsBlock(data.subarray(5 * blockBytes, 6 * blockBytes), 5)).toBe(true);
      expect(b.one(Operation.read, 5 * blockBytes, blockBytes)).toBe(blockBytes);
    });

    it('completes each slot of a full queue once', async () => {
      const { engine, ...b } = spread(await start([openFile(createFile('data'))], 32));
      const inFlight = new Uint8Array(b.depth);
      let issued = 0;
      let completed = 0;
      const queueAll = (): void => {
        for (let slot = 0; slot < b.depth; slot++) {
          if (inFlight[slot] !== 0 || issued === 2000) continue;
          inFlight[slot] = 1;
          b.fill(slot, Operation.read, (issued++ % blockCount) * blockBytes, blockBytes);
          engine.queue(slot);
        }
      };
      for (let attempt = 0; completed < 2000; attempt++) {
        expect(attempt).toBeLessThan(2000 + reapAttemptsMax);
        queueAll();
        const count = engine.submitAndReap(1);
        for (let i = 0; i < count; i++) {
          const slot = engine.completedSlot[i]!;
          expect(inFlight[slot]).toBe(1);
          expect(engine.completedResult[i]).toBe(blockBytes);
          inFlight[slot] = 0;
          completed += 1;
        }
      }
      expect(engine.describe().depth).toBe(b.depth);
      expect(engine.describe().enterCount).toBeGreaterThan(0);
    });

    it('submits apart from reaping', async () => {
      const { engine, ...b } = spread(await start([openFile(createFile('data'))]));
      for (let slot = 0; slot < b.depth; slot++) {
        b.fill(slot, Operation.read, slot * blockBytes, blockBytes);
        engine.queue(slot);
      }
      engine.submit();
      engine.submit();
      b.reap(b.depth, (slot) => {
        expect(holdsBlock(b.buffers.slot(slot).subarray(0, blockBytes), slot)).toBe(true);
      });
    });

    // A synchronous engine completes whatever it performs.
    when(engineTraits(variant.name).asynchronous, 'hands over no more at once than batchCompleteMax', async () => {
      bench = await EngineBench.open(
        { ...variant, options: { ...variant.options, batchCompleteMax: 3 } },
        [openFile(createFile('data'))],
        8,
      );
      const b = bench;
      for (let slot = 0; slot < 8; slot++) {
        b.fill(slot, Operation.read, slot * blockBytes, blockBytes);
        b.engine.queue(slot);
      }
      const seen = new Set<number>();
      for (let attempt = 0; seen.size < 8; attempt++) {
        expect(attempt).toBeLessThan(reapAttemptsMax);
        const count = b.engine.submitAndReap(1);
        expect(count).toBeLessThanOrEqual(3);
        for (let i = 0; i < count; i++) seen.add(b.engine.completedSlot[i]!);
      }
    });

    it('waits for as many as asked', async () => {
      const { engine, ...b } = spread(await start([openFile(createFile('data'))]));
      for (let round = 0; round < 20; round++) {
        for (let slot = 0; slot < b.depth; slot++) {
          b.fill(slot, Operation.read, slot * blockBytes, blockBytes);
          engine.queue(slot);
        }
        let completed = engine.submitAndReap(b.depth);
        // A busy machine can use up the bounded wait.
        for (let attempt = 0; completed < b.depth && attempt < reapAttemptsMax; attempt++) {
          completed += engine.submitAndReap(b.depth - completed);
        }
        expect(completed).toBe(b.depth);
      }
    });

    it('closes twice without harm', async () => {
      const b = await start([openFile(createFile('data'))]);
      expect(b.one(Operation.read, 0, blockBytes)).toBe(blockBytes);
      b.engine.close();
      b.engine.close();
    });
  });
}

/** Defines a test only for the variants that it is about; elsewhere there is nothing that could be skipped. */
function when(applies: boolean, title: string, test: (context: TestContext) => Promise<void>): void {
  if (applies) it(title, test);
}

/** The methods bound, so that a test can take the engine apart from the rest. */
function spread(bench: EngineBench): {
  engine: Engine;
  buffers: SlotBuffers;
  depth: number;
  fill: EngineBench['fill'];
  reap: EngineBench['reap'];
  one: EngineBench['one'];
} {
  return {
    engine: bench.engine,
    buffers: bench.buffers,
    depth: bench.depth,
    fill: bench.fill.bind(bench),
    reap: bench.reap.bind(bench),
    one: bench.one.bind(bench),
  };
}

/** Aligned, so that it can be viewed as words. */
function readWhole(filePath: string): Uint8Array {
  return new Uint8Array(fs.readFileSync(filePath));
}

/** 0 … count − 1 in an order that is always the same. */
function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  let state = 12345;
  for (let index = count - 1; index > 0; index--) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const other = state % (index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}
