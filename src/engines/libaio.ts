/**
 * Kernel AIO (io_setup(2), io_submit(2), io_getevents(2)) without libaio.so. iocbs belong to slots: what never changes is
 * filled in once. Completions are read from the ring that the kernel maps into the process, without a system call;
 * io_getevents is called only to wait, or when that ring is not of the form known here.
 *
 *   one mapping:  iocb[depth] (64 bytes each) │ struct io_event[depth] (32) │ pointers to submit[depth] (8) │ timespec
 *   the ring:     id, nr, head, tail, magic, compat, incompat, header length │ struct io_event[nr]     (fs/aio.c)
 *
 * Without O_DIRECT io_submit performs the I/O itself before it returns.
 */
import { engineLabel } from '../job/engine-label.js';
import { Operation } from '../job/operation.js';
import { type EngineFacts, factsWithoutRing } from '../stats/engine-facts.js';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno } from '../system/errno.js';
import { errno, viewMemory } from '../system/libc.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import { readNumber } from '../system/small-files.js';
import { systemCall } from '../system/system-call.js';
import { callFlags } from './call-flags.js';
import type { CommandPriorities } from './command-priority.js';
import type { Engine, EngineSetup } from './engine.js';
import { createFileCalls } from './file-calls.js';

const IOCB_CMD_PREAD = 0;
const IOCB_CMD_PWRITE = 1;
const IOCB_CMD_FSYNC = 2;
const IOCB_CMD_FDSYNC = 3;
const IOCB_CMD_PREADV = 7;
const IOCB_CMD_PWRITEV = 8;

/** Words of 32 bits in struct iocb (linux/aio_abi.h, little endian). */
const iocbWords = 16;
const iocbData = 0;
const iocbCallFlags = 3;
const iocbOpcode = 4;
const iocbDescriptor = 5;
const iocbBuffer = 6;
const iocbByteCount = 8;
const iocbOffset = 10;
const iocbFlags = 14;
/** The upper half of the opcode's word is a priority that counts. */
const IOCB_FLAG_IOPRIO = 2;
const priorityShift = 16;
/** struct iovec: base and length, each of 64 bits. */
const iovecWords = 4;
/** Words in struct io_event: data, obj, res, res2, each of 64 bits. */
const eventWords = 8;
const eventResult = 4;

const ringMagic = 0xa10a10a1 | 0;
const ringHeaderBytes = 32;
const ringCount = 1;
const ringHead = 2;
const ringTail = 3;
const ringMagicWord = 4;
const ringIncompatible = 6;
const ringHeaderLength = 7;

const waitNs = 100e6;

/** Throws `UserError` when the kernel grants no context. */
export function openEngine(setup: EngineSetup): Engine {
  return new LibaioEngine(setup, setup.options.userspaceReap ? 'ring' : 'events');
}

/** The calls into the kernel, for one context. A test can put faults in between. */
export interface AioCalls {
  /** Submits `count` pointers from the pointer with index `first` on: how many were taken, or −errno. */
  submit(first: number, count: number): number;
  /** Fills the event block: how many, or −errno. `wait`: up to 100 ms for `countMin`, else not at all. */
  getEvents(countMin: number, countMax: number, wait: boolean): number;
  destroy(): void;
}

/** How completions are reaped; `events` always calls io_getevents, as where the mapped ring has another form. */
export type ReapMethod = 'ring' | 'events';

