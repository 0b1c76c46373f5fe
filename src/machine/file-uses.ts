/**
 * Who uses a regular file, so that writing to it would destroy somebody's data: loop devices on it and all that stands on
 * those, swap, locks (virtual machines lock their disks), leases, and whoever has it open for writing. The kernel is asked
 * by inode, never by name.
 */
import fs from 'node:fs';
import { Errno, errnoOf } from '../system/errno.js';
import { errno, libc } from '../system/libc.js';
import { sleepThread } from '../system/sleep.js';
import { readText } from '../system/small-files.js';
import { standingOnFile } from './block-device.js';
import { statx } from './statx.js';
import type { DeviceUse } from './target-facts.js';
import { descriptorPath } from './target-identity.js';

const { O_RDONLY, O_NONBLOCK, O_EXCL } = fs.constants;
const F_SETSIG = 10;
const F_OFD_GETLK = 36;
const F_SETLEASE = 1024;
const F_RDLCK = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;
const LOCK_EX = 2;
const LOCK_NB = 4;
/** Ignored unless somebody handles it: what a lease that is broken the moment it is held must not do is end the process. */
const SIGURG = 23;
/** struct flock: l_type at 0, l_whence at 2, l_start at 8, l_len at 16, l_pid at 24. */
const flockBytes = 32;

const withNumber = libc.func('fcntl', 'int', ['int', 'int', 'int']);
const withMemory = libc.func('fcntl', 'int', ['int', 'int', 'void *']);
const flock = libc.func('flock', 'int', ['int', 'int']);

/**
 * @param targetPath what the file is called
 * @param descriptor of the file, O_PATH too
 * @param withWriters false: who merely has it open for writing does not count
 */
export function fileUses(targetPath: string, descriptor: number, withWriters = true): DeviceUse[] {
  const status = statx(descriptor);
  if (status?.type === 'block') return lockedRecords(targetPath, descriptor);
  if (status?.type !== 'file') return [];
  const standing = standingOnFile(`${status.device} ${status.inode}`, targetPath);
  // A loop device and swap have the file open as well: that they do is said already.
  return standing.length > 0
    ? standing
    : openUses(targetPath, descriptor, `${status.device} ${status.inode}`, withWriters);
}

/** Of a device only locks of bytes count, as virtual machines take: udev takes flock(2) each time something has written. */
function lockedRecords(targetPath: string, descriptor: number): DeviceUse[] {
  const by = withOpened(descriptor, (opened) => {
    const holder = recordLockHolder(opened);
    return holder === null ? [] : [`locked by ${processName(holder)}`];
  });
  return by.map((text) => ({ device: targetPath, by: text }));
}

/**
 * Whether something holds a device for itself: a mount in another mount namespace, or a program with O_EXCL. This process
 * must not hold it.
 */
export function claimUses(targetPath: string, descriptor: number): DeviceUse[] {
  if (statx(descriptor)?.type !== 'block') return [];
  try {
    fs.closeSync(fs.openSync(descriptorPath(descriptor) ?? targetPath, O_RDONLY | O_NONBLOCK | O_EXCL));
    return [];
  } catch (error) {
    const by = 'held by something that cannot be seen from here: another mount namespace, or a program that claims it';
    return errnoOf(error) === Errno.EBUSY ? [{ device: targetPath, by }] : [];
  }
}

function openUses(targetPath: string, descriptor: number, number: string, withWriters: boolean): DeviceUse[] {
  const locks = readLocks(number);
  const by = [...locks, ...probe(descriptor, number, locks.length > 0, withWriters)];
  return [...new Set(by)].map((text) => ({ device: targetPath, by: text }));
}

/** What locks and leases procfs shows of a file, but for those of this process and of who started it. */
function readLocks(number: string): string[] {
  return lockLines(number)
    .filter(({ processId }) => !isOurs(processId) && !isBenchmark(processId))
    .map(({ kind, processId }) => `${kind === 'LEASE' ? 'leased' : 'locked'} by ${processName(processId)}`);
}

interface LockLine {
  readonly kind: string;
  readonly processId: number;
}

/** Lines as `1: OFDLCK ADVISORY  READ -1 fe:01:1234 100 101`, with hexadecimal device numbers (proc_locks(5)). */
function lockLines(number: string): LockLine[] {
  return (readText('/proc/locks') ?? '').split('\n').flatMap((line) => {
    const words = line.replace(/^\d+:\s*(?:->\s*)?/, '').split(/\s+/);
    const [kind, , , processId, place] = words;
    const [major, minor, inode] = (place ?? '').split(':');
    const found = `${Number.parseInt(major ?? '', 16)}:${Number.parseInt(minor ?? '', 16)} ${inode}`;
    return kind !== undefined && found === number ? [{ kind, processId: Number(processId) }] : [];
  });
}

