/**
 * Files and devices that jobs use: what they are, found out without reading or writing their data.
 * Every failure is a `UserError` that names the path and says what to do.
 */
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno, errnoOf } from '../system/errno.js';
import { mayAccess, statOrNull } from '../system/file-looks.js';
import { errno, libc } from '../system/libc.js';
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
import { isMarkFile, readOwnMark } from './own-files.js';
import { type FileStatus, statx } from './statx.js';
import type { QueueFacts, TargetFacts } from './target-facts.js';
import { descriptorPath, identityOf, openPath } from './target-identity.js';
import { zonedFacts } from './zoned-device.js';

const { O_RDONLY, O_RDWR, O_DIRECT, O_DIRECTORY } = fs.constants;
/** __O_TMPFILE | O_DIRECTORY (asm-generic/fcntl.h). */
const O_TMPFILE = 0o20000000 | O_DIRECTORY;

/** O_DIRECT without a disk below (tmpfs, network): no rule is known, so the one that every file system accepts. */
const directAlignBytesUnknown = 512;

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
  const zoned = zonedFacts(deviceNumber, sizeBytes, at);
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
    ...(zoned === null ? {} : { zoned }),
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

/** Writes everything that the file system of an open file has in memory (syncfs(2)); −errno, or 0. */
export function syncFileSystem(descriptor: number): number {
  return libc.func('syncfs', 'int', ['int'])(descriptor) === 0 ? 0 : -errno();
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
