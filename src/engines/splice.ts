/**
 * Moves data between files and a pipe (splice(2)), and between the pipe and the buffers (vmsplice(2)), as fio's engine of
 * this name. A read splices from the file and copies out of the pipe; a write lends the buffer's pages to the pipe, from
 * which the file takes them. At most what a pipe holds goes at once.
 */
import { Operation } from '../job/operation.js';
import { UserError } from '../support/errors.js';
import { Errno } from '../system/errno.js';
import { errno, libc } from '../system/libc.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import { BlockingEngine } from './blocking-engine.js';
import type { Engine, EngineSetup } from './engine.js';

const SPLICE_F_MOVE = 1;
const SPLICE_F_NONBLOCK = 2;
const SPLICE_F_MORE = 4;
const O_CLOEXEC = 0o2000000;
/** A pipe of 16 pages, as the system makes it. */
const spliceBytesMax = 65536;

const pipe2 = libc.func('pipe2', 'int', ['uint64_t', 'int']);
const close = libc.func('close', 'int', ['int']);
const splice = libc.func('splice', 'int', ['int', 'uint64_t', 'int', 'uint64_t', 'size_t', 'int']);
const vmsplice = libc.func('vmsplice', 'int', ['int', 'uint64_t', 'size_t', 'int']);

/** In the memory: two descriptors, a file offset, a struct iovec; where each begins, in 32-bit words. */
const pipeWord = 0;
const offsetWord = 2;
const vectorWord = 4;
const memoryBytes = 32;

export function openEngine(setup: EngineSetup): Engine {
  return new SpliceEngine(setup, mapMemory(memoryBytes));
}

class SpliceEngine extends BlockingEngine {
  readonly #descriptors: Int32Array;
  readonly #words: Uint32Array;
  /** Boxed once, beside a string: an address in a field would be boxed for each call. */
  readonly #addresses: readonly (number | string)[];
  readonly #bufferAddress: number;
  #readEnd = -1;
  #writeEnd = -1;

  constructor(setup: EngineSetup, memory: MappedMemory) {
    super(setup, [memory]);
    this.#descriptors = setup.descriptors ?? Int32Array.from(setup.files, (file) => file.descriptor);
    this.#words = new Uint32Array(memory.view, 0, memoryBytes / 4);
    this.#addresses = ['boxed', memory.address + offsetWord * 4, memory.address + vectorWord * 4, memory.address];
    this.#bufferAddress = setup.buffers.address;
    const failed = this.#openPipe();
    if (failed !== 0) {
      this.close();
      throw UserError.of('splice needs a pipe, and none can be made', 'raise ulimit -n', 1, failed);
    }
  }

  override close(): void {
    this.#closePipe();
    super.close();
  }

  protected override perform(slot: number, doneBytes: number): number {
    const { operation, fileIndex, byteCount, offset } = this.setup.requests;
    const words = this.#words;
    const position = offset[slot]! + doneBytes;
    words[offsetWord] = position;
    words[offsetWord + 1] = position / 4294967296;
    const base = this.#bufferAddress + slot * this.setup.buffers.strideBytes + doneBytes;
    const descriptor = this.#descriptors[fileIndex[slot]!]!;
    const reads = operation[slot]! === Operation.read;
    const wanted = byteCount[slot]! - doneBytes;
    let done = 0;
    while (done < wanted) {
      const moved = reads
        ? this.#read(descriptor, base + done, wanted - done)
        : this.#write(descriptor, base + done, wanted - done);
      // As a short call: what was moved counts, and the rest is asked for once more.
      if (moved <= 0) return done > 0 ? done : moved;
      done += moved;
    }
    return done;
  }

  protected override label(): string {
    return 'splice';
  }

  /** As much as one splice gives: bytes, 0 at the end of the file, or −errno. */
  #read(descriptor: number, address: number, byteCount: number): number {
    const most = Math.min(byteCount, spliceBytesMax);
    const flags = byteCount > spliceBytesMax ? SPLICE_F_MORE : 0;
    const got = splice(descriptor, this.#addresses[1], this.#writeEnd, 0, most, flags);
    if (got <= 0) return got < 0 ? -errno() : 0;
    for (let copied = 0; copied < got; ) {
      this.#pointTo(address + copied, got - copied);
      const part = vmsplice(this.#readEnd, this.#addresses[2], 1, SPLICE_F_MOVE);
      if (part <= 0) return this.#fail(part < 0 ? errno() : Errno.EIO);
      copied += part;
    }
    return got;
  }

  #write(descriptor: number, address: number, byteCount: number): number {
    this.#pointTo(address, byteCount);
    const lent = vmsplice(this.#writeEnd, this.#addresses[2], 1, SPLICE_F_NONBLOCK);
    if (lent <= 0) return lent < 0 ? -errno() : -Errno.EIO;
    for (let taken = 0; taken < lent; ) {
      const part = splice(this.#readEnd, 0, descriptor, this.#addresses[1], lent - taken, 0);
      if (part <= 0) {
        const failed = this.#fail(part < 0 ? errno() : Errno.EIO);
        return taken > 0 ? taken : failed;
      }
      taken += part;
    }
    return lent;
  }

  #pointTo(address: number, byteCount: number): void {
    const words = this.#words;
    words[vectorWord] = address;
    words[vectorWord + 1] = address / 4294967296;
    words[vectorWord + 2] = byteCount;
  }

  /** What is left in the pipe belongs to no other request. */
  #fail(number: number): number {
    this.#closePipe();
    this.#openPipe();
    return -number;
  }

  /** 0, or errno. */
  #openPipe(): number {
    if (pipe2(this.#addresses[3], O_CLOEXEC) !== 0) return errno();
    this.#readEnd = this.#words[pipeWord]!;
    this.#writeEnd = this.#words[pipeWord + 1]!;
    return 0;
  }

  #closePipe(): void {
    if (this.#readEnd < 0) return;
    close(this.#readEnd);
    close(this.#writeEnd);
    this.#readEnd = -1;
    this.#writeEnd = -1;
  }
}
