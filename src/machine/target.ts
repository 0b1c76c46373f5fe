/**
 * Files and devices that jobs use: what they are, laying them out, dropping their cached pages.
 * Every failure is a `UserError` that names the path and says what to do.
 */
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno, errnoOf } from '../system/errno.js';
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
import { makeTarget, type NewPlace, type OpenedTarget, openHeld, openTarget } from './open-target.js';
import { forgetMark, isMarkFile, readOwnMark } from './own-files.js';
import { type FileStatus, statx } from './statx.js';
import type { QueueFacts, TargetFacts } from './target-facts.js';
import { descriptorPath, type HeldTarget, identityOf, openPath, unlinkOpened } from './target-identity.js';

const { O_RDONLY, O_RDWR, O_DIRECT, O_DIRECTORY } = fs.constants;
/** __O_TMPFILE | O_DIRECTORY (asm-generic/fcntl.h). */
const O_TMPFILE = 0o20000000 | O_DIRECTORY;

const FALLOC_FL_KEEP_SIZE = 1;
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
  const descriptor = openPath(targetPath);
  if (descriptor === null) return inspectMissing(targetPath);
  try {
    return inspectOpened(targetPath, descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The same of what `openPath` has opened: nothing is looked up by the name again. */
export function inspectOpened(targetPath: string, descriptor: number): TargetFacts {
  const stat = fs.fstatSync(descriptor);
  const status = statx(descriptor);
  const identity = status === null ? null : identityOf(status);
  const at = descriptorPath(descriptor) ?? targetPath;
  const realPath = realPathOf(targetPath, descriptor);
  if (stat.isBlockDevice()) return { ...inspectDevice(targetPath, realPath, stat, status, at), identity };
  const namespace = nvmeNamespace(stat);
  if (namespace !== null) return { ...inspectNamespace(targetPath, realPath, namespace), identity };
  const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
  const surroundings = inspectSurroundings(realPath, stat, status, at);
  return {
    path: targetPath,
    realPath,
    kind,
    sizeBytes: kind === 'file' ? stat.size : 0,
    allocatedBytes: stat.blocks * 512,
    directAlignBytes:
      kind === 'file'
        ? fileDirectAlign(at, status, surroundings.queue)
        : kind === 'directory'
          ? newFileDirectAlign(at, surroundings.queue)
          : null,
    atomicWrite: kind === 'file' ? (status?.atomicWrite ?? null) : null,
    readOnly: !mayAccess(at, fs.constants.W_OK),
    ...surroundings,
    uses: [],
    file:
      kind === 'file' ? { mark: readOwnMark(at, realPath), changedEpochMs: stat.mtimeMs, linkCount: stat.nlink } : null,
    identity,
  };
}

/** @param held its folder, as `nearestFolder` finds it, when that is open already */
export function inspectMissing(targetPath: string, held: number | null = null): TargetFacts {
  const folder = nearestFolder(targetPath);
  const descriptor = held ?? openPath(folder);
  try {
    const found = descriptor === null ? null : inspectOpened(folder, descriptor);
    return {
      path: targetPath,
      realPath: found?.realPath ?? path.resolve(folder),
      kind: 'missing',
      sizeBytes: 0,
      allocatedBytes: 0,
      directAlignBytes: found?.directAlignBytes ?? null,
      atomicWrite: descriptor === null ? null : newFileAtomicWrite(descriptorPath(descriptor) ?? folder),
      readOnly: found?.readOnly ?? true,
      fileSystem: found?.fileSystem ?? null,
      queue: found?.queue ?? null,
      uses: [],
      identity: null,
    };
  } finally {
    if (held === null && descriptor !== null) fs.closeSync(descriptor);
  }
}

/** Folders that are missing will be made in the first one above them that is there. */
export function nearestFolder(targetPath: string): string {
  let nearest = path.dirname(targetPath);
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
    return entry.isFile() && !isMarkFile(entry.name) ? [entryPath] : [];
  });
}

