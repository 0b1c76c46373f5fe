/** What must be there: of each place the last write that a sync has promised, from the records of the writers. */
import type { PromiseRecord, SyncRecord, WriteRecord } from '../worker/verify/promise-records.js';
import type { CrashJob } from './plan.js';

/** At 28 bytes each, in chunks: what is scattered takes more. */
const unitsKeptMax = 2 ** 25;
const chunkUnits = 256;

/** By unit of a file. */
interface Chunk {
  /** Of the write that must be there; the least one that may stand in its place. */
  readonly number: Float64Array;
  readonly floor: Float64Array;
  /** Where its block begins, in units before this one, and how many it has. */
  readonly back: Uint32Array;
  readonly count: Uint32Array;
  /** Which sync promised it, from 1; 0 = nothing is promised here. */
  readonly sync: Uint32Array;
}

interface PendingWrite extends WriteRecord {
  /** How many of the job's writes had been told before. */
  readonly index: number;
}

interface FilePromises {
  readonly chunks: Map<number, Chunk>;
  pending: PendingWrite[];
}

/** A unit of a file of which something is promised. */
export interface PromisedUnit {
  /** In units from the start of the file. */
  readonly unit: number;
  readonly number: number;
  readonly floor: number;
  readonly firstUnit: number;
  readonly unitCount: number;
  readonly sync: number;
}

/** Records that cannot be: of no job, or outside of its files. */
export class ImpossibleRecord extends Error {}

export class Promised {
  readonly #jobs: ReadonlyMap<number, CrashJob>;
  readonly #files = new Map<string, FilePromises>();
  readonly #told = new Map<number, number>();
  readonly #syncs: { readonly job: number; readonly doneUs: number; readonly tookUs: number }[] = [];
  readonly #unitsMax: number;
  #chunkCount = 0;
  /** Writes that a sync has promised. */
  writeCount = 0;
  byteCount = 0;

  constructor(jobs: readonly CrashJob[], unitsMax = unitsKeptMax) {
    this.#unitsMax = unitsMax;
    this.#jobs = new Map(jobs.map((job) => [job.workerIndex, job]));
  }

  /** Syncs that returned. */
  get syncCount(): number {
    return this.#syncs.length;
  }

  sync(number: number): { readonly job: number; readonly doneUs: number; readonly tookUs: number } {
    return this.#syncs[number - 1]!;
  }

  /** Throws `ImpossibleRecord`, and `RangeError` when it is more than can be kept account of. */
  add(record: PromiseRecord): void {
    const job = this.#jobs.get(record.job);
    if (job === undefined || record.file >= job.files.length) throw new ImpossibleRecord('it names no job of the head');
    if (record.kind === 'write') this.#addWrite(job, record);
    else this.#addSync(job, record);
  }

  #addWrite(job: CrashJob, record: WriteRecord): void {
    const { regionOffsetBytes, regionBytes } = job.files[record.file]!;
    const { offset, byteCount, number, floor } = record;
    const isInside =
      Number.isSafeInteger(offset) &&
      offset >= regionOffsetBytes &&
      offset + byteCount <= regionOffsetBytes + regionBytes &&
      offset % job.unitBytes === 0 &&
      byteCount > 0 &&
      byteCount % job.unitBytes === 0;
    if (!isInside || floor > number) throw new ImpossibleRecord('it is of a write outside of the job');
    const index = this.#told.get(record.job) ?? 0;
    this.#told.set(record.job, index + 1);
    this.#fileOf(record).pending.push({ ...record, index });
  }

  #addSync(job: CrashJob, record: SyncRecord): void {
    const file = this.#fileOf(record);
    const { pending } = file;
    const tail = pending.length - record.own;
    if (tail < 0) throw new ImpossibleRecord('its sync promises more than was written');
    const isPromised = ({ index }: PendingWrite, at: number): boolean => index < record.covered || at >= tail;
    const promised = pending.filter(isPromised);
    this.#syncs.push({ job: record.job, doneUs: record.doneUs, tookUs: record.tookUs });
    if (promised.length === 0) return;
    file.pending = pending.filter((write, at) => !isPromised(write, at));
    for (const write of promised) this.#promise(job, file, write);
  }

  #fileOf({ job, file }: PromiseRecord): FilePromises {
    const key = `${job} ${file}`;
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const made: FilePromises = { chunks: new Map(), pending: [] };
    this.#files.set(key, made);
    return made;
  }

  #promise({ unitBytes }: CrashJob, { chunks }: FilePromises, write: PendingWrite): void {
    const { offset, byteCount, number, floor } = write;
    const first = offset / unitBytes;
    const count = byteCount / unitBytes;
    this.writeCount++;
    for (let unit = first; unit < first + count; unit++) {
      const chunk = this.#chunkOf(chunks, Math.floor(unit / chunkUnits));
      const at = unit % chunkUnits;
      if (chunk.sync[at] === 0) {
        this.byteCount += unitBytes;
      } else if (number < chunk.number[at]!) {
        // Both were under way at once: either may have come last.
        if (number >= chunk.floor[at]!) chunk.floor[at] = Math.min(chunk.floor[at]!, floor);
        continue;
      }
      chunk.number[at] = number;
      chunk.floor[at] = floor;
      chunk.back[at] = unit - first;
      chunk.count[at] = count;
      chunk.sync[at] = this.#syncs.length;
    }
  }

  #chunkOf(chunks: Map<number, Chunk>, index: number): Chunk {
    const known = chunks.get(index);
    if (known !== undefined) return known;
    if (++this.#chunkCount * chunkUnits > this.#unitsMax)
      throw new RangeError('more places than can be kept account of');
    const made: Chunk = {
      number: new Float64Array(chunkUnits),
      floor: new Float64Array(chunkUnits),
      back: new Uint32Array(chunkUnits),
      count: new Uint32Array(chunkUnits),
      sync: new Uint32Array(chunkUnits),
    };
    chunks.set(index, made);
    return made;
  }

  /** What is promised of a file, in the order of its places. */
  *units(job: number, file: number): Generator<PromisedUnit> {
    const chunks = this.#files.get(`${job} ${file}`)?.chunks ?? new Map<number, Chunk>();
    for (const index of [...chunks.keys()].sort((a, b) => a - b)) {
      const chunk = chunks.get(index)!;
      for (let at = 0; at < chunkUnits; at++) {
        const sync = chunk.sync[at]!;
        if (sync === 0) continue;
        const unit = index * chunkUnits + at;
        const [number, floor] = [chunk.number[at]!, chunk.floor[at]!];
        yield { unit, number, floor, sync, firstUnit: unit - chunk.back[at]!, unitCount: chunk.count[at]! };
      }
    }
  }
}
