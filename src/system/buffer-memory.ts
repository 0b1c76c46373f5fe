/** Memory for buffers of every kind that a job can ask for: private, shared, in huge pages, in a file. */
import fs from 'node:fs';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno, errnoOf } from './errno.js';
import { errno, libc } from './libc.js';
import { describeBytes, type MappedMemory, mapMemory, ownedMemory, pageBytes, roundUp } from './memory.js';

export interface BufferMemory {
  /**
   * `malloc` and `mmap`: private memory. `shm`: a System V segment, `shmhuge` in huge pages. `mmapshared`: shared memory
   * or a shared mapping of `path`; `mmaphuge`: huge pages, or a file on hugetlbfs.
   */
  readonly kind: 'malloc' | 'shm' | 'shmhuge' | 'mmap' | 'mmapshared' | 'mmaphuge';
  /** File to map, for the mmap kinds; made when missing, and removed again by the mapping that made it. */
  readonly path: string | null;
  /** Opens the file that is mapped, which then stays; not given = it is opened by its name. The mapping closes it. */
  readonly open?: (() => number) | null;
  /** Size of a huge page, a power of two; null = the system's. */
  readonly hugePageBytes: number | null;
}

const IPC_CREAT = 0o1000;
const IPC_RMID = 0;
const SHM_HUGETLB = 0o4000;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_ANONYMOUS = 0x20;
const MAP_POPULATE = 0x8000;
const MAP_HUGETLB = 0x40000;
/** Where both calls take the logarithm of the size of a huge page (linux/mman.h, linux/shm.h). */
const hugeShift = 26;

