/**
 * What one worker does next: direction, file, offset, size, and when it is through. `next` fills one row of the
 * requests; it is the only part of a workload that runs per I/O.
 */
import { Operation, type Requests } from '../engines/engine.js';
import type { WorkloadOptions } from '../job/job.js';
import { type OffsetStream, OnceEachOffsets, type Region, SequentialOffsets, UniformOffsets } from './offsets.js';
import type { Payload } from './payload.js';
import type { Random, RandomStreams } from './random.js';

/** A file's part that the job uses, as the plan has it. */
export interface WorkloadFile {
  readonly regionOffsetBytes: number;
  readonly regionBytes: number;
}

/** Which stream of random numbers serves what (see random.ts); changing one changes what a seed means. */
export const RandomUse = { mix: 0, payload: 1, engine: 2, offsets: 8 } as const;

const directionCount = 3;

export class Workload {
  readonly #requests: Requests;
  readonly #payload: Payload | null;
  readonly #mix: Random;
  /** By file × direction. */
  readonly #streams: readonly OffsetStream[];
  readonly #blockBytes: Int32Array;
  readonly #fileCount: number;
  /** The direction of every I/O, or −1 when it is drawn (mixed) or alternates (trimwrite). */
  readonly #fixedOperation: number;
  readonly #trimsThenWrites: boolean;
  /** A 32-bit draw below this is a read. */
  readonly #readThreshold: number;
  readonly #syncEvery: number;
  readonly #dataSyncEvery: number;
  /** [bytes left to issue, I/Os left to issue] */
  readonly #left: Float64Array;
  /** Row of the last trim, written next by trimwrite: [offset]. */
  readonly #trimmed: Float64Array;
  #writeIsDue = false;
  #file: number;
  /** The sync to be issued next, or −1. */
  #syncDue = -1;
  #writesSinceSync = 0;
  #writesSinceDataSync = 0;

  /**
   * @param ioBytes bytes to issue in all; Infinity when only time ends the job
   * @param payload null when the job writes nothing
   */
  constructor(
    requests: Requests,
    options: WorkloadOptions,
    files: readonly WorkloadFile[],
    random: RandomStreams,
    payload: Payload | null,
    ioBytes: number,
  ) {
    this.#requests = requests;
    this.#payload = payload;
    this.#mix = random.stream(RandomUse.mix);
    this.#blockBytes = Int32Array.of(options.blockBytes.read, options.blockBytes.write, options.blockBytes.trim);
    this.#streams = createStreams(options, files, random);
    this.#fileCount = files.length;
    this.#file = files.length - 1;
    this.#fixedOperation = fixedOperation(options);
    this.#trimsThenWrites = options.directions === 'trimwrite';
    this.#readThreshold = Math.round((options.readPercent / 100) * 4294967296) - 2147483648;
    this.#syncEvery = options.fsyncEvery;
    this.#dataSyncEvery = options.fdatasyncEvery;
    this.#left = Float64Array.of(ioBytes, options.ioCountMax ?? Number.POSITIVE_INFINITY);
    this.#trimmed = new Float64Array(1);
  }

  /** Starts over with the amount, not with the offsets: after the ramp. */
  renewBudget(ioBytes: number, ioCountMax: number | null): void {
    this.#left[0] = ioBytes;
    this.#left[1] = ioCountMax ?? Number.POSITIVE_INFINITY;
  }

  /** Fills row `slot`. False when everything has been issued: the row is then untouched. */
  next(slot: number): boolean {
    if (this.#syncDue >= 0) {
      this.#fillSync(slot);
      return true;
    }
    const left = this.#left;
    const operation = this.#fixedOperation >= 0 ? this.#fixedOperation : this.#chooseOperation();
    const byteCount = this.#blockBytes[operation]!;
    if (left[0]! < byteCount || left[1]! < 1) {
      // For good: another draw could fit once more, and what is done must not depend on when completions come.
      left[0] = -1;
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

  #noteWrite(slot: number, operation: number, byteCount: number): void {
    if (operation === Operation.write) {
      this.#payload?.prepare(slot, byteCount);
      this.#writesSinceSync++;
      this.#writesSinceDataSync++;
      // Of two that fall due together, the other follows: its count stands until it is done.
      if (this.#writesSinceSync === this.#syncEvery) this.#syncDue = Operation.sync;
      else if (this.#writesSinceDataSync === this.#dataSyncEvery) this.#syncDue = Operation.dataSync;
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
    if (this.#syncDue === Operation.sync) this.#writesSinceSync = 0;
    else this.#writesSinceDataSync = 0;
    const alsoDue = this.#dataSyncEvery !== 0 && this.#writesSinceDataSync >= this.#dataSyncEvery;
    this.#syncDue = alsoDue ? Operation.dataSync : -1;
  }
}

function fixedOperation(options: WorkloadOptions): number {
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
  files: readonly WorkloadFile[],
  random: RandomStreams,
): OffsetStream[] {
  const streams: OffsetStream[] = [];
  const sizes = [options.blockBytes.read, options.blockBytes.write, options.blockBytes.trim];
  files.forEach((file, fileIndex) => {
    const ofFile: OffsetStream[] = [];
    sizes.forEach((blockBytes, direction) => {
      const twin = sizes.indexOf(blockBytes);
      if (options.random && twin < direction) {
        ofFile.push(ofFile[twin]!);
        return;
      }
      const region: Region = {
        startBytes: file.regionOffsetBytes,
        blockBytes,
        // A direction that the job does not use may have a block larger than the region.
        blockCount: Math.max(1, Math.floor(file.regionBytes / blockBytes)),
      };
      const use = RandomUse.offsets + fileIndex * directionCount + direction;
      if (!options.random) ofFile.push(new SequentialOffsets(region));
      else if (options.randomMap) ofFile.push(new OnceEachOffsets(region, random.stream(use)));
      else ofFile.push(new UniformOffsets(region, random.stream(use)));
    });
    streams.push(...ofFile);
  });
  return streams;
}
