/** What must be there: of each place the last write that a sync has promised, from the records of the writers. */
import { getHeapStatistics } from 'node:v8';
import { availableMemoryBytes } from '../system/memory.js';
import type { PromiseRecord, SyncRecord, WriteRecord } from '../worker/verify/promise-records.js';
import type { CrashJob } from './plan.js';

/** In chunks: what is scattered takes more. */
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
  /** In the order in which they were told, from `first` on. */
  pending: PendingWrite[];
  first: number;
}

/** How much is kept account of at most. */
interface PromiseLimits {
  readonly units: number;
  readonly syncs: number;
  /** Writes that no sync has promised yet: objects, which are in V8's heap. */
  readonly pending: number;
}

const pendingBytes = 256;
const syncBytes = 16;
const unitBytesKept = 28;
const heapShare = 1 / 4;
const memoryShare = 1 / 4;
/** The time that the last microsecond of a `Date` has. */
const epochUsMax = 8.64e18;
const syncsPerBlock = 2 ** 15;

/** From the memory that there is. */
function promiseLimits(): PromiseLimits {
  const bytes = availableMemoryBytes() * memoryShare;
  const heapBytes = Math.min(getHeapStatistics().heap_size_limit, availableMemoryBytes()) * heapShare;
  return {
    units: Math.min(unitsKeptMax, Math.floor(bytes / unitBytesKept)),
    syncs: Math.floor(bytes / syncBytes),
    pending: Math.floor(heapBytes / pendingBytes),
  };
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
  /** When each had ended and how long it took, in µs, two after two. */
  readonly #syncs: Float64Array[] = [];
  readonly #limits: PromiseLimits;
  #chunkCount = 0;
  #pendingCount = 0;
  /** Syncs that returned. */
  syncCount = 0;
  /** Writes that a sync has promised. */
  writeCount = 0;
  byteCount = 0;

  constructor(jobs: readonly CrashJob[], limits: PromiseLimits = promiseLimits()) {
    this.#limits = limits;
    this.#jobs = new Map(jobs.map((job) => [job.workerIndex, job]));
  }

  sync(number: number): { readonly doneUs: number; readonly tookUs: number } {
    const block = this.#syncs[Math.floor((number - 1) / syncsPerBlock)]!;
    const at = ((number - 1) % syncsPerBlock) * 2;
    return { doneUs: block[at]!, tookUs: block[at + 1]! };
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
    if (++this.#pendingCount > this.#limits.pending) {
      throw new RangeError(`over ${this.#limits.pending} writes wait for a sync of their file`);
    }
    const index = this.#told.get(record.job) ?? 0;
    this.#told.set(record.job, index + 1);
    this.#fileOf(record).pending.push({ ...record, index });
  }

  #addSync(job: CrashJob, record: SyncRecord): void {
    const file = this.#fileOf(record);
    const { pending } = file;
    const tail = pending.length - record.own;
    if (tail < file.first) throw new ImpossibleRecord('its sync promises more than was written');
    if (!(Math.abs(record.doneUs) <= epochUsMax)) throw new ImpossibleRecord('its sync returned at no time');
    this.#keepSync(record);
    while (file.first < pending.length && (pending[file.first]!.index < record.covered || file.first >= tail)) {
      this.#promise(job, file, pending[file.first++]!);
      this.#pendingCount--;
    }
    for (const write of pending.splice(Math.max(tail, file.first))) {
      this.#promise(job, file, write);
      this.#pendingCount--;
    }
    if (file.first * 2 < pending.length) return;
    file.pending = pending.slice(file.first);
    file.first = 0;
  }

  #keepSync({ doneUs, tookUs }: SyncRecord): void {
    if (this.syncCount >= this.#limits.syncs) throw new RangeError(`over ${this.#limits.syncs} syncs`);
    const at = (this.syncCount++ % syncsPerBlock) * 2;
    if (at === 0) this.#syncs.push(new Float64Array(syncsPerBlock * 2));
    this.#syncs.at(-1)!.set([doneUs, tookUs], at);
  }

  #fileOf({ job, file }: PromiseRecord): FilePromises {
    const key = `${job} ${file}`;
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const made: FilePromises = { chunks: new Map(), pending: [], first: 0 };
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
      chunk.sync[at] = this.syncCount;
    }
  }

  #chunkOf(chunks: Map<number, Chunk>, index: number): Chunk {
    const known = chunks.get(index);
    if (known !== undefined) return known;
    if (++this.#chunkCount * chunkUnits > this.#limits.units) {
      throw new RangeError(`over ${this.#limits.units} places that can be written apart`);
    }
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
