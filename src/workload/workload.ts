/**
 * What one worker does next: direction, file, offset, size, and when it is through. `next` fills one row of the
 * requests; it is the only part of a workload that runs per I/O.
 *
 * This is the plain one: one size per direction, every offset in one order, files in turn and all of one length. Jobs
 * that ask for more have a class of their own (varied-workload.ts), so that these pay nothing for it.
 */
import type { Requests } from '../engines/requests.js';
import { directionsOf } from '../job/block-sizes.js';
import type { WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { type Direction, directions } from '../job/per-direction.js';
import type { Random, RandomStreams } from '../support/random.js';
import type { Tausworthe } from '../support/tausworthe.js';
import {
  type OffsetStream,
  OnceEachOffsets,
  type Region,
  SequentialOffsets,
  SkewedOffsets,
  UniformOffsets,
  ZonedOffsets,
} from './offsets.js';
import { noPassSurroundings, Passes, type PassSurroundings, type WorkloadAmount } from './passes.js';
import type { WriteBuffers } from './payload.js';
import { SyncSchedule } from './sync-schedule.js';

/** A file's part that the job uses, as the plan has it. */
export interface WorkloadRegion {
  readonly regionOffsetBytes: number;
  readonly regionBytes: number;
}

/** Where the run loop gets its I/Os from. A worker uses one class of it only. */
export interface JobWorkload {
  /** Fills row `slot`. False when everything of the pass has been issued: the row is then untouched. */
  next(slot: number): boolean;
  /** Nothing is in flight and `next` has said false: begins the next pass, if there is one. */
  beginPass(): boolean;
  /** Starts over with the amount: after the ramp; and with the offsets where `startsOver`: for the next loop. */
  renewBudget(ioBytes: number, startsOver?: boolean): void;
  /** For a pacer: what `next` will do, an `Operation`, or −1 when there is nothing left. What is drawn for it is kept. */
  nextOperation(): number;
  /** Reads or writes next, instead of what was drawn from the mix. Only where `turns`. */
  turnTo(operation: number): void;
  /** The next I/O is not fixed yet but for what `nextOperation` says. */
  readonly turns: boolean;
}

/** Which stream of random numbers serves what (see random.ts); changing one changes what a seed means. */
export const RandomUse = {
  payload: 1,
  sizes: 2,
  order: 3,
  files: 4,
  engine: 5,
  arrivals: 6,
  offsets: 8,
} as const;

/** Which direction comes next is drawn as fio draws it, so that a mix is of as many reads and writes: its place in fio.h. */
export const fioMixUse = 4;

/** A draw below it is a read. */
export function readThreshold(readPercent: number): number {
  return Math.ceil((readPercent / 100) * 4294967296) - 2147483648;
}

const directionCount = 3;

/** I/Os in all: `number_ios` counts per loop, and of trimwrite per direction, as in fio. */
export function ioCountLimit({ ioCountMax, loops, directions }: WorkloadOptions): number {
  return (ioCountMax ?? Number.POSITIVE_INFINITY) * loops * (directions === 'trimwrite' ? 2 : 1);
}

export class Workload implements JobWorkload {
  readonly #requests: Requests;
  readonly #payload: WriteBuffers | null;
  readonly #mix: Tausworthe;
  /** By file × direction. */
  readonly #streams: readonly OffsetStream[];
  readonly #blockBytes: Int32Array;
  readonly #fileCount: number;
  /** The direction of every I/O, or −1 when it is drawn (mixed) or alternates (trimwrite). */
  readonly #fixedOperation: number;
  readonly #trimsThenWrites: boolean;
  /** A 32-bit draw below this is a read. */
  readonly #readThreshold: number;
  readonly #syncs: SyncSchedule;
  readonly #ioCountMax: number;
  readonly #passes: Passes;
  readonly #random: RandomStreams;
  /** Each pass draws the same. */
  readonly #repeatsDraws: boolean;
  /** [bytes left to issue in this pass, I/Os left to issue] */
  readonly #left: Float64Array;
  /** [bytes left to issue behind this pass, bytes of this pass, bytes of a whole pass] */
  readonly #budget = new Float64Array(3);
  /** Row of the last trim, written next by trimwrite: [offset]. */
  readonly #trimmed: Float64Array;
  readonly turns = true;
  #writeIsDue = false;
  #file: number;
  /** The sync to be issued next, or −1. */
  #syncDue = -1;
  /** Drawn by `nextOperation` and not taken yet, or −1. */
  #drawnOperation = -1;

  /** @param payload null when the job writes nothing */
  constructor(
    requests: Requests,
    options: WorkloadOptions,
    files: readonly WorkloadRegion[],
    random: RandomStreams,
    payload: WriteBuffers | null,
    amount: WorkloadAmount,
    { asynchronous, restarted }: PassSurroundings = noPassSurroundings,
  ) {
    const passes = new Passes(options, files.length, amount, asynchronous);
    // Trims count as well here.
    const passBytes = options.directions === 'trimwrite' ? amount.passBytes * 2 : amount.passBytes;
    const startsAnew = passes.wraps || (options.random && !Number.isFinite(amount.ioBytes));
    this.#passes = passes;
    this.#random = random;
    this.#repeatsDraws = options.randomRepeat;
    this.#budget[2] = startsAnew || passes.neverDone ? passes.bytesMax : Math.min(passes.bytesMax, passBytes);
    this.#requests = requests;
    this.#payload = payload;
    this.#mix = random.asFio(fioMixUse);
    this.#blockBytes = Int32Array.of(options.blockBytes.read, options.blockBytes.write, options.blockBytes.trim);
    this.#streams = createStreams(options, files, random, startsAnew ? restarted : null);
    this.#fileCount = files.length;
    this.#file = files.length - 1;
    this.#fixedOperation = fixedOperation(options);
    this.#trimsThenWrites = options.directions === 'trimwrite';
    this.#readThreshold = readThreshold(options.readPercent);
    this.#syncs = new SyncSchedule(options);
    this.#ioCountMax = ioCountLimit(options);
    this.#left = Float64Array.of(0, this.#ioCountMax);
    this.#trimmed = new Float64Array(1);
    this.renewBudget(amount.ioBytes);
  }

  renewBudget(ioBytes: number, startsOver = false): void {
    this.#budget[0] = ioBytes;
    this.#left[1] = this.#ioCountMax;
    this.#passes.restart();
    this.#fillBudget();
    if (startsOver) this.#restart();
  }

  beginPass(): boolean {
    const issued = this.#budget[1]!;
    if (this.#left[1]! < 1 || this.#budget[0]! <= 0 || !this.#passes.follows(issued, true)) return false;
    this.#fillBudget();
    if (this.#repeatsDraws) this.#random.rewind();
    this.#restart();
    return true;
  }

  #fillBudget(): void {
    const budget = this.#budget;
    budget[1] = Math.min(budget[0]!, budget[2]!);
    if (Number.isFinite(budget[1]!)) budget[0] = budget[0]! - budget[1]!;
    this.#left[0] = budget[1]!;
  }

  #restart(): void {
    for (const stream of new Set(this.#streams)) stream.restart();
    this.#file = this.#fileCount - 1;
  }

  next(slot: number): boolean {
    if (this.#syncDue >= 0) {
      this.#fillSync(slot);
      return true;
    }
    const left = this.#left;
    const operation = this.#fixedOperation >= 0 ? this.#fixedOperation : this.#takeOperation();
    const byteCount = this.#blockBytes[operation]!;
    if (left[0]! < byteCount || left[1]! < 1) {
      // For good: another draw could fit once more, and what is done must not depend on when completions come.
      this.#endPass();
      return false;
    }
    left[0] = left[0]! - byteCount;
    left[1] = left[1]! - 1;
    const requests = this.#requests;
    requests.operation[slot] = operation;
    requests.byteCount[slot] = byteCount;
    if (this.#writeIsDue) {
      this.#writeIsDue = false;
      requests.fileIndex[slot] = this.#file;
      requests.offset[slot] = this.#trimmed[0]!;
    } else {
      const file = this.#fileCount === 1 ? 0 : this.#rotateFile();
      requests.fileIndex[slot] = file;
      this.#streams[file * directionCount + operation]!.draw(requests, slot);
    }
    if (operation !== Operation.read) this.#noteWrite(slot, operation, byteCount);
    return true;
  }

  nextOperation(): number {
    if (this.#syncDue >= 0) return this.#syncDue;
    if (this.#drawnOperation < 0) {
      this.#drawnOperation = this.#fixedOperation >= 0 ? this.#fixedOperation : this.#chooseOperation();
    }
    const operation = this.#drawnOperation;
    const left = this.#left;
    return left[0]! < this.#blockBytes[operation]! || left[1]! < 1 ? -1 : operation;
  }

  turnTo(operation: number): void {
    this.#drawnOperation = operation;
  }

  #endPass(): void {
    const left = this.#left;
    if (left[0]! < 0) return;
    const budget = this.#budget;
    budget[1] = budget[1]! - left[0]!;
    budget[0] = budget[0]! + left[0]!;
    left[0] = -1;
  }

  #takeOperation(): number {
    const drawn = this.#drawnOperation;
    if (drawn < 0) return this.#chooseOperation();
    this.#drawnOperation = -1;
    return drawn;
  }

  #noteWrite(slot: number, operation: number, byteCount: number): void {
    if (operation === Operation.write) {
      this.#payload?.prepare(slot, byteCount);
      if (this.#syncs.isOn) this.#syncDue = this.#syncs.dueAfterWrite();
    } else if (this.#trimsThenWrites) {
      this.#trimmed[0] = this.#requests.offset[slot]!;
      this.#writeIsDue = true;
    }
  }

  #chooseOperation(): number {
    if (this.#trimsThenWrites) return this.#writeIsDue ? Operation.write : Operation.trim;
    return this.#mix.nextInt32() < this.#readThreshold ? Operation.read : Operation.write;
  }

  #rotateFile(): number {
    const file = this.#file + 1;
    this.#file = file < this.#fileCount ? file : 0;
    return this.#file;
  }

  #fillSync(slot: number): void {
    const requests = this.#requests;
    requests.operation[slot] = this.#syncDue;
    requests.byteCount[slot] = 0;
    requests.fileIndex[slot] = this.#file;
    requests.offset[slot] = 0;
    this.#syncDue = -1;
  }
}

