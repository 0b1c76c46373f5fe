/**
 * Sending and receiving through io_uring. The connection is made by ACCEPT and CONNECT requests. A write is SEND (or
 * SEND_ZC), a read RECV, each for a whole block (MSG_WAITALL); with pingpong the second one is linked to the first, and
 * the first one tells only of failures (IOSQE_CQE_SKIP_SUCCESS), so that there and back is one chain, one call and one
 * wake-up. With recv_multishot one RECV serves all reads: the kernel fills buffers of a ring that
 * is shared with it (IORING_REGISTER_PBUF_RING), and a read completes when a block's worth has come.
 *
 * user_data: slot × 2 + element of the chain; `multishotId` for the one request that receives everything.
 */
import { Operation } from '../job/operation.js';
import { CqeFlag, cqeBufferShift, Op, Register, receiveMultishot, SqeFlag, SqeWord, sqeWords } from '../ring/abi.js';
import { cancelEverything } from '../ring/cancel.js';
import { FlaggedRing } from '../ring/flagged-ring.js';
import { chooseBinding, type OpenedRing } from '../ring/setup.js';
import { highWord, lowWord } from '../ring/words.js';
import type { EngineFacts } from '../stats/engine-facts.js';
import { assert, UserError } from '../support/errors.js';
import { describeErrno, Errno } from '../system/errno.js';
import { viewMemory } from '../system/libc.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import type { SocketAddress } from '../system/sockets.js';
import { type ConnectCalls, Connection, closesLink, linkMessageBytes } from './connection.js';
import type { Engine, EngineSetup } from './engine.js';
import { type EngineRing, onRing, ringCounts, ringFacts } from './ring-settings.js';

const MSG_WAITALL = 0x100;
const MSG_NOSIGNAL = 0x4000;
const ioprioShift = 16;
/** Provided buffers: at least so many, at most so many bytes of them. */
const providedMin = 16;
const providedBytesMax = 64 << 20;

export function openEngine(setup: EngineSetup): Engine {
  const { options, depth } = setup;
  const request = {
    // Two requests for each slot, and one for what is no I/O: connecting, or receiving everything.
    depth: depth * 2 + 1,
    // Zero-copy sends complete twice.
    cqEntries: Math.max(64, depth * 4 + 2),
    completionsMax: depth * 2 + 1,
    sqpoll: false,
    sqpollCpu: null,
    iopoll: false,
    binding: chooseBinding(options.binding),
    ringClass: FlaggedRing,
  };
  return onRing(request, (own) => new UringNetEngine(setup, own));
}

class UringNetEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  readonly waitLimit: Int32Array;

  private readonly setup: EngineSetup;
  private readonly opened: OpenedRing;
  private readonly memories: EngineRing['memories'];
  private readonly release: () => void;
  private readonly ring: FlaggedRing;
  private readonly depth: number;
  private readonly operation: Int32Array;
  private readonly byteCount: Int32Array;
  private readonly pingPong: boolean;
  private readonly zeroCopy: boolean;
  /** Linux 5.17. A rehearsal's requests fail. */
  private readonly canBeSilent: boolean;
  private readonly datagrams: boolean;
  private readonly isRehearsal: boolean;
  private readonly connection: Connection | null;
  private readonly provided: ProvidedBuffers | null;
  private readonly spareSqe: number;
  /** Notifications of zero-copy sends that a slot still waits for, and its result meanwhile. */
  private readonly awaitsNotice: Uint8Array;
  private readonly heldResult: Int32Array;
  /** Slots that wait for received bytes, in order: a ring of `depth`. */
  private readonly waiting: Int32Array;
  private waitingFirst = 0;
  private waitingCount = 0;
  /** [bytes received and not yet given to a read] */
  private readonly arrived = new Float64Array(1);
  private isArmed = false;
  private inputResult = 1;
  private sqes: Int32Array;
  private words: Int32Array;
  private closed = false;

  constructor(setup: EngineSetup, { opened, memories, release }: EngineRing) {
    const { options, depth, requests, buffers } = setup;
    this.setup = setup;
    this.opened = opened;
    this.memories = memories;
    this.release = release;
    this.ring = opened.ring as FlaggedRing;
    this.completedSlot = new Int32Array(depth);
    this.completedResult = new Int32Array(depth);
    this.waitLimit = opened.mapped.waitLimit;
    this.depth = depth;
    this.operation = requests.operation;
    this.byteCount = requests.byteCount;
    this.pingPong = options.network.pingPong;
    this.zeroCopy = options.network.sendsZeroCopy;
    this.datagrams = setup.endpoint?.datagrams === true;
    this.isRehearsal = setup.rehearses === true;
    this.canBeSilent = opened.features.includes('CQE_SKIP') && !this.isRehearsal;
    this.spareSqe = depth * 2;
    this.awaitsNotice = new Uint8Array(depth);
    this.heldResult = new Int32Array(depth);
    this.waiting = new Int32Array(depth);
    this.sqes = this.ring.sqes;
    this.words = new Int32Array(viewMemory(buffers.address, depth * buffers.strideBytes));
    this.provided = options.network.receivesMultishot && !this.isRehearsal ? this.provide() : null;
    if (this.isRehearsal) {
      this.connection = null;
      this.prefillAll(setup.files[0]?.descriptor ?? -1);
    } else {
      assert(setup.endpoint !== undefined && setup.endpoint !== null, 'the plan names the other end');
      this.connection = new Connection(setup, setup.endpoint, this.connectCalls());
    }
  }

  establish(isStopping: () => boolean): void {
    const isThere = this.connection?.establish(isStopping) ?? false;
    this.prefillAll(isThere ? this.connection!.descriptor : -1);
  }

  queue(slot: number): void {
    if (this.provided !== null && this.operation[slot] === Operation.read) {
      this.waiting[(this.waitingFirst + this.waitingCount) % this.depth] = slot;
      this.waitingCount++;
      return;
    }
    const writes = this.operation[slot] === Operation.write;
    const first = slot * 2;
    const sqe = first * sqeWords;
    const byteCount = this.byteCount[slot]!;
    this.sqes[sqe] = (writes ? this.sendOpcode() : Op.recv) | this.firstFlags();
    this.sqes[sqe + SqeWord.length] = byteCount;
    this.sqes[sqe + SqeWord.opFlags] = MSG_WAITALL | (writes ? MSG_NOSIGNAL : 0);
    this.ring.queue(first);
    if (!this.pingPong) return;
    this.heldResult[slot] = byteCount;
    const second = sqe + sqeWords;
    this.sqes[second] = writes ? Op.recv : Op.send;
    this.sqes[second + SqeWord.length] = byteCount;
    this.sqes[second + SqeWord.opFlags] = MSG_WAITALL | (writes ? 0 : MSG_NOSIGNAL);
    this.ring.queue(first + 1);
  }

  /** The rest of a block whose transfer was cut short: no answer is linked to it, so it is only for one-way traffic. */
  queueRest(slot: number, doneBytes: number): void {
    this.queue(slot);
    const { buffers } = this.setup;
    const sqe = slot * 2 * sqeWords;
    const address = buffers.address + slot * buffers.strideBytes + doneBytes;
    this.sqes[sqe + SqeWord.length] = this.byteCount[slot]! - doneBytes;
    this.setAddress(sqe, address);
  }

  submit(): void {
    if (this.provided !== null && !this.isArmed && this.waitingCount > 0) this.arm();
    this.ring.submit();
  }

  submitAndReap(completionsMin: number): number {
    if (this.provided !== null && !this.isArmed && this.waitingCount > 0 && this.inputResult > 0) this.arm();
    const isReady = this.provided !== null && this.waitingCount > 0 && this.blockHasCome();
    const count = this.ring.submitAndReap(isReady ? 0 : completionsMin);
    let completed = 0;
    for (let index = 0; index < count; index++) completed = this.take(index, completed);
    return this.provided === null ? completed : this.giveOut(completed);
  }

  cancelAll(): void {
    if (!this.closed) cancelEverything(this.opened.mapped);
  }

  /** A receive may wait for ever for what the other end no longer sends. */
  endInput(): void {
    if (this.inputResult > 0) this.inputResult = -Errno.ECANCELED;
    if (!this.isRehearsal) this.cancelAll();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    // A view of unmapped memory, once touched, kills the process: so none is left.
    this.sqes = new Int32Array(0);
    this.words = new Int32Array(0);
    this.connection?.close();
    this.release();
  }

  describe(): EngineFacts {
    const { ring, opened, setup } = this;
    return {
      ...ringFacts(setup, opened),
      fixedBuffers: false,
      fixedFiles: false,
      ...ringCounts(ring),
    };
  }

  /** One completion; gives how many slots are complete by now. */
  private take(index: number, completed: number): number {
    const id = this.ring.completedSlot[index]!;
    const result = this.ring.completedResult[index]!;
    const flags = this.ring.completedFlags[index]!;
    const slot = id >> 1;
    if (id === this.spareSqe) {
      this.receive(result, flags);
      return completed;
    }
    if ((flags & CqeFlag.NOTIF) !== 0) {
      this.awaitsNotice[slot] = 0;
      return this.complete(slot, this.heldResult[slot]!, completed);
    }
    const wanted = this.byteCount[slot]!;
    // A rehearsal asks what is no socket, and goes on as if it were one.
    const moved = this.isRehearsal ? wanted : result;
    if (this.pingPong) return this.takeHalf(id, moved, completed);
    if ((flags & CqeFlag.MORE) === 0) return this.complete(slot, moved, completed);
    this.awaitsNotice[slot] = 1;
    this.heldResult[slot] = moved;
    return completed;
  }

  /**
   * Of a chain there and back. Where the first half is silent and fails or is short, the kernel tells of it and not of the
   * second (req_set_fail in io_uring.h); where it is not, of both.
   */
  private takeHalf(id: number, moved: number, completed: number): number {
    const slot = id >> 1;
    if ((id & 1) === 0) {
      this.heldResult[slot] = moved;
      return this.canBeSilent ? this.complete(slot, moved, completed) : completed;
    }
    const first = this.heldResult[slot]!;
    return this.complete(slot, first === this.byteCount[slot]! ? moved : first, completed);
  }

  private complete(slot: number, result: number, completed: number): number {
    this.completedSlot[completed] = slot;
    this.completedResult[completed] = this.meaningOf(slot, result);
    return completed + 1;
  }

  private meaningOf(slot: number, result: number): number {
    const wanted = this.byteCount[slot]!;
    if (result === wanted || result <= 0) return result;
    if (this.datagrams) {
      const words = (slot * this.setup.buffers.strideBytes) >> 2;
      return result === linkMessageBytes && closesLink(this.words, words) ? 0 : -Errno.EMSGSIZE;
    }
    // The end of a stream in the middle of a block, or of its answer.
    return this.pingPong ? 0 : result;
  }

  private firstFlags(): number {
    if (!this.pingPong) return 0;
    return (this.canBeSilent ? SqeFlag.IO_LINK | SqeFlag.CQE_SKIP_SUCCESS : SqeFlag.IO_LINK) << 8;
  }

  private sendOpcode(): number {
    return this.zeroCopy && !this.isRehearsal ? Op.sendZeroCopy : Op.send;
  }

  private setAddress(sqe: number, address: number): void {
    this.sqes[sqe + SqeWord.addressLow] = lowWord(address);
    this.sqes[sqe + SqeWord.addressHigh] = highWord(address);
  }

  private prefillAll(descriptor: number): void {
    const { buffers } = this.setup;
    for (let slot = 0; slot < this.depth; slot++) {
      for (let element = 0; element < 2; element++) {
        const id = slot * 2 + element;
        const sqe = id * sqeWords;
        this.sqes.fill(0, sqe, sqe + sqeWords);
        this.sqes[sqe + SqeWord.fd] = descriptor;
        this.sqes[sqe + SqeWord.userDataLow] = id;
        this.setAddress(sqe, buffers.address + slot * buffers.strideBytes);
      }
    }
  }

  // ------------------------------------------------------------------------------------------ receiving everything

  private provide(): ProvidedBuffers {
    const provided = new ProvidedBuffers(this.setup.blockBytesMax, this.depth);
    this.memories.push(provided.memory);
    const result = this.opened.mapped.register(Register.PBUF_RING, provided.registration(), 1);
    if (result >= 0) return provided;
    const { name, meaning } = describeErrno(-result);
    throw UserError.of(
      `the kernel takes no ring of provided buffers: ${meaning} (${name})`,
      'use Linux 6.0 or later, or leave recv_multishot out',
      1,
    );
  }

  private arm(): void {
    const sqe = this.spareSqe * sqeWords;
    this.sqes.fill(0, sqe, sqe + sqeWords);
    this.sqes[sqe] = Op.recv | (SqeFlag.BUFFER_SELECT << 8) | (receiveMultishot << ioprioShift);
    this.sqes[sqe + SqeWord.fd] = this.connection!.descriptor;
    this.sqes[sqe + SqeWord.userDataLow] = this.spareSqe;
    this.isArmed = true;
    this.ring.queue(this.spareSqe);
  }

  private receive(result: number, flags: number): void {
    if ((flags & CqeFlag.MORE) === 0) this.isArmed = false;
    if ((flags & CqeFlag.BUFFER) !== 0) {
      const buffer = flags >>> cqeBufferShift;
      const isClose = this.datagrams && result === linkMessageBytes && this.provided!.closes(buffer);
      if (isClose) this.inputResult = 0;
      else if (result > 0) this.arrived[0] = this.arrived[0]! + result;
      this.provided!.giveBack(buffer);
    }
    // Every buffer was full: they are empty again by now, and another request goes on.
    if (result === 0) this.inputResult = 0;
    else if (result < 0 && result !== -Errno.ENOBUFS && this.inputResult > 0) this.inputResult = result;
  }

  private blockHasCome(): boolean {
    return this.inputResult <= 0 || this.arrived[0]! >= this.byteCount[this.waiting[this.waitingFirst]!]!;
  }

  private giveOut(completed: number): number {
    let total = completed;
    while (this.waitingCount > 0 && total < this.depth) {
      const slot = this.waiting[this.waitingFirst]!;
      const wanted = this.byteCount[slot]!;
      const hasCome = this.arrived[0]! >= wanted;
      if (!hasCome && this.inputResult > 0) break;
      if (hasCome) this.arrived[0] = this.arrived[0]! - wanted;
      this.completedSlot[total] = slot;
      this.completedResult[total] = hasCome ? wanted : this.inputResult;
      total++;
      this.waitingFirst = (this.waitingFirst + 1) % this.depth;
      this.waitingCount--;
    }
    return total;
  }

  // --------------------------------------------------------------------------------------------------- connecting

  private connectCalls(): ConnectCalls {
    return {
      accept: (listener) =>
        this.once((sqe) => {
          this.sqes[sqe] = Op.accept;
          this.sqes[sqe + SqeWord.fd] = listener;
        }),
      connect: (descriptor, address) => this.connect(descriptor, address),
    };
  }

  private connect(descriptor: number, address: SocketAddress): number {
    const memory = mapMemory(address.bytes.length);
    new Uint8Array(memory.view).set(address.bytes);
    const result = this.once((sqe) => {
      this.sqes[sqe] = Op.connect;
      this.sqes[sqe + SqeWord.fd] = descriptor;
      this.setAddress(sqe, memory.address);
      this.sqes[sqe + SqeWord.offsetLow] = address.bytes.length;
    });
    memory.free();
    return result;
  }

  /** One request, waited for. Nothing else is in flight. */
  private once(write: (sqe: number) => void): number {
    const sqe = this.spareSqe * sqeWords;
    this.sqes.fill(0, sqe, sqe + sqeWords);
    this.sqes[sqe + SqeWord.userDataLow] = this.spareSqe;
    write(sqe);
    this.ring.queue(this.spareSqe);
    // Waits are bounded to 100 ms each: a network gives up by itself, after minutes.
    for (;;) {
      if (this.ring.submitAndReap(1) > 0) return this.ring.completedResult[0]!;
    }
  }
}

