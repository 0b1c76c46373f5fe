/** The engine with no-operations in place of commands, as a rehearsal has it; what devices make of it, test/vm shows. */
import { closeSync, openSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operation } from '../job/operation.js';
import { probeRing } from '../ring/probe.js';
import { UserError } from '../support/errors.js';
import { mapMemory } from '../system/memory.js';
import { sampleEngineOptions } from '../testing/sample-result.js';
import type { EngineSetup } from './engine.js';
import { openEngine } from './io-uring-cmd.js';
import { createRequests } from './requests.js';

const probe = probeRing();
const blockBytes = 4096;
const depth = 8;

describe.skipIf(!probe.available)(
  `io_uring_cmd${probe.available ? '' : ` (skipped: ${probe.problem?.message})`}`,
  () => {
    let descriptor = -1;
    beforeAll(() => {
      descriptor = openSync('/dev/null', 'r+');
    });
    afterAll(() => closeSync(descriptor));

    function open(options: Partial<EngineSetup['options']>, rehearses: boolean) {
      const memory = mapMemory(depth * blockBytes, true);
      const requests = createRequests(depth);
      const engine = openEngine({
        options: sampleEngineOptions({ name: 'io_uring_cmd', ...options }),
        depth,
        requests,
        files: [{ path: '/dev/null', descriptor, kind: 'block', sizeBytes: 1 << 20 }],
        buffers: { address: memory.address, strideBytes: blockBytes, totalBytes: depth * blockBytes },
        blockBytesMax: blockBytes,
        writes: true,
        rehearses,
      });
      return { engine, requests };
    }

    it.each([
      ['plain', {}],
      ['both fixed', { fixedBuffers: true, fixedFiles: true }],
      ['SQPOLL', { sqpoll: true }],
      ['NO_SQARRAY', { withoutSqArray: true }],
      ['system calls', { binding: 'syscalls' as const }],
    ])('gives each slot back with the bytes of its row: %s', (_name, options) => {
      const { engine, requests } = open(options, true);
      const operations = [Operation.read, Operation.write, Operation.trim, Operation.sync, Operation.read];
      for (let round = 0; round < 40; round++) {
        for (const [slot, operation] of operations.entries()) {
          requests.operation[slot] = operation;
          requests.byteCount[slot] = operation === Operation.sync ? 0 : blockBytes;
          requests.offset[slot] = (round * 8 + slot) * blockBytes + 2 ** 41;
          engine.queue(slot);
        }
        const found = new Map<number, number>();
        for (let turn = 0; turn < 100 && found.size < operations.length; turn++) {
          const count = engine.submitAndReap(operations.length - found.size);
          for (let index = 0; index < count; index++)
            found.set(engine.completedSlot[index]!, engine.completedResult[index]!);
        }
        expect([...found].sort(([a], [b]) => a - b)).toEqual([
          [0, 4096],
          [1, 4096],
          [2, 4096],
          [3, 0],
          [4, 4096],
        ]);
      }
      expect(engine.describe()).toMatchObject({ fallbacks: [], settings: [] });
      expect(engine.describe().setupFlags).toEqual(expect.arrayContaining(['SQE128', 'CQE32']));
      expect(engine.describe().label).toMatch(/^io_uring_cmd/);
      engine.close();
      engine.close();
    });

    it('opens on nothing but a namespace', () => {
      expect(() => open({}, false)).toThrow(UserError);
      expect(() => open({}, false)).toThrow(/\/dev\/null is no NVMe namespace/);
    });
  },
);
