/**
 * Files and devices that jobs use: what they are, opening them, laying them out, dropping their cached pages.
 * Every failure is a `UserError` that names the path and says what to do.
 */
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno, errnoOf } from '../system/errno.js';
import { makeFolders } from '../system/folders.js';
import { errno, libc } from '../system/libc.js';
import { describeBytes } from '../system/memory.js';
import {
  deviceReadOnly,
  deviceSizeBytes,
  deviceUses,
  diskBelow,
  formatDeviceNumber,
  type MountEntry,
  queueFacts,
  readMounts,
} from './block-device.js';
import { inspectNamespace, nvmeNamespace } from './nvme.js';
import type { QueueFacts, TargetFacts } from './target-facts.js';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_DIRECT, O_SYNC, O_DSYNC, O_DIRECTORY } = fs.constants;
/** __O_TMPFILE | O_DIRECTORY (asm-generic/fcntl.h). */
const O_TMPFILE = 0o20000000 | O_DIRECTORY;

const AT_EMPTY_PATH = 0x1000;
const STATX_MNT_ID = 0x1000;
const STATX_DIOALIGN = 0x2000;
const STATX_WRITE_ATOMIC = 0x10000;
/** struct statx: stx_mask at 0, stx_mnt_id at 0x90, stx_dio_mem_align at 0x98, stx_dio_offset_align at 0x9c,
 * stx_atomic_write_unit_min at 0xa8, stx_atomic_write_unit_max at 0xac. */
const statxBytes = 256;

const FALLOC_FL_KEEP_SIZE = 1;
const BLKGETSIZE64 = 0x80081272;
/** O_DIRECT without a disk below (tmpfs, network): no rule is known, so the one that every file system accepts. */
const directAlignBytesUnknown = 512;

// ---------------------------------------------------------------------------------------------------- inspecting

/**
 * What `targetPath` is, without reading or writing its data and without leaving anything behind. For a missing file the
 * facts are those of its directory. Never throws for a path that is missing or may not be entered: it is `missing` then.
 *
 * Whether O_DIRECT works, and with which alignment, is asked of statx(2) (STATX_DIOALIGN, kernel 6.1); where that says
 * nothing, of open(2) with O_DIRECT. For a missing file both are asked of an unnamed file in its directory (O_TMPFILE),
 * because neither works on directories; where there can be none, the file system is taken to accept it.
 */
export function inspectTarget(targetPath: string): TargetFacts {
  const stat = statOrNull(targetPath);
  if (stat === null) return inspectMissing(targetPath);
  const realPath = realPathOr(targetPath);
  if (stat.isBlockDevice()) return inspectDevice(targetPath, realPath, stat);
  const namespace = nvmeNamespace(stat);
  if (namespace !== null) return inspectNamespace(targetPath, realPath, namespace);
  const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
  const surroundings = inspectSurroundings(realPath, stat);
  return {
    path: targetPath,
    realPath,
    kind,
    sizeBytes: kind === 'file' ? stat.size : 0,
    allocatedBytes: stat.blocks * 512,
    directAlignBytes:
      kind === 'file'
        ? fileDirectAlign(realPath, surroundings.queue)
        : kind === 'directory'
          ? newFileDirectAlign(realPath, surroundings.queue)
          : null,
    atomicWrite: kind === 'file' ? (statx(realPath)?.atomicWrite ?? null) : null,
    readOnly: !mayAccess(realPath, fs.constants.W_OK),
    ...surroundings,
    uses: [],
  };
}

function inspectMissing(targetPath: string): TargetFacts {
  const directory = realPathOr(nearestFolder(path.dirname(path.resolve(targetPath))));
  const stat = statOrNull(directory);
  const surroundings = stat === null ? { fileSystem: null, queue: null } : inspectSurroundings(directory, stat);
  return {
    path: targetPath,
    realPath: directory,
    kind: 'missing',
    sizeBytes: 0,
    allocatedBytes: 0,
    directAlignBytes: stat === null ? null : newFileDirectAlign(directory, surroundings.queue),
    atomicWrite: stat === null ? null : newFileAtomicWrite(directory),
    readOnly: !mayAccess(directory, fs.constants.W_OK),
    ...surroundings,
    uses: [],
  };
}

