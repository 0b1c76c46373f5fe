/**
 * The synchronous calls: `sync` (lseek, read, write), `psync` (pread, pwrite), `vsync` (lseek, readv, writev), `pvsync`
 * (preadv, pwritev) and `pvsync2` (preadv2, pwritev2 with flags such as RWF_NOWAIT). See lseek(2), pread(2), preadv2(2).
 * Each queued slot is one call (two with lseek), made in `submitAndReap`, one after another.
 *
 * Offsets of 2^31 and more do not fit V8's small integers: as a double each call costs 16 bytes of garbage. They travel
 * as a struct of two halves instead (`Split64`), which costs about 0.2 µs more per call and makes no garbage. The path is chosen per request, by its offset, for a file may grow while it is written.
 */
import { engineLabel } from '../job/engine-label.js';
import { Operation } from '../job/operation.js';
import { InvariantError } from '../support/errors.js';
import { Random } from '../support/random.js';
import { createSplit64, errno, libc, type Split64 } from '../system/libc.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import { BlockingEngine } from './blocking-engine.js';
import { callFlags } from './call-flags.js';
import type { Engine, EngineSetup } from './engine.js';

const RWF_HIPRI = 0x1;
const SEEK_SET = 0;
const smallOffsetMax = 0x7fffffff;

/**
 * Reads or writes slot `slot`, but for its first `doneBytes`; gives what the call gave: bytes or −1 with errno.
 * Made once per engine from the one kind in use, so that a worker's calls stay monomorphic.
 */
type Transfer = (slot: number, doneBytes: number) => number;

export function openEngine(setup: EngineSetup): Engine {
  const memories: MappedMemory[] = [];
  return new SyncEngine(setup, createTransfer(setup, memories), memories);
}

class SyncEngine extends BlockingEngine {
  private readonly transfer: Transfer;

  constructor(setup: EngineSetup, transfer: Transfer, memories: MappedMemory[]) {
    super(setup, memories);
    this.transfer = transfer;
  }

  protected override perform(slot: number, doneBytes: number): number {
    const result = this.transfer(slot, doneBytes);
    return result < 0 ? -errno() : result;
  }

  protected override label(): string {
    return engineLabel(this.setup.options);
  }
}

function createTransfer(setup: EngineSetup, memories: MappedMemory[]): Transfer {
  const { options } = setup;
  switch (options.name) {
    case 'sync':
      return createSeekTransfer(setup);
    case 'psync':
      return createPositionedTransfer(setup);
    case 'vsync':
      return createSeekVectorTransfer(setup, memories);
    case 'pvsync':
      return createPositionedVectorTransfer(setup, memories);
    case 'pvsync2':
      return createFlaggedVectorTransfer(setup, memories);
    default:
      throw new InvariantError(`${options.name} is not one of the synchronous engines`);
  }
}

function createPositionedTransfer(setup: EngineSetup): Transfer {
  const { operation, offset, byteCount } = setup.requests;
  const small = ['int', 'uint64_t', 'size_t', 'int64_t'] as const;
  const wide = ['int', 'uint64_t', 'size_t', 'split64'] as const;
  const pread = libc.func('pread', 'int', small);
  const preadLarge = libc.func('pread', 'int', wide);
  const pwrite = libc.func('pwrite', 'int', small);
  const pwriteLarge = libc.func('pwrite', 'int', wide);
  const descriptorOf = descriptors(setup);
  const addressOf = bufferAddresses(setup);
  const split = createSplit(setup);
  return (slot, doneBytes) => {
    const position = offset[slot]! + doneBytes;
    const count = byteCount[slot]! - doneBytes;
    const descriptor = descriptorOf(slot);
    const address = addressOf(slot, doneBytes);
    if (position <= smallOffsetMax) {
      return operation[slot] === Operation.read
        ? pread(descriptor, address, count, position | 0)
        : pwrite(descriptor, address, count, position | 0);
    }
    const large = split(slot, doneBytes);
    return operation[slot] === Operation.read
      ? preadLarge(descriptor, address, count, large)
      : pwriteLarge(descriptor, address, count, large);
  };
}

