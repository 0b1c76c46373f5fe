import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { OpenFile } from '../engines/engine.js';
import { Errno } from '../system/errno.js';
import { shortenedRefusal } from './shortened-files.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-shortened-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A node of a device that is not there, as one that was removed under an open descriptor. */
const node = path.join(folder, 'gone');
const made = spawnSync('mknod', [node, 'b', '4000', '77']).status === 0;
/** Opens the node and nothing behind it: open(2). */
const O_PATH = 0o10_000_000;

it.skipIf(!made)(
  `a device that was removed is told from one that fails${made ? '' : ' [skipped: no device node can be made here]'}`,
  () => {
    const descriptor = fs.openSync(node, O_PATH);
    try {
      const file = { kind: 'block', descriptor, sizeBytes: 1 << 20 } as OpenFile;
      for (const errno of [Errno.EIO, Errno.ENXIO, Errno.ENODEV]) {
        expect(shortenedRefusal(errno, file, 4096)?.reason).toBe('the device was removed while the job ran');
      }
      expect(shortenedRefusal(Errno.EINVAL, file, 4096)).toBe(null);
    } finally {
      fs.closeSync(descriptor);
    }
  },
);