/** The direction of every I/O, or −1 when there are several. */
export function fixedOperation(options: WorkloadOptions): number {
  switch (options.directions) {
    case 'read':
      return Operation.read;
    case 'write':
      return Operation.write;
    case 'trim':
      return Operation.trim;
    default:
      return -1;
  }
}

/** Streams by file × direction. Directions of one block size share a random stream: together they visit each block once. */
function createStreams(
  options: WorkloadOptions,
  files: readonly WorkloadRegion[],
  random: RandomStreams,
  restarted: ((file: number) => void) | null,
): OffsetStream[] {
  const sizes = directions.map((direction) => options.blockBytes[direction]);
  const { kind } = options.order.distribution;
  const isZoned = kind === 'zoned' || kind === 'zoned_abs';
  const streams: OffsetStream[] = [];
  files.forEach((file, fileIndex) => {
    const wrapped = restarted === null ? null : () => restarted(fileIndex);
    sizes.forEach((blockBytes, direction) => {
      const twin = sizes.indexOf(blockBytes);
      if (options.random && twin < direction && !isZoned) {
        streams.push(streams[fileIndex * directionCount + twin]!);
        return;
      }
      const region: Region = {
        startBytes: file.regionOffsetBytes,
        blockBytes,
        // A direction that the job does not use may have a block larger than the region.
        blockCount: Math.max(1, Math.floor(file.regionBytes / blockBytes)),
      };
      if (!options.random) streams.push(new SequentialOffsets(region, wrapped));
      else {
        const name = directions[direction]!;
        const draws = offsetDraws(options, random, fileIndex, name);
        streams.push(createRandomOffsets(options, name, region, draws, wrapped));
      }
    });
  });
  return streams;
}

