/** The same chains on every engine and the real kernel. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineTraits } from '../../job/engine-traits.js';
import type { ChainOptions, EngineName, EngineOptions } from '../../job/job.js';
import { openTarget } from '../../machine/open-target.js';
import { probeRing } from '../../ring/probe.js';
import type { ChainReport } from '../../stats/worker-report.js';
import { Errno } from '../../system/errno.js';
import { allocateSlotBuffers, type SlotBuffers } from '../../system/memory.js';
import { engineOptions } from '../../testing/engine-contract.js';
import { type ChainRows, chainBlockBytes, chainRows, elementsOf } from '../../testing/fake-chains.js';
import type { Engine } from '../engine.js';
import { chainEngineModule } from './registry.js';

const block = chainBlockBytes;
const blockCount = 16;
let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-chains-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const noRing = probeRing().available ? null : 'io_uring cannot be used here';

interface Bench extends ChainRows {
  readonly engine: Engine;
  readonly depth: number;
  readonly buffers: SlotBuffers;
  readonly filePath: string;
}

/** A file of 16 blocks, each filled with its number + 1, and an end of some bytes. */
async function withChains(
  variant: { readonly name: EngineName; readonly options?: Partial<EngineOptions> },
  elements: string,
  chain: Partial<ChainOptions>,
  use: (bench: Bench) => void,
  tailBytes = 0,
): Promise<ChainReport> {
  const filePath = path.join(folder, `data-${variant.name}`);
  const data = Buffer.alloc(blockCount * block + tailBytes);
  for (let index = 0; index < blockCount; index++) data.fill(index + 1, index * block, (index + 1) * block);
  fs.writeFileSync(filePath, data);
  const depth = Math.min(3, engineTraits(variant.name).depthMax ?? 3);
  const options: ChainOptions = { mode: 'link', timing: 'elements', ...chain, elements: elementsOf(elements) };
  const rows = chainRows(options, depth, {
    record: (target, index) => {
      target[index] = performance.now() * 1e6;
    },
  });
  const setup = { ...rows.setup, scratchPath: path.join(folder, `scratch-${variant.name}-`) };
  const buffers = allocateSlotBuffers({ slotCount: depth * rows.stepCount, blockBytesMax: block });
  const file = openTarget(filePath, { write: true, direct: false });
  const module = await chainEngineModule(variant.name);
  const engine = module.openEngine({
    options: engineOptions(variant.name, { ...variant.options, depth, chain: options }),
    depth,
    requests: rows.requests,
    files: [file],
    buffers,
    blockBytesMax: block,
    writes: true,
    chain: setup,
  });
  try {
    use({ ...rows, engine, depth, buffers, filePath });
  } finally {
    engine.close();
    fs.closeSync(file.descriptor);
    buffers.free();
  }
  return rows.recorder.report();
}

/** Queues each slot's chain and reaps them all: slot → result. */
function runAll({ engine, depth, fill }: Bench, offsetOf: (slot: number) => number): Map<number, number> {
  const results = new Map<number, number>();
  for (let slot = 0; slot < depth; slot++) {
    fill(slot, offsetOf(slot));
    engine.queue(slot);
  }
  for (let turn = 0; turn < 200 && results.size < depth; turn++) {
    const found = engine.submitAndReap(1);
    for (let index = 0; index < found; index++) {
      results.set(engine.completedSlot[index]!, engine.completedResult[index]!);
    }
  }
  expect(results.size).toBe(depth);
  return results;
}

const variants: readonly {
  readonly title: string;
  readonly name: EngineName;
  readonly options?: Partial<EngineOptions>;
}[] = [
  { title: 'io_uring', name: 'io_uring' },
  { title: 'io_uring by system calls', name: 'io_uring', options: { binding: 'syscalls' } },
  { title: 'io_uring+fixed', name: 'io_uring', options: { fixedBuffers: true, fixedFiles: true } },
  { title: 'io_uring+sqpoll', name: 'io_uring', options: { sqpoll: true } },
  { title: 'io_uring+sqpoll+fixed', name: 'io_uring', options: { sqpoll: true, fixedBuffers: true, fixedFiles: true } },
  { title: 'io_uring, each third request forced async', name: 'io_uring', options: { forceAsyncEvery: 3 } },
  { title: 'libaio', name: 'libaio' },
  ...(['sync', 'psync', 'vsync', 'pvsync', 'pvsync2', 'mmap'] as const).map((name) => ({ title: name, name })),
];
const modes = ['link', 'hardlink', 'drain', 'wait'] as const;

