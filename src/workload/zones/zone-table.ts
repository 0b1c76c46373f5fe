/**
 * The zones of one file or device with their write pointers (`zonemode=zbd`), in memory that all jobs of a run share. Each
 * change is made between `enter` and `leave`; a zone itself is locked by the job that has I/Os in flight there.
 */

/** One zone as it is when the run begins. */
export interface ZoneFacts {
  readonly startBytes: number;
  /** What can be written of it. */
  readonly capacityBytes: number;
  /** Of a conventional zone, and of a full one, its end. */
  readonly pointerBytes: number;
  /** False of conventional zones, which are plain space. */
  readonly hasPointer: boolean;
  /** Neither read nor written any more. */
  readonly isOffline: boolean;
  /** It counts against the limit of open zones. */
  readonly isOpen: boolean;
}

/** So many zones can be written at once at most, as in fio. */
export const writeZonesMax = 4096;

// Columns of the words in front.
const lockWord = 0;
const writeCountWord = 1;
const changesWord = 2;
const untilResetWord = 3;
const sleepersWord = 4;
const headWords = 5;
// Columns of a zone's words.
const flagsColumn = 0;
const ownerColumn = 1;
const inFlightColumn = 2;
const writerColumn = 3;
const resetDueColumn = 4;
const wordColumns = 5;
const hasPointerFlag = 1;
const offlineFlag = 2;
const openFlag = 4;
// Columns of a zone's doubles.
const startColumn = 0;
const capacityColumn = 1;
/** From the start of the zone. */
const writtenColumn = 2;
const doubleColumns = 3;
/** [bytes of a zone, bytes written in zones with a pointer] */
const headDoubles = 2;

const nobody = 0;

/** Emulated zones: all of a file, empty, and of one size. */
export function emptyZones(fileBytes: number, zoneBytes: number, capacityBytes: number): ZoneFacts[] {
  return Array.from({ length: Math.ceil(fileBytes / zoneBytes) }, (_, index) => ({
    startBytes: index * zoneBytes,
    capacityBytes,
    pointerBytes: index * zoneBytes,
    hasPointer: true,
    isOffline: false,
    isOpen: false,
  }));
}

/** The memory of a table with these zones, which follow each other. */
export function createZoneMemory(zones: readonly ZoneFacts[], zoneBytes: number): SharedArrayBuffer {
  const doubles = headDoubles + zones.length * doubleColumns;
  const words = headWords + zones.length * wordColumns + writeZonesMax;
  const memory = new SharedArrayBuffer(doubles * 8 + words * 4);
  const double = new Float64Array(memory, 0, doubles);
  const word = new Int32Array(memory, doubles * 8);
  double[0] = zoneBytes;
  zones.forEach((zone, index) => {
    double.set(
      [zone.startBytes, zone.capacityBytes, zone.pointerBytes - zone.startBytes],
      headDoubles + index * doubleColumns,
    );
    word[headWords + index * wordColumns] =
      (zone.hasPointer ? hasPointerFlag : 0) | (zone.isOffline ? offlineFlag : 0) | (zone.isOpen ? openFlag : 0);
  });
  return memory;
}

/** Zone numbers count from 0. A job is known by a number above 0. */
export class ZoneTable {
  readonly zoneBytes: number;
  readonly zoneCount: number;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  /** Where the list of zones that are written begins. */
  readonly #listAt: number;

  constructor(memory: SharedArrayBuffer) {
    const perZone = doubleColumns * 8 + wordColumns * 4;
    const fixed = headDoubles * 8 + (headWords + writeZonesMax) * 4;
    this.zoneCount = (memory.byteLength - fixed) / perZone;
    const doubles = headDoubles + this.zoneCount * doubleColumns;
    this.#doubles = new Float64Array(memory, 0, doubles);
    this.#words = new Int32Array(memory, doubles * 8);
    this.#listAt = headWords + this.zoneCount * wordColumns;
    this.zoneBytes = this.#doubles[0]!;
  }

  /** Waits until no other job is between `enter` and `leave`: some microseconds. */
  enter(): void {
    const words = this.#words;
    if (Atomics.compareExchange(words, lockWord, 0, 1) === 0) return;
    // 2 says that somebody sleeps, whom `leave` must wake.
    while (Atomics.exchange(words, lockWord, 2) !== 0) Atomics.wait(words, lockWord, 2, 1);
  }

