/**
 * Files mapped into memory: a read copies from the mapping to the slot's buffer, a write copies the other way, a sync is
 * msync(2). Page faults do the I/O.
 *
 * A page beyond the end of the file is no memory: touching it raises SIGBUS, which kills the process. So a file is mapped
 * at the size that it has when opened, and requests beyond that never touch the mapping: reads end there as pread's do,
 * writes give −EFAULT. A file that somebody else truncates during the run, and a disk that cannot read a page, raise it
 * all the same: `system/bus-guard.ts` survives that, and the request then gives −EIO.
 *
 * What posix_fadvise(2) is told of a descriptor does not reach its mappings: left alone, a fault in a page reads those
 * around it as well, and random reads of few pages end up measuring memory. So the mapping gets the same hint.
 *
 * The copy is libc's memcpy, its address in the mapping passed in two halves, so that nothing is allocated: about 0.2 µs
 * for 4 KiB, where `set` with a subarray allocates and a loop over integers takes 0.5 µs.
 */
import fs from 'node:fs';
import { Operation } from '../job/operation.js';
import { UserError } from '../support/errors.js';
import { type BusFaults, busFaults } from '../system/bus-guard.js';
import { describeErrno, Errno } from '../system/errno.js';
import { adviseMapping, leaveMappedPages } from '../system/file-hints.js';
import { createSplit64, errno, libc } from '../system/libc.js';
import { pageBytes, roundUp } from '../system/memory.js';
import { BlockingEngine } from './blocking-engine.js';
import type { Engine, EngineSetup, OpenFile } from './engine.js';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FIXED = 0x10;
const MS_SYNC = 4;
const F_GETFL = 3;