/** Folders that are missing will be made in the first one above them that is there. */
function nearestFolder(folder: string): string {
  let nearest = folder;
  while (statOrNull(nearest) === null && nearest !== path.dirname(nearest)) nearest = path.dirname(nearest);
  return nearest;
}

/**
 * All regular files below a directory, in the order of their names. Symbolic links are not followed and devices are
 * passed over, so that nothing outside of the directory is reached. Throws `UserError`.
 */
export function listRegularFiles(directory: string): string[] {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    // Gone between the listing of the folder above and now.
    if (number === Errno.ENOENT) return [];
    const { name, meaning, advice } = describeErrno(number);
    throw UserError.of(`cannot list the files in ${directory}: ${meaning} (${name})`, advice, 1);
  }
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const entryPath = directory.endsWith('/') ? `${directory}${entry.name}` : `${directory}/${entry.name}`;
    if (entry.isDirectory()) return listRegularFiles(entryPath);
    return entry.isFile() ? [entryPath] : [];
  });
}

function inspectDevice(targetPath: string, realPath: string, stat: fs.Stats): TargetFacts {
  const deviceNumber = formatDeviceNumber(stat.rdev);
  const queue = queueFacts(deviceNumber);
  const align = statx(realPath)?.direct ?? null;
  const sizeBytes = deviceSizeBytes(deviceNumber);
  return {
    path: targetPath,
    realPath,
    kind: 'block',
    sizeBytes,
    allocatedBytes: sizeBytes,
    directAlignBytes: align === null || align === 0 ? (queue?.logicalBlockBytes ?? directAlignBytesUnknown) : align,
    atomicWrite: statx(realPath)?.atomicWrite ?? null,
    readOnly: deviceReadOnly(deviceNumber) || !mayAccess(realPath, fs.constants.W_OK),
    fileSystem: null,
    queue,
    uses: deviceUses(realPath),
  };
}

function inspectSurroundings(realPath: string, stat: fs.Stats): Pick<TargetFacts, 'fileSystem' | 'queue'> {
  const mount = mountOf(realPath);
  const disk = diskBelow(formatDeviceNumber(stat.dev), mount);
  const queue = disk === null ? null : queueFacts(disk.deviceNumber);
  if (mount === null) return { fileSystem: null, queue };
  const { type, mountPoint, options } = mount;
  return { fileSystem: { type, mountPoint, options, freeBytes: freeBytes(realPath) }, queue };
}

/** Mounts can cover each other, so the kernel is asked which it is; the longest mount point serves where it cannot say. */
function mountOf(realPath: string): MountEntry | null {
  const mounts = readMounts();
  const mountId = statx(realPath)?.mountId ?? null;
  const known = mounts.find((mount) => mount.mountId === mountId);
  if (known !== undefined) return known;
  let best: MountEntry | null = null;
  for (const mount of mounts) {
    const folder = mount.mountPoint === '/' ? '/' : `${mount.mountPoint}/`;
    const contains = `${realPath}/`.startsWith(folder);
    if (contains && (best === null || mount.mountPoint.length >= best.mountPoint.length)) best = mount;
  }
  return best;
}

/** null where the file system does not count: ramfs and some network ones state 0 of 0 blocks. */
function freeBytes(realPath: string): number | null {
  try {
    const stat = fs.statfsSync(realPath);
    return stat.blocks === 0 ? null : stat.bavail * stat.bsize;
  } catch {
    return null;
  }
}

function fileDirectAlign(realPath: string, queue: QueueFacts | null): number | null {
  const stated = statx(realPath)?.direct ?? null;
  if (stated !== null) return stated === 0 ? null : stated;
  let descriptor: number;
  try {
    descriptor = fs.openSync(realPath, O_RDONLY | O_DIRECT);
  } catch (error) {
    return errnoOf(error) === Errno.EINVAL ? null : (queue?.logicalBlockBytes ?? directAlignBytesUnknown);
  }
  fs.closeSync(descriptor);
  return queue?.logicalBlockBytes ?? directAlignBytesUnknown;
}

