/** After the crash: reads each place of which something was promised, past the page cache, and tells what is not there. */
import fs from 'node:fs';
import { type OpenedTarget, openTarget } from '../machine/open-target.js';
import { errorCode, UserError } from '../support/errors.js';
import { dropPageCache, dropWrittenPages } from '../system/page-cache.js';
import { describeWrong } from '../worker/verify/describe.js';
import { diagnose } from '../worker/verify/diagnosis.js';
import { createExpectedWrite, type Wrong } from '../workload/verify/block-checker.js';
import type { BlockView } from '../workload/verify/crc.js';
import { seedOfWrite } from '../workload/verify/seeds.js';
import { type CrashJob, unitBytesMax } from './plan.js';
import type { Promised, PromisedUnit } from './promised.js';
import { keyOfJob, SectorReader, type SectorState, sectorBytes, sectorFormat } from './sector.js';

export const likenesses = [
  'zeros',
  'older',
  'foreign',
  'misplaced',
  'torn',
  'damaged',
  'missing',
  'unreadable',
] as const;
/** What is there in place of a promised block. `foreign`: what an earlier run wrote. */
type BrokenLikeness = (typeof likenesses)[number];

export interface BrokenPromise {
  readonly job: string;
  readonly path: string;
  /** Of the block as it was written. */
  readonly offset: number;
  readonly byteCount: number;
  /** Which of the job's writes, and which sync in the order in which they returned, from 1. */
  readonly write: number;
  readonly sync: number;
  readonly syncedEpochMs: number;
  readonly syncTookMs: number;
  readonly likeness: BrokenLikeness;
  /** What is there, part by part. */
  readonly found: string;
}

export interface ReadBack {
  readonly checkedBytes: number;
  readonly brokenCount: number;
  /** Those that promised anything. */
  readonly jobs: readonly { readonly name: string; readonly checkedBytes: number; readonly brokenCount: number }[];
  readonly likenesses: Readonly<Partial<Record<BrokenLikeness, number>>>;
  /** Of the earliest sync that is not kept; null = all are. */
  readonly first: BrokenPromise | null;
  /** Files of which the page cache had what is not on the device yet: they were read from there. */
  readonly unwrittenPaths: readonly string[];
}

/**
 * Throws `UserError` where a file cannot be opened for another reason than that it is gone.
 * @param isReadOnly what the page cache has not written stays there
 */
export function readBack(
  jobs: readonly CrashJob[],
  promised: Promised,
  key: readonly [number, number],
  isReadOnly = false,
): ReadBack {
  const unwrittenPaths: string[] = [];
  const broken = new BrokenList(promised);
  const looked: ReadBack['jobs'][number][] = [];
  for (const job of jobs) {
    const brokenBefore = broken.count;
    let checkedBytes = 0;
    for (const [index, { path }] of job.files.entries()) {
      const units = promised.units(job.workerIndex, index);
      const first = units.next();
      if (first.done === true) continue;
      const file = new FileReader(job, path, keyOfJob(key, job.workerIndex), broken, isReadOnly);
      if (file.isUnwritten) unwrittenPaths.push(path);
      try {
        checkedBytes += file.check(first.value, units);
      } finally {
        file.close();
      }
    }
    if (checkedBytes > 0) looked.push({ name: job.name, checkedBytes, brokenCount: broken.count - brokenBefore });
  }
  const checkedBytes = looked.reduce((sum, each) => sum + each.checkedBytes, 0);
  return { checkedBytes, brokenCount: broken.count, jobs: looked, unwrittenPaths, ...broken.result() };
}

/** What was found, and the first of it. */
class BrokenList {
  readonly #promised: Promised;
  readonly #counts: Partial<Record<BrokenLikeness, number>> = {};
  #first: BrokenPromise | null = null;
  count = 0;

  constructor(promised: Promised) {
    this.#promised = promised;
  }

  add(job: CrashJob, path: string, unit: PromisedUnit, what: Pick<BrokenPromise, 'likeness' | 'found'>): void {
    this.count++;
    this.#counts[what.likeness] = (this.#counts[what.likeness] ?? 0) + 1;
    if (this.#first !== null && this.#first.sync <= unit.sync) return;
    const { doneUs, tookUs } = this.#promised.sync(unit.sync);
    this.#first = {
      job: job.name,
      path,
      offset: unit.firstUnit * job.unitBytes,
      byteCount: unit.unitCount * job.unitBytes,
      write: unit.number,
      sync: unit.sync,
      syncedEpochMs: doneUs / 1000,
      syncTookMs: tookUs / 1000,
      ...what,
    };
  }