function createSeekTransfer(setup: EngineSetup): Transfer {
  const { operation, byteCount } = setup.requests;
  const read = libc.func('read', 'int', ['int', 'uint64_t', 'size_t']);
  const write = libc.func('write', 'int', ['int', 'uint64_t', 'size_t']);
  const seek = createSeek(setup);
  const descriptorOf = descriptors(setup);
  const addressOf = bufferAddresses(setup);
  return (slot, doneBytes) => {
    const descriptor = descriptorOf(slot);
    const address = addressOf(slot, doneBytes);
    if (!seek(descriptor, slot, doneBytes)) return -1;
    return operation[slot] === Operation.read
      ? read(descriptor, address, byteCount[slot]! - doneBytes)
      : write(descriptor, address, byteCount[slot]! - doneBytes);
  };
}

function createSeekVectorTransfer(setup: EngineSetup, memories: MappedMemory[]): Transfer {
  const { operation } = setup.requests;
  const readv = libc.func('readv', 'int', ['int', 'uint64_t', 'int']);
  const writev = libc.func('writev', 'int', ['int', 'uint64_t', 'int']);
  const seek = createSeek(setup);
  const descriptorOf = descriptors(setup);
  const vectorOf = vectors(setup, memories);
  return (slot, doneBytes) => {
    const descriptor = descriptorOf(slot);
    const vector = vectorOf(slot, doneBytes);
    if (!seek(descriptor, slot, doneBytes)) return -1;
    return operation[slot] === Operation.read ? readv(descriptor, vector, 1) : writev(descriptor, vector, 1);
  };
}

function createPositionedVectorTransfer(setup: EngineSetup, memories: MappedMemory[]): Transfer {
  const { operation, offset } = setup.requests;
  const small = ['int', 'uint64_t', 'int', 'int64_t'] as const;
  const wide = ['int', 'uint64_t', 'int', 'split64'] as const;
  const preadv = libc.func('preadv', 'int', small);
  const preadvLarge = libc.func('preadv', 'int', wide);
  const pwritev = libc.func('pwritev', 'int', small);
  const pwritevLarge = libc.func('pwritev', 'int', wide);
  const descriptorOf = descriptors(setup);
  const vectorOf = vectors(setup, memories);
  const split = createSplit(setup);
  return (slot, doneBytes) => {
    const position = offset[slot]! + doneBytes;
    const descriptor = descriptorOf(slot);
    const vector = vectorOf(slot, doneBytes);
    if (position <= smallOffsetMax) {
      return operation[slot] === Operation.read
        ? preadv(descriptor, vector, 1, position | 0)
        : pwritev(descriptor, vector, 1, position | 0);
    }
    const large = split(slot, doneBytes);
    return operation[slot] === Operation.read
      ? preadvLarge(descriptor, vector, 1, large)
      : pwritevLarge(descriptor, vector, 1, large);
  };
}

function createFlaggedVectorTransfer(setup: EngineSetup, memories: MappedMemory[]): Transfer {
  const { operation, offset } = setup.requests;
  const small = ['int', 'uint64_t', 'int', 'int64_t', 'int'] as const;
  const wide = ['int', 'uint64_t', 'int', 'split64', 'int'] as const;
  const preadv2 = libc.func('preadv2', 'int', small);
  const preadv2Large = libc.func('preadv2', 'int', wide);
  const pwritev2 = libc.func('pwritev2', 'int', small);
  const pwritev2Large = libc.func('pwritev2', 'int', wide);
  const descriptorOf = descriptors(setup);
  const vectorOf = vectors(setup, memories);
  const split = createSplit(setup);
  const flagsOf = createFlags(setup);
  return (slot, doneBytes) => {
    const position = offset[slot]! + doneBytes;
    const descriptor = descriptorOf(slot);
    const vector = vectorOf(slot, doneBytes);
    const flags = flagsOf(slot);
    if (position <= smallOffsetMax) {
      return operation[slot] === Operation.read
        ? preadv2(descriptor, vector, 1, position | 0, flags)
        : pwritev2(descriptor, vector, 1, position | 0, flags);
    }
    const large = split(slot, doneBytes);
    return operation[slot] === Operation.read
      ? preadv2Large(descriptor, vector, 1, large, flags)
      : pwritev2Large(descriptor, vector, 1, large, flags);
  };
}