/**
 * By the place of the direction among those that the job has: a job that reads goes to the places that the same job wrote,
 * as in fio.
 */
export function offsetDraws(
  options: WorkloadOptions,
  random: RandomStreams,
  fileIndex: number,
  direction: Direction,
): Random {
  const place = Math.max(0, directionsOf(options).indexOf(direction));
  return random.stream(RandomUse.offsets + fileIndex * directionCount + place);
}

/** Random offsets after the job's distribution; a `sequence` needs a count of I/Os and is made where that is kept. */
export function createRandomOffsets(
  options: WorkloadOptions,
  direction: Direction,
  region: Region,
  random: Random,
  wrapped: (() => void) | null = null,
): OffsetStream {
  const { distribution, generator } = options.order;
  switch (distribution.kind) {
    case 'zipf':
    case 'pareto':
    case 'normal':
      // As fio: passes do not repeat these.
      return new SkewedOffsets(region, distribution, random.clone());
    case 'zoned':
    case 'zoned_abs': {
      const zones = distribution.zones[direction];
      return zones === null ? new UniformOffsets(region, random) : new ZonedOffsets(region, zones, random);
    }
    default:
      return options.randomMap || generator === 'lfsr'
        ? new OnceEachOffsets(region, random, wrapped, generator === 'lfsr')
        : new UniformOffsets(region, random);
  }
}