  result(): Pick<ReadBack, 'likenesses' | 'first'> {
    return { likenesses: this.#counts, first: this.#first };
  }
}

class FileReader {
  readonly #job: CrashJob;
  readonly #path: string;
  readonly #key: readonly [number, number];
  readonly #broken: BrokenList;
  readonly #reader: SectorReader;
  /** null = the file is gone. */
  readonly #descriptor: number | null;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #sectors: readonly BlockView[];
  /** Writes whose block is told already. */
  readonly #told = new Set<number>();
  readonly isUnwritten: boolean;

  constructor(job: CrashJob, path: string, key: readonly [number, number], broken: BrokenList, isReadOnly: boolean) {
    this.#job = job;
    this.#path = path;
    this.#key = key;
    this.#broken = broken;
    this.#reader = new SectorReader(key);
    const target = openOrNull(path);
    this.#descriptor = target?.descriptor ?? null;
    this.isUnwritten = target !== null && isReadOnly && !dropWrittenPages(target.descriptor);
    if (target !== null && !isReadOnly) dropPageCache(target);
    this.#bytes = new Uint8Array(unitBytesMax);
    this.#sectors = Array.from({ length: this.#bytes.length / sectorBytes }, (_, index) => ({
      bytes: this.#bytes.subarray(index * sectorBytes, (index + 1) * sectorBytes),
      words: new Int32Array(this.#bytes.buffer, index * sectorBytes, sectorBytes / 4),
    }));
  }

  close(): void {
    if (this.#descriptor !== null) fs.closeSync(this.#descriptor);
  }

  /** Neighbours are read together. @returns how many bytes were promised */
  check(first: PromisedUnit, units: Iterable<PromisedUnit>): number {
    const { unitBytes } = this.#job;
    let run = [first];
    let byteCount = 0;
    for (const unit of units) {
      if (unit.unit !== run.at(-1)!.unit + 1 || (run.length + 1) * unitBytes > this.#bytes.length) {
        byteCount += this.#checkRun(run);
        run = [];
      }
      run.push(unit);
    }
    return byteCount + this.#checkRun(run);
  }

  #checkRun(run: readonly PromisedUnit[]): number {
    const { unitBytes } = this.#job;
    const offset = run[0]!.unit * unitBytes;
    const found = this.#read(offset, run.length * unitBytes);
    if (found.problem !== null && run.length > 1) {
      // One bad sector must not hide its neighbours.
      return run.reduce((sum, unit) => sum + this.#checkRun([unit]), 0);
    }
    for (const [index, unit] of run.entries()) {
      const from = (index * unitBytes) / sectorBytes;
      for (let sector = from; sector < from + unitBytes / sectorBytes; sector++) {
        const isThere = (sector + 1) * sectorBytes <= found.byteCount;
        if (isThere && isKept(this.#look(sector, offset), unit)) continue;
        if (this.#told.has(unit.number)) break;
        this.#told.add(unit.number);
        const own = run.filter(({ number }) => number === unit.number);
        const what = isThere ? this.#describe(own, run, offset) : lost(found.problem, this.#descriptor === null);
        this.#broken.add(this.#job, this.#path, unit, what);
        break;
      }
    }
    return run.length * unitBytes;
  }

  #look(sector: number, offset: number): SectorState {
    return this.#reader.look(this.#sectors[sector]!, offset + sector * sectorBytes);
  }

  #read(offset: number, wanted: number): { byteCount: number; problem: string | null } {
    if (this.#descriptor === null) return { byteCount: 0, problem: null };
    let byteCount = 0;
    try {
      while (byteCount < wanted) {
        const count = fs.readSync(this.#descriptor, this.#bytes, byteCount, wanted - byteCount, offset + byteCount);
        if (count === 0) break;
        byteCount += count;
      }
    } catch (error) {
      const code = errorCode(error);
      if (code === null) throw error;
      return { byteCount, problem: code };
    }
    return { byteCount, problem: null };
  }

  /** @param own those of the run that are of one write */
  #describe(
    own: readonly PromisedUnit[],
    run: readonly PromisedUnit[],
    offset: number,
  ): Pick<BrokenPromise, 'likeness' | 'found'> {
    const { unitBytes } = this.#job;
    const perUnit = unitBytes / sectorBytes;
    const sectors = own.flatMap((unit) => {
      const from = (unit.unit - run[0]!.unit) * perUnit;
      return Array.from({ length: perUnit }, (_, index) => {
        const state = this.#look(from + index, offset);
        const at = (unit.unit - unit.firstUnit) * unitBytes + index * sectorBytes;
        const isBad = !isKept(state, unit);
        const text = state.is === 'damaged' ? this.#textOfDamage(state.wrong, own, run, at) : textOf(state, unit, at);
        return { at, state, isBad, text };
      });
    });
    const bad = sectors.filter(({ isBad }) => isBad);
    const parts = partsOf(sectors);
    const [only, ...more] = parts;
    const found =
      more.length === 0 ? only!.text : parts.map(({ from, to, text }) => `bytes ${from}-${to - 1}: ${text}`).join('; ');
    const isDamaged = bad.every(({ state }) => state.is === 'damaged');
    return { likeness: bad.length < sectors.length && !isDamaged ? 'torn' : likenessOf(bad[0]!.state), found };
  }

  /** What a sector is made of follows from its block. @param at where in it the sector stands */
  #textOfDamage(wrong: Wrong, own: readonly PromisedUnit[], run: readonly PromisedUnit[], at: number): string {
    const { unitBytes } = this.#job;
    const { number, firstUnit, unitCount } = own[0]!;
    if (own.length < unitCount) return 'damaged data';
    const from = (firstUnit - run[0]!.unit) * unitBytes;
    const bytes = this.#bytes.slice(from, from + unitCount * unitBytes);
    const key = Int32Array.from(this.#key);
    const expected = createExpectedWrite();
    expected.numbers.set([firstUnit * unitBytes, number]);
    const { explanation } = diagnose({
      io: { bytes, words: new Int32Array(bytes.buffer) },
      ioBytes: bytes.length,
      ioOffset: firstUnit * unitBytes,
      at,
      path: this.#path,
      finding: describeWrong(wrong, bytes, at, { format: sectorFormat, expected, byteCount: bytes.length }),
      format: sectorFormat,
      number,
      seedOf: (of) => seedOf(key, of),
      numberBefore: null,
    });
    return explanation === null ? 'damaged data' : `damaged data: ${explanation}`;
  }
}

/** @param at where in its block the sector stands */
function textOf(
  state: Exclude<SectorState, { readonly is: 'damaged' }>,
  { number, floor }: PromisedUnit,
  at: number,
): string {
  switch (state.is) {
    case 'written':
      if (state.number === number) return `write ${number} as promised`;
      return state.number < floor ? `older data, of write ${state.number}` : `write ${state.number}, which is newer`;
    case 'foreign':
      return 'data of an earlier run';
    case 'misplaced':
      return `data that was written for offset ${state.offset - at}`;
    case 'zeros':
      return 'zeros';
  }
}

function seedOf(key: Int32Array, number: number): Int32Array {
  const seed = new Int32Array(2);
  seedOfWrite(key, Float64Array.of(number), 0, seed);
  return seed;
}

/** null = it is gone. */
function openOrNull(path: string): OpenedTarget | null {
  try {
    return openTarget(path, { read: true });
  } catch (error) {
    if (error instanceof UserError && !fs.existsSync(path)) return null;
    throw error;
  }
}

/** What was promised, or what a later write put there: that need not be promised to be there. */
function isKept(state: SectorState, { floor }: PromisedUnit): boolean {
  return state.is === 'written' && state.number >= floor;
}

function likenessOf(state: SectorState): BrokenLikeness {
  return state.is === 'written' ? 'older' : state.is;
}

function lost(problem: string | null, isGone: boolean): Pick<BrokenPromise, 'likeness' | 'found'> {
  if (problem !== null) return { likeness: 'unreadable', found: `nothing that can be read: ${problem}` };
  const found = isGone
    ? 'nothing: the file is gone, or its file system is not mounted'
    : 'nothing: the file ends before';
  return { likeness: 'missing', found };
}

/** Neighbours that are alike, as one. */
function partsOf(
  sectors: readonly { readonly at: number; readonly text: string }[],
): { from: number; to: number; text: string }[] {
  const parts: { from: number; to: number; text: string }[] = [];
  for (const { at, text } of sectors) {
    const last = parts.at(-1);
    if (last !== undefined && last.text === text && last.to === at) last.to = at + sectorBytes;
    else parts.push({ from: at, to: at + sectorBytes, text });
  }
  return parts;
}