  leave(): void {
    if (Atomics.exchange(this.#words, lockWord, 0) === 2) Atomics.notify(this.#words, lockWord, 1);
  }

  /** Goes up with each lock of a zone that is given up. */
  get changes(): number {
    return Atomics.load(this.#words, changesWord);
  }

  /** Sleeps until `changes` is another number, or for a millisecond. */
  awaitChange(changes: number): void {
    Atomics.add(this.#words, sleepersWord, 1);
    Atomics.wait(this.#words, changesWord, changes, 1);
    Atomics.sub(this.#words, sleepersWord, 1);
  }

  // Offsets stay in arrays: one of 2^31 and more that is an argument or a result would be boxed. In a zone they are smaller.

  /** The zone of the byte at `offsets[index]`; behind the last one the number of zones. */
  zoneAt(offsets: Float64Array, index: number): number {
    return Math.min(Math.floor(offsets[index]! / this.zoneBytes), this.zoneCount);
  }

  /** How far `offsets[index]` lies behind the start of the zone. */
  within(zone: number, offsets: Float64Array, index: number): number {
    return offsets[index]! - this.#doubles[headDoubles + zone * doubleColumns + startColumn]!;
  }

  /** Sets `offsets[index]` to a place in a zone. */
  locate(zone: number, within: number, offsets: Float64Array, index: number): void {
    offsets[index] = this.#doubles[headDoubles + zone * doubleColumns + startColumn]! + within;
  }

  /** Not for where I/Os are drawn. */
  startBytes(zone: number): number {
    return this.#doubles[headDoubles + zone * doubleColumns + startColumn]!;
  }

  capacity(zone: number): number {
    return this.#doubles[headDoubles + zone * doubleColumns + capacityColumn]!;
  }

  /** Bytes between the start of the zone and its pointer. */
  written(zone: number): number {
    return this.#doubles[headDoubles + zone * doubleColumns + writtenColumn]!;
  }

  /** Bytes that can still be written before the zone is full. */
  remainder(zone: number): number {
    return Math.max(0, this.capacity(zone) - this.written(zone));
  }

  hasPointer(zone: number): boolean {
    return zone < this.zoneCount && (this.#words[this.#wordOf(zone, flagsColumn)]! & hasPointerFlag) !== 0;
  }

  isOffline(zone: number): boolean {
    return (this.#words[this.#wordOf(zone, flagsColumn)]! & offlineFlag) !== 0;
  }

  /** It was open when the run began. */
  wasOpen(zone: number): boolean {
    return (this.#words[this.#wordOf(zone, flagsColumn)]! & openFlag) !== 0;
  }

  /** Sets the write pointer to so many bytes behind the start of the zone. */
  moveTo(zone: number, written: number): void {
    const column = headDoubles + zone * doubleColumns + writtenColumn;
    this.#doubles[1] = this.#doubles[1]! + written - this.#doubles[column]!;
    this.#doubles[column] = written;
  }

  /** As many bytes as `threshold[0]` are written in the zones that `countWritten` has gone through. */
  reaches(threshold: Float64Array): boolean {
    return this.#doubles[1]! >= threshold[0]!;
  }

  countWritten(from: number, to: number): void {
    let sum = 0;
    for (let zone = from; zone < to; zone++) if (this.hasPointer(zone)) sum += this.written(zone);
    this.#doubles[1] = sum;
  }

  // Locks

  /** The job may have I/Os there: nobody else has. */
  isFree(zone: number, job: number): boolean {
    const owner = this.#words[this.#wordOf(zone, ownerColumn)]!;
    return owner === nobody || owner === job;
  }

  inFlightCount(zone: number): number {
    return this.#words[this.#wordOf(zone, inFlightColumn)]!;
  }

  lock(zone: number, job: number): void {
    this.#words[this.#wordOf(zone, ownerColumn)] = job;
    this.#words[this.#wordOf(zone, inFlightColumn)]!++;
  }

  unlock(zone: number): void {
    const at = this.#wordOf(zone, inFlightColumn);
    this.#words[at]!--;
    if (this.#words[at]! > 0) return;
    this.#words[this.#wordOf(zone, ownerColumn)] = nobody;
    Atomics.add(this.#words, changesWord, 1);
    if (Atomics.load(this.#words, sleepersWord) > 0) Atomics.notify(this.#words, changesWord);
  }

  /** Some other job has I/Os in flight in these zones. */
  isBusy(from: number, to: number, job: number): boolean {
    for (let zone = from; zone < to; zone++) if (!this.isFree(zone, job)) return true;
    return false;
  }

  // Zones that are written: what is held against the limits

  get writeZoneCount(): number {
    return this.#words[writeCountWord]!;
  }

  writeZoneAt(place: number): number {
    return this.#words[this.#listAt + place]!;
  }

  isWriteZone(zone: number): boolean {
    return this.#words[this.#wordOf(zone, writerColumn)] !== nobody;
  }

  writeZonesOf(job: number): number {
    let count = 0;
    for (let place = 0; place < this.writeZoneCount; place++) {
      if (this.#words[this.#wordOf(this.writeZoneAt(place), writerColumn)] === job) count++;
    }
    return count;
  }

  addWriteZone(zone: number, job: number): void {
    this.#words[this.#listAt + this.writeZoneCount] = zone;
    this.#words[writeCountWord]!++;
    this.#words[this.#wordOf(zone, writerColumn)] = job;
  }

  dropWriteZone(zone: number): void {
    if (!this.isWriteZone(zone)) return;
    const words = this.#words;
    const end = this.#listAt + this.writeZoneCount;
    const at = words.indexOf(zone, this.#listAt);
    words.copyWithin(at, at + 1, end);
    words[writeCountWord]!--;
    words[this.#wordOf(zone, writerColumn)] = nobody;
  }

  // Resets by number of writes

  isResetDue(zone: number): boolean {
    return this.#words[this.#wordOf(zone, resetDueColumn)] === 1;
  }

  setResetDue(zone: number, isDue: boolean): void {
    this.#words[this.#wordOf(zone, resetDueColumn)] = isDue ? 1 : 0;
  }

  /** Counts down to the next reset; true when it has come, and then from `every` again. */
  countToReset(every: number): boolean {
    const words = this.#words;
    if (words[untilResetWord] === 0) words[untilResetWord] = every;
    words[untilResetWord]!--;
    return words[untilResetWord] === 0;
  }

  restartCount(every: number): void {
    this.#words[untilResetWord] = every;
  }

  #wordOf(zone: number, column: number): number {
    return headWords + zone * wordColumns + column;
  }
}
