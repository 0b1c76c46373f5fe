/**
 * The synchronous calls: `sync` (lseek, read, write), `psync` (pread, pwrite), `vsync` (lseek, readv, writev), `pvsync`
 * (preadv, pwritev) and `pvsync2` (preadv2, pwritev2 with flags such as RWF_NOWAIT), with their syncs and trims. See
 * lseek(2), pread(2), preadv2(2), fsync(2). What is queued is written as rows of system calls (calls/rows.ts) and
 * performed in order, two rows for a slot where a call has no offset of its own.
 */

import { RowWord } from '../calls/machine-code.js';
import { callNumbers } from '../calls/numbers.js';
import { type CallRows, createCallRows, rowAt, rowWords } from '../calls/rows.js';
import { engineLabel } from '../job/engine-label.js';
import { Operation } from '../job/operation.js';
import { type EngineFacts, factsWithoutRing } from '../stats/engine-facts.js';
import { Random } from '../support/random.js';
import { Errno } from '../system/errno.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import { callFlags } from './call-flags.js';
import type { Engine, EngineSetup } from './engine.js';
import { BLKDISCARD, holeInFile } from './trim-codes.js';

const RWF_HIPRI = 0x1;

export function openEngine(setup: EngineSetup): Engine {
  return new SyncEngine(setup);
}

/** How an engine's calls say where they read and write. */
interface Shape {
  readonly read: number;
  readonly write: number;
  /** lseek(2) goes before. */
  readonly seeks: boolean;
  /** A struct iovec takes the place of address and length. */
  readonly vector: boolean;
  readonly flags: boolean;
}

const shapes: Readonly<Record<string, Shape>> = {
  sync: { read: callNumbers.read, write: callNumbers.write, seeks: true, vector: false, flags: false },
  psync: { read: callNumbers.pread64, write: callNumbers.pwrite64, seeks: false, vector: false, flags: false },
  vsync: { read: callNumbers.readv, write: callNumbers.writev, seeks: true, vector: true, flags: false },
  pvsync: { read: callNumbers.preadv, write: callNumbers.pwritev, seeks: false, vector: true, flags: false },
  pvsync2: { read: callNumbers.preadv2, write: callNumbers.pwritev2, seeks: false, vector: true, flags: true },
};

const callsOneByOne = {
  asked: 'runs of calls',
  reason: 'no machine code of ours may run here, or none is known for this processor',
  advice: 'each call costs about a microsecond more of our own, in the rate and not in the latency',
};

/** Beside each slot's row: a struct iovec, or the range of a discard. */
const besideWords = 4;
const SEEK_SET = 0;

class SyncEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  readonly callNs: Float64Array;
  private readonly setup: EngineSetup;
  private readonly rows: CallRows;
  private readonly words: Int32Array;
  private readonly beside: MappedMemory;
  private readonly besideWords: Int32Array;
  private readonly shape: Shape;
  private readonly descriptors: Int32Array;
  /** By file: 1 = a block device. */
  private readonly devices: Int32Array;
  private readonly flagsOf: (slot: number) => number;
  /** By slot, in halves: where its buffer is, and what is beside its row. */
  private readonly addresses: Int32Array;
  /** By place in the batch: the number of the row behind its rows. */
  private readonly rowEnd: Int32Array;
  /** By slot: what of its request was transferred by an earlier, short call. */
  private readonly doneBytes: Int32Array;
  /** A ring of slots that wait: `waitingCount` from `firstWaiting` on. */
  private readonly waiting: Int32Array;
  private firstWaiting = 0;
  private waitingCount = 0;
  private completedCount = 0;
  /** In an array: a field beyond 2^31 would be boxed. */
  private readonly callCount = new Float64Array(1);

  constructor(setup: EngineSetup) {
    const { depth, buffers, options } = setup;
    this.setup = setup;
    this.shape = shapes[options.name]!;
    this.rows = createCallRows(depth * (this.shape.seeks ? 2 : 1));
    this.words = this.rows.words;
    this.beside = mapMemory(depth * besideWords * 4, true);
    this.besideWords = new Int32Array(this.beside.view);
    this.completedSlot = new Int32Array(depth);
    this.completedResult = new Int32Array(depth);
    this.callNs = new Float64Array(depth);
    this.doneBytes = new Int32Array(depth);
    this.waiting = new Int32Array(depth);
    this.descriptors = setup.descriptors ?? Int32Array.from(setup.files, (file) => file.descriptor);
    this.devices = Int32Array.from(setup.files, (file) => (file.kind === 'block' ? 1 : 0));
    this.flagsOf = this.shape.flags ? createFlags(setup) : () => 0;
    this.rowEnd = new Int32Array(depth);
    this.addresses = new Int32Array(depth * 4);
    for (let slot = 0; slot < depth; slot++) {
      putNumber(this.addresses, slot * 4, buffers.address + slot * buffers.strideBytes);
      putNumber(this.addresses, slot * 4 + 2, this.beside.address + slot * besideWords * 4);
    }
  }

  queue(slot: number): void {
    this.doneBytes[slot] = 0;
    this.callNs[slot] = 0;
    this.queueLast(slot);
  }

  queueRest(slot: number, doneBytes: number): void {
    this.doneBytes[slot] = doneBytes;
    this.firstWaiting = (this.firstWaiting === 0 ? this.setup.depth : this.firstWaiting) - 1;
    this.waitingCount++;
    this.waiting[this.firstWaiting] = slot;
  }

  /** Performs what waits, but for what comes after a call that did not do what was asked: it is to be judged first. */
  submit(): void {
    const count = this.waitingCount;
    if (count === 0) return;
    const { depth } = this.setup;
    let rowCount = 0;
    for (let index = 0; index < count; index++) {
      const place = this.firstWaiting + index;
      rowCount = this.write(this.waiting[place < depth ? place : place - depth]!, rowCount);
      this.rowEnd[index] = rowCount;
    }
    const performed = this.rows.perform(rowCount);
    this.callCount[0]! += performed;
    let row = 0;
    for (let index = 0; row < performed; index++) {
      const end = this.rowEnd[index]!;
      this.complete(row, Math.min(end, performed));
      row = end;
    }
  }

  submitAndReap(_completionsMin: number): number {
    this.submit();
    const count = this.completedCount;
    this.completedCount = 0;
    return count;
  }

  /** What was never begun behind a call that failed is not begun any more. */
  endInput(): void {
    for (let left = this.waitingCount; left > 0; left--) {
      const slot = this.nextWaiting();
      if (this.callNs[slot]! > 0) {
        this.queueLast(slot);
        continue;
      }
      this.completedSlot[this.completedCount] = slot;
      this.completedResult[this.completedCount++] = -Errno.ECANCELED;
    }
  }

  cancelAll(): void {}

  close(): void {
    this.rows.free();
    this.beside.free();
  }

  describe(): EngineFacts {
    return {
      ...factsWithoutRing(engineLabel(this.setup.options), 1),
      fallbacks: this.rows.isPlain ? [callsOneByOne] : [],
      enterCount: this.callCount[0]!,
    };
  }

  private queueLast(slot: number): void {
    const last = this.firstWaiting + this.waitingCount++;
    this.waiting[last < this.setup.depth ? last : last - this.setup.depth] = slot;
  }

  private nextWaiting(): number {
    const slot = this.waiting[this.firstWaiting]!;
    this.firstWaiting = this.firstWaiting + 1 === this.setup.depth ? 0 : this.firstWaiting + 1;
    this.waitingCount--;
    return slot;
  }

  /** The next of those that wait had rows [first, end), of which the last performed one says how it went. */
  private complete(first: number, end: number): void {
    const slot = this.nextWaiting();
    const { words } = this;
    const [before, last] = [rowAt(first) - rowWords, rowAt(end) - rowWords];
    const seconds = words[last + RowWord.endSeconds]! - words[before + RowWord.endSeconds]!;
    this.callNs[slot]! += seconds * 1e9 + (words[last + RowWord.endNs]! - words[before + RowWord.endNs]!);
    const result = words[last + RowWord.result]!;
    const moves = this.setup.requests.operation[slot]! <= Operation.write;
    this.completedSlot[this.completedCount] = slot;
    this.completedResult[this.completedCount++] = moves || result < 0 ? result : this.setup.requests.byteCount[slot]!;
  }

  /** Writes the calls of slot `slot` as rows from `row` on; gives the number of the row after them. */
  private write(slot: number, row: number): number {
    const { operation, fileIndex, offset, byteCount } = this.setup.requests;
    const descriptor = this.descriptors[fileIndex[slot]!]!;
    const kind = operation[slot]!;
    if (kind > Operation.write) {
      this.writeOther(slot, rowAt(row), kind, descriptor);
      return row + 1;
    }
    const { shape, words } = this;
    const done = this.doneBytes[slot]!;
    const position = offset[slot]! + done;
    const count = byteCount[slot]! - done;
    let at = rowAt(row);
    if (shape.seeks) {
      words[at] = callNumbers.lseek;
      words[at + RowWord.arguments] = descriptor;
      putNumber(words, at + RowWord.arguments + 2, position);
      putNumber(words, at + RowWord.arguments + 4, SEEK_SET);
      putNumber(words, at + RowWord.expected, position);
      at += rowWords;
    }
    words[at] = kind === Operation.read ? shape.read : shape.write;
    words[at + RowWord.arguments] = descriptor;
    if (shape.vector) this.putVector(slot, at + RowWord.arguments + 2, done, count);
    else {
      this.putBuffer(slot, words, at + RowWord.arguments + 2, done);
      putNumber(words, at + RowWord.arguments + 4, count);
    }
    // preadv(2) and preadv2(2) have the upper half of the offset in an argument of its own, which is 0 on 64 bits.
    if (!shape.seeks) putNumber(words, at + RowWord.arguments + 6, position);
    if (shape.flags) words[at + RowWord.arguments + 10] = this.flagsOf(slot);
    putNumber(words, at + RowWord.expected, count);
    return shape.seeks ? row + 2 : row + 1;
  }

  /** Syncs, and trims: BLKDISCARD on block devices, a hole in regular files. All of them give 0. */
  private writeOther(slot: number, at: number, kind: number, descriptor: number): void {
    const { words } = this;
    const { fileIndex, offset, byteCount, rangeBytes } = this.setup.requests;
    const given = at + RowWord.arguments;
    words[given] = descriptor;
    putNumber(words, at + RowWord.expected, 0);
    if (kind === Operation.trim && this.devices[fileIndex[slot]!] === 1) {
      const beside = slot * besideWords;
      putNumber(this.besideWords, beside, offset[slot]!);
      putNumber(this.besideWords, beside + 2, byteCount[slot]!);
      words[at] = callNumbers.ioctl;
      putNumber(words, given + 2, BLKDISCARD);
      this.putBeside(slot, given + 4);
    } else if (kind === Operation.trim) {
      words[at] = callNumbers.fallocate;
      putNumber(words, given + 2, holeInFile);
      putNumber(words, given + 4, offset[slot]!);
      putNumber(words, given + 6, byteCount[slot]!);
    } else if (kind === Operation.syncRange) {
      words[at] = callNumbers.sync_file_range;
      putNumber(words, given + 2, offset[slot]!);
      putNumber(words, given + 4, rangeBytes[slot]!);
      putNumber(words, given + 6, this.setup.syncRangeFlags ?? 0);
    } else {
      words[at] = kind === Operation.dataSync ? callNumbers.fdatasync : callNumbers.fsync;
    }
  }

  private putVector(slot: number, at: number, doneBytes: number, count: number): void {
    const beside = slot * besideWords;
    this.putBuffer(slot, this.besideWords, beside, doneBytes);
    this.besideWords[beside + 2] = count;
    this.besideWords[beside + 3] = 0;
    this.putBeside(slot, at);
    this.words[at + 2] = 1;
    this.words[at + 3] = 0;
  }

  private putBeside(slot: number, at: number): void {
    this.words[at] = this.addresses[slot * 4 + 2]!;
    this.words[at + 1] = this.addresses[slot * 4 + 3]!;
  }

  private putBuffer(slot: number, words: Int32Array, at: number, doneBytes: number): void {
    if (doneBytes > 0) {
      const { address, strideBytes } = this.setup.buffers;
      putNumber(words, at, address + slot * strideBytes + doneBytes);
      return;
    }
    words[at] = this.addresses[slot * 4]!;
    words[at + 1] = this.addresses[slot * 4 + 1]!;
  }
}

/** A typed array takes a double modulo 2^32, so these are the two halves of a 64-bit number. */
function putNumber(words: Int32Array, at: number, value: number): void {
  words[at] = value;
  words[at + 1] = value / 4294967296;
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