/** The flags of slot `slot`'s call; RWF_HIPRI by lot where only a share has it. */
function createFlags(setup: EngineSetup): (slot: number) => number {
  const { highPriority, highPriorityPercent } = setup.options;
  const { operation } = setup.requests;
  const { read, write } = callFlags(setup);
  const highFlag = highPriority && setup.rehearses !== true ? RWF_HIPRI : 0;
  if (!highPriority || highPriorityPercent === 100) {
    const flags = Int32Array.of(read | highFlag, write | highFlag);
    return (slot) => flags[operation[slot]!]!;
  }
  const random = setup.random ?? Random.fromSeed(0);
  const highBelow = Int32Array.of(Math.round((highPriorityPercent / 100) * 4294967296) - 2147483648);
  const flags = Int32Array.of(read, write);
  return (slot) => flags[operation[slot]!]! | (random.nextInt32() < highBelow[0]! ? highFlag : 0);
}

/** lseek to where slot `slot` begins, or goes on; false with errno set when it fails. */
function createSeek(setup: EngineSetup): (descriptor: number, slot: number, doneBytes: number) => boolean {
  // Read as an int, the new offset is cut to 32 bits: a small integer, but −1 may also be an offset that ends so.
  const lseek = libc.func('lseek', 'int', ['int', 'int64_t', 'int']);
  const lseekLarge = libc.func('lseek', 'int', ['int', 'split64', 'int']);
  const { offset } = setup.requests;
  const split = createSplit(setup);
  return (descriptor, slot, doneBytes) => {
    const position = offset[slot]! + doneBytes;
    if (position <= smallOffsetMax) return lseek(descriptor, position | 0, SEEK_SET) !== -1;
    const large = split(slot, doneBytes);
    return lseekLarge(descriptor, large, SEEK_SET) !== -1 || large.halves[0] === -1;
  };
}

/** The offset in two halves, in the same object each time. It takes no double: one that is passed on may be boxed. */
function createSplit(setup: EngineSetup): (slot: number, doneBytes: number) => Split64 {
  const { offset } = setup.requests;
  const split = createSplit64();
  const { halves } = split;
  return (slot, doneBytes) => {
    const position = offset[slot]! + doneBytes;
    halves[0] = position;
    halves[1] = position / 4294967296;
    return split;
  };
}

function descriptors(setup: EngineSetup): (slot: number) => number {
  const { fileIndex } = setup.requests;
  const descriptors = setup.descriptors ?? Int32Array.from(setup.files, (file) => file.descriptor);
  return (slot) => descriptors[fileIndex[slot]!]!;
}

/** Addresses are boxed once, here: an array that also holds a string keeps doubles as objects. */
function bufferAddresses(setup: EngineSetup): (slot: number, doneBytes: number) => number {
  const addresses: (number | string)[] = ['boxed'];
  for (let slot = 0; slot < setup.depth; slot++) {
    addresses.push(setup.buffers.address + slot * setup.buffers.strideBytes);
  }
  return (slot, doneBytes) => {
    const address = addresses[slot + 1] as number;
    return doneBytes === 0 ? address : address + doneBytes;
  };
}

/** One struct iovec { base, length } per slot, in mapped memory; the length is written anew for each call. */
function vectors(setup: EngineSetup, memories: MappedMemory[]): (slot: number, doneBytes: number) => number {
  const { byteCount } = setup.requests;
  const memory = mapMemory(setup.depth * 16);
  memories.push(memory);
  const words = new Uint32Array(memory.view);
  const addresses: (number | string)[] = ['boxed'];
  for (let slot = 0; slot < setup.depth; slot++) addresses.push(memory.address + slot * 16);
  const { address, strideBytes } = setup.buffers;
  return (slot, doneBytes) => {
    const base = address + slot * strideBytes + doneBytes;
    words[slot * 4] = base;
    words[slot * 4 + 1] = base / 4294967296;
    words[slot * 4 + 2] = byteCount[slot]! - doneBytes;
    return addresses[slot + 1] as number;
  };
}
