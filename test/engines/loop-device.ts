/** Loop devices for tests: block devices that can be made to fail. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Why no loop device can be had here; null when one can. Tries it, for being root is not enough in a container. */
export function loopDevicesMissing(): string | null {
  if (process.getuid?.() !== 0) return 'loop devices need root';
  if (spawnSync('losetup', ['--version']).status !== 0) return 'losetup is not installed';
  try {
    const device = createLoopDevice(1 << 20);
    device.remove();
    return null;
  } catch (error) {
    return `no loop device can be set up here: ${String(error).split('\n')[0]}`;
  }
}

export interface LoopDevice {
  /** `/dev/loop0`. */
  readonly path: string;
  /** The file below it. */
  readonly backingPath: string;
  remove(): void;
}

/** Over a file of its own, whose every byte is `fill`. */
export function createLoopDevice(byteCount: number, fill = 0): LoopDevice {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-loop-'));
  const backingPath = path.join(folder, 'backing');
  let device: string;
  try {
    fs.writeFileSync(backingPath, Buffer.alloc(byteCount, fill));
    device = execFileSync('losetup', ['--find', '--show', backingPath], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch (error) {
    fs.rmSync(folder, { recursive: true });
    throw error;
  }
  return {
    path: device,
    backingPath,
    remove: () => {
      spawnSync('losetup', ['--detach', device]);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
