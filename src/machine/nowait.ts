/**
 * Whether reads of a file can be asked for without blocking (RWF_NOWAIT, preadv2(2)). What refuses that is handed to
 * worker threads by io_uring. The kernel tells only when asked for a read, so one block is read.
 */
import fs from 'node:fs';
import { Errno } from '../system/errno.js';
import { errno, libc } from '../system/libc.js';
import { mapMemory } from '../system/memory.js';

const RWF_NOWAIT = 8;
const blockBytes = 4096;

/**
 * @param direct with O_DIRECT, which can make a difference
 * @returns null where it cannot be found out: the file cannot be opened, or the read failed for another reason
 */
export function supportsNowait(path: string, direct: boolean): boolean | null {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDONLY | (direct ? fs.constants.O_DIRECT : 0));
  } catch {
    return null;
  }
  const memory = mapMemory(blockBytes);
  try {
    const vector = BigUint64Array.of(BigInt(memory.address), BigInt(blockBytes));
    const preadv2 = libc.func('preadv2', 'int', ['int', 'void *', 'int', 'int64_t', 'int']);
    const result: number = preadv2(descriptor, vector, 1, 0, RWF_NOWAIT);
    if (result >= 0) return true;
    const number = errno();
    // EAGAIN is the answer of what can and would have had to wait.
    if (number === Errno.EAGAIN) return true;
    return number === Errno.EOPNOTSUPP ? false : null;
  } finally {
    memory.free();
    fs.closeSync(descriptor);
  }
}