/** Buffers that the kernel picks from: struct io_uring_buf { u64 addr, u32 len, u16 bid, u16 resv }, and the tail in the first one's resv. */
class ProvidedBuffers {
  readonly memory: MappedMemory;
  private readonly count: number;
  private readonly strideBytes: number;
  private readonly words: Int32Array;
  private readonly halves: Uint16Array;
  private readonly dataByte: number;
  private tail = 0;

  constructor(blockBytes: number, depth: number) {
    this.strideBytes = Math.max(4096, Math.ceil(blockBytes / 4096) * 4096);
    const wanted = Math.max(providedMin, depth * 2);
    const affordable = Math.max(2, Math.floor(providedBytesMax / this.strideBytes));
    this.count = 2 ** Math.floor(Math.log2(Math.min(wanted, affordable, 32768)));
    this.dataByte = Math.ceil((this.count * 16) / 4096) * 4096;
    this.memory = mapMemory(this.dataByte + this.count * this.strideBytes, true);
    this.words = new Int32Array(this.memory.view);
    this.halves = new Uint16Array(this.memory.view);
    for (let buffer = 0; buffer < this.count; buffer++) this.giveBack(buffer);
  }

  /** struct io_uring_buf_reg { u64 ring_addr, u32 ring_entries, u16 bgid, u16 flags, u64 resv[3] }. */
  registration(): Int32Array {
    const words = new Int32Array(10);
    words[0] = lowWord(this.memory.address);
    words[1] = highWord(this.memory.address);
    words[2] = this.count;
    return words;
  }

  giveBack(buffer: number): void {
    const entry = (this.tail & (this.count - 1)) * 4;
    const address = this.memory.address + this.dataByte + buffer * this.strideBytes;
    this.words[entry] = lowWord(address);
    this.words[entry + 1] = highWord(address);
    this.words[entry + 2] = this.strideBytes;
    this.halves[entry * 2 + 6] = buffer;
    this.tail = (this.tail + 1) & 0xffff;
    Atomics.store(this.halves, 7, this.tail);
  }

  closes(buffer: number): boolean {
    return closesLink(this.words, (this.dataByte + buffer * this.strideBytes) >> 2);
  }
}
