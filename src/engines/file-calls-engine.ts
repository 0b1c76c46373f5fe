/**
 * Operations on files by synchronous calls: `filecreate` (openat, close; with file_create also write and fsync),
 * `filestat` (stat, lstat or statx), `filedelete` (unlinkat), `filerename` (renameat2), `dircreate` (mkdirat), `dirstat`,
 * `dirdelete` (unlinkat with AT_REMOVEDIR). A row's file index says which name; the result is its `byteCount`, or −errno.
 */
import { engineLabel } from '../job/engine-label.js';
import { renamedSuffix } from '../job/file-engines.js';
import type { EngineOptions } from '../job/job.js';
import { UserError } from '../support/errors.js';
import { errno, libc } from '../system/libc.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import { BlockingEngine } from './blocking-engine.js';
import type { Engine, EngineSetup } from './engine.js';
import {
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  createFlags,
  directoryMode,
  type FileTask,
  fileMode,
  fileTaskOf,
  O_CLOEXEC,
  RENAME_NOREPLACE,
  STATX_ALL,
  statxBytes,
} from './file-names.js';
import { boxedFrom, mapPaths } from './path-memory.js';

export function openEngine(setup: EngineSetup): Engine {
  return new FileCallsEngine(setup, fileTaskOf(setup), []);
}

/** 0, or −errno; what else there is to say lies in memory of its own. */
type FileCall = (slot: number, file: number) => number;

class FileCallsEngine extends BlockingEngine {
  private readonly call: FileCall;
  private readonly fileIndex: Int32Array;
  private readonly byteCount: Int32Array;
  private readonly isRehearsal: boolean;

  constructor(setup: EngineSetup, task: FileTask, memories: MappedMemory[]) {
    super(setup, memories);
    this.fileIndex = setup.requests.fileIndex;
    this.byteCount = setup.requests.byteCount;
    this.isRehearsal = setup.rehearses === true;
    this.call = createCall(setup, task, memories);
  }

  protected label(): string {
    return engineLabel(this.setup.options);
  }

  protected perform(slot: number, _doneBytes: number): number {
    // A rehearsal has one name, which cannot exist.
    const result = this.call(slot, this.isRehearsal ? 0 : this.fileIndex[slot]!);
    return result === 0 || this.isRehearsal ? this.byteCount[slot]! : result;
  }
}

function createCall(setup: EngineSetup, task: FileTask, memories: MappedMemory[]): FileCall {
  const { operation, work } = task;
  const names = mapPaths(work.names);
  memories.push(names.memory);
  const addresses = names.boxedAddresses;
  const folders = Int32Array.from(work.folders);
  switch (operation.kind) {
    case 'create':
      return operation.directories
        ? createMakeDirectory(folders, addresses)
        : createCreate(setup, task, folders, addresses);
    case 'stat':
      return createStat(setup.options, folders, addresses, memories);
    case 'delete': {
      const unlinkat = libc.func('unlinkat', 'int', ['int', 'uint64_t', 'int']);
      const flags = operation.directories ? AT_REMOVEDIR : 0;
      return (_slot, file) => (unlinkat(folders[file], addresses[file + boxedFrom], flags) < 0 ? -errno() : 0);
    }
    case 'rename': {
      const renamed = mapPaths(work.names.map((path) => `${path}${renamedSuffix}`));
      memories.push(renamed.memory);
      const targets = renamed.boxedAddresses;
      const renameat2 = libc.func('renameat2', 'int', ['int', 'uint64_t', 'int', 'uint64_t', 'uint32_t']);
      return (_slot, file) =>
        renameat2(
          folders[file],
          addresses[file + boxedFrom],
          folders[file],
          targets[file + boxedFrom],
          RENAME_NOREPLACE,
        ) < 0
          ? -errno()
          : 0;
    }
  }
}

function createMakeDirectory(folders: Int32Array, addresses: readonly (number | string)[]): FileCall {
  const mkdirat = libc.func('mkdirat', 'int', ['int', 'uint64_t', 'uint32_t']);
  return (_slot, file) => (mkdirat(folders[file], addresses[file + boxedFrom], directoryMode) < 0 ? -errno() : 0);
}

const EIO = 5;

function createCreate(
  setup: EngineSetup,
  { work }: FileTask,
  folders: Int32Array,
  addresses: readonly (number | string)[],
): FileCall {
  const { fileCreate } = setup.options;
  const { byteCount } = setup.requests;
  const openat = libc.func('openat', 'int', ['int', 'uint64_t', 'int', 'uint32_t']);
  const write = libc.func('write', 'int', ['int', 'uint64_t', 'size_t']);
  const fsync = libc.func('fsync', 'int', ['int']);
  const close = libc.func('close', 'int', ['int']);
  const flags = createFlags | O_CLOEXEC | work.openFlags;
  const writes = fileCreate !== 'open';
  const commits = fileCreate === 'commit';
  const buffers: (number | string)[] = ['boxed'];
  for (let slot = 0; slot < setup.depth; slot++) buffers.push(setup.buffers.address + slot * setup.buffers.strideBytes);

  /** A short write (a full disk) leaves the file shorter than it should be: that is no creation. */
  function fill(slot: number, descriptor: number): number {
    const wanted = byteCount[slot]!;
    const written: number = write(descriptor, buffers[slot + 1], wanted);
    if (written < 0) return -errno();
    if (written < wanted) return -EIO;
    return commits && fsync(descriptor) < 0 ? -errno() : 0;
  }

  return (slot, file) => {
    const descriptor: number = openat(folders[file], addresses[file + boxedFrom], flags, fileMode);
    if (descriptor < 0) return -errno();
    const result = writes ? fill(slot, descriptor) : 0;
    return close(descriptor) < 0 && result === 0 ? -errno() : result;
  };
}

function createStat(
  { statType }: EngineOptions,
  folders: Int32Array,
  addresses: readonly (number | string)[],
  memories: MappedMemory[],
): FileCall {
  const memory = mapMemory(statxBytes, true);
  memories.push(memory);
  const { address } = memory;
  if (statType === 'statx') {
    const statx = libc.func('statx', 'int', ['int', 'uint64_t', 'int', 'uint32_t', 'uint64_t']);
    return (_slot, file) =>
      statx(folders[file], addresses[file + boxedFrom], 0, STATX_ALL, address) < 0 ? -errno() : 0;
  }
  if (!libc.has('fstatat')) {
    throw UserError.of(`this libc has no ${statType} to call (it came with glibc 2.33)`, 'use stat_type=statx', 1);
  }
  const fstatat = libc.func('fstatat', 'int', ['int', 'uint64_t', 'uint64_t', 'int']);
  const flags = statType === 'lstat' ? AT_SYMLINK_NOFOLLOW : 0;
  return (_slot, file) => (fstatat(folders[file], addresses[file + boxedFrom], address, flags) < 0 ? -errno() : 0);
}
