/** Takes what the page cache holds of a file or device out of it. */
import fs from 'node:fs';
import { describeErrno, Errno } from './errno.js';
import { errno, libc } from './libc.js';

/** linux/fs.h */
const BLKFLSBUF = 0x1261;
/** linux/fadvise.h */
const POSIX_FADV_DONTNEED = 4;

/** An open file or block device, as the page cache has it. */
export interface CachedTarget {
  readonly descriptor: number;
  readonly kind: string;
  readonly path: string;
}

/**
 * Drops what the page cache holds of an open file or device, so that the first reads come from the disk. Dirty pages are
 * written first, for the kernel keeps those. Null, or one sentence why it was not possible; that is no reason to stop.
 */
export function dropPageCache(target: CachedTarget): string | null {
  try {
    fs.fsyncSync(target.descriptor);
  } catch {
    // Opened for reading only on a file system that minds, or a failing disk: the job itself will meet that.
  }
  return dropCleanPages(target, 0, 0);
}

/** Likewise for a part of the file (0 bytes = to its end), but for what is not on the disk yet: nothing is synced. */
export function dropCleanPages(
  { descriptor, kind, path: targetPath }: CachedTarget,
  offsetBytes: number,
  byteCount: number,
): string | null {
  const fadvise = libc.func('posix_fadvise', 'int', ['int', 'int64_t', 'int64_t', 'int']);
  const ioctl = libc.func('ioctl', 'int', ['int', 'uint32_t', 'int64_t']);
  if (kind === 'block' && ioctl(descriptor, BLKFLSBUF, 0) !== 0) {
    const error = errno();
    if (error !== Errno.EACCES && error !== Errno.EPERM) {
      return `the page cache of ${targetPath} was not dropped: ${describeErrno(error).meaning} (${describeErrno(error).name})`;
    }
    // Not root: what follows drops the pages that nobody else uses.
  }
  // posix_fadvise returns its error instead of setting errno.
  const error: number = fadvise(descriptor, offsetBytes, byteCount, POSIX_FADV_DONTNEED);
  if (error === 0) return null;
  return `the page cache of ${targetPath} was not dropped: ${describeErrno(error).meaning} (${describeErrno(error).name})`;
}