function newFileDirectAlign(directory: string, queue: QueueFacts | null): number | null {
  const usual = queue?.logicalBlockBytes ?? directAlignBytesUnknown;
  return withUnnamedFile(directory, (filePath) => fileDirectAlign(filePath, queue), usual);
}

function newFileAtomicWrite(directory: string): AtomicWrite {
  return withUnnamedFile(directory, (filePath) => statx(filePath)?.atomicWrite ?? null, null);
}

/** `otherwise` where the file system can have none. */
function withUnnamedFile<T>(directory: string, use: (filePath: string) => T, otherwise: T): T {
  let descriptor: number;
  try {
    descriptor = fs.openSync(directory, O_TMPFILE | O_RDWR, 0o600);
  } catch {
    return otherwise;
  }
  try {
    return use(`/proc/self/fd/${descriptor}`);
  } finally {
    fs.closeSync(descriptor);
  }
}

type AtomicWrite = NonNullable<TargetFacts['atomicWrite']> | null;

interface StatxFacts {
  /** Alignment that O_DIRECT needs; 0 = refused; null = the kernel does not say. */
  readonly direct: number | null;
  readonly mountId: number | null;
  readonly atomicWrite: AtomicWrite;
}

function statx(filePath: string): StatxFacts | null {
  const buffer = new Uint32Array(statxBytes / 4);
  const call = libc.func('statx', 'int', ['int', 'str', 'int', 'uint32_t', 'void *']);
  // Links in /proc/self/fd lead to the open file itself, also when it has no name.
  if (call(-100, filePath, AT_EMPTY_PATH, STATX_DIOALIGN | STATX_MNT_ID | STATX_WRITE_ATOMIC, buffer) !== 0)
    return null;
  const mask = buffer[0]!;
  return {
    direct: (mask & STATX_DIOALIGN) === 0 ? null : Math.max(buffer[0x98 / 4]!, buffer[0x9c / 4]!),
    mountId: (mask & STATX_MNT_ID) === 0 ? null : buffer[0x90 / 4]!,
    atomicWrite:
      (mask & STATX_WRITE_ATOMIC) === 0 || buffer[0xac / 4]! === 0
        ? null
        : { unitBytesMin: buffer[0xa8 / 4]!, unitBytesMax: buffer[0xac / 4]! },
  };
}

// ------------------------------------------------------------------------------------------------------- opening

export interface OpenOptions {
  /** O_DIRECT. */
  readonly direct?: boolean;
  readonly sync?: 'none' | 'sync' | 'dsync';
  readonly read?: boolean;
  readonly write?: boolean;
  /** Create the file when it is missing. */
  readonly create?: boolean;
  /** O_EXCL: with `create`, the file must not exist; on a block device, nothing else may hold it (open(2)). */
  readonly exclusive?: boolean;
  /** Permissions of a file that `create` makes, before the umask; 0644 when not given. */
  readonly mode?: number;
}

/** Has the shape of the engines' `OpenFile`. */
export interface OpenedTarget {
  readonly path: string;
  readonly descriptor: number;
  readonly kind: 'file' | 'block';
  readonly sizeBytes: number;
}

