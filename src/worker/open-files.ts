/** A job's files between its preparation and its end: opened as the job says, warmed, synced, closed. Not hot. */

import fs from 'node:fs';
import type { Engine, OpenFile } from '../engines/engine.js';
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import { makeTarget, openAgain, openHeld, replaceDescriptor } from '../machine/open-target.js';
import { markBusy } from '../machine/own-files.js';
import { statx } from '../machine/statx.js';
import { syncFileSystem } from '../machine/target.js';
import { type HeldTarget, identityOf, unlinkTarget } from '../machine/target-identity.js';
import { destroysData } from '../plan/files.js';
import type { PlannedFile, PlannedWorker } from '../plan/types.js';
import { assert, UserError } from '../support/errors.js';
import { Errno, errnoOf } from '../system/errno.js';
import { type AccessAdvice, adviseAccess, setWriteLife } from '../system/file-hints.js';
import { dropCleanPages, dropPageCache } from '../system/page-cache.js';

/** Read at once while warming the cache. */
const preReadBytes = 1 << 20;

/** A worker's files and devices: opened as they were checked, and with `unlink_each_loop` made anew between loops. */
export class WorkerTargets {
  readonly #planned: PlannedWorker;
  readonly #held: (HeldTarget | null)[];
  readonly #onRenewed: (target: HeldTarget) => void;

  /**
   * @param held by file; null for those that are not on disk
   * @param onRenewed told of each file that took the place of one that was checked
   */
  constructor(planned: PlannedWorker, held: readonly (HeldTarget | null)[], onRenewed: (target: HeldTarget) => void) {
    this.#planned = planned;
    this.#held = [...held];
    this.#onRenewed = onRenewed;
  }

  /** All of them, in order. Those that are open when one cannot be opened are closed again. Throws `UserError`. */
  open(): OpenFile[] {
    const opened: OpenFile[] = [];
    try {
      for (const [index, file] of this.#planned.files.entries()) {
        opened.push(file.kind === 'memory' ? memoryFile(file) : this.#open(file, this.#heldAt(index)));
      }
    } catch (error) {
      for (const file of opened) if (file.kind !== 'memory') fs.closeSync(file.descriptor);
      throw error;
    }
    return opened;
  }

  #heldAt(index: number): HeldTarget {
    const held = this.#held[index] ?? null;
    if (held === null && this.#planned.job.verify.only) {
      const what = `${this.#planned.files[index]!.path} does not exist, and verify_only makes nothing`;
      throw UserError.of(what, 'run the job without verify_only before', 1);
    }
    assert(held !== null, 'every file was checked, or made');
    return held;
  }

  #open(file: PlannedFile, held: HeldTarget | null): OpenFile {
    const { job } = this.#planned;
    const { target } = job;
    const options = {
      direct: target.direct,
      sync: target.sync,
      write: destroysData(job) || engineTraits(job.engine.name).changesSpace,
      read: true,
    };
    const opened =
      held === null
        ? // As fio: what is laid out can be read by all, what a job makes for itself only by its owner.
          makeTarget({ path: file.path, folder: null, rest: '' }, { ...options, mode: 0o600 })
        : openHeld(held, options);
    try {
      const advice = adviceOf(job);
      if (advice !== null) adviseAccess(opened, file.regionOffsetBytes, file.regionBytes, advice);
      if (target.writeHint !== null) setWriteLife(opened, target.writeHint, target.direct);
      return opened;
    } catch (error) {
      fs.closeSync(opened.descriptor);
      throw error;
    }
  }

  /**
   * Deletes the regular files and makes them anew, empty, under the descriptors that they had: an engine that names files
   * by descriptor needs not know. Nothing may be in flight. Throws `UserError`, or what Node throws.
   */
  renew(files: readonly OpenFile[]): void {
    for (const [index, { kind, path, descriptor }] of files.entries()) {
      if (kind !== 'file') continue;
      // As with `unlink`, another job may have deleted it, or made it anew.
      unlinkTarget(this.#heldAt(index), true);
      const renewed = this.#open(this.#planned.files[index]!, null);
      markBusy(renewed.descriptor);
      replaceDescriptor(renewed.descriptor, descriptor);
      const held = { path, descriptor: null, identity: identityOf(statx(descriptor)!) };
      this.#held[index] = held;
      this.#onRenewed(held);
    }
  }
}

function memoryFile(file: PlannedFile): OpenFile {
  return { path: file.path, descriptor: -1, kind: 'memory', sizeBytes: file.regionOffsetBytes + file.regionBytes };
}

