/** What the C library calls an error number, as fio prints it. */
import { getSystemErrorMap } from 'node:util';

/** strerror(3) of glibc for what storage gives; for the rest Node's own wording. */
const texts: Readonly<Record<number, string>> = {
  0: 'Success',
  1: 'Operation not permitted',
  2: 'No such file or directory',
  4: 'Interrupted system call',
  5: 'Input/output error',
  6: 'No such device or address',
  9: 'Bad file descriptor',
  11: 'Resource temporarily unavailable',
  12: 'Cannot allocate memory',
  13: 'Permission denied',
  16: 'Device or resource busy',
  17: 'File exists',
  19: 'No such device',
  20: 'Not a directory',
  21: 'Is a directory',
  22: 'Invalid argument',
  24: 'Too many open files',
  27: 'File too large',
  28: 'No space left on device',
  29: 'Illegal seek',
  30: 'Read-only file system',
  61: 'No data available',
  84: 'Invalid or incomplete multibyte or wide character',
  95: 'Operation not supported',
  110: 'Connection timed out',
  117: 'Structure needs cleaning',
  121: 'Remote I/O error',
  122: 'Disk quota exceeded',
};

/** @param errno positive, 0 = none. */
export function strerror(errno: number): string {
  return texts[errno] ?? getSystemErrorMap().get(-errno)?.[1] ?? `Unknown error ${errno}`;
}