/** Opens a regular file or a block device; the caller closes the descriptor. Throws `UserError`. */
export function openTarget(targetPath: string, options: OpenOptions): OpenedTarget {
  const flags =
    (options.write ? (options.read === false ? O_WRONLY : O_RDWR) : O_RDONLY) |
    (options.direct ? O_DIRECT : 0) |
    (options.sync === 'sync' ? O_SYNC : options.sync === 'dsync' ? O_DSYNC : 0) |
    (options.create ? O_CREAT : 0) |
    (options.exclusive ? O_EXCL : 0);
  // Before opening: that alone would wait forever at a named pipe, and rewind a tape.
  const statBefore = statOrNull(targetPath);
  refuseOthers(targetPath, statBefore);
  // Commands know neither O_DIRECT nor O_SYNC; a claim is laid on the block device (prepare-targets.ts).
  const takesCommands = statBefore?.isCharacterDevice() === true;
  let descriptor: number;
  try {
    descriptor = fs.openSync(targetPath, takesCommands ? flags & (O_WRONLY | O_RDWR) : flags, options.mode ?? 0o644);
  } catch (error) {
    throw openFailure(targetPath, options, error);
  }
  try {
    const stat = fs.fstatSync(descriptor);
    if (stat.isBlockDevice()) {
      return { path: targetPath, descriptor, kind: 'block', sizeBytes: openDeviceSizeBytes(descriptor, targetPath) };
    }
    refuseOthers(targetPath, stat);
    const namespace = nvmeNamespace(stat);
    if (namespace !== null) return { path: targetPath, descriptor, kind: 'block', sizeBytes: namespace.sizeBytes };
    return { path: targetPath, descriptor, kind: 'file', sizeBytes: stat.size };
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

/** asm-generic/fcntl.h; the same on x86 and arm64. */
const O_CLOEXEC = 0o2000000;

/** Descriptor `target` stands for what `source` stood for, which is closed: dup3(2). Throws `UserError`. */
export function replaceDescriptor(source: number, target: number): void {
  const result: number = libc.func('dup3', 'int', ['int', 'int', 'int'])(source, target, O_CLOEXEC);
  const failed = result < 0 ? describeErrno(errno()).meaning : null;
  fs.closeSync(source);
  if (failed !== null) throw UserError.of(`cannot open a file under the descriptor it had: ${failed}`, null, 1);
}

function refuseOthers(targetPath: string, stat: fs.Stats | null): void {
  if (stat === null || stat.isFile() || stat.isBlockDevice() || nvmeNamespace(stat) !== null) return;
  throw UserError.of(
    `${targetPath} is ${stat.isDirectory() ? 'a directory' : 'neither a regular file nor a block device'}`,
    'name a file or a block device; for a directory use directory=',
  );
}

/** What failed and what to do, in the terms of what was asked for. */
function openFailure(targetPath: string, options: OpenOptions, error: unknown): Error {
  const number = errnoOf(error);
  if (number === null) return error instanceof Error ? error : new Error(String(error));
  const { name, meaning, advice } = describeErrno(number);
  const purpose = options.write ? 'for writing' : 'for reading';
  if (number === Errno.EINVAL && options.direct) {
    return UserError.of(
      `${targetPath}: the file system refuses O_DIRECT (EINVAL)`,
      'leave off direct=1, or choose a target on ext4, xfs or a block device',
      1,
    );
  }
  if (number === Errno.EBUSY) {
    return UserError.of(
      `${targetPath}: something else holds this device (EBUSY)`,
      'unmount it and release md, dm or swap on it (lsblk, /proc/swaps, fuser -v shows what it is)',
      1,
    );
  }
  if (number === Errno.ENOENT && options.create) {
    return UserError.of(
      `cannot create ${targetPath}: its directory does not exist`,
      `create it: mkdir -p ${path.dirname(targetPath)}`,
      1,
    );
  }
  if (number === Errno.EACCES || number === Errno.EPERM) {
    return UserError.of(
      `cannot open ${targetPath} ${purpose}: ${meaning} (${name})`,
      `${advice}: ls -lL ${targetPath}`,
      1,
    );
  }
  return UserError.of(`cannot open ${targetPath} ${purpose}: ${meaning} (${name})`, advice, 1);
}

/** Size of an open block device in bytes (BLKGETSIZE64). Throws `UserError`. */
export function openDeviceSizeBytes(descriptor: number, targetPath: string): number {
  const size = new BigUint64Array(1);
  const ioctl = libc.func('ioctl', 'int', ['int', 'uint32_t', 'void *']);
  if (ioctl(descriptor, BLKGETSIZE64, size) === 0) return Number(size[0]);
  const { name, meaning, advice } = describeErrno(errno());
  throw UserError.of(`cannot tell the size of ${targetPath}: ${meaning} (${name})`, advice, 1);
}

// ---------------------------------------------------------------------------------------------------- laying out

export interface LayOutOptions {
  readonly path: string;
  /** The size that the file must have at the end; a longer file stays as it is. */
  readonly sizeBytes: number;
  readonly fallocate: 'none' | 'native' | 'posix' | 'keep' | 'truncate';
  /**
   * Write data up to the full size: for reads and overwrites, which must not meet holes. Otherwise only space is
   * reserved as `fallocate` says; with `none` and `keep` the file then has no more than its old size.
   */
  readonly fill: boolean;
  /** False: what was written may still be in the page cache (`create_fsync=0`). */
  readonly sync?: boolean;
  /** Puts the next bytes of the data into a chunk; not given = random ones. */
  readonly nextContent?: ((chunk: Uint8Array) => void) | undefined;
  /** Told after each chunk, of the bytes that are written here: [0, totalBytes]. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

const layOutChunkBytes = 4 << 20;

/**
 * Makes a missing or short file as long as the job needs. Data is random where nothing else is asked for, so that no
 * compression or deduplication below makes reads too easy; it is on the disk when this returns (fsync), unless
 * `sync` says no. Existing data is kept.
 * Missing directories of the path are made, for the owner alone, as fio does.
 * When it fails or is aborted, a file that it created is removed, and one that it extended is cut back.
 * Throws `UserError`, or the signal's reason.
 */
export async function layOutFile(options: LayOutOptions): Promise<void> {
  options.signal?.throwIfAborted();
  const sizeBefore = statOrNull(options.path)?.size ?? null;
  if (sizeBefore === null) makeFolders(options.path);
  const opened = openTarget(options.path, { read: true, write: true, create: true, exclusive: sizeBefore === null });
  try {
    if (opened.kind === 'block' || opened.sizeBytes >= options.sizeBytes) return;
    refuseWhenFull(options, opened.descriptor, opened.sizeBytes);
    await extend(options, opened.descriptor, opened.sizeBytes);
    if (options.sync !== false) await promised((done) => fs.fsync(opened.descriptor, done));
  } catch (error) {
    undo(options.path, opened.descriptor, sizeBefore);
    throw layOutFailure(options, error);
  } finally {
    fs.closeSync(opened.descriptor);
  }
}

async function extend(options: LayOutOptions, descriptor: number, fromBytes: number): Promise<void> {
  const { sizeBytes, fallocate, fill } = options;
  if (fallocate === 'truncate') fs.ftruncateSync(descriptor, sizeBytes);
  const reserves = fallocate === 'native' || fallocate === 'posix' || fallocate === 'keep';
  const reserved = reserves && reserve(descriptor, fromBytes, sizeBytes, fallocate === 'keep');
  if (fill) await write(options, descriptor, fromBytes, dataChunks(options));
  // posix_fallocate(3) promises the space even where the file system cannot reserve it: by writing.
  else if (fallocate === 'posix' && !reserved) await write(options, descriptor, fromBytes, zeroChunks());
}

/** False when the file system has no fallocate(2); `native` and `keep` then do without, as their names promise no more. */
function reserve(descriptor: number, fromBytes: number, sizeBytes: number, keepSize: boolean): boolean {
  const call = libc.func('fallocate', 'int', ['int', 'int', 'int64_t', 'int64_t']);
  if (call(descriptor, keepSize ? FALLOC_FL_KEEP_SIZE : 0, fromBytes, sizeBytes - fromBytes) === 0) return true;
  const error = errno();
  if (error === Errno.EOPNOTSUPP || error === Errno.ENOSYS) return false;
  throw Object.assign(new Error('fallocate'), { errno: -error });
}

async function write(
  options: LayOutOptions,
  descriptor: number,
  fromBytes: number,
  nextChunk: () => Uint8Array,
): Promise<void> {
  const totalBytes = options.sizeBytes - fromBytes;
  let doneBytes = 0;
  while (doneBytes < totalBytes) {
    options.signal?.throwIfAborted();
    const chunk = nextChunk().subarray(0, Math.min(layOutChunkBytes, totalBytes - doneBytes));
    let chunkDone = 0;
    while (chunkDone < chunk.length) {
      const position = fromBytes + doneBytes + chunkDone;
      const written = await promised<number>((done) =>
        fs.write(descriptor, chunk, chunkDone, chunk.length - chunkDone, position, done),
      );
      chunkDone += written;
    }
    doneBytes += chunk.length;
    options.onProgress?.(doneBytes, totalBytes);
  }
}

function dataChunks({ nextContent }: LayOutOptions): () => Uint8Array {
  if (nextContent === undefined) return randomChunks();
  const chunk = new Uint8Array(layOutChunkBytes);
  return () => {
    nextContent(chunk);
    return chunk;
  };
}

/** Another 4 MiB of random data at each call, in the same memory (xorshift32: fast, and nothing compresses it). */
function randomChunks(): () => Uint8Array {
  const chunk = new Uint8Array(layOutChunkBytes);
  const words = new Int32Array(chunk.buffer);
  let state = randomInt(1, 2 ** 31);
  return () => {
    for (let index = 0; index < words.length; index++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[index] = state;
    }
    return chunk;
  };
}

function zeroChunks(): () => Uint8Array {
  const chunk = new Uint8Array(layOutChunkBytes);
  return () => chunk;
}

/** Filling a file system to the last byte hurts others, and it takes long to find out: so it is refused beforehand. */
function refuseWhenFull(options: LayOutOptions, descriptor: number, haveBytes: number): void {
  if (!options.fill) return;
  const stat = fs.statfsSync(options.path);
  const allocatedBytes = fs.fstatSync(descriptor).blocks * 512;
  const neededBytes = options.sizeBytes - Math.max(haveBytes, allocatedBytes);
  const free = stat.bavail * stat.bsize;
  // File systems without blocks (some network ones) state 0 of 0.
  if (stat.blocks === 0 || neededBytes <= free) return;
  throw UserError.of(
    `${options.path} would need ${describeBytes(neededBytes)} more, but only ${describeBytes(free)} are free there`,
    'lower size, free space, or choose another directory',
    1,
  );
}

function undo(filePath: string, descriptor: number, sizeBefore: number | null): void {
  try {
    if (sizeBefore === null) fs.unlinkSync(filePath);
    else if (fs.fstatSync(descriptor).isFile()) fs.ftruncateSync(descriptor, sizeBefore);
  } catch {
    // The failure that led here matters more.
  }
}

function layOutFailure(options: LayOutOptions, error: unknown): unknown {
  const number = errnoOf(error);
  if (number === null) return error;
  const { name, meaning, advice } = describeErrno(number);
  return UserError.of(
    `cannot lay out ${options.path} to ${describeBytes(options.sizeBytes)}: ${meaning} (${name})`,
    advice,
    1,
  );
}

function promised<T = void>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error === null ? resolve(value as T) : reject(error)));
  });
}

// ---------------------------------------------------------------------------------------------- cache and discard

/** Writes everything that the file system of an open file has in memory (syncfs(2)); −errno, or 0. */
export function syncFileSystem(descriptor: number): number {
  return libc.func('syncfs', 'int', ['int'])(descriptor) === 0 ? 0 : -errno();
}

function statOrNull(filePath: string): fs.Stats | null {
  try {
    return fs.statSync(filePath);
  } catch {
    return null;
  }
}

function realPathOr(filePath: string): string {
  try {
    return fs.realpathSync(filePath);
  } catch {
    return path.resolve(filePath);
  }
}

function mayAccess(filePath: string, mode: number): boolean {
  try {
    fs.accessSync(filePath, mode);
    return true;
  } catch {
    return false;
  }
}
