/** Calls that engines make for what their own interface cannot do: flushing and trimming. */

import { Operation } from '../job/operation.js';
import { createSplit64, errno, libc } from '../system/libc.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import type { EngineSetup } from './engine.js';
import { BLKDISCARD, holeInFile } from './trim-codes.js';

const fsync = libc.func('fsync', 'int', ['int']);
const fdatasync = libc.func('fdatasync', 'int', ['int']);
const ioctl = libc.func('ioctl', 'int', ['int', 'uint32_t', 'uint64_t']);
const fallocate = libc.func('fallocate', 'int', ['int', 'int', 'split64', 'int64_t']);
const syncFileRange = libc.func('sync_file_range', 'int', ['int', 'split64', 'split64', 'uint32_t']);

/**
 * A function that performs the sync or trim of a slot and returns its result: the row's byteCount, or −errno.
 * Trims are BLKDISCARD on block devices (EOPNOTSUPP without discard) and a hole in regular files (fallocate(2)
 * FALLOC_FL_PUNCH_HOLE). It allocates nothing per call; what it maps is added to `memories`, for the engine to free.
 */
export function createFileCalls(setup: EngineSetup, memories: MappedMemory[]): (slot: number) => number {
  const { operation, fileIndex, byteCount, offset, rangeBytes } = setup.requests;
  const syncRangeFlags = setup.syncRangeFlags ?? 0;
  const descriptors = setup.descriptors ?? Int32Array.from(setup.files, (file) => file.descriptor);
  const devices = Int32Array.from(setup.files, (file) => (file.kind === 'block' ? 1 : 0));
  const range = mapMemory(16);
  memories.push(range);
  const words = new Uint32Array(range.view, 0, 4);
  const address = range.address;
  const split = createSplit64();
  const length = createSplit64();

  function syncRange(slot: number, descriptor: number): number {
    split.halves[0] = offset[slot]!;
    split.halves[1] = offset[slot]! / 4294967296;
    length.halves[0] = rangeBytes[slot]!;
    length.halves[1] = rangeBytes[slot]! / 4294967296;
    return syncFileRange(descriptor, split, length, syncRangeFlags);
  }

  function trim(slot: number, descriptor: number): number {
    const start = offset[slot]!;
    if (devices[fileIndex[slot]!] === 0) {
      split.halves[0] = start;
      split.halves[1] = start / 4294967296;
      return fallocate(descriptor, holeInFile, split, byteCount[slot]!);
    }
    // A typed array takes a double modulo 2^32, so this is the 64-bit offset in two halves.
    words[0] = start;
    words[1] = start / 4294967296;
    words[2] = byteCount[slot]!;
    words[3] = 0;
    return ioctl(descriptor, BLKDISCARD, address);
  }

  return (slot) => {
    const descriptor = descriptors[fileIndex[slot]!]!;
    const kind = operation[slot]!;
    const result: number =
      kind === Operation.trim
        ? trim(slot, descriptor)
        : kind === Operation.dataSync
          ? fdatasync(descriptor)
          : kind === Operation.syncRange
            ? syncRange(slot, descriptor)
            : fsync(descriptor);
    return result < 0 ? -errno() : byteCount[slot]!;
  };
}
