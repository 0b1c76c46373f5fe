/**
 * The one door for output: whatever iotest writes, but for the targets of jobs, is opened here. It refuses block devices
 * and all character devices that keep something, files that something uses, and what this run works on or was read from
 * (`guardFile`); whatever link leads there. Whole files appear under their names when they are whole, so that a reader
 * sees the old one or the new one; what is written in place is looked at again once it is open, and truncated after that.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { errorCode, UserError } from '../support/errors.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_RDONLY, O_DIRECTORY } = fs.constants;

const linksMax = 40;
/** A descriptor that this process has already, by one of its names; what it stands for is never opened anew. */
const descriptorName = new RegExp(
  `^(?:/dev/(std(?:in|out|err))|(?:/dev/fd|/proc/(?:self|thread-self|${process.pid})(?:/task/\\d+)?/fd)/(\\d+))$`,
);
const standardNames = ['stdin', 'stdout', 'stderr'];
/** Majors of virtual consoles (4), of /dev/tty and /dev/console (5) and of pseudo-terminals (136 to 143): devices.txt. */
const isTerminalMajor = (major: number): boolean => major === 4 || major === 5 || (major >= 136 && major <= 143);
/** Of major 1: null, zero and full. What is written there is gone. */
const vanishingMinors = [3, 5, 7];

// ---------------------------------------------------------------------------------------------------- what is guarded

/** What this process must not write over, by `device:inode` and by real path: what it is called in messages. */
const guarded = new Map<string, string>();

/**
 * Output may not go to `filePath` from now on, nor to another name of the same file.
 * @param what as it stands in `--output x is …`: `the job file itself`
 */
export function guardFile(filePath: string, what: string): void {
  const stat = fs.statSync(filePath, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) return;
  if (stat !== undefined) guarded.set(identityOf(stat), what);
  try {
    guarded.set(followLinks(filePath).path, what);
  } catch {
    // Leads nowhere, so that nothing can be written over it.
  }
}

/** What uses a file, as `/dev/loop0 is mounted at /mnt`; null = nothing that is known. */
let usesOf: (filePath: string) => string | null = () => null;

/** Who can tell that stands above this room: see machine/output-uses.ts. */
export function setUsesOf(find: typeof usesOf): void {
  usesOf = find;
}

/** Outputs that were looked at beforehand, by real path, with their labels: what is guarded later is held against them. */
const expected = new Map<string, { readonly output: string; readonly label: string }>();

/** For another thread, which has its own. */
export function guardedFiles(): readonly (readonly [key: string, what: string])[] {
  return [...guarded];
}

export function guardAll(files: readonly (readonly [key: string, what: string])[]): void {
  for (const [key, what] of files) guarded.set(key, what);
}

/** With the time of birth, where there is one: numbers of inodes are used again. */
function identityOf({ dev, ino, birthtimeMs }: fs.Stats): string {
  return `${dev}:${ino}:${birthtimeMs}`;
}

// -------------------------------------------------------------------------------------------------------- looking

/** Where output goes, links followed. */
interface Place {
  /** The folder is real; the last name is no link. */
  readonly path: string;
  /** Of this process, when the name stands for one. */
  readonly descriptor: number | null;
  /** null = nothing is there yet. */
  readonly stat: fs.Stats | null;
}

/** A name that iotest chose itself in a folder of its own: a link that stands there is nobody's wish, and is replaced. */
function placeOfOwn(output: string): Place {
  const at = path.join(fs.realpathSync(path.dirname(path.resolve(output))), path.basename(output));
  const stat = fs.lstatSync(at, { throwIfNoEntry: false }) ?? null;
  return { path: at, descriptor: null, stat: stat?.isSymbolicLink() === true ? null : stat };
}

/** Throws what the system says of a folder that is missing or may not be entered. */
function followLinks(output: string): Place {
  let at = path.resolve(output);
  for (let links = 0; links <= linksMax; links++) {
    const own = descriptorOf(at);
    if (own !== null) return { path: at, descriptor: own, stat: fs.fstatSync(own) };
    at = path.join(fs.realpathSync(path.dirname(at)), path.basename(at));
    const behind = descriptorOf(at);
    if (behind !== null) return { path: at, descriptor: behind, stat: fs.fstatSync(behind) };
    const stat = fs.lstatSync(at, { throwIfNoEntry: false }) ?? null;
    if (stat?.isSymbolicLink() !== true) return { path: at, descriptor: null, stat };
    at = path.resolve(path.dirname(at), fs.readlinkSync(at));
  }
  throw Object.assign(new Error(`ELOOP: ${output}`), { code: 'ELOOP', errno: -40 });
}

function descriptorOf(absolutePath: string): number | null {
  const match = descriptorName.exec(absolutePath);
  if (match === null) return null;
  return match[1] === undefined ? Number(match[2]) : standardNames.indexOf(match[1]);
}

