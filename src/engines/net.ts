/**
 * Sending and receiving by blocking calls, as fio's engine `net`: send(2) and recv(2) with MSG_WAITALL. A write sends a
 * block, a read receives one; with pingpong each is answered by a block the other way, and the I/O is both. Each call is
 * bounded (100 ms), and one that found nothing is repeated, so that a silent other end cannot hide the stop command. How
 * far a slot's block has come is kept here. 0 as the result: the other end has closed, and nothing more will come.
 */
import { engineLabel } from '../job/engine-label.js';
import { Operation } from '../job/operation.js';
import { assert } from '../support/errors.js';
import { Errno } from '../system/errno.js';
import { errno, libc, viewMemory } from '../system/libc.js';
import type { MappedMemory } from '../system/memory.js';
import { BlockingEngine } from './blocking-engine.js';
import { Connection, closesLink, linkMessageBytes } from './connection.js';
import type { Engine, EngineSetup } from './engine.js';

const MSG_WAITALL = 0x100;
const MSG_NOSIGNAL = 0x4000;

export function openEngine(setup: EngineSetup): Engine {
  return new NetEngine(setup, []);
}

const sendCall = libc.func('send', 'int', ['int', 'uint64_t', 'size_t', 'int']);
const receiveCall = libc.func('recv', 'int', ['int', 'uint64_t', 'size_t', 'int']);

class NetEngine extends BlockingEngine {
  private readonly connection: Connection | null;
  private readonly operations: Int32Array;
  private readonly byteCount: Int32Array;
  /** Bytes of both ways that a slot's I/O has done. */
  private readonly progress: Int32Array;
  private readonly addresses: (number | string)[] = ['boxed'];
  private readonly pingPong: boolean;
  private readonly datagrams: boolean;
  private readonly isRehearsal: boolean;
  /** The buffers, where messages that close a link may come; empty after `close`. */
  private words: Int32Array;
  private readonly wordsPerSlot: number;
  private descriptor: number;

  constructor(setup: EngineSetup, memories: MappedMemory[]) {
    super(setup, memories);
    const { buffers, options, depth, requests } = setup;
    this.isRehearsal = setup.rehearses === true;
    this.datagrams = setup.endpoint?.datagrams === true;
    this.pingPong = options.network.pingPong;
    this.operations = requests.operation;
    this.byteCount = requests.byteCount;
    this.progress = new Int32Array(depth);
    for (let slot = 0; slot < depth; slot++) this.addresses.push(buffers.address + slot * buffers.strideBytes);
    this.wordsPerSlot = buffers.strideBytes >> 2;
    this.words = new Int32Array(viewMemory(buffers.address, depth * buffers.strideBytes));
    this.descriptor = this.isRehearsal ? (setup.files[0]?.descriptor ?? -1) : -1;
    if (this.isRehearsal) {
      this.connection = null;
    } else {
      assert(setup.endpoint !== undefined && setup.endpoint !== null, 'the plan names the other end');
      this.connection = new Connection(setup, setup.endpoint);
    }
  }

  establish(isStopping: () => boolean): void {
    this.connection?.establish(isStopping);
    this.descriptor = this.connection?.descriptor ?? -1;
  }

  override close(): void {
    this.words = new Int32Array(0);
    this.connection?.close();
    super.close();
  }

  protected label(): string {
    return engineLabel(this.setup.options);
  }

  protected perform(slot: number, _doneBytes: number): number {
    const wanted = this.byteCount[slot]!;
    const writes = this.operations[slot] === Operation.write;
    let result = 1;
    if (this.progress[slot]! < wanted) result = this.go(slot, writes, wanted, 0);
    if (result > 0 && this.pingPong && this.progress[slot]! < wanted * 2)
      result = this.go(slot, !writes, wanted, wanted);
    if (result <= 0) return result;
    this.progress[slot] = 0;
    return wanted;
  }

  /** Moves a block one way, from where it had come to: its bytes, 0 when the other end has closed, or −errno. */
  private go(slot: number, sends: boolean, wanted: number, from: number): number {
    const done = this.progress[slot]! - from;
    const address = this.addresses[slot + 1] as number;
    const moved: number = sends
      ? sendCall(this.descriptor, done === 0 ? address : address + done, wanted - done, MSG_NOSIGNAL)
      : receiveCall(this.descriptor, done === 0 ? address : address + done, wanted - done, MSG_WAITALL);
    // A rehearsal calls what is no socket, and goes on as if it were one.
    const result = this.isRehearsal ? wanted - done : moved;
    if (result < 0) return this.failed(slot);
    if (result === 0 || this.isClose(slot, sends, result)) {
      this.progress[slot] = 0;
      return 0;
    }
    if (this.datagrams && result !== wanted) return -Errno.EMSGSIZE;
    this.progress[slot] = this.progress[slot]! + result;
    return this.progress[slot]! - from < wanted ? -Errno.EAGAIN : wanted;
  }

  private failed(slot: number): number {
    const number = errno();
    // What is repeated goes on from where it was.
    if (number !== Errno.EAGAIN && number !== Errno.EINTR) this.progress[slot] = 0;
    return -number;
  }

  private isClose(slot: number, sends: boolean, result: number): boolean {
    return !sends && this.datagrams && result === linkMessageBytes && closesLink(this.words, slot * this.wordsPerSlot);
  }
}