const mmap = libc.func('mmap', 'int64_t', ['uint64_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
const munmap = libc.func('munmap', 'int', ['uint64_t', 'size_t']);
const msync = libc.func('msync', 'int', ['uint64_t', 'size_t', 'int']);
const copyToBuffer = libc.func('memcpy', 'void', ['uint64_t', 'split64', 'size_t']);
const copyToMapping = libc.func('memcpy', 'void', ['split64', 'uint64_t', 'size_t']);
const fcntl = libc.func('fcntl', 'int', ['int', 'int']);

/** Throws `UserError` for O_DIRECT, and when a file cannot be mapped. */
export function openEngine(setup: EngineSetup): Engine {
  for (const file of setup.files) refuseDirect(file);
  return new MmapEngine(setup);
}

function refuseDirect(file: OpenFile): void {
  if ((fcntl(file.descriptor, F_GETFL) & fs.constants.O_DIRECT) === 0) return;
  throw UserError.of(
    `${file.path}: engine mmap works through the page cache, which direct=1 goes around`,
    'leave off direct=1, or use another engine',
  );
}

/** Where nothing guards. */
const noFaults: BusFaults = { words: new Int32Array(4) };

class MmapEngine extends BlockingEngine {
  private readonly mappingAddress: Float64Array;
  private readonly mappingBytes: Float64Array;
  private readonly bufferAddress: (number | string)[] = ['boxed'];
  private readonly split = createSplit64();
  private readonly halves = this.split.halves;
  private readonly faults: Int32Array;
  private faultsSeen: number;

  constructor(setup: EngineSetup) {
    super(setup, []);
    this.faults = (busFaults() ?? noFaults).words;
    this.faultsSeen = this.faults[0]!;
    this.mappingAddress = new Float64Array(setup.files.length);
    this.mappingBytes = new Float64Array(setup.files.length);
    for (let slot = 0; slot < setup.depth; slot++) {
      this.bufferAddress.push(setup.buffers.address + slot * setup.buffers.strideBytes);
    }
    for (const [index, file] of setup.files.entries()) this.map(index, file);
  }

  private map(index: number, file: OpenFile): void {
    if (file.sizeBytes === 0) return;
    const protection = PROT_READ | (this.setup.writes ? PROT_WRITE : 0);
    const address: number = mmap(0, file.sizeBytes, protection, MAP_SHARED, file.descriptor, 0);
    if (address === -1) {
      const { name, meaning, advice } = describeErrno(errno());
      this.close();
      throw UserError.of(`cannot map ${file.path} (${file.sizeBytes} bytes): ${meaning} (${name})`, advice, 1);
    }
    this.mappingAddress[index] = address;
    this.mappingBytes[index] = file.sizeBytes;
    const { accessAdvice } = this.setup;
    if (accessAdvice != null) adviseMapping(address, roundUp(file.sizeBytes, pageBytes), accessAdvice);
  }

  protected override perform(slot: number, done: number): number {
    const { requests } = this.setup;
    const file = requests.fileIndex[slot]!;
    const position = requests.offset[slot]! + done;
    const reads = requests.operation[slot] === Operation.read;
    let count = requests.byteCount[slot]! - done;
    const left = this.mappingBytes[file]! - position;
    if (left < count) {
      if (!reads) return -Errno.EFAULT;
      if (left <= 0) return 0;
      count = left | 0;
    }
    const source = this.mappingAddress[file]! + position;
    this.halves[0] = source;
    this.halves[1] = source / 4294967296;
    const boxed = this.bufferAddress[slot + 1] as number;
    const buffer = done === 0 ? boxed : boxed + done;
    if (reads) copyToBuffer(buffer, this.split, count);
    else copyToMapping(this.split, buffer, count);
    return this.faults[0] === this.faultsSeen ? count : this.faulted(file, position, count);
  }

  /**
   * Somebody's copy met a page that is not there. When it was this one, zeros stand there, ours alone: the file is mapped
   * there again, as far as it goes.
   */
  private faulted(file: number, position: number, count: number): number {
    this.faultsSeen = this.faults[0]!;
    const { descriptor } = this.setup.files[file]!;
    const { size } = fs.fstatSync(descriptor);
    const start = this.mappingAddress[file]! + position;
    const address = (this.faults[2]! >>> 0) + (this.faults[3]! >>> 0) * 4294967296;
    const isOwn = (address >= start && address < start + count) || roundUp(size, pageBytes) < position + count;
    if (!isOwn) return count;
    const first = position - (position % pageBytes);
    const pages = roundUp(position + count - first, pageBytes);
    const protection = PROT_READ | (this.setup.writes ? PROT_WRITE : 0);
    mmap(this.mappingAddress[file]! + first, pages, protection, MAP_SHARED | MAP_FIXED, descriptor, first);
    return -Errno.EIO;
  }

  /** Trims as all engines do. msync writes the data; fsync then asks for the metadata as well. */
  protected override performOther(slot: number): number {
    const { operation, fileIndex, byteCount } = this.setup.requests;
    const kind = operation[slot]!;
    // The kernel's write-back finds pages that were changed through a mapping by itself.
    if (kind === Operation.sync || kind === Operation.dataSync) {
      const file = fileIndex[slot]!;
      const mappedBytes = roundUp(this.mappingBytes[file]!, pageBytes);
      if (mappedBytes > 0 && msync(this.mappingAddress[file], mappedBytes, MS_SYNC) < 0) return -errno();
      if (kind === Operation.dataSync) return byteCount[slot]!;
    }
    return this.callFile(slot);
  }

  leavePages(file: number): void {
    const mappedBytes = roundUp(this.mappingBytes[file]!, pageBytes);
    if (mappedBytes > 0) leaveMappedPages(this.mappingAddress[file]!, mappedBytes);
  }

  override close(): void {
    for (let file = 0; file < this.mappingBytes.length; file++) {
      if (this.mappingBytes[file]! > 0) munmap(this.mappingAddress[file], this.mappingBytes[file]);
      this.mappingBytes[file] = 0;
    }
    super.close();
  }

  protected override label(): string {
    return 'mmap';
  }
}
