/**
 * Where a sweep keeps what it has measured until it is done: a folder beside the results, `<id>.sweep`, with what the
 * sweep is made of and an ordinary result for each run. When all are there, the sweep's own result takes its place.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { IotestDocument } from '../results/document.js';
import { loadResult, resultStem, saveResult, writeError } from '../results/files.js';
import { isResultName } from '../results/index-file.js';
import { readManifest, type SweepManifest } from '../results/sweep-manifest.js';
import { UserError } from '../support/errors.js';
import { readInput } from '../system/input-file.js';
import { writeOutputNow } from '../system/output-file.js';
import { isSweep, placeOf, type SweepDocument } from './document.js';

/** A job file and its includes, as JSON. */
const manifestBytesMax = 64 * 2 ** 20;
const folderSuffix = '.sweep';
const manifestName = 'sweep.manifest';
const lockName = 'sweep.lock';

/** `20261122-120000-sample-1f0a9c`, as results are named. */
export function newSweepId(jobFilePath: string): string {
  return `${resultStem(jobFilePath, new Date())}-${randomBytes(3).toString('hex')}`;
}

export class SweepStore {
  readonly #folder: string;
  readonly #lock: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#lock = path.join(folder, lockName);
  }

  get folder(): string {
    return this.#folder;
  }

  /** Makes the folder. Throws `UserError` where it cannot be written. */
  static async create(results: string, manifest: SweepManifest): Promise<SweepStore> {
    const store = new SweepStore(path.join(results, manifest.id + folderSuffix));
    try {
      await mkdir(store.#folder, { recursive: true });
      const file = path.join(store.#folder, manifestName);
      writeOutputNow(file, `${JSON.stringify(manifest, null, 2)}\n`, true);
    } catch (error) {
      if (error instanceof UserError) throw error;
      const elsewhere = 'name another directory with --results DIR, or leave the saving off with --no-save';
      throw writeError(error, `the sweep cannot be kept in ${store.#folder}`, elsewhere);
    }
    store.#claim();
    return store;
  }

  /**
   * Opens an unfinished sweep: by its id, the beginning of one, or `latest`.
   * @throws UserError when there is none, or another process is at it.
   */
  static open(results: string, asked: string): { readonly store: SweepStore; readonly manifest: SweepManifest } {
    const ids = unfinishedIds(results);
    const wanted = path.basename(asked.replace(/\/+$/, '')).replace(/\.sweep$/, '');
    const found =
      wanted === 'latest' ? ids.slice(-1) : ids.includes(wanted) ? [wanted] : ids.filter((id) => id.startsWith(wanted));
    if (found.length !== 1) {
      const what =
        found.length === 0
          ? wanted === 'latest'
            ? `there is no unfinished sweep in ${results}`
            : `there is no unfinished sweep "${asked}" in ${results}`
          : `${found.length} unfinished sweeps begin with "${asked}"`;
      const advice =
        ids.length === 0
          ? 'a sweep that was finished is an ordinary result: iotest results list'
          : `unfinished are ${ids.join(', ')}`;
      throw UserError.of(what, advice);
    }
    const store = new SweepStore(path.join(results, found[0]! + folderSuffix));
    const manifest = readManifest(textOrEmpty(path.join(store.#folder, manifestName)));
    if (manifest === null) {
      throw UserError.of(
        `${path.join(store.#folder, manifestName)} cannot be read as that of a sweep`,
        'it was changed, or written by another version: begin the sweep anew',
      );
    }
    store.#claim();
    return { store, manifest };
  }

  /** Two processes at one sweep would measure each other. A lock whose owner is gone is none. */
  #claim(): void {
    const owner = Number(textOrEmpty(this.#lock));
    if (owner > 0 && owner !== process.pid && isAlive(owner)) {
      throw UserError.of(`process ${owner} is at this sweep (${this.#folder})`, 'wait for its end, or end it');
    }
    writeOutputNow(this.#lock, `${process.pid}\n`, false);
  }

  release(): void {
    fs.rmSync(this.#lock, { force: true });
  }

  /** Runs that were measured whole and without errors; files that cannot be read are told, and measured again. */
  async load(id: string, note: (message: string) => void): Promise<SweepDocument[]> {
    const names = fs.readdirSync(this.#folder).filter(isResultName).sort();
    const parts = new Map<string, SweepDocument>();
    for (const name of names) {
      const file = path.join(this.#folder, name);
      try {
        const document = await loadResult(file);
        if (document.iotest === undefined || !isSweep(document as IotestDocument)) continue;
        const part = document as SweepDocument;
        if (part.iotest.sweep.id === id && isWhole(part)) parts.set(keyOf(placeOf(part)), part);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        note(`${error.problems[0]!.message}: it is measured again`);
      }
    }
    return [...parts.values()];
  }

  /** Throws `UserError`. */
  async save(part: SweepDocument): Promise<void> {
    await saveResult(part, this.#folder);
  }

  /** After the sweep's own result is on disk. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Stands for one run of one point. */
export function keyOf({
  pointIndex,
  repetition,
}: {
  readonly pointIndex: number;
  readonly repetition: number;
}): string {
  return `${pointIndex}:${repetition}`;
}

export function isWhole({ iotest }: IotestDocument): boolean {
  return (
    !iotest.interrupted &&
    iotest.jobs.every(({ errors, ended }) => errors.length === 0 && ended !== 'error' && ended !== 'failed')
  );
}

/** Oldest first. */
function unfinishedIds(results: string): string[] {
  try {
    return fs
      .readdirSync(results)
      .filter((name) => name.endsWith(folderSuffix))
      .map((name) => name.slice(0, -folderSuffix.length))
      .sort();
  } catch {
    return [];
  }
}

function textOrEmpty(file: string): string {
  const input = readInput(file, { bytesMax: manifestBytesMax, links: false });
  return input.ok ? input.bytes.toString('utf8') : '';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
