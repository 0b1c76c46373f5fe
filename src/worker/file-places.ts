/**
 * What is on disk under the names of a job that operates on files, before it starts and after it has run. Nothing of a
 * user's is ever removed: a name that is taken counts as left by an earlier run only when it was generated, and what
 * stands there bears iotest's mark (own-files.ts) and has one link, or is an empty directory. Symbolic links are never
 * followed. Whatever else stands there ends the job before its first operation.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';
import type { FileWork } from '../engines/engine.js';
import { AT_FDCWD } from '../engines/file-names.js';
import { renamedSuffix } from '../job/file-engines.js';
import type { Job } from '../job/job.js';
import { isOwnName, markNameLeft } from '../machine/own-files.js';
import { syncFileSystem } from '../machine/target.js';
import { descriptorPath, openPath } from '../machine/target-identity.js';
import type { PlannedFileWork, PlannedWorker } from '../plan/types.js';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno, errnoOf } from '../system/errno.js';
import { makeFolders } from '../system/folders.js';

/** Named in one message, at most. */
const shownMax = 5;
const chunkBytes = 1 << 20;
const foldersHeldMax = 32;

type Found = 'nothing' | 'ours' | 'foreign';

export class FilePlaces {
  readonly #work: PlannedFileWork;
  readonly #worker: PlannedWorker;
  readonly #isStopping: () => boolean;
  /** Directories that this job has made, deepest last. */
  readonly #madeDirectories: string[] = [];
  /** Names that this job found free, or cleared, or made: what it may remove again. */
  #ownsNames = false;
  /** There before, and only looked at. */
  readonly #kept = new Set<string>();
  /** The folders of the names, held open since the names were checked. */
  readonly #folders = new Map<string, number>();

  constructor(worker: PlannedWorker, work: PlannedFileWork, isStopping: () => boolean) {
    this.#worker = worker;
    this.#work = work;
    this.#isStopping = isStopping;
  }

  /** Makes the start what the operation needs: names that are free, or files that are there. Throws `UserError`. */
  prepare(): void {
    const { kind, paths } = this.#work;
    this.#checkNames();
    this.#makeDirectories();
    this.#holdFolders();
    // What was looked at by its whole path may not be what stands in the folder that is held.
    this.#checkNames();
    this.#ownsNames = true;
    for (const path of paths) {
      if (this.#isStopping()) return;
      if (kind === 'create') this.#clear(path);
      else this.#provide(path);
    }
    if (kind !== 'create' && this.#worker.job.target.createFsync) this.#syncAll();
  }

  /** Of few folders each; of many the one above them, below which all are the job's own. */
  #holdFolders(): void {
    const all = new Set(this.#work.paths.map((path) => dirname(path)));
    const held = all.size <= foldersHeldMax ? all : new Set([dirname(commonStart([...all]))]);
    for (const folder of held) {
      const descriptor = openPath(folder);
      if (descriptor === null) throw UserError.of(`the folder ${folder} is gone`, 'see who has removed it', 1);
      this.#folders.set(folder, descriptor);
    }
  }

  /** A name in a folder that is held; as given before that. */
  #placeOf(path: string): { readonly folder: number; readonly name: string } {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const descriptor = this.#folders.get(folder);
      if (descriptor !== undefined) {
        return {
          folder: descriptor,
          name: folder === '.' && !path.startsWith('./') ? path : path.slice(folder.length).replace(/^\/+/, ''),
        };
      }
      if (folder === dirname(folder)) return { folder: AT_FDCWD, name: path };
    }
  }

