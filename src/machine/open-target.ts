/**
 * Opening what jobs work on: regular files, block devices, and NVMe namespaces that take commands. What was checked before
 * is opened through the descriptor that has been held since, never by its name again. Failures are `UserError`s that name
 * the path and say what to do.
 */
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno, errnoOf } from '../system/errno.js';
import { statOrNull } from '../system/file-looks.js';
import { makeFolders } from '../system/folders.js';
import { errno, libc } from '../system/libc.js';
import { nvmeNamespace } from './nvme.js';
import { statx } from './statx.js';
import { descriptorPath, type HeldTarget, identityOf, openPath, refuseOther } from './target-identity.js';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_DIRECT, O_SYNC, O_DSYNC, O_NOFOLLOW } = fs.constants;
const BLKGETSIZE64 = 0x80081272;

interface OpenOptions {
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

/** Opens a regular file or a block device by its name; the caller closes the descriptor. Throws `UserError`. */
export function openTarget(targetPath: string, options: OpenOptions): OpenedTarget {
  return openAs(targetPath, targetPath, options);
}

/**
 * Opens what was checked, wherever its name leads by now; the caller closes the descriptor. Throws `UserError`, before
 * anything can be written, when that is gone or something else has its number.
 */
export function openHeld(held: HeldTarget, options: OpenOptions): OpenedTarget {
  const descriptor = held.descriptor ?? openPath(held.path);
  if (descriptor === null) throw openFailure(held.path, options, missing);
  try {
    refuseOther(held, descriptor);
    const opened = openAs(descriptorPath(descriptor) ?? held.path, held.path, options);
    try {
      refuseOther(held, opened.descriptor);
    } catch (error) {
      fs.closeSync(opened.descriptor);
      throw error;
    }
    return opened;
  } finally {
    if (held.descriptor === null) fs.closeSync(descriptor);
  }
}

/** Another open file of what is open already; the caller closes it. Throws `UserError`. */
export function openAgain(
  { path: targetPath, descriptor }: Pick<OpenedTarget, 'path' | 'descriptor'>,
  options: OpenOptions,
): OpenedTarget {
  const at = descriptorPath(descriptor);
  if (at !== null) return openAs(at, targetPath, options);
  const status = statx(descriptor);
  if (status === null) throw openFailure(targetPath, options, missing);
  return openHeld({ path: targetPath, descriptor: null, identity: identityOf(status) }, options);
}

const missing = Object.assign(new Error('ENOENT'), { errno: -Errno.ENOENT });

/** Where a file is to be made. */
export interface NewPlace {
  /** As given. */
  readonly path: string;
  /** The nearest folder that was there when the path was checked (O_PATH); null where none is held. */
  readonly folder: number | null;
  /** From there to the file. */
  readonly rest: string;
}

/**
 * Makes a file that is not there yet, and the folders that it needs; the caller closes the descriptor. Throws `UserError`
 * when something has got the name meanwhile, be it a link that leads nowhere.
 */
export function makeTarget(place: NewPlace, options: OpenOptions): OpenedTarget {
  const folderPath = place.folder === null ? null : descriptorPath(place.folder);
  const at = folderPath === null ? place.path : `${folderPath}/${place.rest}`;
  makeFolders(at, place.path);
  return openAs(at, place.path, { ...options, create: true, exclusive: true });
}

/** @param at how to get there @param targetPath what it is called */
function openAs(at: string, targetPath: string, options: OpenOptions): OpenedTarget {
  const flags =
    (options.write ? (options.read === false ? O_WRONLY : O_RDWR) : O_RDONLY) |
    (options.direct ? O_DIRECT : 0) |
    (options.sync === 'sync' ? O_SYNC : options.sync === 'dsync' ? O_DSYNC : 0) |
    (options.create ? O_CREAT : 0) |
    (options.exclusive ? O_EXCL : 0) |
    (options.create && options.exclusive ? O_NOFOLLOW : 0);
  // Before opening: that alone would wait forever at a named pipe, and rewind a tape.
  const statBefore = statOrNull(at);
  refuseOthers(targetPath, statBefore);
  // Commands know neither O_DIRECT nor O_SYNC; a claim is laid on the block device (run-targets.ts).
  const takesCommands = statBefore?.isCharacterDevice() === true;
  let descriptor: number;
  try {
    descriptor = fs.openSync(at, takesCommands ? flags & (O_WRONLY | O_RDWR) : flags, options.mode ?? 0o644);
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
      number,
    );
  }
  if (number === Errno.EBUSY) {
    return UserError.of(
      `${targetPath}: something else holds this device (EBUSY)`,
      'unmount it and release md, dm or swap on it (lsblk, /proc/swaps, fuser -v shows what it is)',
      1,
      number,
    );
  }
  if (number === Errno.EEXIST && options.create) {
    return UserError.of(
      `${targetPath} is to be made, and something has that name now (EEXIST): it was not opened`,
      'see who has made it (exec_prerun, a link that leads nowhere, another program); started again, iotest checks what it then is',
      1,
      number,
    );
  }
  if (number === Errno.ENOENT && options.create) {
    return UserError.of(
      `cannot create ${targetPath}: its directory does not exist`,
      `create it: mkdir -p ${path.dirname(targetPath)}`,
      1,
      number,
    );
  }
  if (number === Errno.EACCES || number === Errno.EPERM) {
    return UserError.of(
      `cannot open ${targetPath} ${purpose}: ${meaning} (${name})`,
      `${advice}: ls -lL ${targetPath}`,
      1,
      number,
    );
  }
  return UserError.of(`cannot open ${targetPath} ${purpose}: ${meaning} (${name})`, advice, 1, number);
}

/** Size of an open block device in bytes (BLKGETSIZE64). Throws `UserError`. */
function openDeviceSizeBytes(descriptor: number, targetPath: string): number {
  const size = new BigUint64Array(1);
  const ioctl = libc.func('ioctl', 'int', ['int', 'uint32_t', 'void *']);
  if (ioctl(descriptor, BLKGETSIZE64, size) === 0) return Number(size[0]);
  const { name, meaning, advice } = describeErrno(errno());
  throw UserError.of(`cannot tell the size of ${targetPath}: ${meaning} (${name})`, advice, 1);
}
