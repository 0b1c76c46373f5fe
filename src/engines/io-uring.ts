/**
 * The io_uring engine: slots to SQEs, results back to slots. `Ring` moves heads and tails; this file says what an SQE
 * holds. Everything of an SQE that does not change from one I/O to the next (address, buffer index, user_data) is written
 * once; per I/O it is opcode, file, offset and length.
 */

import { release as kernelRelease } from 'node:os';
import { Operation, operationCount } from '../job/operation.js';
import {
  blockCommandDiscard,
  fsyncDataSync,
  iovecWords,
  Op,
  SqeFlag,
  SqeWord,
  sqeShift,
  sqeWords,
} from '../ring/abi.js';
import { cancelEverything } from '../ring/cancel.js';
import type { Ring } from '../ring/ring.js';
import type { Fallback, FixedBuffers } from '../ring/setup.js';
import { highWord, lowWord } from '../ring/words.js';
import type { EngineFacts, EngineSetting } from '../stats/engine-facts.js';
import { assert } from '../support/errors.js';
import { Errno } from '../system/errno.js';
import { mapMemory } from '../system/memory.js';
import { type BlockingCalls, createBlockingCalls } from './blocking-calls.js';
import { type CallFlags, callFlags } from './call-flags.js';
import type { CommandPriorities } from './command-priority.js';
import type { Buffers, Engine, EngineSetup } from './engine.js';
import type { Requests } from './requests.js';
import {
  type EngineRing,
  fixedBuffersOf,
  fixesFiles,
  onRing,
  ringCounts,
  ringFacts,
  ringRequest,
  settleRing,
} from './ring-settings.js';
import { holeInFile } from './trim-codes.js';

/** IORING_NOP_INJECT_RESULT (Linux 6.10): a NOP's result is its length. */
const nopInjectResult = 1;
/** ioprio in the first word of an SQE. */
const priorityShift = 16;

/** Why a slot's SQE is not as prefilled; it is restored when the slot completes. */
const Disturbed = { no: 0, zeroMeansDone: 1, rest: 2 } as const;

/** How SQEs are to look. */
export interface UringMode {
  readonly nop: boolean;
  /** NOPs complete with what their length says (IORING_NOP_INJECT_RESULT, 6.10), so that no result needs care. */
  readonly nopInjects: boolean;
  readonly vectored: boolean;
  /** null = buffers are not registered. */
  readonly fixedBuffers: FixedBuffers | null;
  readonly fixedFiles: boolean;
  readonly forceAsyncEvery: number;
  /** RWF_ flags of reads and of writes. */
  readonly callFlags: CallFlags;
  /** Those of the two may differ (RWF_ATOMIC), so each I/O sets its own. */
  readonly flagsPerOperation: boolean;
  /** The thread's priority: a kernel thread that submits (SQPOLL) has none of it. */
  readonly ownPriority: number;
  /** By lot for each I/O; null = all have `ownPriority`. */
  readonly priorities: CommandPriorities | null;
  /** Syncs and trims cannot go through a polled ring. */
  readonly iopoll: boolean;
  /** The kernel takes discards of block devices through the ring (6.12). */
  readonly ringDiscards: boolean;
}

/** All that an engine is made of; tests put a fake kernel's ring here. */
interface UringParts {
  readonly ring: Ring;
  readonly depth: number;
  readonly requests: Requests;
  readonly files: readonly { readonly descriptor: number; readonly kind: 'file' | 'block' | 'memory' }[];
  readonly buffers: Buffers;
  readonly mode: UringMode;
  /** Needed when `mode.vectored`: `iovecWords` per slot. */
  readonly iovecs: { readonly words: Int32Array; readonly address: number } | null;
  readonly blockingCalls: BlockingCalls;
  /** Flags of sync_file_range(2). */
  readonly syncRangeFlags: number;
  /** See `Engine.waitLimit`. */
  readonly waitLimit: Int32Array;
  /** Everything of the facts that does not change during the run. */
  readonly facts: Omit<EngineFacts, 'enterCount' | 'retryCount' | 'wakeupCount' | 'overflowCount'>;
  cancelAll(): void;
  /** Frees ring and memory once the engine has dropped its views. */
  release(): void;
}