  #at(path: string): string {
    const { folder, name } = this.#placeOf(path);
    const folderPath = folder === AT_FDCWD ? null : descriptorPath(folder);
    return folderPath === null ? path : `${folderPath}/${name}`;
  }

  /** What the engine is told of the names. Looking at a file does it no harm: there the whole path is looked up, as in fio. */
  engineWork({ direct, sync }: Job['target']): FileWork {
    const openFlags = (direct ? O_DIRECT : 0) | (sync === 'sync' ? O_SYNC : sync === 'dsync' ? O_DSYNC : 0);
    const { paths, kind } = this.#work;
    const places = paths.map((path) => (kind === 'stat' ? { folder: AT_FDCWD, name: path } : this.#placeOf(path)));
    return { names: places.map(({ name }) => name), folders: places.map(({ folder }) => folder), openFlags };
  }

  close(): void {
    for (const descriptor of this.#folders.values()) fs.closeSync(descriptor);
    this.#folders.clear();
  }

  /**
   * After the run. With `unlink=1`: removes what is left under the names, and the directories that were made for them;
   * else what was created is marked, so that a later run knows it.
   */
  tidy(): void {
    if (!this.#ownsNames) return;
    if (this.#work.kind === 'create')
      for (const path of this.#work.paths) if (this.#looksMade(path)) markNameLeft(this.#at(path));
    if (!this.#worker.job.target.unlink) return;
    const { paths, kind } = this.#work;
    const named = kind === 'rename' ? paths.flatMap((path) => [path, `${path}${renamedSuffix}`]) : paths;
    for (const path of named) if (!this.#kept.has(path) && this.#isMade(path)) this.#clear(path);
    for (const directory of this.#madeDirectories.toReversed()) {
      try {
        fs.rmdirSync(directory);
      } catch {
        // Something else has been put there meanwhile: it stays, and so does the directory.
      }
    }
  }

  /** Before anything is changed: all names that are taken by what is not ours. */
  #checkNames(): void {
    const { paths, kind } = this.#work;
    const named = kind === 'rename' ? paths.flatMap((path) => [path, `${path}${renamedSuffix}`]) : paths;
    const foreign = named.filter((path) => this.#find(path) === 'foreign');
    if (foreign.length === 0) return;
    const shown = foreign.slice(0, shownMax).join(', ');
    const more = foreign.length > shownMax ? `, and ${foreign.length - shownMax} more` : '';
    throw UserError.of(
      `${shown}${more}: there already, and not known to be of an earlier run of this job; ${this.#worker.engine.name} ${verbs[kind]}`,
      this.#work.generated
        ? 'choose another directory=, or remove them yourself'
        : 'leave filename out and let names be generated, or remove them yourself',
      1,
    );
  }

  #find(path: string): Found {
    const at = this.#at(path);
    const stat = fs.lstatSync(at, { throwIfNoEntry: false });
    if (stat === undefined) return 'nothing';
    const { directories, generated, kind } = this.#work;
    if (directories) {
      if (!stat.isDirectory()) return 'foreign';
      const isOurs = kind === 'stat' || (generated && fs.readdirSync(at).length === 0 && isOwnName(at));
      return isOurs ? 'ours' : 'foreign';
    }
    if (!stat.isFile()) return 'foreign';
    // Looking at a file does it no harm.
    if (kind === 'stat') return 'ours';
    return generated && stat.nlink === 1 && isOwnName(at) ? 'ours' : 'foreign';
  }

  /** Under a name that was free before: what the job has created, and nothing that somebody has put there since. */
  #looksMade(path: string): boolean {
    const { layOutBytes, blockBytes, directories } = this.#work;
    const at = this.#at(path);
    const stat = fs.lstatSync(at, { throwIfNoEntry: false });
    if (stat === undefined) return false;
    if (directories) return stat.isDirectory() && fs.readdirSync(at).length === 0;
    return stat.isFile() && stat.nlink === 1 && [0, layOutBytes, blockBytes].includes(stat.size);
  }

  /** Where marks cannot be made, what looks like it was under a free name is the job's. */
  #isMade(path: string): boolean {
    return this.#looksMade(path) || isOwnName(this.#at(path));
  }

  #makeDirectories(): void {
    for (const directory of new Set(this.#work.paths.map((path) => dirname(path)))) {
      const missing: string[] = [];
      for (let level = directory; !fs.existsSync(level) && dirname(level) !== level; level = dirname(level)) {
        missing.unshift(level);
      }
      if (missing.length > 0) makeFolders(`${directory}/name`);
      this.#madeDirectories.push(...missing);
      if (this.#worker.job.target.filesPerDirectory === null) continue;
      if (fs.lstatSync(directory).isDirectory()) continue;
      throw UserError.of(`${directory} is a symbolic link or no directory`, 'remove it: the job makes it', 1);
    }
  }

  #clear(path: string): void {
    try {
      if (this.#work.directories) fs.rmdirSync(this.#at(path));
      else fs.unlinkSync(this.#at(path));
    } catch (error) {
      if (errnoOf(error) === Errno.ENOENT) return;
      throw this.#failure('remove', path, error);
    }
  }

  /** The file or directory that is to be looked at, deleted or renamed. */
  #provide(path: string): void {
    const at = this.#at(path);
    const renamed = `${at}${renamedSuffix}`;
    try {
      if (this.#work.kind === 'rename' && fs.existsSync(renamed)) {
        // Both are ours, or the job would have ended.
        fs.renameSync(renamed, at);
        return;
      }
      const stat = fs.lstatSync(at, { throwIfNoEntry: false });
      if (stat !== undefined) {
        if (!this.#work.generated || !isOwnName(at)) this.#kept.add(path);
        return;
      }
      if (this.#work.directories) fs.mkdirSync(at, { mode: 0o700 });
      else this.#makeFile(at);
      markNameLeft(at);
    } catch (error) {
      throw this.#failure('make', path, error);
    }
  }

  #makeFile(path: string): void {
    const descriptor = fs.openSync(path, 'wx', 0o644);
    try {
      for (let left = this.#work.layOutBytes; left > 0; ) {
        const bytes = Math.min(left, chunkBytes);
        left -= fs.writeSync(descriptor, content(), 0, bytes);
      }
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** One sync of the file system in place of one for each file. */
  #syncAll(): void {
    const descriptor = fs.openSync(dirname(this.#at(this.#work.paths[0]!)), 'r');
    try {
      syncFileSystem(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  #failure(what: string, path: string, error: unknown): unknown {
    const number = errnoOf(error);
    if (number === null) return error;
    const { name, meaning, advice } = describeErrno(number);
    return UserError.of(`cannot ${what} ${path}: ${meaning} (${name})`, advice, 1);
  }
}

const O_DIRECT = process.arch === 'arm64' ? 0o200000 : 0o40000;
const O_DSYNC = 0o10000;
const O_SYNC = 0o4010000;

/** What all begin with. */
function commonStart(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}

/** For messages: `making a.0.17`. */
export function describeFileError({ kind, paths }: PlannedFileWork, index: number): string {
  const doing = { create: 'making', stat: 'looking at', delete: 'deleting', rename: 'renaming' }[kind];
  return `${doing} ${paths[index] ?? 'a file'}`;
}

const verbs = {
  create: 'makes new files only',
  stat: 'needs a file or a directory there, as the engine says',
  delete: 'deletes only what was made for it',
  rename: 'renames only what was made for it, and replaces nothing',
} as const;

let filler: Buffer | null = null;

/** Not zeros: some file systems store none. */
function content(): Buffer {
  filler ??= Buffer.alloc(chunkBytes, 'iotest made this file for a job that operates on files; ');
  return filler;
}