export class LibaioEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  readonly waitLimit: Int32Array;
  private readonly setup: EngineSetup;
  private readonly depth: number;
  private readonly completeMax: number;
  private readonly memories: MappedMemory[] = [];
  private readonly callFile: (slot: number) => number;
  private readonly iocb: Uint32Array;
  private readonly iocbAddress: number;
  /** Opcode and flags of the call by operation. */
  private readonly opcode: Uint32Array;
  private readonly callFlags: Uint32Array;
  /** With `libaio_vectored`: one iovec per slot, and their address; iocbs then point to these. */
  private readonly iovec: Uint32Array | null;
  private readonly iovecAddress: number;
  private readonly event: Int32Array;
  private readonly pointer: Uint32Array;
  private readonly ring: Int32Array | null;
  private readonly ringCount: number;
  private readonly descriptor: Int32Array;
  /** Slots queued and not yet taken by the kernel, in the pointers' order: [takenCount, queuedCount). */
  private readonly queuedSlot: Int32Array;
  private queuedCount = 0;
  private takenCount = 0;
  /** Completed without the kernel's ring: trims, and requests that io_submit refused. */
  private readonly localSlot: Int32Array;
  private readonly localResult: Int32Array;
  private localCount = 0;
  /** Trims, and syncs where the kernel has no asynchronous ones: called when the batch is submitted. */
  private readonly blockingSlot: Int32Array;
  private blockingCount = 0;
  private completedCount = 0;
  private inFlightCount = 0;
  private flushesAsynchronously = true;
  /** A rest or a sync has changed a buffer's address at least once; from then on `prepare` puts it back. */
  private bufferMoved = false;
  private closed = false;
  private enterCount = 0;
  private retryCount = 0;
  private readonly mapsRing: boolean;
  private readonly priorities: CommandPriorities | null;
  private readonly calls: AioCalls;

  /** `wrapCalls`: for tests. */
  constructor(
    setup: EngineSetup,
    reapMethod: ReapMethod = 'ring',
    wrapCalls: (calls: AioCalls) => AioCalls = (calls) => calls,
  ) {
    const { depth, options } = setup;
    this.setup = setup;
    this.depth = depth;
    this.completeMax = Math.max(1, Math.min(options.batchCompleteMax ?? depth, depth));
    this.completedSlot = new Int32Array(depth);
    this.completedResult = new Int32Array(depth);
    this.queuedSlot = new Int32Array(depth);
    this.localSlot = new Int32Array(depth);
    this.localResult = new Int32Array(depth);
    this.blockingSlot = new Int32Array(depth);
    this.descriptor = Int32Array.from(setup.files, (file) => file.descriptor);

    const context = createContext(depth);
    const eventBytes = depth * 64;
    const pointerBytes = eventBytes + depth * 32;
    const timeoutBytes = pointerBytes + depth * 8;
    const block = mapMemory(timeoutBytes + 32, true);
    this.memories.push(block);
    this.callFile = createFileCalls(setup, this.memories);
    this.iocb = new Uint32Array(block.view, 0, depth * iocbWords);
    this.event = new Int32Array(block.view, eventBytes, depth * eventWords);
    this.pointer = new Uint32Array(block.view, pointerBytes, depth * 2);
    // Two struct timespec: the bounded wait, and no wait at all.
    new BigInt64Array(block.view, timeoutBytes, 4).set([0n, BigInt(waitNs), 0n, 0n]);
    this.waitLimit = new Int32Array(block.view, timeoutBytes, 4);
    const { read, write } = callFlags(setup);
    const isVectored = options.libaioVectored;
    const iovecs = isVectored ? mapMemory(depth * iovecWords * 4, true) : null;
    if (iovecs !== null) this.memories.push(iovecs);
    this.iovec = iovecs === null ? null : new Uint32Array(iovecs.view, 0, depth * iovecWords);
    this.iovecAddress = iovecs?.address ?? 0;
    this.opcode = isVectored
      ? Uint32Array.of(IOCB_CMD_PREADV, IOCB_CMD_PWRITEV)
      : Uint32Array.of(IOCB_CMD_PREAD, IOCB_CMD_PWRITE);
    this.callFlags = Uint32Array.of(read, write);
    this.iocbAddress = block.address;
    this.fillIocbs();
    this.mapsRing = reapMethod === 'ring';
    this.priorities = setup.priorities ?? null;

    const ring = reapMethod === 'ring' ? viewRing(context) : null;
    this.ring = ring;
    this.ringCount = ring === null ? 0 : ring[ringCount]!;
    const [pointers, events, timeouts] = [pointerBytes, eventBytes, timeoutBytes].map((at) => block.address + at);
    this.calls = wrapCalls(createCalls(context, depth, pointers!, events!, timeouts!));
  }

  private fillIocbs(): void {
    for (let slot = 0; slot < this.depth; slot++) {
      this.iocb[slot * iocbWords + iocbData] = slot;
      this.setBuffer(slot, 0);
    }
  }

  queue(slot: number): void {
    this.prepare(slot, 0);
  }

  queueRest(slot: number, doneBytes: number): void {
    this.prepare(slot, doneBytes);
    this.setBuffer(slot, doneBytes);
    this.bufferMoved = true;
  }

  private prepare(slot: number, doneBytes: number): void {
    const { operation, fileIndex, byteCount, offset } = this.setup.requests;
    const iocb = this.iocb;
    const word = slot * iocbWords;
    const kind = operation[slot]!;
    if (this.bufferMoved) this.setBuffer(slot, 0);
    iocb[word + iocbDescriptor] = this.descriptor[fileIndex[slot]!]!;
    if (kind <= Operation.write) {
      const position = offset[slot]! + doneBytes;
      iocb[word + iocbOpcode] = this.opcode[kind]!;
      if (this.priorities !== null) this.setPriority(slot, doneBytes);
      iocb[word + iocbCallFlags] = this.callFlags[kind]!;
      if (this.iovec === null) iocb[word + iocbByteCount] = byteCount[slot]! - doneBytes;
      else {
        this.iovec[slot * iovecWords + 2] = byteCount[slot]! - doneBytes;
        iocb[word + iocbByteCount] = 1;
      }
      // A typed array takes a double modulo 2^32, so this is the 64-bit offset in two halves.
      iocb[word + iocbOffset] = position;
      iocb[word + iocbOffset + 1] = position / 4294967296;
    } else {
      // The kernel wants zeros here for syncs; a trim or a range to sync never gets there.
      iocb[word + iocbOpcode] = kind === Operation.dataSync ? IOCB_CMD_FDSYNC : IOCB_CMD_FSYNC;
      iocb[word + iocbCallFlags] = 0;
      iocb[word + iocbFlags] = 0;
      iocb[word + iocbBuffer] = 0;
      iocb[word + iocbBuffer + 1] = 0;
      iocb[word + iocbByteCount] = 0;
      iocb[word + iocbOffset] = 0;
      iocb[word + iocbOffset + 1] = 0;
      this.bufferMoved = true;
      if (kind === Operation.trim || kind === Operation.syncRange || !this.flushesAsynchronously) {
        this.blockingSlot[this.blockingCount++] = slot;
        return;
      }
    }
    this.queuedSlot[this.queuedCount++] = slot;
  }

  private setPriority(slot: number, doneBytes: number): void {
    const { iocb, priorities } = this;
    const word = slot * iocbWords;
    const priority = doneBytes === 0 ? priorities!.draw(slot) : priorities!.drawn(slot);
    iocb[word + iocbOpcode] = iocb[word + iocbOpcode]! | (priority << priorityShift);
    iocb[word + iocbFlags] = priority === 0 ? 0 : IOCB_FLAG_IOPRIO;
  }

  /** Where the slot's transfer begins, by way of its iovec where there is one. */
  private setBuffer(slot: number, doneBytes: number): void {
    const { iocb, iovec } = this;
    const word = slot * iocbWords;
    let address = this.setup.buffers.address + slot * this.setup.buffers.strideBytes + doneBytes;
    if (iovec !== null) {
      iovec[slot * iovecWords] = address;
      iovec[slot * iovecWords + 1] = address / 4294967296;
      address = this.iovecAddress + slot * iovecWords * 4;
    }
    iocb[word + iocbBuffer] = address;
    iocb[word + iocbBuffer + 1] = address / 4294967296;
  }

  private completeLocally(slot: number, result: number): void {
    this.localSlot[this.localCount] = slot;
    this.localResult[this.localCount] = result;
    this.localCount += 1;
  }

  /** On EAGAIN the rest stays queued until the next `submitAndReap` has made room. */
  submit(): void {
    while (this.takenCount < this.queuedCount && this.submitOnce());
    // What is left moves to the front, so that there is always room for `depth` slots.
    if (this.takenCount < this.queuedCount) this.queuedSlot.copyWithin(0, this.takenCount, this.queuedCount);
    this.queuedCount -= this.takenCount;
    this.takenCount = 0;
    // Last, so that the asynchronous ones are under way meanwhile.
    for (let index = 0; index < this.blockingCount; index++) {
      const slot = this.blockingSlot[index]!;
      this.completeLocally(slot, this.callFile(slot));
    }
    this.blockingCount = 0;
  }

  /** One io_submit; false when the kernel has no room for more now. */
  private submitOnce(): boolean {
    const first = this.takenCount;
    const count = this.queuedCount - first;
    this.writePointers(first);
    const result = this.calls.submit(first, count);
    this.enterCount = (this.enterCount + 1) | 0;
    if (result > 0) {
      this.takenCount += result;
      this.inFlightCount += result;
      return true;
    }
    return this.handleRefusal(first, result === 0 ? Errno.EAGAIN : -result);
  }

  private writePointers(first: number): void {
    const base = this.iocbAddress;
    for (let index = first; index < this.queuedCount; index++) {
      const address = base + this.queuedSlot[index]! * (iocbWords * 4);
      this.pointer[index * 2] = address;
      this.pointer[index * 2 + 1] = address / 4294967296;
    }
  }

  /** io_submit takes requests in order and tells the error of the first only when it took none: so it is that one's. */
  private handleRefusal(index: number, error: number): boolean {
    if (error === Errno.EAGAIN || error === Errno.EINTR) {
      this.retryCount += 1;
      return false;
    }
    const slot = this.queuedSlot[index]!;
    this.takenCount += 1;
    // Kernels before 4.18, and some file systems, have no asynchronous fsync.
    if (error === Errno.EINVAL && this.setup.requests.operation[slot]! >= Operation.sync) {
      this.flushesAsynchronously = false;
      this.completeLocally(slot, this.callFile(slot));
    } else {
      this.completeLocally(slot, -error);
    }
    return true;
  }

  submitAndReap(completionsMin: number): number {
    this.submit();
    this.completedCount = 0;
    this.takeLocal();
    this.takeFromRing();
    const target = Math.min(completionsMin, this.completeMax, this.completedCount + this.inFlightCount);
    if (this.completedCount < target) this.wait(target - this.completedCount);
    else if (this.ring === null && this.completedCount < this.completeMax && this.inFlightCount > 0) this.takeEvents(0);
    // Room was made: what io_submit refused goes now, so that no request waits for a later call.
    if (this.queuedCount > 0) this.submit();
    return this.completedCount;
  }

  private wait(countMin: number): void {
    this.takeEvents(countMin);
    this.takeFromRing();
  }

  private takeLocal(): void {
    if (this.localCount === 0) return;
    let taken = 0;
    while (taken < this.localCount && this.completedCount < this.completeMax) {
      this.completedSlot[this.completedCount] = this.localSlot[taken]!;
      this.completedResult[this.completedCount] = this.localResult[taken]!;
      this.completedCount += 1;
      taken += 1;
    }
    this.localSlot.copyWithin(0, taken, this.localCount);
    this.localResult.copyWithin(0, taken, this.localCount);
    this.localCount -= taken;
  }

  /** The kernel writes events, then the tail (a full barrier in between); it reads the head to know what is free. */
  private takeFromRing(): void {
    const ring = this.ring;
    if (ring === null) return;
    const first = ring[ringHead]!;
    const tail = Atomics.load(ring, ringTail);
    let head = first;
    let count = this.completedCount;
    while (head !== tail && count < this.completeMax) {
      const word = (ringHeaderBytes >> 2) + head * eventWords;
      this.completedSlot[count] = ring[word]!;
      this.completedResult[count] = ring[word + eventResult]!;
      count += 1;
      head = head + 1 === this.ringCount ? 0 : head + 1;
    }
    if (head === first) return;
    this.inFlightCount -= count - this.completedCount;
    this.completedCount = count;
    Atomics.store(ring, ringHead, head);
  }

  /** Takes what is complete by io_getevents, waiting up to 100 ms for `countMin`; fewer, or none, after a signal. */
  private takeEvents(countMin: number): void {
    const count = this.calls.getEvents(countMin, this.completeMax - this.completedCount, countMin > 0);
    this.enterCount = (this.enterCount + 1) | 0;
    if (count < 0 && count !== -Errno.EINTR) throw getEventsError(-count);
    for (let index = 0; index < count; index++) {
      const word = index * eventWords;
      this.completedSlot[this.completedCount] = this.event[word]!;
      this.completedResult[this.completedCount] = this.event[word + eventResult]!;
      this.completedCount += 1;
      this.inFlightCount -= 1;
    }
  }

  /** io_cancel works for no file or disk (EINVAL, fs/aio.c): the loop can only go on reaping. */
  cancelAll(): void {}

  /** io_destroy waits for whatever is still in flight. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.calls.destroy();
    for (const memory of this.memories) memory.free();
  }

  describe(): EngineFacts {
    return {
      ...factsWithoutRing(engineLabel(this.setup.options), this.depth),
      fallbacks: this.mapsRing && this.ring === null ? [ringFallback] : [],
      enterCount: this.enterCount >>> 0,
      retryCount: this.retryCount,
    };
  }
}

function createContext(depth: number): number {
  const context = new BigUint64Array(1);
  const setup = systemCall('io_setup', ['uint32_t', 'void *']);
  if (setup(depth, context) === 0) return Number(context[0]);
  const error = errno();
  const { name, meaning, advice } = describeErrno(error);
  if (error === Errno.EAGAIN || error === Errno.EINVAL) {
    const used = readNumber('/proc/sys/fs/aio-nr') ?? Number.NaN;
    const limit = readNumber('/proc/sys/fs/aio-max-nr') ?? Number.NaN;
    throw UserError.of(
      `the kernel grants no AIO context for ${depth} requests: ${used} of ${limit} are in use (fs.aio-max-nr)`,
      `lower iodepth or numjobs, or raise the limit: sysctl fs.aio-max-nr=${Math.max(limit * 2, 1048576)}`,
      1,
    );
  }
  if (error === Errno.ENOSYS || error === Errno.EPERM) {
    throw UserError.of(`kernel AIO is not available here (${name})`, 'use ioengine=io_uring or ioengine=psync', 1);
  }
  throw UserError.of(`cannot set up kernel AIO: ${meaning} (${name})`, advice, 1);
}

/** Addresses are boxed once, here: as constants of closures, or in an array that also holds a string. */
function createCalls(
  context: number,
  depth: number,
  pointersAddress: number,
  eventsAddress: number,
  timeoutsAddress: number,
): AioCalls {
  const submit = systemCall('io_submit', ['uint64_t', 'long', 'uint64_t']);
  const getEvents = systemCall('io_getevents', ['uint64_t', 'long', 'long', 'uint64_t', 'uint64_t']);
  const destroy = systemCall('io_destroy', ['uint64_t']);
  const pointerAddresses: (number | string)[] = ['boxed'];
  for (let index = 0; index < depth; index++) pointerAddresses.push(pointersAddress + index * 8);
  const noWaitAddress = timeoutsAddress + 16;
  return {
    submit: (first, count) => {
      const result: number = submit(context, count, pointerAddresses[first + 1]);
      return result < 0 ? -errno() : result;
    },
    getEvents: (countMin, countMax, wait) => {
      const result: number = wait
        ? getEvents(context, countMin, countMax, eventsAddress, timeoutsAddress)
        : getEvents(context, countMin, countMax, eventsAddress, noWaitAddress);
      return result < 0 ? -errno() : result;
    },
    destroy: () => destroy(context),
  };
}

/** The context's number is the ring's address. Null when what lies there is not the ring known here. */
function viewRing(context: number): Int32Array | null {
  const header = new Int32Array(viewMemory(context, ringHeaderBytes));
  const known =
    header[ringMagicWord] === ringMagic &&
    header[ringIncompatible] === 0 &&
    header[ringHeaderLength] === ringHeaderBytes;
  return known ? new Int32Array(viewMemory(context, ringHeaderBytes + header[ringCount]! * eventWords * 4)) : null;
}

const ringFallback = {
  asked: 'completions from the mapped ring',
  reason: 'the kernel maps a ring of another form',
  advice: 'nothing to do: io_getevents serves instead, with one more system call per batch',
};

function getEventsError(errno: number): UserError {
  const { name, meaning } = describeErrno(errno);
  return UserError.of(
    `io_getevents failed: ${meaning} (${name})`,
    'run the job on another engine (--engine io_uring)',
    1,
  );
}
