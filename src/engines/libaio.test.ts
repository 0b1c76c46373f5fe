import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operation } from '../job/operation.js';
import { Errno } from '../system/errno.js';
import { allocateSlotBuffers } from '../system/memory.js';
import { engineOptions } from '../testing/engine-contract.js';
import { type AioCalls, LibaioEngine, type ReapMethod } from './libaio.js';
import { createRequests } from './requests.js';

const blockBytes = 512;
const blockCount = 64;
let filePath = '';

beforeAll(() => {
  filePath = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-libaio-')), 'data');
  const data = Buffer.alloc(blockCount * blockBytes);
  for (let block = 0; block < blockCount; block++) data.fill(block + 1, block * blockBytes, (block + 1) * blockBytes);
  fs.writeFileSync(filePath, data);
});
afterAll(() => fs.rmSync(path.dirname(filePath), { recursive: true }));

/** Real AIO, but the kernel takes few, refuses for the moment, or a signal comes: as told by `faults`, over and over. */
function faulty(faults: readonly Fault[]): (calls: AioCalls) => AioCalls {
  let turn = 0;
  return (calls) => ({
    submit: (first, count) => {
      const fault = faults[turn++ % faults.length]!;
      if (fault === 'again') return -Errno.EAGAIN;
      if (fault === 'interrupted') return -Errno.EINTR;
      return calls.submit(first, fault === 'one' ? 1 : fault === 'half' ? Math.ceil(count / 2) : count);
    },
    getEvents: (countMin, countMax, wait) =>
      faults[turn++ % faults.length] === 'interrupted' ? -Errno.EINTR : calls.getEvents(countMin, countMax, wait),
    destroy: calls.destroy,
  });
}

const faultKinds = ['none', 'one', 'half', 'again', 'interrupted'] as const;
type Fault = (typeof faultKinds)[number];

describe('LibaioEngine', () => {
  it('completes each request once, whatever the kernel takes at a time', () => {
    const descriptor = fs.openSync(filePath, 'r');
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...faultKinds), { minLength: 1, maxLength: 6 }).filter((faults) =>
          // Something must get through in the end.
          faults.some((fault) => fault !== 'again' && fault !== 'interrupted'),
        ),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom<ReapMethod>('ring', 'events'),
        fc.boolean(),
        (faults, depth, completeMax, method, submitsApart) => {
          const buffers = allocateSlotBuffers({ slotCount: depth, blockBytesMax: blockBytes });
          const requests = createRequests(depth);
          const setup = {
            options: engineOptions('libaio', { depth, batchCompleteMax: completeMax }),
            depth,
            requests,
            files: [{ path: filePath, descriptor, kind: 'file' as const, sizeBytes: blockCount * blockBytes }],
            buffers,
            blockBytesMax: blockBytes,
            writes: false,
          };
          // Turns of submit and getEvents advance the same list, so a list of odd length shifts against them.
          const engine = new LibaioEngine(setup, method, faulty([...faults, 'none']));
          const slotBlock = new Int32Array(depth).fill(-1);
          let issued = 0;
          let completed = 0;
          for (let attempt = 0; completed < blockCount; attempt++) {
            expect(attempt).toBeLessThan(5000);
            for (let slot = 0; slot < depth; slot++) {
              if (slotBlock[slot] !== -1 || issued === blockCount) continue;
              slotBlock[slot] = issued;
              requests.operation[slot] = issued % 7 === 6 ? Operation.dataSync : Operation.read;
              requests.byteCount[slot] = issued % 7 === 6 ? 0 : blockBytes;
              requests.offset[slot] = issued * blockBytes;
              issued += 1;
              engine.queue(slot);
            }
            if (submitsApart) engine.submit();
            const count = engine.submitAndReap(attempt % 3);
            expect(count).toBeLessThanOrEqual(completeMax);
            for (let index = 0; index < count; index++) {
              const slot = engine.completedSlot[index]!;
              const block = slotBlock[slot]!;
              expect(block).not.toBe(-1);
              expect(engine.completedResult[index]).toBe(requests.byteCount[slot]);
              if (requests.operation[slot] === Operation.read) {
                const bytes = buffers.slot(slot).subarray(0, blockBytes);
                expect(bytes.every((byte) => byte === block + 1)).toBe(true);
              }
              slotBlock[slot] = -1;
              completed += 1;
            }
          }
          expect(engine.submitAndReap(0)).toBe(0);
          engine.close();
          buffers.free();
        },
      ),
      { numRuns: 60 },
    );
    fs.closeSync(descriptor);
  });

  it('syncs by io_submit, and transfers from the right buffer afterwards', () => {
    const descriptor = fs.openSync(filePath, 'r');
    const buffers = allocateSlotBuffers({ slotCount: 1, blockBytesMax: blockBytes });
    const requests = createRequests(1);
    const taken: number[] = [];
    const engine = new LibaioEngine(
      {
        options: engineOptions('libaio'),
        depth: 1,
        requests,
        files: [{ path: filePath, descriptor, kind: 'file', sizeBytes: blockCount * blockBytes }],
        buffers,
        blockBytesMax: blockBytes,
        writes: false,
      },
      'ring',
      (calls) => ({
        ...calls,
        submit: (first, count) => {
          const result = calls.submit(first, count);
          taken.push(result);
          return result;
        },
      }),
    );
    for (const [operation, byteCount, block] of [
      [Operation.sync, 0, 0],
      [Operation.dataSync, 0, 0],
      [Operation.read, blockBytes, 7],
    ] as const) {
      requests.operation[0] = operation;
      requests.byteCount[0] = byteCount;
      requests.offset[0] = block * blockBytes;
      engine.queue(0);
      let completed = 0;
      for (let attempt = 0; attempt < 200 && completed === 0; attempt++) completed = engine.submitAndReap(1);
      expect(engine.completedResult[0]).toBe(byteCount);
    }
    expect(taken).toEqual([1, 1, 1]);
    expect(buffers.slot(0).subarray(0, blockBytes)).toEqual(new Uint8Array(blockBytes).fill(8));
    engine.close();
    buffers.free();
    fs.closeSync(descriptor);
  });

  it('counts what it had to submit again', () => {
    const descriptor = fs.openSync(filePath, 'r');
    const buffers = allocateSlotBuffers({ slotCount: 1, blockBytesMax: blockBytes });
    const requests = createRequests(1);
    requests.byteCount[0] = blockBytes;
    const engine = new LibaioEngine(
      {
        options: engineOptions('libaio'),
        depth: 1,
        requests,
        files: [{ path: filePath, descriptor, kind: 'file', sizeBytes: blockBytes }],
        buffers,
        blockBytesMax: blockBytes,
        writes: false,
      },
      'ring',
      faulty(['again', 'again', 'none']),
    );
    engine.queue(0);
    let completed = 0;
    for (let attempt = 0; attempt < 10 && completed === 0; attempt++) completed = engine.submitAndReap(1);
    expect(completed).toBe(1);
    expect(engine.describe().retryCount).toBe(2);
    engine.close();
    buffers.free();
    fs.closeSync(descriptor);
  });
});