for (const variant of variants) {
  const { name } = variant;
  const title = name === 'io_uring' && noRing !== null ? `${variant.title} [skipped: ${noRing}]` : variant.title;
  const isMissing = name === 'io_uring' && noRing !== null;
  const itHere = it.skipIf(isMissing);

  describe(`chains on ${title}`, () => {
    for (const mode of modes) {
      for (const timing of ['elements', 'chain'] as const) {
        itHere(`${mode}: writes, syncs and reads in order, ${timing} timed`, async () => {
          const report = await withChains(variant, 'write:2,fdatasync,read,fsync', { mode, timing }, (bench) => {
            const { buffers, stepCount, setup } = bench;
            for (let round = 0; round < 3; round++) {
              // The read follows what was written, and finds it only if it comes later: it is pointed at the second write.
              const { fill } = bench;
              const aimed = (slot: number, offset: number) => {
                fill(slot, offset);
                setup.steps.offset[slot * stepCount + 3] = offset + block;
                for (const step of [0, 1, 3])
                  buffers.slot(slot * stepCount + step).fill(step === 3 ? 0 : 100 + round + step);
              };
              const results = runAll({ ...bench, fill: aimed }, (slot) => slot * 3 * block);
              expect(new Set(results.values())).toEqual(new Set([3 * block]));
              for (let slot = 0; slot < bench.depth; slot++) {
                const read = Buffer.from(buffers.slot(slot * stepCount + 3).subarray(0, block));
                expect(read.equals(Buffer.alloc(block, 101 + round))).toBe(true);
              }
            }
            const data = fs.readFileSync(bench.filePath);
            expect([data[0], data[block], data[2 * block]]).toEqual([102, 103, 3]);
          });
          const chains = 3 * Math.min(3, engineTraits(name).depthMax ?? 3);
          expect(report).toMatchObject({ completeCount: chains, brokenCount: 0, tornCount: 0 });
          expect(report.elements.map(({ doneCount }) => doneCount)).toEqual(
            [2, 1, 1, 1].map((count) => count * chains),
          );
          expect(report.elements.map(({ byteCount }) => byteCount)).toEqual(
            [2 * block, 0, block, 0].map((count) => count * chains),
          );
          const timed = report.elements.map(({ latency }) => latency.count);
          expect(timed).toEqual(timing === 'elements' ? [2, 1, 1, 1].map((count) => count * chains) : [0, 0, 0, 0]);
        });
      }

      itHere(`${mode}: a read that is short at the end of the file`, async () => {
        const report = await withChains(
          variant,
          'read,fsync',
          { mode },
          (bench) => {
            const results = runAll(bench, () => blockCount * block);
            expect(new Set(results.values())).toEqual(new Set([-Errno.EIO]));
            expect(bench.requests.failedStep![0]).toBe(~0);
          },
          100,
        );
        const [read, sync] = report.elements;
        expect(read).toMatchObject({ doneCount: 0, shortCount: report.brokenCount, failedCount: 0 });
        // What the kernel (or we) cancel after it, and what runs all the same, is the whole difference of the modes.
        const stops = mode === 'link' || mode === 'wait';
        expect(sync).toMatchObject({
          doneCount: stops ? 0 : report.brokenCount,
          cancelledCount: stops ? report.brokenCount : 0,
        });
      });
    }

    if (name === 'libaio' || name === 'mmap') return;

    itHere('opens, writes, syncs, closes and deletes files of its own', async () => {
      const elements = 'openat,fallocate,write:2,sync_file_range,fsync,statx,close,unlinkat,nop';
      for (const mode of ['link', 'hardlink', 'wait'] as const) {
        const report = await withChains(variant, elements, { mode }, (bench) => {
          expect(new Set(runAll(bench, () => 0).values())).toEqual(new Set([2 * block]));
          // The job's own file is as it was.
          expect(fs.readFileSync(bench.filePath)[0]).toBe(1);
        });
        expect(report.brokenCount).toBe(0);
        expect(report.elements.every(({ doneCount }) => doneCount > 0)).toBe(true);
        expect(fs.readdirSync(folder).filter((file) => file.startsWith('scratch'))).toEqual([]);
      }
    });

    itHere('leaves no file behind when it breaks before unlinkat', async () => {
      const report = await withChains(variant, 'openat,read,close,unlinkat', {}, (bench) => {
        expect(new Set(runAll(bench, () => 0).values())).toEqual(new Set([-Errno.EIO]));
        // A new file is empty, so the read was short; the next chain finds a free descriptor all the same.
        runAll(bench, () => 0);
      });
      expect(
        report.elements.map(({ name: element, doneCount, shortCount, cancelledCount }) => [
          element,
          doneCount,
          shortCount,
          cancelledCount,
        ]),
      ).toEqual([
        ['openat', report.brokenCount, 0, 0],
        ['read', 0, report.brokenCount, 0],
        ['close', 0, 0, report.brokenCount],
        ['unlinkat', 0, 0, report.brokenCount],
      ]);
      expect(fs.readdirSync(folder).filter((file) => file.startsWith('scratch'))).toEqual([]);
    });
  });
}

describe('chains on the null engine', () => {
  it('are complete at once, whatever is in them', async () => {
    const report = await withChains({ name: 'null' }, 'openat,write:3,fdatasync,close,nop', {}, (bench) => {
      expect(new Set(runAll(bench, () => 0).values())).toEqual(new Set([3 * block]));
    });
    expect(report).toMatchObject({ completeCount: 3, brokenCount: 0 });
  });
});