export class UringEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  readonly waitLimit: Int32Array;

  private readonly ring: Ring;
  private readonly operation: Int32Array;
  private readonly fileIndex: Int32Array;
  private readonly byteCount: Int32Array;
  private readonly offset: Float64Array;
  /** What goes into sqe->fd: descriptors, or indexes of registered files. */
  private readonly sqeFile: Int32Array;
  /** opcode and flags word of each operation; −1 = not by that path. */
  private readonly opcodeFlags: Int32Array;
  private sqes: Int32Array;
  /** Operations from this one on take the rare path. */
  private readonly rareFrom: number;
  /** Reads and writes carry different flags; else they are prefilled. */
  private readonly flagsDiffer: boolean;
  /** Slots whose results or SQEs need care after the next reap; in nop mode always, but for injected results. */
  private attention: number;
  private readonly disturbed: Uint8Array;
  private iovecs: Int32Array;
  private asyncCountdown: number;
  /** Slots that blocking calls serve: [0, outsideDone) are done, [outsideDone, outsideCount) wait. */
  private outsideCount: number;
  private outsideDone: number;
  private readonly outsideSlot: Int32Array;
  private readonly outsideResult: Int32Array;
  private trimmedOutside: boolean;
  private trimmedInside: boolean;
  private closed: boolean;
  private readonly parts: UringParts;

  constructor(parts: UringParts) {
    const { ring, requests, depth, mode, files } = parts;
    assert(ring.completedSlot.length >= depth, 'the ring reaps into as many rows as there are slots');
    assert(ring.sqes.length >= depth * sqeWords, 'each slot has its SQE');
    assert(!mode.vectored || parts.iovecs !== null, 'vectored operations have their iovecs');
    this.completedSlot = ring.completedSlot;
    this.completedResult = ring.completedResult;
    this.waitLimit = parts.waitLimit;
    this.ring = ring;
    this.operation = requests.operation;
    this.fileIndex = requests.fileIndex;
    this.byteCount = requests.byteCount;
    this.offset = requests.offset;
    this.sqeFile = Int32Array.from(mode.fixedFiles ? files.keys() : files.map((file) => file.descriptor));
    if (this.sqeFile.length === 0) this.sqeFile = Int32Array.of(-1);
    this.opcodeFlags = opcodeFlagsOf(mode);
    this.sqes = ring.sqes;
    this.flagsDiffer = parts.mode.flagsPerOperation;
    const plain = !mode.vectored && mode.forceAsyncEvery === 0 && !this.flagsDiffer && mode.priorities === null;
    this.rareFrom = mode.nop ? operationCount : plain ? Operation.trim : 0;
    this.attention = mode.nop && !mode.nopInjects ? 1 : 0;
    this.disturbed = new Uint8Array(depth);
    this.iovecs = parts.iovecs?.words ?? new Int32Array(0);
    this.asyncCountdown = mode.forceAsyncEvery;
    this.outsideCount = 0;
    this.outsideDone = 0;
    this.outsideSlot = new Int32Array(depth);
    this.outsideResult = new Int32Array(depth);
    this.trimmedOutside = false;
    this.trimmedInside = false;
    this.closed = false;
    this.parts = parts;
    for (let slot = 0; slot < depth; slot++) this.prefill(slot);
  }

  queue(slot: number): void {
    const operation = this.operation[slot]!;
    if (operation >= this.rareFrom) {
      this.queueRare(slot, operation);
      return;
    }
    const sqes = this.sqes;
    const sqe = slot << sqeShift;
    const offset = this.offset[slot]!;
    sqes[sqe] = this.opcodeFlags[operation]!;
    sqes[sqe + SqeWord.fd] = this.sqeFile[this.fileIndex[slot]!]!;
    sqes[sqe + SqeWord.offsetLow] = offset | 0;
    sqes[sqe + SqeWord.offsetHigh] = (offset / 4294967296) | 0;
    sqes[sqe + SqeWord.length] = this.byteCount[slot]!;
    this.ring.queue(slot);
  }

  queueRest(slot: number, doneBytes: number): void {
    this.queueTransfer(slot, doneBytes);
  }

  submit(): void {
    if (this.outsideCount !== 0) this.callOutside();
    this.ring.submit();
  }

  submitAndReap(completionsMin: number): number {
    if (this.outsideCount !== 0) return this.submitAndReapOutside(completionsMin);
    const count = this.ring.submitAndReap(completionsMin);
    if (this.attention !== 0) this.settle(count);
    return count;
  }

  cancelAll(): void {
    if (!this.closed) this.parts.cancelAll();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    // A view of unmapped memory, once touched, kills the process: so none is left.
    this.sqes = new Int32Array(0);
    this.iovecs = new Int32Array(0);
    this.parts.release();
  }

  describe(): EngineFacts {
    const { ring, parts } = this;
    return {
      ...parts.facts,
      settings: [...(parts.facts.settings ?? []), ...this.trimSetting()],
      fallbacks: this.trimmedOutside ? [...parts.facts.fallbacks, trimFallback] : parts.facts.fallbacks,
      ...ringCounts(ring),
    };
  }

  private trimSetting(): EngineSetting[] {
    if (this.trimmedInside) return [{ option: 'trim', value: 'in the ring (BLOCK_URING_CMD_DISCARD)' }];
    return this.trimmedOutside ? [{ option: 'trim', value: 'by blocking calls' }] : [];
  }

  /** Writes what stays the same for all I/O of the slot. */
  private prefill(slot: number): void {
    const { buffers, mode, iovecs } = this.parts;
    const sqe = slot << sqeShift;
    const sqes = this.sqes;
    const bufferAddress = buffers.address + slot * buffers.strideBytes;
    sqes.fill(0, sqe, sqe + sqeWords);
    sqes[sqe + SqeWord.userDataLow] = slot;
    if (mode.nop) {
      if (mode.nopInjects) sqes[sqe + SqeWord.opFlags] = nopInjectResult;
      return;
    }
    if (mode.vectored) {
      const iovec = slot * iovecWords;
      this.iovecs[iovec] = lowWord(bufferAddress);
      this.iovecs[iovec + 1] = highWord(bufferAddress);
      this.setAddress(sqe, iovecs!.address + iovec * 4);
    } else {
      this.setAddress(sqe, bufferAddress);
    }
    sqes[sqe + SqeWord.opFlags] = mode.callFlags.read;
    if (mode.fixedBuffers !== null) {
      sqes[sqe + SqeWord.bufferIndex] = Math.floor(slot / mode.fixedBuffers.slotsPerBuffer);
    }
  }

  private setAddress(sqe: number, address: number): void {
    this.sqes[sqe + SqeWord.addressLow] = lowWord(address);
    this.sqes[sqe + SqeWord.addressHigh] = highWord(address);
  }

  private queueRare(slot: number, operation: number): void {
    if (operation === Operation.read || operation === Operation.write) {
      this.queueTransfer(slot, 0);
    } else if (this.goesOutside(slot, operation)) {
      this.outsideSlot[this.outsideCount] = slot;
      this.outsideCount++;
    } else {
      this.queueWithoutBuffer(slot, operation);
    }
  }

  /** Reads and writes in every form: vectored, asynchronous, or the rest of a short one. */
  private queueTransfer(slot: number, doneBytes: number): void {
    const { buffers, mode } = this.parts;
    const sqes = this.sqes;
    const sqe = slot << sqeShift;
    const offset = this.offset[slot]! + doneBytes;
    const address = buffers.address + slot * buffers.strideBytes + doneBytes;
    const byteCount = this.byteCount[slot]! - doneBytes;
    sqes[sqe] = this.opcodeFlags[this.operation[slot]!]! | this.asyncFlag();
    if (mode.priorities !== null) {
      const priority = doneBytes === 0 ? mode.priorities.draw(slot) : mode.priorities.drawn(slot);
      sqes[sqe] = (sqes[sqe]! & 0xffff) | (priority << priorityShift);
    }
    if (this.flagsDiffer) {
      const { read, write } = mode.callFlags;
      sqes[sqe + SqeWord.opFlags] = this.operation[slot] === Operation.read ? read : write;
    }
    sqes[sqe + SqeWord.fd] = this.sqeFile[this.fileIndex[slot]!]!;
    sqes[sqe + SqeWord.offsetLow] = lowWord(offset);
    sqes[sqe + SqeWord.offsetHigh] = highWord(offset);
    if (mode.vectored) {
      const iovec = slot * iovecWords;
      this.iovecs[iovec] = lowWord(address);
      this.iovecs[iovec + 1] = highWord(address);
      this.iovecs[iovec + 2] = byteCount;
      sqes[sqe + SqeWord.length] = 1;
    } else {
      sqes[sqe + SqeWord.length] = byteCount;
      if (doneBytes !== 0) this.setAddress(sqe, address);
    }
    if (doneBytes !== 0) this.disturb(slot, Disturbed.rest);
    this.ring.queue(slot);
  }

  /** IOSQE_ASYNC on every Nth request. */
  private asyncFlag(): number {
    if (this.asyncCountdown === 0) return 0;
    this.asyncCountdown--;
    if (this.asyncCountdown > 0) return 0;
    this.asyncCountdown = this.parts.mode.forceAsyncEvery;
    return SqeFlag.ASYNC << 8;
  }

  private goesOutside(slot: number, operation: number): boolean {
    const { mode, files } = this.parts;
    if (mode.iopoll) return true;
    return operation === Operation.trim && !mode.ringDiscards && files[this.fileIndex[slot]!]!.kind === 'block';
  }

  /** Syncs and trims. The kernel wants the words that an operation does not use to be 0. */
  private queueWithoutBuffer(slot: number, operation: number): void {
    const sqes = this.sqes;
    const sqe = slot << sqeShift;
    const fileIndex = this.fileIndex[slot]!;
    sqes.fill(0, sqe, sqe + sqeWords);
    sqes[sqe] = this.opcodeFlags[operation]!;
    sqes[sqe + SqeWord.fd] = this.sqeFile[fileIndex]!;
    sqes[sqe + SqeWord.userDataLow] = slot;
    if (operation === Operation.dataSync) sqes[sqe + SqeWord.opFlags] = fsyncDataSync;
    if (operation === Operation.syncRange) this.writeSyncRange(slot, sqe);
    if (operation === Operation.trim) {
      if (this.parts.files[fileIndex]!.kind === 'block') this.writeDiscard(slot, sqe);
      else this.writePunchHole(slot, sqe);
    }
    this.disturb(slot, Disturbed.zeroMeansDone);
    this.ring.queue(slot);
  }

  /** IORING_OP_SYNC_FILE_RANGE has 32 bits for the length; 0 means up to the end of the file. */
  private writeSyncRange(slot: number, sqe: number): void {
    const offset = this.offset[slot]!;
    const length = this.parts.requests.rangeBytes[slot]!;
    this.sqes[sqe + SqeWord.offsetLow] = lowWord(offset);
    this.sqes[sqe + SqeWord.offsetHigh] = highWord(offset);
    this.sqes[sqe + SqeWord.length] = length < 4294967296 ? lowWord(length) : 0;
    this.sqes[sqe + SqeWord.opFlags] = this.parts.syncRangeFlags;
  }

  /** IORING_OP_URING_CMD to the block layer. */
  private writeDiscard(slot: number, sqe: number): void {
    this.trimmedInside = true;
    this.sqes[sqe] = (this.opcodeFlags[Operation.trim]! & ~0xff) | Op.uringCommand;
    this.sqes[sqe + SqeWord.offsetLow] = blockCommandDiscard;
    this.setAddress(sqe, this.offset[slot]!);
    this.sqes[sqe + SqeWord.address3Low] = this.byteCount[slot]!;
  }

  /** IORING_OP_FALLOCATE (5.6) takes the length where others have the address. */
  private writePunchHole(slot: number, sqe: number): void {
    const offset = this.offset[slot]!;
    this.sqes[sqe + SqeWord.offsetLow] = lowWord(offset);
    this.sqes[sqe + SqeWord.offsetHigh] = highWord(offset);
    this.sqes[sqe + SqeWord.length] = holeInFile;
    this.setAddress(sqe, this.byteCount[slot]!);
  }

  private disturb(slot: number, how: number): void {
    if (this.disturbed[slot] === Disturbed.no) this.attention++;
    this.disturbed[slot] = how;
  }

  /** After a reap: gives results their meaning in bytes, and slots their prefilled SQEs. */
  private settle(count: number): void {
    const { nop } = this.parts.mode;
    const completedSlot = this.completedSlot;
    const completedResult = this.completedResult;
    for (let index = 0; index < count; index++) {
      const slot = completedSlot[index]!;
      const how = this.disturbed[slot]!;
      if (completedResult[index] === 0 && (nop || how === Disturbed.zeroMeansDone)) {
        completedResult[index] = this.byteCount[slot]!;
      }
      if (how === Disturbed.no) continue;
      this.disturbed[slot] = Disturbed.no;
      this.attention--;
      this.prefill(slot);
    }
  }

  private submitAndReapOutside(completionsMin: number): number {
    // What can run in parallel starts first.
    this.ring.submit();
    this.callOutside();
    const count = this.ring.submitAndReap(Math.max(0, completionsMin - this.outsideDone));
    if (this.attention !== 0) this.settle(count);
    const total = count + this.outsideDone;
    for (let index = 0; index < this.outsideDone; index++) {
      this.completedSlot[count + index] = this.outsideSlot[index]!;
      this.completedResult[count + index] = this.outsideResult[index]!;
    }
    this.outsideCount = 0;
    this.outsideDone = 0;
    return total;
  }

  private callOutside(): void {
    const { files } = this.parts;
    for (; this.outsideDone < this.outsideCount; this.outsideDone++) {
      const slot = this.outsideSlot[this.outsideDone]!;
      const file = files[this.fileIndex[slot]!]!;
      const result = this.callOne(slot, file.descriptor, file.kind);
      this.outsideResult[this.outsideDone] = result === 0 ? this.byteCount[slot]! : result;
    }
  }

  private callOne(slot: number, descriptor: number, kind: string): number {
    const calls = this.parts.blockingCalls;
    switch (this.operation[slot]) {
      case Operation.sync:
        return calls.sync(descriptor);
      case Operation.dataSync:
        return calls.dataSync(descriptor);
      case Operation.trim:
        this.trimmedOutside = true;
        return kind === 'block'
          ? calls.discard(descriptor, this.offset[slot]!, this.byteCount[slot]!)
          : calls.punchHole(descriptor, this.offset[slot]!, this.byteCount[slot]!);
      default:
        return -Errno.EOPNOTSUPP;
    }
  }
}

