/** What io_uring cannot do on some kernels, or in some modes of a ring: as calls that wait. */
import { highWord, lowWord } from '../ring/words.js';
import { errno, libc } from '../system/libc.js';
import { BLKDISCARD, holeInFile } from './trim-codes.js';

/** What cannot go through the ring, as blocking calls: 0 or −errno. */
export interface BlockingCalls {
  discard(descriptor: number, offset: number, byteCount: number): number;
  punchHole(descriptor: number, offset: number, byteCount: number): number;
  sync(descriptor: number): number;
  dataSync(descriptor: number): number;
}

const ioctl = libc.func('ioctl', 'int', ['int', 'long', 'void *']);
const fallocate = libc.func('fallocate', 'int', ['int', 'int', 'int64_t', 'int64_t']);
const fsync = libc.func('fsync', 'int', ['int']);
const fdatasync = libc.func('fdatasync', 'int', ['int']);

/** The real ones. `range` is { u64 start, u64 length } in words, reused by every discard. */
export function createBlockingCalls(): BlockingCalls {
  const range = new Int32Array(4);
  const outcome = (result: number) => (result < 0 ? -errno() : 0);
  return {
    discard(descriptor, offset, byteCount) {
      range[0] = lowWord(offset);
      range[1] = highWord(offset);
      range[2] = byteCount;
      return outcome(ioctl(descriptor, BLKDISCARD, range));
    },
    punchHole: (descriptor, offset, byteCount) => outcome(fallocate(descriptor, holeInFile, offset, byteCount)),
    sync: (descriptor) => outcome(fsync(descriptor)),
    dataSync: (descriptor) => outcome(fdatasync(descriptor)),
  };
}