/** Written where it stands: a pipe, a terminal, /dev/null, an open descriptor. Nothing there can be replaced by a file. */
function isWrittenInPlace({ descriptor, stat }: Place): boolean {
  return descriptor !== null || (stat !== null && !stat.isFile());
}

function judge(output: string, place: Place, label: string): void {
  const found = refusal(output, place);
  if (found !== null) throw UserError.of(`${label} ${found.is}`, found.advice);
}

function refusal(output: string, { path: at, descriptor, stat }: Place): { is: string; advice: string } | null {
  const advice = 'name another file';
  if (stat === null || stat.isFile()) {
    const what = (stat === null ? undefined : guarded.get(identityOf(stat))) ?? guarded.get(at);
    if (what !== undefined) return { is: `is ${what}`, advice };
    const uses = stat === null ? null : usesOf(at);
    if (uses !== null) return { is: `is in use: ${uses}`, advice };
    if (stat !== null && isOfKernel(at)) return { is: 'is a file of the kernel', advice };
    if (descriptor === null && /^\/dev\/(?!shm\/)/.test(at)) return { is: 'is below /dev, where devices are', advice };
    if (/\/$/.test(output)) return { is: 'ends in /, and is no directory', advice: 'name a file' };
    return null;
  }
  if (stat.isDirectory()) return { is: 'is a directory', advice: 'name a file in it' };
  if (stat.isBlockDevice()) return { is: `is a block device${nameOf(output, at)}`, advice };
  if (stat.isSocket() && descriptor === null) return { is: 'is a socket', advice };
  if (stat.isCharacterDevice() && !isHarmless(stat)) return { is: `is a device${nameOf(output, at)}`, advice };
  return null;
}

/** f_type of proc, sysfs, debugfs, tracefs, cgroup, cgroup2, configfs, securityfs, efivarfs, bpf (linux/magic.h). */
const kernelTypes = [
  ...[0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x27e0eb, 0x63677270],
  ...[0x62656570, 0x73636673, 0xde5e81e4, 0xcafe4a11],
];

/** What is written there is a command. */
function isOfKernel(at: string): boolean {
  try {
    return kernelTypes.includes(fs.statfsSync(at).type);
  } catch {
    return false;
  }
}

function nameOf(output: string, at: string): string {
  return at === path.resolve(output) ? '' : ` (${at})`;
}

function isHarmless({ rdev }: fs.Stats): boolean {
  const major = (rdev >>> 8) & 0xfff;
  return isTerminalMajor(major) || (major === 1 && vanishingMinors.includes(rdev & 0xff));
}

/**
 * Whether output can go to `output`, as far as it can be known without writing: for checks before a long run.
 * @param label begins the message: `--output x`
 * @throws UserError for what is refused; what the system says where the folder or the file may not be written
 */
export function checkOutput(output: string, label: string): void {
  const place = followLinks(output);
  judge(output, place, label);
  if (place.descriptor !== null) return;
  if (!isWrittenInPlace(place)) {
    const other = expected.get(place.path);
    if (other !== undefined && other.label !== label) {
      throw UserError.of(`${label} is where ${other.label} goes`, 'name another file');
    }
    expected.set(place.path, { output, label });
  }
  if (place.stat !== null) fs.accessSync(place.path, fs.constants.W_OK);
  if (!isWrittenInPlace(place)) fs.accessSync(path.dirname(place.path), fs.constants.W_OK | fs.constants.X_OK);
}

/** Once more what `checkOutput` has found good, when more is guarded than then. Throws as it. */
export function checkExpectedOutputs(): void {
  for (const { output, label } of expected.values()) {
    try {
      judge(output, followLinks(output), label);
    } catch (error) {
      // A folder that went away meanwhile is told when the output is due.
      if (error instanceof UserError) throw error;
    }
  }
}

// -------------------------------------------------------------------------------------------------------- whole files

/**
 * A file that grows under a temporary name in the folder where it will be, and gets its own with `commit`. Mode and owner
 * are those of the file whose place it takes. Throws `UserError` for what is refused, else what the system says.
 */
export class PartFile {
  readonly #output: string;
  readonly #label: string;
  readonly #place: Place;
  /** The folder as it was when it was looked at, whatever its name leads to later. */
  readonly #folder: Folder;
  readonly #name: string;
  #isOpen = true;
  readonly descriptor: number;

