/** Laying a file out: making it as long as a job needs, with data in it, before the run. */
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno, errnoOf } from '../system/errno.js';
import { statOrNull } from '../system/file-looks.js';
import { errno, libc } from '../system/libc.js';
import { describeBytes } from '../system/memory.js';
import { makeTarget, type NewPlace, type OpenedTarget, openHeld, openTarget } from './open-target.js';
import { forgetMark } from './own-files.js';
import { descriptorPath, type HeldTarget, unlinkOpened } from './target-identity.js';

const FALLOC_FL_KEEP_SIZE = 1;

interface LayOutOptions {
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