const mmap = libc.func('mmap', 'int64_t', ['uint64_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
const munmap = libc.func('munmap', 'int', ['uint64_t', 'size_t']);

/** Maps `byteCount` bytes, all pages there (rounded up to whole pages). Throws `UserError` with what to do. */
export function mapBufferMemory(byteCount: number, memory: BufferMemory): MappedMemory {
  switch (memory.kind) {
    case 'malloc':
      return mapMemory(byteCount, true);
    case 'shm':
    case 'shmhuge':
      return mapSegment(byteCount, memory);
    default:
      return memory.path === null ? mapAnonymous(byteCount, memory) : mapFile(byteCount, memory, memory.path);
  }
}

function isHuge({ kind }: BufferMemory): boolean {
  return kind === 'shmhuge' || kind === 'mmaphuge';
}

function unitBytes(memory: BufferMemory): number {
  return isHuge(memory) ? (memory.hugePageBytes ?? systemHugePageBytes()) : pageBytes;
}

/** Hugepagesize of proc_meminfo(5); 2 MiB where it is not told. */
export function systemHugePageBytes(procRoot = '/proc'): number {
  const match = /^Hugepagesize:\s+(\d+) kB/m.exec(fs.readFileSync(`${procRoot}/meminfo`, 'utf8'));
  return match === null ? 2 << 20 : Number(match[1]) * 1024;
}

function hugeFlags(memory: BufferMemory, flag: number): number {
  if (!isHuge(memory)) return 0;
  return flag | (memory.hugePageBytes === null ? 0 : Math.log2(memory.hugePageBytes) << hugeShift);
}

/** The segment is removed at once, so that it ends with its last mapping, whatever becomes of this process. */
function mapSegment(byteCount: number, memory: BufferMemory): MappedMemory {
  const mappedBytes = roundUp(Math.max(byteCount, 1), unitBytes(memory));
  const flags = IPC_CREAT | 0o600 | hugeFlags(memory, SHM_HUGETLB);
  const id: number = libc.func('shmget', 'int', ['int', 'size_t', 'int'])(0, mappedBytes, flags);
  if (id < 0) throw failure(memory, mappedBytes);
  const address: number = libc.func('shmat', 'int64_t', ['int', 'uint64_t', 'int'])(id, 0, 0);
  const error = errno();
  libc.func('shmctl', 'int', ['int', 'int', 'uint64_t'])(id, IPC_RMID, 0);
  if (address === -1) throw failure(memory, mappedBytes, error);
  return ownedMemory(address, mappedBytes, () => libc.func('shmdt', 'int', ['uint64_t'])(address));
}

function mapAnonymous(byteCount: number, memory: BufferMemory): MappedMemory {
  const mappedBytes = roundUp(Math.max(byteCount, 1), unitBytes(memory));
  const sharing = memory.kind === 'mmapshared' ? MAP_SHARED : MAP_PRIVATE;
  const flags = sharing | MAP_ANONYMOUS | MAP_POPULATE | hugeFlags(memory, MAP_HUGETLB);
  const address: number = mmap(0, mappedBytes, PROT_READ_WRITE, flags, -1, 0);
  if (address === -1) throw failure(memory, mappedBytes);
  return ownedMemory(address, mappedBytes, () => munmap(address, mappedBytes));
}

function mapFile(byteCount: number, memory: BufferMemory, path: string): MappedMemory {
  const { open = null } = memory;
  const wasMissing = open === null && !fs.existsSync(path);
  const descriptor = open === null ? openRegular(path) : open();
  try {
    const mappedBytes = roundUp(Math.max(byteCount, 1), Math.max(unitBytes(memory), fs.statfsSync(path).bsize));
    reserve(descriptor, path, mappedBytes);
    const flags = (memory.kind === 'mmap' ? MAP_PRIVATE : MAP_SHARED) | MAP_POPULATE;
    const address: number = mmap(0, mappedBytes, PROT_READ_WRITE, flags, descriptor, 0);
    if (address === -1) throw failure(memory, mappedBytes);
    return ownedMemory(address, mappedBytes, () => {
      munmap(address, mappedBytes);
      if (wasMissing) fs.rmSync(path, { force: true });
    });
  } catch (error) {
    if (wasMissing) fs.rmSync(path, { force: true });
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Nothing but a regular file: what a mapping of a device would overwrite, no guard has seen. */
function openRegular(path: string): number {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NONBLOCK, 0o644);
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    const { name, meaning, advice } = describeErrno(number);
    throw UserError.of(`cannot open ${path} for buffers (mem): ${meaning} (${name})`, advice, 1);
  }
  if (fs.fstatSync(descriptor).isFile()) return descriptor;
  fs.closeSync(descriptor);
  throw UserError.of(`${path} is no regular file, and buffers (mem) are mapped from those only`, 'name another file');
}

/** A page of a mapping without room for it on the disk is a SIGBUS, which no process survives: so the room comes first. */
function reserve(descriptor: number, path: string, byteCount: number): void {
  if (fs.fstatSync(descriptor).size >= byteCount) return;
  // posix_fallocate(3) writes where the file system cannot reserve; it returns its error.
  const error: number = libc.func('posix_fallocate', 'int', ['int', 'int64_t', 'int64_t'])(descriptor, 0, byteCount);
  if (error === 0) return;
  const { name, meaning } = describeErrno(error);
  const isHugePages = error === Errno.ENOSPC || error === Errno.ENOMEM;
  throw UserError.of(
    `${path} cannot hold buffers of ${describeBytes(byteCount)} (mem): ${meaning} (${name})`,
    isHugePages ? 'free space there (on hugetlbfs: raise /proc/sys/vm/nr_hugepages), or lower iodepth or bs' : null,
    1,
  );
}

function failure(memory: BufferMemory, byteCount: number, error = errno()): UserError {
  const { name, meaning } = describeErrno(error);
  const unit = describeBytes(unitBytes(memory));
  const advice = isHuge(memory)
    ? `make huge pages of ${unit} available (/sys/kernel/mm/hugepages, or echo N > /proc/sys/vm/nr_hugepages), or leave mem out`
    : 'lower iodepth, bs or numjobs, or leave mem out';
  return UserError.of(
    `mem=${memory.kind}: cannot have ${describeBytes(byteCount)} of buffers: ${meaning} (${name})`,
    advice,
    1,
  );
}
