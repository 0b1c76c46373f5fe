import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nvmeNamespace } from './nvme.js';

const sys = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-nvme-'));
afterAll(() => fs.rmSync(sys, { recursive: true }));

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(sys, file)), { recursive: true });
  fs.writeFileSync(path.join(sys, file), `${text}\n`);
}

/** A character device with that number. */
const node = (major: number, minor: number) =>
  ({ isCharacterDevice: () => true, rdev: (major << 8) | minor }) as unknown as fs.Stats;

describe('nvmeNamespace', () => {
  fs.mkdirSync(path.join(sys, 'devices/ng3n2'), { recursive: true });
  fs.mkdirSync(path.join(sys, 'dev/char'), { recursive: true });
  fs.symlinkSync('../../devices/ng3n2', path.join(sys, 'dev/char/240:1'));
  write('block/nvme3n2/dev', '259:4');
  write('block/nvme3n2/nsid', '7');
  write('block/nvme3n2/queue/logical_block_size', '4096');
  write('block/nvme3n2/queue/max_hw_sectors_kb', '512');
  write('block/nvme3n2/queue/max_segments', '33');

  it('is what the block device of the same numbers is', () => {
    expect(nvmeNamespace(node(240, 1), sys)).toMatchObject({
      blockDevice: '/dev/nvme3n2',
      deviceNumber: '259:4',
      namespaceId: 7,
      blockBytes: 4096,
      metadataBytes: 0,
      // 32 whole pages and one for a buffer that begins inside of one; less than 512 KiB.
      transferBytesMax: 32 * 4096,
    });
  });

  it('is none for other devices and for files', () => {
    fs.symlinkSync('../../devices/nvme3', path.join(sys, 'dev/char/240:9'));
    expect(nvmeNamespace(node(240, 9), sys)).toBeNull();
    expect(nvmeNamespace(node(1, 3), sys)).toBeNull();
    expect(nvmeNamespace(fs.statSync('/dev/null'))).toBeNull();
    expect(nvmeNamespace(fs.statSync('/'))).toBeNull();
  });
});
