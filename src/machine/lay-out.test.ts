import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { layOutFile } from './lay-out.js';

let folder = '';

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-lay-out-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);

describe('layOutFile', () => {
  const sizeBytes = (9 << 20) + 512;

  for (const fallocate of ['none', 'native', 'posix', 'keep', 'truncate'] as const) {
    it(`fills a new file with random data (fallocate=${fallocate})`, async () => {
      const filePath = at(`fill-${fallocate}`);
      const progress: number[] = [];
      await layOutFile({
        path: filePath,
        sizeBytes,
        fallocate,
        fill: true,
        onProgress: (done, total) => progress.push(done / total),
      });
      const data = fs.readFileSync(filePath);
      expect(data.length).toBe(sizeBytes);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
      expect(progress.at(-1)).toBe(1);
      // Every 4 KiB block is another, and none is empty.
      const blocks = new Set<string>();
      for (let start = 0; start + 4096 <= data.length; start += 4096) {
        blocks.add(data.toString('latin1', start, start + 64));
      }
      expect(blocks.size).toBe(Math.floor(sizeBytes / 4096));
      fs.unlinkSync(filePath);
    });
  }

  it('only reserves space for writes, as fallocate says', async () => {
    const sizes: Record<string, number> = {};
    for (const fallocate of ['none', 'native', 'posix', 'keep', 'truncate'] as const) {
      await layOutFile({ path: at(`reserve-${fallocate}`), sizeBytes, fallocate, fill: false });
      sizes[fallocate] = fs.statSync(at(`reserve-${fallocate}`)).size;
    }
    expect(sizes).toMatchObject({ none: 0, posix: sizeBytes, keep: 0, truncate: sizeBytes });
    expect([0, sizeBytes]).toContain(sizes.native);
    expect(fs.statSync(at('reserve-posix')).blocks * 512).toBeGreaterThanOrEqual(sizeBytes);
  });

  it('keeps what a short file has, and leaves a long one alone', async () => {
    fs.writeFileSync(at('short'), Buffer.alloc(5000, 7));
    await layOutFile({ path: at('short'), sizeBytes: 20_000, fallocate: 'native', fill: true });
    const data = fs.readFileSync(at('short'));
    expect(data.length).toBe(20_000);
    expect(data.subarray(0, 5000).every((byte) => byte === 7)).toBe(true);
    expect(data.subarray(5000, 9096).every((byte) => byte === 0)).toBe(false);
    await layOutFile({ path: at('short'), sizeBytes: 100, fallocate: 'truncate', fill: true });
    expect(fs.readFileSync(at('short')).equals(data)).toBe(true);
  });

  it('cleans up when it is aborted', async () => {
    fs.writeFileSync(at('old'), 'precious');
    for (const [name, sizeAfter] of [
      ['new', null],
      ['old', 8],
    ] as const) {
      const controller = new AbortController();
      const done = layOutFile({
        path: at(name),
        sizeBytes: 64 << 20,
        fallocate: 'native',
        fill: true,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      await expect(done).rejects.toMatchObject({ name: 'AbortError' });
      expect(fs.existsSync(at(name)) ? fs.statSync(at(name)).size : null).toBe(sizeAfter);
    }
    expect(fs.readFileSync(at('old'), 'utf8')).toBe('precious');
  });

  it('refuses what does not fit, and leaves nothing', async () => {
    for (const fallocate of ['none', 'native'] as const) {
      const failure = layOutFile({ path: at('huge'), sizeBytes: 2 ** 52, fallocate, fill: true });
      await expect(failure).rejects.toBeInstanceOf(UserError);
      await expect(failure).rejects.toThrow(/4 PiB more, but only .* are free there/);
      expect(fs.existsSync(at('huge'))).toBe(false);
    }
    await expect(
      layOutFile({ path: at('huge'), sizeBytes: 2 ** 52, fallocate: 'native', fill: false }),
    ).rejects.toBeInstanceOf(UserError);
    expect(fs.existsSync(at('huge'))).toBe(false);
  });
});