/** `fadvise_hint`, for the job's files and for mappings of them; null = nothing is said. */
export function adviceOf({ target, workload }: Job): AccessAdvice | null {
  if (target.fadviseHint === 'none') return null;
  if (target.fadviseHint === 'pattern') return workload.random ? 'random' : 'sequential';
  return target.fadviseHint;
}

/**
 * Reads the job's region of each file into the page cache (`pre_read`), until `isStopping`. A file that ends early has
 * been read as far as it goes.
 */
export function preReadFiles(planned: PlannedWorker, files: readonly OpenFile[], isStopping: () => boolean): void {
  const chunk = new Uint8Array(preReadBytes);
  for (const [index, file] of files.entries()) {
    if (file.kind === 'memory') continue;
    const { regionOffsetBytes, regionBytes } = planned.files[index]!;
    // O_DIRECT would go past the cache.
    const descriptor = planned.job.target.direct ? openAgain(file, {}).descriptor : file.descriptor;
    try {
      for (let doneBytes = 0; doneBytes < regionBytes && !isStopping(); ) {
        const wanted = Math.min(preReadBytes, regionBytes - doneBytes);
        const count = fs.readSync(descriptor, chunk, 0, wanted, regionOffsetBytes + doneBytes);
        if (count === 0) break;
        doneBytes += count;
      }
    } catch (error) {
      const number = errnoOf(error);
      if (number === null) throw error;
      throw UserError.of(
        `pre_read of ${file.path} failed: ${errnoText(error)}`,
        'leave pre_read out, or check the file and its disk (dmesg)',
        1,
      );
    } finally {
      if (descriptor !== file.descriptor) fs.closeSync(descriptor);
    }
  }
}

/** True where a job's reads must not find what it read before (`invalidate`). */
export function invalidates({ engine, target }: Job): boolean {
  // Commands go past the page cache.
  return target.invalidate && !target.preRead && !engineTraits(engine.name).commands;
}

/**
 * Drops the job's part of a file from the page cache while the job runs. Dirty pages stay, as with fio: a sync would be
 * another workload. That it cannot be done was said at the start.
 */
export function dropFileCache(planned: PlannedWorker, files: readonly OpenFile[], engine: Engine, index: number): void {
  const file = files[index]!;
  if (file.kind === 'memory') return;
  const { regionOffsetBytes, regionBytes } = planned.files[index]!;
  engine.leavePages?.(index);
  dropCleanPages(file, regionOffsetBytes, regionBytes);
}

function errnoText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True when something must be synced after the last I/O: a job that writes, and says so. */
export function syncsAtEnd(job: Job): boolean {
  return destroysData(job) && (job.workload.endFsync || job.target.endSyncfs || job.target.fsyncOnClose);
}

/**
 * The sync after the last I/O: of each file, or with `end_syncfs` of each file system once.
 * @param failed told of each file whose sync failed, with its errno
 */
export function syncAtEnd(
  job: Job,
  files: readonly OpenFile[],
  failed: (fileIndex: number, errno: number) => void,
): void {
  const seen = new Set<number>();
  for (const [fileIndex, file] of files.entries()) {
    if (file.kind === 'memory') continue;
    const error = job.target.endSyncfs ? syncFileSystemOnce(file, seen) : fsyncErrno(file.descriptor);
    if (error !== 0) failed(fileIndex, error);
  }
}

/**
 * Before written places are trimmed. The run itself holds the device, so that the kernel will not throw away dirty pages
 * there: it gives EBUSY for them.
 */
export function cleanPages(files: readonly OpenFile[]): void {
  for (const file of files) if (file.kind !== 'memory') fsyncErrno(file.descriptor);
}

/** Before what was written is read back: all of it goes to the device, and out of the cache. Best effort, as in fio. */
export function dropWritten(files: readonly OpenFile[], engine: Engine): void {
  for (const [index, file] of files.entries()) {
    if (file.kind === 'memory') continue;
    engine.leavePages?.(index);
    dropPageCache(file);
  }
}

function syncFileSystemOnce({ descriptor }: OpenFile, seen: Set<number>): number {
  const { dev } = fs.fstatSync(descriptor);
  if (seen.has(dev)) return 0;
  seen.add(dev);
  return -syncFileSystem(descriptor);
}

function fsyncErrno(descriptor: number): number {
  try {
    fs.fsyncSync(descriptor);
    return 0;
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    return number ?? Errno.EIO;
  }
}

/** Closes what `openFiles` opened. */
export function closeFiles(files: readonly OpenFile[]): void {
  for (const file of files) if (file.kind !== 'memory') fs.closeSync(file.descriptor);
}