const trimFallback: Fallback = {
  asked: 'trim in the ring',
  reason: 'trims are done one by one by a blocking call (BLKDISCARD, fallocate), so their depth is 1',
  advice: 'read their latency as that of a synchronous engine',
};

/** The first word of an SQE (opcode, flags, ioprio) for each `Operation`. */
function opcodeFlagsOf(mode: UringMode): Int32Array {
  const flags = mode.fixedFiles ? SqeFlag.FIXED_FILE << 8 : 0;
  const words = new Int32Array(operationCount);
  if (mode.nop) return words;
  const [read, write] =
    mode.fixedBuffers !== null
      ? [Op.readFixed, Op.writeFixed]
      : mode.vectored
        ? [Op.readv, Op.writev]
        : [Op.read, Op.write];
  const priority = mode.ownPriority << priorityShift;
  words[Operation.read] = read | flags | priority;
  words[Operation.write] = write | flags | priority;
  words[Operation.trim] = Op.fallocate | flags;
  words[Operation.sync] = Op.fsync | flags;
  words[Operation.dataSync] = Op.fsync | flags;
  words[Operation.syncRange] = Op.syncFileRange | flags;
  return words;
}

/** Opens the ring of one job on the calling thread. Throws `UserError` with what to do. */
export function openEngine(setup: EngineSetup): Engine {
  const { depth } = setup;
  return onRing(ringRequest(setup), (own) => {
    const { opened, fallbacks, memories, release } = own;
    const settings = settleRing(setup, opened, fallbacks);
    const mode = chooseMode(setup, own);
    let iovecs: UringParts['iovecs'] = null;
    if (mode.vectored) {
      const memory = mapMemory(depth * iovecWords * 4, true);
      memories.push(memory);
      iovecs = { words: new Int32Array(memory.view), address: memory.address };
    }
    return new UringEngine({
      ring: opened.ring,
      depth,
      requests: setup.requests,
      files: setup.files,
      buffers: setup.buffers,
      mode,
      iovecs,
      blockingCalls: createBlockingCalls(),
      syncRangeFlags: setup.syncRangeFlags ?? 0,
      waitLimit: opened.mapped.waitLimit,
      facts: {
        ...ringFacts(setup, opened),
        fixedBuffers: mode.fixedBuffers !== null,
        fixedFiles: mode.fixedFiles,
        settings,
        fallbacks,
      },
      cancelAll: () => cancelEverything(opened.mapped),
      release,
    });
  });
}

