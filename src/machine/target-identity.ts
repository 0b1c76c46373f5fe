/**
 * What tells a file or a device from all others, whatever name leads there: so that what was checked is what is opened.
 * Device nodes are told by the number of the device and by its disk sequence number, which grows whenever another disk,
 * or another medium, takes the number (Documentation/ABI/testing/sysfs-block, `diskseq`); a partition also by where it
 * begins. Files are told by file system, inode number and time of birth, as inode numbers are used again.
 */
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno, errnoOf } from '../system/errno.js';
import { deviceInstance } from './block-device.js';
import { type FileStatus, statx } from './statx.js';
import type { TargetIdentity } from './target-facts.js';

const O_PATH = 0o10000000;

/** A target under the name with which it was checked. Plain data: it goes to worker threads. */
export interface HeldTarget {
  /** As given. */
  readonly path: string;
  /** Stands for the target (O_PATH) for as long as the run lasts; null where there are too many: then the identity tells. */
  readonly descriptor: number | null;
  readonly identity: TargetIdentity;
}

/**
 * Points at the file itself, without reading, waiting or waking a device (O_PATH). null where nothing is, or it may not be
 * reached. Throws `UserError` when this process may open nothing more.
 */
export function openPath(targetPath: string): number | null {
  try {
    return fs.openSync(targetPath, O_PATH);
  } catch (error) {
    const number = errnoOf(error);
    if (number === null || (number !== Errno.EMFILE && number !== Errno.ENFILE)) return null;
    const { name, meaning, advice } = describeErrno(number);
    throw UserError.of(`cannot look at ${targetPath}: ${meaning} (${name})`, advice, 1);
  }
}

let hasProc: boolean | null = null;

/**
 * A name for what an open descriptor stands for, in every thread of this process: opening it gives another open file of
 * the very same inode. null without /proc.
 */
export function descriptorPath(descriptor: number): string | null {
  hasProc ??= fs.existsSync('/proc/self/fd/');
  return hasProc ? `/proc/self/fd/${descriptor}` : null;
}

export function identityOf(file: FileStatus): TargetIdentity {
  const { type, device, inode, node, born } = file;
  return node === null
    ? { type, number: `${device} ${inode}`, instance: born }
    : { type, number: node, instance: type === 'block' ? deviceInstance(node) : null };
}

/** What cannot be told on one side does not tell the two apart. */
export function isSameTarget(left: TargetIdentity, right: TargetIdentity): boolean {
  if (left.type !== right.type || left.number !== right.number) return false;
  return left.instance === null || right.instance === null || left.instance === right.instance;
}

/**
 * Throws `UserError` unless an open descriptor stands for what was checked, and that still has a name: what is done to a
 * file that somebody has deleted would be lost.
 */
export function refuseOther(held: HeldTarget, descriptor: number): void {
  const { path: targetPath } = held;
  const identity = currentIdentity(held);
  const status = statx(descriptor);
  if (status === null) throw changed(targetPath, identity, null);
  const now = identityOf(status);
  if (!isSameTarget(identity, now)) throw changed(targetPath, identity, now);
  if (now.type !== 'file' || status.linkCount > 0) return;
  const other = statx(targetPath);
  throw changed(targetPath, identity, other === null ? null : identityOf(other));
}

/**
 * What a held target is told by now. That of a file can change while it is held: overlayfs copies a file up when it is first
 * written to, with another time of birth. A device is what it was when it was checked, or it is another one.
 */
export function currentIdentity({ descriptor, identity }: HeldTarget): TargetIdentity {
  if (descriptor === null || identity.type === 'block') return identity;
  const status = statx(descriptor);
  return status === null ? identity : identityOf(status);
}

/** @param now null = there is nothing any more */
export function changed(targetPath: string, before: TargetIdentity, now: TargetIdentity | null): UserError {
  const is =
    now === null
      ? 'has been deleted since'
      : before.number === now.number
        ? `another ${kindOf(now)} has its number now`
        : `its name leads to ${describeIdentity(now)} now`;
  return UserError.of(
    `${targetPath} was ${describeIdentity(before)} when it was checked, and ${is}: what is there now was not written to`,
    'see who has changed it (exec_prerun, a link, another program); started again, iotest checks what it then is',
    1,
  );
}

function kindOf({ type }: TargetIdentity): string {
  if (type === 'block' || type === 'character') return `${type} device`;
  return type === 'other' ? 'special file' : type;
}

/** `the block device /dev/loop2 (7:2)`, `the file with inode 12 on 254:1`. */
function describeIdentity(identity: TargetIdentity): string {
  const { type, number } = identity;
  if (type === 'block') return `the block device ${deviceName(number)}`;
  if (type === 'character') return `the character device ${number}`;
  const [device, inode] = number.split(' ');
  return `the ${kindOf(identity)} with inode ${inode} on ${device}`;
}

function deviceName(number: string): string {
  try {
    const name = path.basename(fs.realpathSync(`/sys/dev/block/${number}`));
    return `/dev/${name.replaceAll('!', '/')} (${number})`;
  } catch {
    return number;
  }
}

/**
 * Deletes a file by its name, if that still leads to it: the name itself must be the file, not a link to it. False = it
 * stands for something else by now, or for nothing, and was left alone.
 * @param orOpenHere also when it stands for another file that this process has open
 */
export function unlinkTarget(held: HeldTarget, orOpenHere = false): boolean {
  const own = currentIdentity(held);
  return unlinkIf(held.path, (found) => isSameTarget(own, found) || (orOpenHere && isOpenHere(found)));
}

/** This process has the file open: it is a target that was checked, or was made by one of the jobs. */
function isOpenHere(identity: TargetIdentity): boolean {
  const descriptors = fs.existsSync('/proc/self/fd') ? fs.readdirSync('/proc/self/fd') : [];
  return descriptors.some((descriptor) => {
    const status = statx(Number(descriptor));
    return status !== null && isSameTarget(identity, identityOf(status));
  });
}

/** The same for a file that is open. */
export function unlinkOpened(targetPath: string, descriptor: number): boolean {
  const status = statx(descriptor);
  return status !== null && unlinkIf(targetPath, (found) => isSameTarget(identityOf(status), found));
}

function unlinkIf(targetPath: string, isMeant: (found: TargetIdentity) => boolean): boolean {
  // Between the look and the deletion, the folder must stay the same one.
  const folder = openPath(path.dirname(targetPath));
  if (folder === null) return false;
  try {
    const folderPath = descriptorPath(folder);
    const at = folderPath === null ? targetPath : `${folderPath}/${path.basename(targetPath)}`;
    const status = statx(at, false);
    if (status === null || !isMeant(identityOf(status))) return false;
    fs.unlinkSync(at);
    return true;
  } finally {
    fs.closeSync(folder);
  }
}
