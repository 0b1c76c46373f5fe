/**
 * The workload of jobs that ask for more than one size, order, or way through their files: sizes drawn from ranges and
 * shares, jumps and holes, mixes of random and sequential, strided zones, files of different lengths or in another order
 * than in turn. The rules are those of fio's source (io_u.c, filesetup.c), read for their effect.
 *
 * A *pass* is once through the files (passes.ts); a file is done in it when its next I/O would leave the region or, with a
 * random map, when nothing unused is left.
 */

import type { Requests } from '../engines/requests.js';
import { drawsSizes, hasTwoSizes, sizeLimits } from '../job/block-sizes.js';
import type { WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { directions } from '../job/per-direction.js';
import type { Random, RandomStreams } from '../support/random.js';
import type { Tausworthe } from '../support/tausworthe.js';
import { type BlockSource, createBlockSources } from './block-sources.js';
import type { Coverage } from './coverage.js';
import { FileChooser } from './file-chooser.js';
import { noPassSurroundings, Passes, type PassSurroundings, type WorkloadAmount } from './passes.js';
import type { WriteBuffers } from './payload.js';
import { SizeChooser } from './size-chooser.js';
import { SyncSchedule } from './sync-schedule.js';
import { fioMixUse, fixedOperation, ioCountLimit, RandomUse, readThreshold, type WorkloadRegion } from './workload.js';
import type { MovableSource } from './zones/zoned-workload.js';

const directionCount = 3;

export interface WorkloadFile extends WorkloadRegion {
  /** Of the whole file or device. */
  readonly fileBytes: number;
}

/** Columns of the files' numbers. */
const fileStart = 0;
const fileEnd = 1;
const fileSize = 2;
/** Where the file's offsets begin now: its start, or that of the zone. */
const fileBase = 3;
const firstWritten = 4;
const lastWritten = 5;
const fileColumns = 6;

/** Columns of the running numbers. */
const issuedBytes = 0;
const issuedCount = 1;
const passIssued = 2;
const zoneDone = 3;
const offsetNow = 4;
const sizeNow = 5;
const trimmedOffset = 6;
const trimmedBytes = 7;
const nowColumns = 8;

/** So many files or passes in a row that give nothing end the job: there is nothing it could do. */
const failuresMax = 10_000;

export class VariedWorkload implements MovableSource {
  readonly #requests: Requests;
  readonly #payload: WriteBuffers | null;
  readonly #mix: Tausworthe;
  readonly #order: Random;
  readonly #sizes: SizeChooser;
  readonly #files: FileChooser;
  readonly #syncs: SyncSchedule;
  readonly #fileCount: number;
  readonly #fileNumbers: Float64Array;
  /** By file × direction: where the last I/O ended, and where it began (−1 = there was none). */
  readonly #lastEnd: Float64Array;
  readonly #lastStart: Float64Array;
  /** By file × direction; directions of one size share one. Empty when nothing is random. */
  readonly #blocks: readonly (BlockSource | null)[];
  readonly #now = new Float64Array(nowColumns);
  /** I/Os issued, by direction. */
  readonly #issued = new Float64Array(directionCount);
  readonly #fixedOperation: number;
  readonly #trimsThenWrites: boolean;
  /** trimwrite in sequence with two sizes: each direction goes its own way. */
  readonly #trimsApart: boolean;
  readonly #readThreshold: number;
  readonly #isRandom: boolean;
  readonly #randomEvery: number;
  readonly #staysIdentical: boolean;
  /** A draw below this is random, by direction; 1 and more always. */
  readonly #randomShare: Float64Array;
  readonly #hole: Float64Array;
  /** [size, range, skip]; size 0 = no zones */
  readonly #zone: Float64Array;
  readonly #hasZones: boolean;
  readonly #passes: Passes;
  readonly #restarted: ((file: number) => void) | null;
  readonly #random: RandomStreams;
  /** Each pass draws the same. */
  readonly #repeatsDraws: boolean;
  readonly #bySequence: boolean;
  readonly #drawsSizes: boolean;
  /** By direction. */
  readonly #smallest: Float64Array;
  /** [bytes, I/Os] */
  readonly #limits: Float64Array;
  readonly #countsWritesOnly: boolean;
  readonly #endless: boolean;
  #passIsOver = false;
  #filesDone = false;
  #emptyPasses = 0;
  #writeIsDue = false;
  #file = 0;
  #syncDue = -1;
  readonly turns = true;
  /** Drawn by `nextOperation` and not taken yet, or −1. */
  #drawnOperation = -1;
  #untilJump = 1;

  /** @param openMax `openfiles`; null = all */
  constructor(
    requests: Requests,
    options: WorkloadOptions,
    files: readonly WorkloadFile[],
    random: RandomStreams,
    payload: WriteBuffers | null,
    amount: WorkloadAmount,
    openMax: number | null,
    { asynchronous, restarted }: PassSurroundings = noPassSurroundings,
  ) {
    const { order } = options;
    this.#passes = new Passes(options, files.length, amount, asynchronous);
    this.#restarted = restarted;
    this.#random = random;
    this.#repeatsDraws = options.randomRepeat;
    this.#requests = requests;
    this.#payload = payload;
    this.#mix = random.asFio(fioMixUse);
    this.#sizes = new SizeChooser(options, random.stream(RandomUse.sizes));
    this.#order = random.stream(RandomUse.order);
    this.#files = new FileChooser(options.fileService, files.length, openMax, random.stream(RandomUse.files));
    this.#syncs = new SyncSchedule(options);
    this.#fileCount = files.length;
    this.#fileNumbers = new Float64Array(files.length * fileColumns);
    files.forEach(({ regionOffsetBytes, regionBytes, fileBytes }, file) => {
      const row = [regionOffsetBytes, regionOffsetBytes + regionBytes, fileBytes, regionOffsetBytes, -1, -1];
      this.#fileNumbers.set(row, file * fileColumns);
    });
    this.#lastEnd = new Float64Array(files.length * directionCount);
    this.#lastStart = new Float64Array(files.length * directionCount);
    this.#blocks = options.random ? createBlockSources(options, files, random, this.#issued) : [];
    this.#trimsThenWrites = options.directions === 'trimwrite';
    this.#trimsApart = !options.random && hasTwoSizes(options);
    this.#fixedOperation = fixedOperation(options);
    this.#readThreshold = readThreshold(options.readPercent);
    this.#isRandom = options.random;
    this.#randomEvery = order.randomEvery;
    this.#staysIdentical = order.sequencer === 'identical';
    const shares = directions.map((direction) => order.randomPercent[direction] / 100);
    this.#randomShare = Float64Array.from(shares);
    this.#hole = Float64Array.of(order.holeBytes);
    this.#hasZones = order.zoneMode === 'strided' && files.length === 1;
    this.#zone = Float64Array.of(order.zoneBytes, order.zoneRangeBytes, order.zoneSkipBytes);
    this.#bySequence = options.sizes.bySequence;
    this.#drawsSizes = drawsSizes(options);
    this.#smallest = Float64Array.from(directions, (direction) => sizeLimits(options, direction).min);
    this.#endless = amount.ioBytes === Number.POSITIVE_INFINITY;
    this.#limits = Float64Array.of(amount.ioBytes, ioCountLimit(options));
    this.#countsWritesOnly = this.#trimsThenWrites;
    this.#beginFiles();
  }

  renewBudget(ioBytes: number, startsOver = false): void {
    this.#limits[0] = ioBytes;
    this.#now[issuedBytes] = 0;
    this.#now[issuedCount] = 0;
    this.#passes.restart();
    this.#passIsOver = false;
    if (startsOver) this.#beginFiles();
  }

  nextOperation(): number {
    if (this.#syncDue >= 0) return this.#syncDue;
    if (this.#passIsOver || this.#isAllIssued()) return -1;
    if (this.#writeIsDue) return Operation.write;
    if (this.#fixedOperation >= 0) return this.#fixedOperation;
    if (this.#drawnOperation < 0) this.#drawnOperation = this.#chooseOperation();
    return this.#drawnOperation;
  }

  turnTo(operation: number): void {
    this.#drawnOperation = operation;
  }

  #takeOperation(): number {
    const drawn = this.#drawnOperation;
    if (drawn < 0) return this.#chooseOperation();
    this.#drawnOperation = -1;
    return drawn;
  }

  next(slot: number): boolean {
    if (this.#syncDue >= 0) {
      this.#fillSync(slot);
      return true;
    }
    if (this.#passIsOver || !this.#fill(slot)) {
      // For good: another draw could fit once more, and what is done must not depend on when completions come.
      this.#passIsOver = true;
      return false;
    }
    return true;
  }

  beginPass(): boolean {
    const passBytes = this.#now[passIssued]!;
    this.#emptyPasses = passBytes === 0 ? this.#emptyPasses + 1 : 0;
    if (this.#isAllIssued() || this.#emptyPasses === failuresMax) return false;
    if (!this.#passes.follows(passBytes, this.#filesDone)) return false;
    if (this.#repeatsDraws) this.#random.rewind();
    this.#beginFiles();
    this.#passIsOver = false;
    return true;
  }

  moved(row: Requests, drawnBytes: number, skippedBytes: number): void {
    const now = this.#now;
    const operation = row.operation[0]!;
    const byteCount = row.byteCount[0]!;
    this.#count(operation, byteCount - drawnBytes);
    const at = row.fileIndex[0]! * directionCount + operation;
    this.#lastStart[at] = row.offset[0]!;
    this.#lastEnd[at] = row.offset[0]! + byteCount + skippedBytes;
    if (operation !== Operation.trim) return;
    now[trimmedOffset] = row.offset[0]!;
    now[trimmedBytes] = byteCount;
  }

  endFile(row: Requests): void {
    this.#count(row.operation[0]!, -row.byteCount[0]!);
    this.#now[issuedCount] = this.#now[issuedCount]! - 1;
    this.#files.finish(row.fileIndex[0]!);
    this.#passIsOver = true;
    this.#filesDone = true;
  }

  #isAllIssued(): boolean {
    const now = this.#now;
    const limits = this.#limits;
    return now[issuedBytes]! >= limits[0]! || now[issuedCount]! >= limits[1]!;
  }

  #fill(slot: number): boolean {
    if (this.#writeIsDue) {
      this.#fillTrimmed(slot);
      return true;
    }
    for (let failures = 0; failures < failuresMax; failures++) {
      if (this.#isAllIssued()) return false;
      const isPassFull = this.#now[passIssued]! >= this.#passes.bytesMax;
      const file = isPassFull ? -1 : this.#files.next();
      this.#filesDone = file < 0 && !isPassFull;
      if (file < 0) return false;
      let operation = this.#fixedOperation >= 0 ? this.#fixedOperation : this.#takeOperation();
      // What a pacer was told was of the file before, where there are several.
      if (this.#trimsApart) operation = this.#chooseApart(file);
      if (this.#place(slot, file, operation)) {
        this.#issue(slot, file, operation);
        return true;
      }
      if (this.#files.renewsFiles) this.#renewFile(file);
      else this.#files.finish(file);
    }
    return false;
  }

  #chooseOperation(): number {
    if (this.#trimsApart) return this.#chooseApart(this.#file);
    if (this.#trimsThenWrites) return Operation.trim;
    return this.#mix.nextInt32() < this.#readThreshold ? Operation.read : Operation.write;
  }

  /** As fio: a trim when the last write of the file began where the last trim did, else a write. */
  #chooseApart(file: number): number {
    const row = file * directionCount;
    const isEven = this.#lastStart[row + Operation.trim] === this.#lastStart[row + Operation.write];
    return isEven ? Operation.trim : Operation.write;
  }

  #beginFiles(): void {
    const numbers = this.#fileNumbers;
    for (let file = 0; file < this.#fileCount; file++) {
      const at = file * fileColumns;
      numbers[at + fileBase] = numbers[at + fileStart]!;
      this.#resetFile(file);
    }
    this.#files.restart();
    this.#now[passIssued] = 0;
    this.#now[zoneDone] = 0;
  }

  /** The file begins anew, and the pass goes on. */
  #renewFile(file: number): void {
    this.#resetFile(file);
    if (this.#restarted !== null) this.#restarted(file);
  }

  #resetFile(file: number): void {
    const base = this.#fileNumbers[file * fileColumns + fileBase]!;
    for (let at = file * directionCount; at < (file + 1) * directionCount; at++) {
      this.#lastEnd[at] = base;
      this.#lastStart[at] = -1;
      if (this.#isRandom) this.#blocks[at]?.restart();
    }
  }

  /** Chooses offset and size into `now`. False when the file has nothing more. */
  #place(slot: number, file: number, operation: number): boolean {
    const now = this.#now;
    const numbers = this.#fileNumbers;
    const at = file * fileColumns;
    const row = file * directionCount + operation;
    if (this.#hasZones) this.#enterZone(row, at);
    let isRandom = false;
    let claims = false;
    if (!this.#isRandom) {
      if (!this.#placeSequentially(row, at)) return false;
    } else if (--this.#untilJump === 0) {
      this.#untilJump = this.#randomEvery;
      const share = this.#randomShare[operation]!;
      if (share >= 1 || this.#order.nextShortFraction() < share) {
        if (!this.#placeRandomly(slot, row, at)) return false;
        isRandom = true;
        claims = true;
      } else if (!this.#placeSequentially(row, at) && !this.#placeRandomly(slot, row, at)) return false;
    } else if (this.#staysIdentical) {
      const last = this.#lastStart[row]!;
      now[offsetNow] = last < 0 ? numbers[at + fileBase]! : last;
    } else if (!this.#placeSequentially(row, at) && !this.#placeRandomly(slot, row, at)) return false;

    const offset = now[offsetNow]!;
    const room = numbers[at + fileEnd]! - offset;
    if (room <= 0) return false;
    now[sizeNow] = room;
    if (this.#drawsSizes) {
      const source = this.#bySequence ? (isRandom ? Operation.write : Operation.read) : operation;
      this.#sizes.draw(source, now, sizeNow);
    } else {
      now[sizeNow] = this.#smallest[operation]! <= room ? this.#smallest[operation]! : 0;
    }
    if (now[sizeNow]! === 0) return false;
    if (claims) this.#claim(row, at);
    return true;
  }

  #placeRandomly(slot: number, row: number, at: number): boolean {
    const now = this.#now;
    const requests = this.#requests;
    const { left, coverage, stream } = this.#blocks[row]!;
    if (coverage === null ? left[0]! < 1 : coverage.freeCount < 1) {
      if (!this.#endless && !this.#files.renewsFiles) return false;
      this.#renewFile((row / directionCount) | 0);
    }
    stream.draw(requests, slot);
    left[0] = left[0]! - 1;
    let offset = requests.offset[slot]!;
    if (coverage !== null) {
      // As fio: what is used already gives way to the next that is free, so that blocks begin at free stretches. Each
      // direction counts bits of the one map in blocks of its own: the larger ones may find theirs behind the end.
      const unit = this.#smallest[row % directionCount]!;
      offset = coverage.nextFree(offset / unit) * unit;
      if (this.#hasZones) offset = this.#inZone(offset, unit, at, coverage);
    }
    now[offsetNow] = this.#fileNumbers[at + fileBase]! + offset;
    return true;
  }

  /** A block begins in its zone, though it may end behind it; a zone that is used up begins anew. */
  #inZone(offset: number, unit: number, at: number, coverage: Coverage): number {
    const limit = Math.min(this.#zone[1]!, this.#fileNumbers[at + fileEnd]! - this.#fileNumbers[at + fileBase]!);
    if (offset < limit) return offset;
    const first = coverage.nextFree(0) * unit;
    if (first >= 0 && first < limit) return first;
    coverage.clear();
    return 0;
  }

  /** With a random map the block takes no more than what is unused behind its offset. */
  #claim(row: number, at: number): void {
    const now = this.#now;
    const { coverage } = this.#blocks[row]!;
    if (coverage === null) return;
    const unit = this.#smallest[row % directionCount]!;
    const from = (now[offsetNow]! - this.#fileNumbers[at + fileBase]!) / unit;
    const free = coverage.claim(from, Math.ceil(now[sizeNow]! / unit)) * unit;
    if (free < now[sizeNow]!) now[sizeNow] = free;
  }

  /** On from the last I/O of the direction, over holes or backwards. */
  #placeSequentially(row: number, at: number): boolean {
    const numbers = this.#fileNumbers;
    const lastEnd = this.#lastEnd;
    const start = numbers[at + fileStart]!;
    const end = numbers[at + fileEnd]!;
    const base = numbers[at + fileBase]!;
    const size = numbers[at + fileSize]!;
    const hole = this.#hole[0]!;
    if (lastEnd[row]! >= end && this.#passes.wraps) {
      lastEnd[row] = base;
      if (this.#restarted !== null) this.#restarted((row / directionCount) | 0);
    }
    if (lastEnd[row]! >= (this.#isRandom ? end : size)) return false;
    const reach = Math.min(size, end - start);
    if (hole < 0 && base > 0 && lastEnd[row]! === base) lastEnd[row] = reach;
    let position = lastEnd[row]! - base;
    if (hole !== 0 && position !== 0) {
      position += hole;
      // As fio: forward to the beginning, backwards to the end.
      if (position >= size || position < 0) position = hole > 0 ? base : reach + hole;
    }
    if (position < 0 || position >= end - start) return false;
    this.#now[offsetNow] = base + position;
    return true;
  }

  /** Strided zones: on to the next one when this one has had its bytes, from its start again at its end. */
  #enterZone(row: number, at: number): void {
    const numbers = this.#fileNumbers;
    const now = this.#now;
    const zone = this.#zone;
    if (now[zoneDone]! >= zone[0]!) {
      now[zoneDone] = 0;
      let base = numbers[at + fileBase]! + zone[1]! + zone[2]!;
      if (base >= numbers[at + fileEnd]!) base = numbers[at + fileStart]!;
      numbers[at + fileBase] = base;
      this.#lastEnd[row] = base;
    }
    const base = numbers[at + fileBase]!;
    if (this.#lastEnd[row]! >= base + zone[1]!) this.#lastEnd[row] = base;
    if (now[zoneDone]! % zone[1]! === 0) this.#resetFile(0);
  }

  #issue(slot: number, file: number, operation: number): void {
    const now = this.#now;
    const requests = this.#requests;
    const offset = now[offsetNow]!;
    const byteCount = now[sizeNow]!;
    requests.operation[slot] = operation;
    requests.fileIndex[slot] = file;
    requests.byteCount[slot] = byteCount;
    requests.offset[slot] = offset;
    this.#file = file;
    const row = file * directionCount + operation;
    this.#lastStart[row] = offset;
    this.#lastEnd[row] = offset + byteCount;
    now[zoneDone] = now[zoneDone]! + byteCount;
    if (operation === Operation.trim && this.#trimsThenWrites && !this.#trimsApart) {
      this.#writeIsDue = true;
      now[trimmedOffset] = offset;
      now[trimmedBytes] = byteCount;
    }
    this.#account(slot, operation);
  }

  /** trimwrite: the block that was trimmed last. */
  #fillTrimmed(slot: number): void {
    const now = this.#now;
    const requests = this.#requests;
    this.#writeIsDue = false;
    requests.operation[slot] = Operation.write;
    requests.fileIndex[slot] = this.#file;
    requests.byteCount[slot] = now[trimmedBytes]!;
    requests.offset[slot] = now[trimmedOffset]!;
    this.#account(slot, Operation.write);
  }

  #account(slot: number, operation: number): void {
    const now = this.#now;
    const byteCount = this.#requests.byteCount[slot]!;
    now[issuedCount] = now[issuedCount]! + 1;
    this.#count(operation, byteCount);
    this.#issued[operation] = this.#issued[operation]! + 1;
    if (operation !== Operation.write) return;
    this.#payload?.prepare(slot, byteCount);
    if (this.#syncs.isOn) this.#noteWrite(slot);
  }

  #count(operation: number, byteCount: number): void {
    const now = this.#now;
    now[passIssued] = now[passIssued]! + byteCount;
    if (operation === Operation.write || !this.#countsWritesOnly) now[issuedBytes] = now[issuedBytes]! + byteCount;
  }

  #noteWrite(slot: number): void {
    const numbers = this.#fileNumbers;
    const at = this.#file * fileColumns;
    const offset = this.#requests.offset[slot]!;
    const end = offset + this.#requests.byteCount[slot]!;
    if (numbers[at + firstWritten]! < 0 || offset < numbers[at + firstWritten]!) numbers[at + firstWritten] = offset;
    if (end > numbers[at + lastWritten]!) numbers[at + lastWritten] = end;
    this.#syncDue = this.#syncs.dueAfterWrite();
  }

  #fillSync(slot: number): void {
    const requests = this.#requests;
    const numbers = this.#fileNumbers;
    const at = this.#file * fileColumns;
    const ranges = this.#syncDue === Operation.syncRange;
    requests.operation[slot] = this.#syncDue;
    requests.byteCount[slot] = 0;
    requests.fileIndex[slot] = this.#file;
    requests.offset[slot] = ranges ? numbers[at + firstWritten]! : 0;
    requests.rangeBytes[slot] = ranges ? numbers[at + lastWritten]! - numbers[at + firstWritten]! : 0;
    numbers[at + firstWritten] = -1;
    numbers[at + lastWritten] = -1;
    this.#syncDue = -1;
  }
}