function inspectDevice(
  targetPath: string,
  realPath: string,
  stat: fs.Stats,
  status: FileStatus | null,
  at: string,
): TargetFacts {
  const deviceNumber = formatDeviceNumber(stat.rdev);
  const queue = queueFacts(deviceNumber);
  const align = status?.direct ?? null;
  const sizeBytes = deviceSizeBytes(deviceNumber);
  return {
    path: targetPath,
    realPath,
    kind: 'block',
    sizeBytes,
    allocatedBytes: sizeBytes,
    directAlignBytes: align === null || align === 0 ? (queue?.logicalBlockBytes ?? directAlignBytesUnknown) : align,
    atomicWrite: status?.atomicWrite ?? null,
    readOnly: deviceReadOnly(deviceNumber) || !mayAccess(at, fs.constants.W_OK),
    fileSystem: null,
    queue,
    uses: deviceUses(deviceNumber),
  };
}

function inspectSurroundings(
  realPath: string,
  stat: fs.Stats,
  status: FileStatus | null,
  at: string,
): Pick<TargetFacts, 'fileSystem' | 'queue'> {
  const mount = mountOf(realPath, status);
  const disk = diskBelow(formatDeviceNumber(stat.dev), mount);
  const queue = disk === null ? null : queueFacts(disk.deviceNumber);
  if (mount === null) return { fileSystem: null, queue };
  const { type, mountPoint, options } = mount;
  return { fileSystem: { type, mountPoint, options, freeBytes: freeBytes(at) }, queue };
}

/** Mounts can cover each other, so the kernel is asked which it is; the longest mount point serves where it cannot say. */
function mountOf(realPath: string, status: FileStatus | null): MountEntry | null {
  const mounts = readMounts();
  const mountId = status?.mountId ?? null;
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

function fileDirectAlign(at: string, status: FileStatus | null, queue: QueueFacts | null): number | null {
  const stated = status?.direct ?? null;
  if (stated !== null) return stated === 0 ? null : stated;
  let descriptor: number;
  try {
    descriptor = fs.openSync(at, O_RDONLY | O_DIRECT);
  } catch (error) {
    return errnoOf(error) === Errno.EINVAL ? null : (queue?.logicalBlockBytes ?? directAlignBytesUnknown);
  }
  fs.closeSync(descriptor);
  return queue?.logicalBlockBytes ?? directAlignBytesUnknown;
}

function newFileDirectAlign(directory: string, queue: QueueFacts | null): number | null {
  const usual = queue?.logicalBlockBytes ?? directAlignBytesUnknown;
  return withUnnamedFile(directory, (filePath) => fileDirectAlign(filePath, statx(filePath), queue), usual);
}

function newFileAtomicWrite(directory: string): FileStatus['atomicWrite'] {
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
    return use(descriptorPath(descriptor) ?? directory);
  } finally {
    fs.closeSync(descriptor);
  }
}

// ---------------------------------------------------------------------------------------------------- laying out

export interface LayOutOptions {
  readonly path: string;
  /** What was found there when it was checked, or where it is to be made; not given = whatever has the name now. */
  readonly checked?: HeldTarget | NewPlace | null;
  /** Told of the open descriptor, as soon as the file is there and is what it is meant to be. */
  readonly onOpened?: (descriptor: number) => void;
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
  const opened = openToLayOut(options);
  const sizeBefore = opened.isNew ? null : opened.sizeBytes;
  try {
    options.onOpened?.(opened.descriptor);
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

function openToLayOut({ path: filePath, checked }: LayOutOptions): OpenedTarget & { readonly isNew: boolean } {
  const known = checked ?? (statOrNull(filePath) === null ? { path: filePath, folder: null, rest: '' } : null);
  const options = { read: true, write: true };
  if (known === null) return { ...openTarget(filePath, options), isNew: false };
  if ('identity' in known) return { ...openHeld(known, options), isNew: false };
  return { ...makeTarget(known, options), isNew: true };
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
  const stat = fs.statfsSync(descriptorPath(descriptor) ?? options.path);
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
    if (sizeBefore === null) {
      const realPath = fs.realpathSync(filePath);
      if (unlinkOpened(filePath, descriptor)) forgetMark(realPath);
    } else if (fs.fstatSync(descriptor).isFile()) fs.ftruncateSync(descriptor, sizeBefore);
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

/** The kernel knows by which path an open file was reached; links on the way are resolved there. */
export function realPathOf(filePath: string, descriptor: number): string {
  try {
    const known = fs.readlinkSync(descriptorPath(descriptor) ?? '');
    if (known.startsWith('/') && !known.endsWith(' (deleted)')) return known;
  } catch {
    // No /proc.
  }
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
