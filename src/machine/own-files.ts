/**
 * How iotest knows the files that it has made from those of its users: by the extended attribute `user.iotest`
 * (xattr(7)), or, on file systems that have none, by a file `.NAME.iotest` beside it. The mark says whether a run is at
 * the file, or else the size and the time of change that the last one left: what something else has written since is no
 * file of ours any more, whatever was made once.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Errno } from '../system/errno.js';
import { readInput } from '../system/input-file.js';
import { errno, libc } from '../system/libc.js';
import { writeOutputNow } from '../system/output-file.js';
import type { OwnMark } from './target-facts.js';

const attribute = 'user.iotest';
/** Longer than any mark. */
const markBytesMax = 64;
/** `1 busy`, or `1 SIZE NANOSECONDS`. */
const markText = /^1 (?:busy|(\d{1,16}) (\d{1,20}))$/;

const getxattr = libc.func('getxattr', 'int64_t', ['str', 'str', 'void *', 'size_t']);
const fsetxattr = libc.func('fsetxattr', 'int', ['int', 'str', 'void *', 'size_t', 'int']);
const lgetxattr = libc.func('lgetxattr', 'int64_t', ['str', 'str', 'void *', 'size_t']);
const lsetxattr = libc.func('lsetxattr', 'int', ['str', 'str', 'void *', 'size_t', 'int']);

/**
 * @param at how to get to the file or directory; the last name is followed when it is a link
 * @param realPath its own name, for file systems without attributes
 */
export function readOwnMark(at: string, realPath: string): OwnMark {
  return judge(readAttribute(getxattr, at) ?? readBeside(realPath), fs.statSync(at, { bigint: true }));
}

/** The same of a name that is not followed, on file systems with attributes. */
export function isOwnName(name: string): boolean {
  const stat = fs.lstatSync(name, { bigint: true, throwIfNoEntry: false });
  return stat !== undefined && judge(readAttribute(lgetxattr, name), stat) === 'own';
}

/** What is in a directory has marks of its own. */
function judge(text: string | null, stat: fs.BigIntStats): OwnMark {
  const match = text === null ? null : markText.exec(text);
  if (match === null) return 'none';
  if (match[1] === undefined || stat.isDirectory()) return 'own';
  return BigInt(match[1]) === stat.size && isSameTime(BigInt(match[2]!), stat.mtimeNs) ? 'own' : 'changed';
}

const second = 1_000_000_000n;

/** Some file systems keep whole seconds on the disk, and what is finer only as long as they have the file in memory. */
function isSameTime(marked: bigint, now: bigint): boolean {
  return marked === now || (now % second === 0n && marked / second === now / second);
}

/** '' = there is none; null = the file system has none. */
function readAttribute(get: typeof getxattr, at: string): string | null {
  const buffer = new Uint8Array(markBytesMax);
  const length = Number(get(at, attribute, buffer, markBytesMax));
  if (length >= 0) return Buffer.from(buffer.subarray(0, length)).toString('latin1');
  return errno() === Errno.EOPNOTSUPP ? null : '';
}

function readBeside(realPath: string): string | null {
  const read = readInput(besidePath(realPath), { bytesMax: markBytesMax });
  return read.ok ? read.bytes.toString('latin1') : null;
}

function besidePath(realPath: string): string {
  return path.join(path.dirname(realPath), `.${path.basename(realPath)}.iotest`);
}

/** Whether a name is that of such a file. */
export function isMarkFile(name: string): boolean {
  return /^\..+\.iotest$/.test(name);
}

/** A run is at a file that iotest has made. */
export function markBusy(descriptor: number): void {
  setMark(descriptor, '1 busy');
}

/** The run is over: the file is as iotest has left it. */
export function markLeft(descriptor: number): void {
  const { size, mtimeNs } = fs.fstatSync(descriptor, { bigint: true });
  setMark(descriptor, `1 ${size} ${mtimeNs}`);
}

/** Where no mark can be made, the file will count as a user's. */
function setMark(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  if (fsetxattr(descriptor, attribute, bytes, bytes.length, 0) === 0 || errno() !== Errno.EOPNOTSUPP) return;
  try {
    writeOutputNow(besidePath(fs.readlinkSync(`/proc/self/fd/${descriptor}`)), text, false);
  } catch {
    // As said.
  }
}

/** Of files and directories that are made in number, by a name that is not followed; nothing stands in where attributes are missing. */
export function markNameLeft(name: string): void {
  const stat = fs.lstatSync(name, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return;
  const bytes = Buffer.from(`1 ${stat.size} ${stat.mtimeNs}`);
  lsetxattr(name, attribute, bytes, bytes.length, 0);
}

/** After a file was deleted. */
export function forgetMark(realPath: string): void {
  if (readBeside(realPath) !== null) fs.rmSync(besidePath(realPath), { force: true });
}