  /** @param named of the temporary file, when it matters to somebody; else it is hidden and random. */
  constructor(output: string, label: string, named: string | null = null, place = followLinks(output)) {
    this.#output = output;
    this.#label = label;
    this.#place = place;
    judge(output, this.#place, label);
    if (isWrittenInPlace(this.#place)) throw UserError.of(`${label} is no regular file`, 'name another file');
    const { path: at, stat } = this.#place;
    if (stat !== null) fs.accessSync(at, fs.constants.W_OK);
    this.#folder = new Folder(path.dirname(at));
    try {
      ({ name: this.#name, descriptor: this.descriptor } = this.#open(named, stat));
    } catch (error) {
      this.#folder.close();
      throw error;
    }
  }

  /** Of the temporary file. */
  get path(): string {
    return path.join(path.dirname(this.#output), this.#name);
  }

  #open(named: string | null, stat: fs.Stats | null): { name: string; descriptor: number } {
    for (let turn = 1; ; turn++) {
      const name = named === null ? temporaryName() : turn === 1 ? named : `${named}.${turn}`;
      try {
        const descriptor = fs.openSync(this.#folder.at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
        if (stat !== null) takeOver(descriptor, stat);
        return { name, descriptor };
      } catch (error) {
        // What an earlier run left under that name is of use to somebody.
        if (errorCode(error) !== 'EEXIST' || turn === turnsMax) throw error;
      }
    }
  }

  /** Adds what was written to another open file. */
  copyTo(target: number): void {
    const source = fs.openSync(this.#folder.at(this.#name), O_RDONLY | O_NOFOLLOW);
    try {
      const bytes = Buffer.allocUnsafe(copyBytes);
      for (let length = fs.readSync(source, bytes); length > 0; length = fs.readSync(source, bytes)) {
        writeAll(target, bytes.subarray(0, length));
      }
    } finally {
      fs.closeSync(source);
    }
  }

  /** @param flush the text is on the disk before it gets its name */
  write(content: string | Uint8Array, flush: boolean): void {
    writeAll(this.descriptor, content);
    if (flush) fs.fsyncSync(this.descriptor);
  }

  /** @param flush the name is on the disk too; the content is when `write` was told so, or `descriptor` was synced */
  commit(flush: boolean): void {
    this.#close();
    const at = this.#folder.at(path.basename(this.#place.path));
    // Once more: what came there meanwhile was not looked at.
    judge(this.#output, { ...this.#place, stat: fs.lstatSync(at, { throwIfNoEntry: false }) ?? null }, this.#label);
    fs.renameSync(this.#folder.at(this.#name), at);
    if (flush) this.#folder.sync();
    this.#folder.close();
  }

  /** Gives it a name that must be free. Throws EEXIST when it is not. */
  commitAs(name: string): void {
    this.#close();
    linkOrRename(this.#folder.at(this.#name), this.#folder.at(name));
    fs.rmSync(this.#folder.at(this.#name), { force: true });
    this.#folder.sync();
    this.#folder.close();
  }

  /** The file keeps its temporary name. */
  keep(): void {
    this.#close();
    this.#folder.close();
  }

  discard(): void {
    this.#close();
    fs.rmSync(this.#folder.at(this.#name), { force: true });
    this.#folder.close();
  }

  #close(): void {
    if (this.#isOpen) fs.closeSync(this.descriptor);
    this.#isOpen = false;
  }
}

const turnsMax = 100;
const copyBytes = 1 << 20;

/** A folder held open, so that names in it mean the same as long as it is. Where there is no /proc, its path serves. */
class Folder {
  readonly #path: string;
  #descriptor: number | null;

  constructor(folder: string) {
    this.#descriptor = openFolder(folder);
    const held = `/proc/self/fd/${this.#descriptor}`;
    this.#path = this.#descriptor !== null && fs.existsSync(held) ? held : folder;
  }

  at(name: string): string {
    return `${this.#path}/${name}`;
  }

  /** So that a new name survives a power cut too. Some file systems refuse it; the file itself is safe by then. */
  sync(): void {
    try {
      if (this.#descriptor !== null) fs.fsyncSync(this.#descriptor);
    } catch {
      // As said.
    }
  }

  close(): void {
    if (this.#descriptor !== null) fs.closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** null where it may be written but not read. */
function openFolder(folder: string): number | null {
  try {
    return fs.openSync(folder, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    if (errorCode(error) === 'EACCES') return null;
    throw error;
  }
}

function temporaryName(): string {
  return `.${randomBytes(6).toString('hex')}.tmp`;
}

function takeOver(descriptor: number, { mode, uid, gid }: fs.Stats): void {
  const own = fs.fstatSync(descriptor);
  try {
    if (own.uid !== uid || own.gid !== gid) fs.fchownSync(descriptor, uid, gid);
  } catch {
    // Only root gives files away.
  }
  fs.fchmodSync(descriptor, mode & 0o777);
}

/**
 * Gives a file a name that nothing has. File systems without hard links (vfat, some network ones) get a look and a rename.
 * Throws EEXIST when the name is taken.
 */
export function linkOrRename(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if (!['EPERM', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? '')) throw error;
    if (fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined) {
      throw Object.assign(new Error(`${to} exists`), { code: 'EEXIST' });
    }
    fs.renameSync(from, to);
  }
}

function writeAll(descriptor: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(descriptor, bytes, done);
}

/**
 * Replaces the file, or makes it. A pipe, a terminal or /dev/null is written where it stands.
 * @param label begins what is said of a refusal
 * @throws UserError for what is refused; else what the system says, and then the file is as it was
 */
export async function writeOutput(output: string, content: string | Uint8Array, label: string): Promise<void> {
  const place = followLinks(output);
  judge(output, place, label);
  if (isWrittenInPlace(place)) return await writeInPlace(output, place, content, label);
  const part = new PartFile(output, label);
  try {
    part.write(content, false);
    // Not on this thread: a busy disk may take its time, and there is a run to watch.
    await new Promise<void>((resolve, reject) => {
      fs.fsync(part.descriptor, (error) => (error === null ? resolve() : reject(error)));
    });
    part.commit(true);
  } catch (error) {
    part.discard();
    throw error;
  }
}

/**
 * The same at once, for small files under names that iotest chose itself: a link there is replaced, and not followed.
 * @param flush false for what can be made anew: it need not survive a power cut
 */
export function writeOutputNow(output: string, content: string | Uint8Array, flush: boolean): void {
  const part = new PartFile(output, output, null, placeOfOwn(output));
  try {
    part.write(content, flush);
    part.commit(flush);
  } catch (error) {
    part.discard();
    throw error;
  }
}

/**
 * Makes a new file in `folder`, whole and on the disk, and replaces nothing.
 * @param nameOf gives another name each time
 * @returns its path
 */
export function writeNewFile(folder: string, nameOf: () => string, content: string | Uint8Array): string {
  const part = new PartFile(path.join(folder, nameOf()), folder);
  try {
    part.write(content, true);
    for (let triesLeft = newNamesMax; ; triesLeft--) {
      const name = nameOf();
      try {
        part.commitAs(name);
        return path.join(folder, name);
      } catch (error) {
        if (errorCode(error) !== 'EEXIST' || triesLeft === 1) throw error;
      }
    }
  } catch (error) {
    part.discard();
    throw error;
  }
}

const newNamesMax = 8;

// ----------------------------------------------------------------------------------------------------------- in place

async function writeInPlace(output: string, place: Place, content: string | Uint8Array, label: string): Promise<void> {
  const { descriptor, path: at } = place;
  if (descriptor !== null) {
    await writeToDescriptor(descriptor, content);
    return;
  }
  // Opening a pipe waits for its reader: not on this thread, which listens to signals.
  const handle = await fs.promises.open(at, O_WRONLY | O_NOFOLLOW | O_NOCTTY);
  try {
    judge(output, { ...place, stat: await handle.stat() }, label);
    await handle.writeFile(content);
  } finally {
    await handle.close();
  }
}

/** A pipe that does not wait says EAGAIN: then a stream of Node's does the waiting. */
async function writeToDescriptor(descriptor: number, content: string | Uint8Array): Promise<void> {
  const standard = descriptor === 1 ? process.stdout : descriptor === 2 ? process.stderr : null;
  if (standard === null) return writeAll(descriptor, content);
  await new Promise<void>((resolve, reject) => {
    standard.write(content, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Opens a regular file to be written where it stands; the caller closes the descriptor. Throws `UserError` for what is
 * refused, else what the system says.
 * @param how whether what is there stays; `append` makes a missing file, `append own` neither does nor follows a link
 */
export function openInPlace(output: string, label: string, how: 'append' | 'append own' | 'anew'): number {
  const place = how === 'append own' ? placeOfOwn(output) : followLinks(output);
  judge(output, place, label);
  if (isWrittenInPlace(place)) throw UserError.of(`${label} is no regular file`, 'name another file');
  const create = how === 'append own' ? 0 : O_CREAT;
  const append = how === 'anew' ? 0 : O_APPEND;
  const descriptor = fs.openSync(place.path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | create | append, 0o666);
  try {
    const stat = fs.fstatSync(descriptor);
    judge(output, { ...place, stat }, label);
    if (!stat.isFile()) throw UserError.of(`${label} is no regular file`, 'name another file');
    if (how === 'anew') fs.ftruncateSync(descriptor, 0);
    return descriptor;
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

/** Adds to the end of a regular file, as `openInPlace`. */
export function appendOutput(output: string, content: string, label: string, how: 'append' | 'append own'): void {
  const descriptor = openInPlace(output, label, how);
  try {
    writeAll(descriptor, content);
  } finally {
    fs.closeSync(descriptor);
  }
}