/** Asks for what others would be in the way of, and lets go at once. */
function probe(descriptor: number, number: string, isLocked: boolean, withWriters: boolean): string[] {
  return withOpened(descriptor, (opened) => {
    const found: string[] = [];
    const holder = recordLockHolder(opened);
    if (!isLocked && holder !== null) found.push(`locked by ${processName(holder)}`);
    if (!isLocked && holder === null && isFlocked(opened, number)) found.push('locked by another program');
    const writers = withWriters ? writersOf(opened, number) : [];
    return [...found, ...writers.map((name) => `open for writing by ${name}`)];
  });
}

/** Nothing is found where it may not be read. */
function withOpened(descriptor: number, ask: (opened: number) => string[]): string[] {
  let opened: number;
  try {
    opened = fs.openSync(descriptorPath(descriptor) ?? '', O_RDONLY | O_NONBLOCK);
  } catch {
    return [];
  }
  try {
    return ask(opened);
  } finally {
    fs.closeSync(opened);
  }
}

/** Of a lock that a write to some byte would conflict with: −1 where it belongs to an open file. null = there is none. */
function recordLockHolder(descriptor: number): number | null {
  const lock = new DataView(new ArrayBuffer(flockBytes));
  lock.setInt16(0, F_WRLCK, true);
  if (withMemory(descriptor, F_OFD_GETLK, new Uint8Array(lock.buffer)) !== 0) return null;
  const holder = lock.getInt32(24, true);
  return lock.getInt16(0, true) === F_UNLCK || isOurs(holder) ? null : holder;
}

function isFlocked(descriptor: number, number: string): boolean {
  if (flock(descriptor, LOCK_EX | LOCK_NB) === 0) return false;
  if (errno() !== Errno.EAGAIN) return false;
  // `flock FILE iotest run …`: whoever started us has locked it for us.
  const known = lockLines(number).filter(({ kind }) => kind === 'FLOCK');
  return known.length === 0 || known.some(({ processId }) => !isOurs(processId) && !isBenchmark(processId));
}

/** Where a read lease means what fcntl(2) says; others refuse it for reasons of their own. */
const fileSystemsWithLeases = [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0xf2f52010, 0x794c7630, 0xca451a4e];

/** A read lease is granted only while nobody has the file open for writing. */
function isOpenForWriting(descriptor: number): boolean {
  if (!fileSystemsWithLeases.includes(fs.statfsSync(descriptorPath(descriptor)!).type)) return false;
  if (withNumber(descriptor, F_SETSIG, SIGURG) !== 0) return false;
  if (withNumber(descriptor, F_SETLEASE, F_RDLCK) !== 0) return errno() === Errno.EAGAIN;
  withNumber(descriptor, F_SETLEASE, F_UNLCK);
  return false;
}

/** The kernel lets go of what a ring has had open a moment after the ring, and even its process, has ended. */
const lettingGoMs = 1000;
const lookAgainMs = 10;

function writersOf(descriptor: number, number: string): string[] {
  for (let waitedMs = 0; isOpenForWriting(descriptor); waitedMs += lookAgainMs) {
    const names = writerNames(number);
    if (names !== null) return names;
    if (waitedMs >= lettingGoMs) return ['something that cannot be seen from here'];
    sleepThread(lookAgainMs);
  }
  return [];
}

const processesNamedMax = 4;

/** Scripts run several of them on one file at once. */
function isBenchmark(processId: number): boolean {
  const words = (readText(`/proc/${processId}/cmdline`) ?? '').split('\0');
  return readText(`/proc/${processId}/comm`) === 'fio' || words.includes(process.argv[1] ?? '');
}

/** Whoever may be seen; null = nobody can: the kernel itself (iSCSI and NVMe targets), other namespaces. */
function writerNames(number: string): string[] | null {
  const names: string[] = [];
  let isSeen = false;
  for (const id of list('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(id) === ownId || !list(`/proc/${id}/fd`).some((each) => isWriter(id, each, number))) continue;
    isSeen = true;
    if (!isBenchmark(Number(id))) names.push(processName(Number(id)));
    if (names.length === processesNamedMax) break;
  }
  return isSeen ? names : null;
}

function isWriter(processId: string, descriptor: string, number: string): boolean {
  const status = statx(`/proc/${processId}/fd/${descriptor}`);
  if (status === null || `${status.device} ${status.inode}` !== number) return false;
  const flags = /^flags:\s*(\d+)/m.exec(readText(`/proc/${processId}/fdinfo/${descriptor}`) ?? '')?.[1] ?? '0';
  const value = Number.parseInt(flags, 8);
  return (value & 3) !== O_RDONLY && (value & O_PATH) === 0;
}

const O_PATH = 0o10000000;
const ownId = process.pid;

/** This process, or one that it descends from. */
function isOurs(processId: number): boolean {
  for (let id = ownId; id > 1; ) {
    if (id === processId) return true;
    const parent = /^PPid:\s*(\d+)/m.exec(readText(`/proc/${id}/status`) ?? '')?.[1];
    id = parent === undefined ? 0 : Number(parent);
  }
  return false;
}

function processName(processId: number): string {
  if (processId <= 0) return 'another program (an open-file-description lock, as of a virtual machine)';
  const name = readText(`/proc/${processId}/comm`);
  return name === null ? `process ${processId}` : `${name} (process ${processId})`;
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
