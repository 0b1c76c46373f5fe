/** Memory outside of V8's heap: it does not move, the kernel may write to it, and it exists before the clock starts. */
import fs from 'node:fs';
import { assert, UserError } from '../support/errors.js';
import { cgroupLeft } from './cgroup.js';
import { describeErrno } from './errno.js';
import { errno, libc, viewMemory } from './libc.js';
import { readText } from './small-files.js';

export const pageBytes = 4096;
/** What one ArrayBuffer over foreign memory can hold (Node 20). */
const viewBytesMax = 2 ** 32 - 1;

const PROT_READ = 1;
const PROT_WRITE = 2;
const PROT_EXEC = 4;
const MAP_PRIVATE = 0x02;
const MAP_ANONYMOUS = 0x20;
const MAP_POPULATE = 0x8000;
const MFD_CLOEXEC = 1;
const RLIMIT_FSIZE = 1;
const RLIMIT_NPROC = 6;
const RLIMIT_NOFILE = 7;
const RLIMIT_MEMLOCK = 8;
const RLIMIT_AS = 9;

const mmap = libc.func('mmap', 'int64_t', ['uint64_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
const munmap = libc.func('munmap', 'int', ['uint64_t', 'size_t']);

export interface MappedMemory {
  readonly address: number;
  readonly byteCount: number;
  /** All of it; up to 4 GiB, V8's limit. Views of it must not be used after `free`. */
  readonly view: ArrayBuffer;
  /** Unmaps; safe to call twice. */
  free(): void;
}

/**
 * Zeroed private memory, at a page boundary (mmap(2) MAP_ANONYMOUS).
 * `populate`: every page is there at once, so no access faults later.
 * Throws `UserError` when the kernel refuses.
 */
export function mapMemory(byteCount: number, populate = false): MappedMemory {
  const mappedBytes = roundUp(Math.max(byteCount, 1), pageBytes);
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | (populate ? MAP_POPULATE : 0);
  const address: number = mmap(0, mappedBytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (address === -1) {
    const { name, meaning } = describeErrno(errno());
    throw UserError.of(
      `cannot map ${describeBytes(mappedBytes)} of memory: ${meaning} (${name})`,
      'lower iodepth, bs or numjobs, or free memory',
      1,
    );
  }
  return ownedMemory(address, mappedBytes, () => munmap(address, mappedBytes));
}

/**
 * The address of machine code, a copy of `code`, for as long as the process lives; null where the system lets no memory
 * be executed that was written (SELinux execmem, seccomp).
 */
export function mapExecutable(code: Uint8Array): number | null {
  const memory = mapMemory(code.length);
  new Uint8Array(memory.view).set(code);
  const mprotect = libc.func('mprotect', 'int', ['uint64_t', 'size_t', 'int']);
  if (mprotect(memory.address, memory.byteCount, PROT_READ | PROT_EXEC) === 0) return memory.address;
  memory.free();
  return null;
}

/** Memory that is mapped already; `release` unmaps it, and is called once. */
export function ownedMemory(address: number, byteCount: number, release: () => void): MappedMemory {
  let mapped = true;
  let view: ArrayBuffer | null = null;
  return {
    address,
    byteCount,
    get view() {
      // Asking V8 for more ends the process at once, without an exception.
      assert(byteCount <= viewBytesMax, `no view of ${byteCount} bytes`);
      view ??= viewMemory(address, byteCount);
      return view;
    },
    free: () => {
      if (mapped) release();
      mapped = false;
    },
  };
}

/**
 * Memory that stays in RAM while it is held, and can be neither cache nor buffer of anything else (mlock(2)).
 * Throws `UserError`.
 */
export function lockMemory(byteCount: number): MappedMemory {
  const memory = mapMemory(byteCount);
  if (libc.func('mlock', 'int', ['uint64_t', 'size_t'])(memory.address, memory.byteCount) === 0) return memory;
  const { name, meaning } = describeErrno(errno());
  memory.free();
  throw UserError.of(
    `cannot pin ${describeBytes(byteCount)} of memory (lockmem): ${meaning} (${name})`,
    'lower lockmem, run as root, or raise the limit (ulimit -l)',
    1,
  );
}

export interface SlotBuffers {
  /** Slot s begins at address + s × strideBytes. */
  readonly address: number;
  readonly strideBytes: number;
  readonly totalBytes: number;
  readonly slotCount: number;
  /** The memory of one slot, `strideBytes` long. Not to be used after `free`. */
  slot(slotIndex: number): Uint8Array;
  free(): void;
}

interface SlotBufferNeeds {
  readonly slotCount: number;
  /** Largest transfer of one slot. */
  readonly blockBytesMax: number;
  /** Each slot begins at a multiple of it; a power of two. Pages when not given. */
  readonly alignBytes?: number;
  /** Memory that may be used, bytes; asked of the system when not given (tests give it). */
  readonly availableBytes?: number;
  /** False: pages come when they are touched. True when not given, so that no access faults during a run. */
  readonly populate?: boolean;
  /** How to get the memory; `mapMemory` when not given. */
  readonly map?: (byteCount: number) => MappedMemory;
}

/**
 * The buffers of all slots in one mapping, aligned.
 * Throws `UserError` with the sizes when they exceed the memory that is available: Linux would grant the mapping and
 * kill a process later.
 */
export function allocateSlotBuffers(needs: SlotBufferNeeds): SlotBuffers {
  const alignBytes = Math.max(needs.alignBytes ?? pageBytes, 1);
  const strideBytes = roundUp(Math.max(needs.blockBytesMax, 1), alignBytes);
  const totalBytes = strideBytes * needs.slotCount;
  const slackBytes = alignBytes > pageBytes ? alignBytes : 0;
  refuseTooMuchMemory(
    totalBytes + slackBytes,
    `${needs.slotCount} buffers of ${describeBytes(strideBytes)}`,
    needs.availableBytes ?? availableMemoryBytes(),
  );
  if (strideBytes > viewBytesMax) {
    throw UserError.of(`a block of ${describeBytes(strideBytes)} is too large`, `keep bs below 4 GiB`);
  }
  const map = needs.map ?? ((byteCount: number) => mapMemory(byteCount, needs.populate ?? true));
  const memory = map(totalBytes + slackBytes);
  const address = roundUp(memory.address, alignBytes);
  return {
    address,
    strideBytes,
    totalBytes,
    slotCount: needs.slotCount,
    slot: (slotIndex) =>
      memory.byteCount <= viewBytesMax
        ? new Uint8Array(memory.view, address - memory.address + slotIndex * strideBytes, strideBytes)
        : new Uint8Array(viewMemory(address + slotIndex * strideBytes, strideBytes)),
    free: memory.free,
  };
}

/** Throws `UserError` when `byteCount` (of `what`) exceeds `availableBytes`. Plans use it for all workers together. */
function refuseTooMuchMemory(byteCount: number, what: string, availableBytes: number): void {
  if (byteCount <= availableBytes) return;
  throw UserError.of(
    `${what} take ${describeBytes(byteCount)}, but only ${describeBytes(availableBytes)} of memory are available`,
    'lower iodepth, bs or numjobs',
    1,
  );
}

/**
 * What new buffers can take: MemAvailable (proc_meminfo(5)), or what the process's cgroup has left where that is less.
 * `Infinity` when nothing can be read.
 */
export function availableMemoryBytes(procRoot = '/proc', sysRoot = '/sys'): number {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(readText(`${procRoot}/meminfo`) ?? '');
  const system = match === null ? Number.POSITIVE_INFINITY : Number(match[1]) * 1024;
  return Math.min(system, cgroupLeft(memoryController, procRoot, sysRoot));
}

const pidsFiles = { limit: 'pids.max', usage: 'pids.current' };
const pidsController = { name: 'pids', version1: pidsFiles, version2: pidsFiles };

const memoryController = {
  name: 'memory',
  version1: { limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes' },
  version2: { limit: 'memory.max', usage: 'memory.current' },
  // Page cache counts as usage but gives way, so a cgroup that is full of cache is not full.
  reclaimable: (folder: string) =>
    Number(/^(?:total_)?inactive_file (\d+)/m.exec(readText(`${folder}/memory.stat`) ?? '')?.[1] ?? 0),
};

/** RLIMIT_MEMLOCK of this process, bytes (getrlimit(2)); `Infinity` when unlimited. */
export function lockedMemoryLimitBytes(): number {
  return limitOf(RLIMIT_MEMLOCK);
}

/** RLIMIT_FSIZE of this process, bytes (getrlimit(2)): no write reaches further in a file; `Infinity` when unlimited. */
export function fileSizeLimitBytes(): number {
  return limitOf(RLIMIT_FSIZE);
}

/** RLIMIT_NOFILE of this process (getrlimit(2)): it has fewer descriptors than this; `Infinity` when unlimited. */
export function openFileLimit(): number {
  return limitOf(RLIMIT_NOFILE);
}

/** Addresses that this process may still map (RLIMIT_AS, getrlimit(2)), bytes; `Infinity` when unlimited. */
export function addressSpaceLeftBytes(): number {
  const limit = limitOf(RLIMIT_AS);
  const usedKib = Number(/^VmSize:\s+(\d+)/m.exec(readText('/proc/self/status') ?? '')?.[1] ?? 0);
  return Math.max(0, limit - usedKib * 1024);
}

/** RLIMIT_NPROC is counted only where it could matter: that takes a look at every process. */
const scarceThreads = 4096;

/** Threads that this process may still make, by its cgroups and by RLIMIT_NPROC, which does not bind root. */
export function threadsLeft(): number {
  const inGroup = cgroupLeft(pidsController);
  const limit = limitOf(RLIMIT_NPROC);
  if (process.geteuid?.() === 0 || limit > scarceThreads) return inGroup;
  return Math.min(inGroup, Math.max(0, limit - threadsOfUser()));
}

function threadsOfUser(): number {
  const user = process.getuid?.();
  return fs.readdirSync('/proc').reduce((sum, name) => {
    const status = /^\d+$/.test(name) ? readText(`/proc/${name}/status`) : null;
    const isOwn = Number(/^Uid:\s+(\d+)/m.exec(status ?? '')?.[1] ?? -1) === user;
    return isOwn ? sum + Number(/^Threads:\s+(\d+)/m.exec(status!)?.[1] ?? 1) : sum;
  }, 0);
}

function limitOf(resource: number): number {
  const limits = new BigUint64Array(2);
  const getrlimit = libc.func('getrlimit', 'int', ['int', 'void *']);
  if (getrlimit(resource, limits) !== 0) return Number.POSITIVE_INFINITY;
  const soft = limits[0]!;
  return soft === 0xffffffffffffffffn ? Number.POSITIVE_INFINITY : Number(soft);
}

/**
 * A file in memory that has no name, `byteCount` long (memfd_create(2)): something to read and write while the code warms
 * up, so that the target stays untouched. The caller closes the descriptor.
 */
export function createScratchFile(byteCount: number): number {
  const memfdCreate = libc.func('memfd_create', 'int', ['str', 'uint32_t']);
  const descriptor: number = memfdCreate('iotest-warm-up', MFD_CLOEXEC);
  if (descriptor < 0) {
    const { name, meaning } = describeErrno(errno());
    throw UserError.of(`cannot create a file in memory: ${meaning} (${name})`, 'raise the limit (ulimit -n)', 1);
  }
  fs.ftruncateSync(descriptor, byteCount);
  return descriptor;
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** `4.0 GiB`, for messages of this folder. */
export function describeBytes(byteCount: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = byteCount;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
