import { expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import type { PlannedWorker } from '../plan/types.js';
import { layOutContent } from './create-payload.js';

const settings = { overrides: [], sections: [], environment: {}, cpuCount: 4, pageBytes: 4096 };
const mebibyte = 1 << 20;
const laidOutBytes = 8 * mebibyte;

/** The first 8 MiB that a job's file is laid out with. */
function laidOut(lines: string): Buffer {
  const job = parseJobFile(`[j]\nrw=randread\nsize=16m\n${lines}\n`, 'j.ini', settings).jobSet.jobs[0]!;
  const files = [{ path: 'f', kind: 'file', regionOffsetBytes: 0, regionBytes: 16 * mebibyte }];
  const planned = { job, files, seed: 1, workerIndex: 0, dedupePeers: [{ workerIndex: 0, seed: 1 }] };
  const fill = layOutContent(planned as unknown as PlannedWorker)!;
  const bytes = Buffer.alloc(laidOutBytes);
  // In chunks that no block fits.
  for (let at = 0; at < laidOutBytes; at += 100_000) fill(bytes.subarray(at, Math.min(at + 100_000, laidOutBytes)));
  return bytes;
}

function distinctBlocks(bytes: Buffer, blockBytes: number): number {
  const blocks = new Set<string>();
  for (let at = 0; at < bytes.length; at += blockBytes) blocks.add(bytes.toString('latin1', at, at + blockBytes));
  return blocks.size;
}

/** Blocks that vary are written as large as they come; `bs` says nothing of them. */
it.each(['bsrange=4k-64k', 'bssplit=4k/50:64k/50', 'bs=64k'])('%s: the pattern goes through blocks of 64k', (sizes) => {
  const bytes = laidOut(`${sizes}\nbuffer_pattern="abc"`);
  for (let block = 0; block < laidOutBytes; block += 65_536) {
    expect(bytes.toString('latin1', block, block + 6)).toBe('abcabc');
    expect(bytes.toString('latin1', block + 65_532, block + 65_536)).toBe('abca');
  }
});

it.each(['bsrange=4k-64k', 'bssplit=4k/50:64k/50'])('%s: as in fio a block is a duplicate as a whole', (sizes) => {
  const bytes = laidOut(`${sizes}\ndedupe_percentage=50`);
  const blocks = distinctBlocks(bytes, 65_536);
  // 128 draws of one half: 6 is their deviation.
  expect(blocks).toBeGreaterThan(64 - 30);
  expect(blocks).toBeLessThan(64 + 30);
  expect(distinctBlocks(bytes, 4096)).toBe(blocks * 16);
});
