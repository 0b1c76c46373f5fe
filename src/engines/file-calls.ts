/** Calls that several engines make for what their own interface cannot do: flushing and discarding. Not the fast path. */
import { errno, libc } from '../system/libc.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';

/** _IO(0x12, 119) of linux/fs.h: discards { start, length } of a block device. */
const BLKDISCARD = 0x1277;

const fsync = libc.func('fsync', 'int', ['int']);
const fdatasync = libc.func('fdatasync', 'int', ['int']);
const ioctl = libc.func('ioctl', 'int', ['int', 'uint32_t', 'uint64_t']);

/** 0 or −errno. */
export function flushFile(descriptor: number, dataOnly: boolean): number {
  const result: number = dataOnly ? fdatasync(descriptor) : fsync(descriptor);
  return result < 0 ? -errno() : 0;
}

/**
 * A function that discards bytes [offset, offset + byteCount) of a block device and returns 0 or −errno (BLKDISCARD;
 * ENOTTY for regular files, EOPNOTSUPP for devices without discard). Nothing is allocated per call. The memory that it
 * maps is added to `memories`, for the engine to free.
 */
export function createDiscard(
  memories: MappedMemory[],
): (descriptor: number, offset: number, byteCount: number) => number {
  const range = mapMemory(16);
  memories.push(range);
  const words = new Uint32Array(range.view, 0, 4);
  const address = range.address;
  return (descriptor, offset, byteCount) => {
    // A typed array takes a double modulo 2^32, so this is the 64-bit offset in two halves.
    words[0] = offset;
    words[1] = offset / 4294967296;
    words[2] = byteCount;
    words[3] = 0;
    const result: number = ioctl(descriptor, BLKDISCARD, address);
    return result < 0 ? -errno() : 0;
  };
}