/** Registers what was asked for, and settles on the form of the SQEs. */
function chooseMode(setup: EngineSetup, own: EngineRing): UringMode {
  const { options } = setup;
  const fixedBuffers = fixedBuffersOf(setup, own, setup.depth);
  const fixedFiles = fixesFiles(setup, own);
  return {
    nop: options.nop,
    // Every kernel that openRing accepts (5.11) has READ and WRITE (5.6), so `null` means them.
    vectored: options.nonvectored === false && fixedBuffers === null && !options.nop,
    fixedBuffers,
    fixedFiles,
    forceAsyncEvery: options.forceAsyncEvery,
    callFlags: options.nop ? { read: 0, write: 0 } : callFlags(setup),
    flagsPerOperation: options.atomic && !options.nop,
    ownPriority: setup.ownPriority ?? 0,
    priorities: options.nop ? null : (setup.priorities ?? null),
    iopoll: options.iopoll,
    nopInjects: isKernelAtLeast(kernelRelease(), 6, 10),
    ringDiscards: kernelTakesDiscards(kernelRelease()),
  };
}

/** BLOCK_URING_CMD_DISCARD came with Linux 6.12. The probe does not list commands, so the release decides. */
export function kernelTakesDiscards(version: string): boolean {
  return isKernelAtLeast(version, 6, 12);
}

function isKernelAtLeast(version: string, majorMin: number, minorMin: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > majorMin || (major === majorMin && minor >= minorMin);
}
