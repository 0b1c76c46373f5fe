/** What the kernel is told about an open file or a mapping of one: the pattern of accesses to come, and how long written data will live. */
import { UserError } from '../support/errors.js';
import { describeErrno } from './errno.js';
import { errno, libc } from './libc.js';

/** POSIX_FADV_* (linux/fadvise.h). */
const advices = { normal: 0, random: 1, sequential: 2, noreuse: 5 } as const;
export type AccessAdvice = keyof typeof advices;

/** F_LINUX_SPECIFIC_BASE + 11, 12 and 14 (linux/fcntl.h); Linux 5.17 has dropped the last one. */
const F_GET_RW_HINT = 1035;
const F_SET_RW_HINT = 1036;
const F_SET_FILE_RW_HINT = 1038;

/** RWH_WRITE_LIFE_* (linux/fcntl.h). */
const lives = { none: 1, short: 2, medium: 3, long: 4, extreme: 5 } as const;
type WriteLife = keyof typeof lives;

/** linux/mman.h */
const MADV_DONTNEED = 4;

interface HintedFile {
  readonly path: string;
  readonly descriptor: number;
}

/** posix_fadvise(2) for a part of the file. Null, or one sentence why it was refused; that is no reason to stop. */
export function adviseAccess(
  { path, descriptor }: HintedFile,
  offsetBytes: number,
  byteCount: number,
  advice: AccessAdvice,
): string | null {
  const call = libc.func('posix_fadvise', 'int', ['int', 'int64_t', 'int64_t', 'int']);
  // It returns its error instead of setting errno.
  const error: number = call(descriptor, offsetBytes, byteCount, advices[advice]);
  if (error === 0) return null;
  const { name, meaning } = describeErrno(error);
  return `${path}: the kernel did not take the hint "${advice}": ${meaning} (${name})`;
}

/**
 * madvise(2) for the mapping of a file, at a page boundary. `random` reads the page alone that a fault asks for;
 * `noreuse` has no counterpart that older kernels know, and changes nothing. False = it was refused; that is no reason to
 * stop.
 */
export function adviseMapping(address: number, byteCount: number, advice: AccessAdvice): boolean {
  if (advice === 'noreuse') return true;
  // MADV_NORMAL, MADV_RANDOM and MADV_SEQUENTIAL have the numbers of POSIX_FADV_*.
  return libc.func('madvise', 'int', ['uint64_t', 'size_t', 'int'])(address, byteCount, advices[advice]) === 0;
}

/** Gives the pages of a mapping of a file back (MADV_DONTNEED): those that are mapped cannot leave the page cache. */
export function leaveMappedPages(address: number, byteCount: number): void {
  libc.func('madvise', 'int', ['uint64_t', 'size_t', 'int'])(address, byteCount, MADV_DONTNEED);
}

/**
 * Expected life of what will be written (fcntl(2)): with O_DIRECT for the descriptor alone where the kernel can do that,
 * else for the file. Throws `UserError`.
 */
export function setWriteLife({ path, descriptor }: HintedFile, life: WriteLife, direct: boolean): void {
  const value = BigUint64Array.of(BigInt(lives[life]));
  const call = libc.func('fcntl', 'int', ['int', 'int', 'void *']);
  if (direct && call(descriptor, F_SET_FILE_RW_HINT, value) === 0) return;
  if (call(descriptor, F_SET_RW_HINT, value) === 0) return;
  const { name, meaning } = describeErrno(errno());
  throw UserError.of(
    `${path}: write_hint=${life} was refused: ${meaning} (${name})`,
    'leave write_hint out; it needs Linux 4.13 and a file or a block device',
    1,
  );
}

/** The hint that a file has, or null when none was set. */
export function writeLife(descriptor: number): WriteLife | null {
  const value = new BigUint64Array(1);
  if (libc.func('fcntl', 'int', ['int', 'int', 'void *'])(descriptor, F_GET_RW_HINT, value) !== 0) return null;
  const found = Number(value[0]);
  return (Object.keys(lives) as WriteLife[]).find((life) => lives[life] === found) ?? null;
}
