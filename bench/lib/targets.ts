/** What is read from: a file on the disk of the working directory, and a RAM disk when one can be had. */

import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const chunkBytes = 8 << 20;

export interface Targets {
  /** 1 GiB of random data; the first part of it, `cachedSize`, is in the page cache after `warmCache`. */
  readonly file: string;
  /** null with `zramMissing` saying why. */
  readonly zram: string | null;
  readonly zramMissing: string | null;
  remove(): void;
}

export const diskSize = '1g';
export const cachedSize = '256m';
const cachedBytes = 256 << 20;
const zramBytes = 512 << 20;

/** @param needs which are made at all */
export function makeTargets(directory: string, needs: { readonly fileBytes: number; readonly zram: boolean }): Targets {
  const folder = mkdtempSync(join(directory, '.iotest-bench-'));
  const file = join(folder, 'data');
  const made = { zram: false };
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    if (made.zram) writeFileSync('/sys/block/zram0/reset', '1');
    made.zram = false;
  };
  try {
    if (needs.fileBytes > 0) fill(file, needs.fileBytes);
    const zramMissing = needs.zram ? whyNoZram() : 'not needed';
    if (zramMissing === null) {
      writeFileSync('/sys/block/zram0/disksize', String(zramBytes));
      made.zram = true;
      fill('/dev/zram0', zramBytes);
    }
    return { file, zram: made.zram ? '/dev/zram0' : null, zramMissing, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Reads the part of the file that cached cases use, so that they find it in memory. */
export function warmCache(file: string): void {
  const descriptor = openSync(file, 'r');
  const chunk = Buffer.alloc(chunkBytes);
  for (let offset = 0; offset < cachedBytes; offset += chunkBytes) readSync(descriptor, chunk, 0, chunkBytes, offset);
  closeSync(descriptor);
}

function fill(path: string, byteCount: number): void {
  const descriptor = openSync(path, existsSync(path) ? 'r+' : 'w');
  const chunk = Buffer.alloc(chunkBytes);
  for (let offset = 0; offset < byteCount; offset += chunkBytes) {
    randomFillSync(chunk);
    writeSync(descriptor, chunk, 0, chunkBytes, offset);
  }
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function whyNoZram(): string | null {
  const sizeFile = '/sys/block/zram0/disksize';
  if (process.getuid?.() !== 0) return 'zram needs root';
  if (!existsSync(sizeFile)) return 'there is no zram0 (modprobe zram)';
  return readFileSync(sizeFile, 'utf8').trim() === '0' ? null : 'zram0 is in use';
}
