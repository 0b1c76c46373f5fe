/**
 * Whether a file, or the file behind a loop device, became shorter under a job, or its device was removed: an I/O that
 * meets this says no more than EIO.
 */
import fs from 'node:fs';
import type { Refusal } from '../engines/call-flags.js';
import type { OpenFile } from '../engines/engine.js';
import { Errno } from '../system/errno.js';
import { readNumber, readText } from '../system/small-files.js';

/** What an I/O on it meets beyond the end: nothing at all, or for a mapping a fault; and where the device is gone. */
const signs: readonly number[] = [Errno.EIO, Errno.EFAULT, Errno.ENXIO, Errno.ENODEV, Errno.ENOSPC];

/** null = it is as long as it was, or the I/O did not reach beyond its end. */
export function shortenedRefusal(errno: number, file: OpenFile | undefined, endBytes: number): Refusal | null {
  if (file === undefined || !signs.includes(errno)) return null;
  const advice = 'find out what shortens it while the job runs, and run again';
  if (file.kind === 'file') {
    const { size } = fs.fstatSync(file.descriptor);
    if (size >= endBytes || size >= file.sizeBytes) return null;
    return { reason: `the file became shorter: ${size} bytes, and it had ${file.sizeBytes} at the start`, advice };
  }
  if (file.kind !== 'block') return null;
  const { rdev } = fs.fstatSync(file.descriptor);
  // As makedev(3) packs them.
  const [major, minor] = [(rdev >>> 8) & 0xfff, (rdev & 0xff) | ((rdev >>> 12) & 0xfff00)];
  const devices = '/sys/dev/block';
  const folder = `${devices}/${major}:${minor}`;
  if (fs.existsSync(devices) && !fs.existsSync(folder)) {
    return {
      reason: 'the device was removed while the job ran',
      advice: 'see dmesg for what removed it, and run again',
    };
  }
  return shortenedBacking(folder, endBytes, advice);
}

/** @param folder of the device in /sys */
function shortenedBacking(folder: string, endBytes: number, advice: string): Refusal | null {
  const path = readText(`${folder}/loop/backing_file`);
  if (path === null) return null;
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  const offset = readNumber(`${folder}/loop/offset`) ?? 0;
  if (stat === undefined || !stat.isFile() || stat.size >= offset + endBytes) return null;
  return { reason: `the file behind the device, ${path}, became shorter: ${stat.size} bytes`, advice };
}
