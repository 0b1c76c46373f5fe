/** Takes what the page cache holds of a file or device out of it. */
import fs from 'node:fs';
import { describeErrno, Errno } from './errno.js';
import { errno, libc } from './libc.js';
import { systemCall } from './system-call.js';

/** linux/fs.h */
const BLKFLSBUF = 0x1261;
/** linux/fadvise.h */
const POSIX_FADV_DONTNEED = 4;

/** An open file or block device, as the page cache has it. */
interface CachedTarget {
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

/**
 * Drops what the page cache holds of an open file or device without a write: false, and nothing is dropped, where it has
 * what is not on the device yet (cachestat(2), Linux 6.5, of one's own files; unasked elsewhere).
 */
export function dropWrittenPages(descriptor: number): boolean {
  // struct cachestat of linux/mman.h: pages cached, dirty, being written, evicted, evicted lately.
  const counts = new BigUint64Array(5);
  const cachestat = systemCall('cachestat', ['int', 'void *', 'void *', 'uint32_t']);
  const wholeFile = new BigUint64Array(2);
  if (cachestat(descriptor, wholeFile, counts, 0) === 0 && counts[1]! + counts[2]! > 0n) return false;
  const fadvise = libc.func('posix_fadvise', 'int', ['int', 'int64_t', 'int64_t', 'int']);
  fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  return true;
}
