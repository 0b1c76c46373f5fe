/** Engines and targets on real block devices, healthy and failing. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineName } from '../../src/job/job.js';
import { Operation } from '../../src/job/operation.js';
import { deviceUses, formatDeviceNumber } from '../../src/machine/block-device.js';
import { openTarget } from '../../src/machine/open-target.js';
import { inspectTarget } from '../../src/machine/target.js';
import { Errno } from '../../src/system/errno.js';
import { dropPageCache } from '../../src/system/page-cache.js';
import { contractBlockBytes as blockBytes, EngineBench } from '../../src/testing/engine-contract.js';
import { createLoopDevice, type LoopDevice, loopDevicesMissing } from './loop-device.js';

const missing = loopDevicesMissing();
const byteCount = 4 << 20;
const engines: EngineName[] = ['sync', 'psync', 'vsync', 'pvsync', 'pvsync2', 'libaio', 'io_uring'];

describe.skipIf(missing !== null)(`block devices${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let device: LoopDevice | null = null;
  let bench: EngineBench | null = null;
  const opened: number[] = [];

  afterEach(() => {
    bench?.close();
    bench = null;
    for (const descriptor of opened.splice(0)) fs.closeSync(descriptor);
    device?.remove();
    device = null;
  });

  async function start(name: EngineName, direct: boolean): Promise<{ device: LoopDevice; bench: EngineBench }> {
    device = createLoopDevice(byteCount, 0xab);
    const file = openTarget(device.path, { direct, write: true });
    opened.push(file.descriptor);
    expect(file).toMatchObject({ kind: 'block', sizeBytes: byteCount });
    bench = await EngineBench.open({ title: name, name, direct, skip: null }, [file], 4);
    return { device, bench };
  }

  for (const name of engines) {
    it(`${name} tells EIO where the file below is cut off, and reads the rest`, async () => {
      const { device, bench } = await start(name, true);
      fs.truncateSync(device.backingPath, byteCount / 2);
      expect(bench.one(Operation.read, byteCount - blockBytes, blockBytes)).toBe(-Errno.EIO);
      bench.buffers.slot(0).fill(0);
      expect(bench.one(Operation.read, 0, blockBytes)).toBe(blockBytes);
      expect(
        bench.buffers
          .slot(0)
          .subarray(0, blockBytes)
          .every((byte) => byte === 0xab),
      ).toBe(true);
    });
  }

  for (const name of [...engines, 'mmap'] satisfies EngineName[]) {
    it(`${name} trims what it is told and nothing else`, async () => {
      const { device, bench } = await start(name, name !== 'mmap');
      expect(bench.one(Operation.trim, 4 * blockBytes, 2 * blockBytes)).toBe(2 * blockBytes);
      expect(bench.one(Operation.sync, 0, 0)).toBe(0);
      const data = fs.readFileSync(device.backingPath);
      for (let block = 0; block < 8; block++) {
        const expected = block === 4 || block === 5 ? 0 : 0xab;
        const bytes = data.subarray(block * blockBytes, (block + 1) * blockBytes);
        expect(
          bytes.every((byte) => byte === expected),
          `block ${block}`,
        ).toBe(true);
      }
      bench.buffers.slot(0).fill(1);
      expect(bench.one(Operation.read, 4 * blockBytes, blockBytes)).toBe(blockBytes);
      expect(
        bench.buffers
          .slot(0)
          .subarray(0, blockBytes)
          .every((byte) => byte === 0),
      ).toBe(true);
    });
  }

  it('is described as what it is', () => {
    device = createLoopDevice(byteCount);
    expect(inspectTarget(device.path)).toMatchObject({
      kind: 'block',
      sizeBytes: byteCount,
      readOnly: false,
      fileSystem: null,
      uses: [],
      queue: { disk: device.path.replace('/dev/', ''), logicalBlockBytes: 512, driver: 'loop' },
    });
    const { directAlignBytes } = inspectTarget(device.path);
    expect(directAlignBytes).toBeGreaterThanOrEqual(512);
  });

  it('cannot be opened exclusively while something holds it', () => {
    device = createLoopDevice(byteCount);
    const holder = openTarget(device.path, { exclusive: true });
    opened.push(holder.descriptor);
    expect(() => openTarget(device!.path, { write: true, exclusive: true })).toThrow(
      `${device.path}: something else holds this device (EBUSY)`,
    );
  });

  it('lets its page cache be dropped', () => {
    device = createLoopDevice(byteCount);
    const file = openTarget(device.path, {});
    opened.push(file.descriptor);
    expect(dropPageCache(file)).toBeNull();
  });

  it('is in use while it is mounted, by whatever path it is named', (context) => {
    device = createLoopDevice(byteCount);
    if (spawnSync('mkfs.ext4', ['-q', device.path]).status !== 0) context.skip('mkfs.ext4 is not installed');
    const mountPoint = `${device.backingPath} mounted here`;
    fs.mkdirSync(mountPoint);
    const mounted = spawnSync('mount', [device.path, mountPoint]);
    if (mounted.status !== 0) context.skip(`mount is not allowed here: ${mounted.stderr}`);
    try {
      const link = `${device.backingPath}-link`;
      fs.symlinkSync(device.path, link);
      expect(deviceUses(formatDeviceNumber(fs.statSync(link).rdev))).toEqual([
        { device: device.path, by: `mounted at ${mountPoint}` },
      ]);
      expect(() => openTarget(link, { write: true, exclusive: true })).toThrow(/EBUSY/);
      const facts = inspectTarget(`${mountPoint}/new`);
      expect(facts).toMatchObject({ kind: 'missing', fileSystem: { type: 'ext4', mountPoint } });
      expect(facts.queue!.disk).toBe(device.path.replace('/dev/', ''));
    } finally {
      expect(spawnSync('umount', [mountPoint]).status).toBe(0);
    }
    expect(deviceUses(formatDeviceNumber(fs.statSync(device.path).rdev))).toEqual([]);
  });
});
