/**
 * Where an I/O of `zonemode=zbd` may go, by the rules of fio's zbd.c, read for their effect: writes at write pointers of
 * zones that may be open, reads below them, trims of whole zones. Pure but for the table that jobs share: what must be
 * done to the device first comes out as a verdict.
 */
import { Operation } from '../../job/operation.js';
import type { ZoneTable } from './zone-table.js';

export interface ZoneRulesOptions {
  /** A number above 0, of this job alone. */
  readonly job: number;
  readonly regionOffsetBytes: number;
  readonly regionBytes: number;
  readonly random: boolean;
  readonly readsBeyondPointer: boolean;
  /** Nothing may be reset that is still to be verified. */
  readonly verifies: boolean;
  /** Zones of the file or device that jobs may write at once; 0 = no limit. */
  readonly openMax: number;
  /** Of these, by this job; 0 = no limit. */
  readonly jobOpenMax: number;
  /** Share of the region, 0…1, from which on zones are reset after each so many writes. */
  readonly resetThreshold: number;
  /** Resets per write, 0…1; 0 = only full zones are reset. */
  readonly resetFrequency: number;
  /** Several writes to a zone may be in flight: they reach it in the order in which they were begun. */
  readonly keepsOrder: boolean;
  /** The smallest block of each direction. */
  readonly smallestBytes: readonly number[];
}

export const Verdict = {
  /** It may start, as `offset` and `byteCount` say; its zone, if it has a write pointer, is locked. */
  accept: 0,
  /** There is no place for it: the job is at its end there. */
  end: 1,
  /** I/Os in flight, this job's or others', must complete first. */
  wait: 2,
  /** `zone` must be reset (`wasReset`) and the I/O judged again. */
  reset: 3,
  /** `zone` must be finished (`wasFinished`) and the I/O judged again. */
  finish: 4,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

const none = -1;
const mustWait = -2;
const mustFinish = -3;

export class ZoneRules {
  readonly #table: ZoneTable;
  readonly #options: ZoneRulesOptions;
  /** The zones of the region: [first, end). */
  readonly firstZone: number;
  readonly endZone: number;
  readonly #writesPerReset: number;
  /** In: what was drawn. Out: what is to be done. [offset, byteCount] */
  readonly place = new Float64Array(2);
  /** Of the verdict; −1 where the I/O needs no lock. */
  zone = none;
  #isCounted = false;
  /** Finished for the I/O that is judged: it goes to the zones behind it. */
  #left = none;

  constructor(table: ZoneTable, options: ZoneRulesOptions) {
    this.#table = table;
    this.#options = options;
    this.firstZone = table.zoneOf(options.regionOffsetBytes);
    this.endZone = table.zoneOf(options.regionOffsetBytes + options.regionBytes);
    const every = options.resetFrequency > 0 ? 1 / options.resetFrequency : 0x7fffffff;
    this.#writesPerReset = Math.min(0x7fffffff, Math.floor(every));
  }

  /** The job begins, or begins anew. */
  restart(): void {
    this.#table.restartCount(this.#writesPerReset);
    if (this.#options.resetFrequency > 0) this.#table.countWritten(this.firstZone, this.endZone);
  }

  /**
   * Judges the I/O in `place`, between `enter` and `leave` of the table.
   * @param inFlightCount I/Os of this job
   */
  judge(operation: number, inFlightCount: number): Verdict {
    this.zone = none;
    switch (operation) {
      case Operation.read:
        return this.#judgeRead();
      case Operation.write:
        return this.#judgeWrite(inFlightCount);
      case Operation.trim:
        return this.#judgeTrim();
      default:
        return Verdict.accept;
    }
  }

  wasReset(zone: number): void {
    this.#table.moveTo(zone, this.#table.start(zone));
    this.#table.setResetDue(zone, false);
  }

  wasFinished(zone: number): void {
    this.#table.moveTo(zone, this.#table.end(zone));
    this.#left = zone;
  }

  /** The next I/O is another one. */
  forget(): void {
    this.#isCounted = false;
    this.#left = none;
  }

  /** Takes over what was open before the run. False when that is more than the limits allow. */
  adoptOpenZones(): boolean {
    const table = this.#table;
    if (this.#options.openMax === 0) return true;
    for (let zone = this.firstZone; zone < this.endZone; zone++) {
      const isNew = table.wasOpen(zone) && !table.isWriteZone(zone) && table.written(zone) > 0;
      if (isNew && !this.#mayWrite(zone, 0)) return false;
    }
    return true;
  }

  /** An I/O of the zone is over, whatever became of it. */
  release(zone: number, operation: number, endOffset: number): void {
    const table = this.#table;
    if (operation === Operation.write && endOffset >= table.capacityEnd(zone)) table.dropWriteZone(zone);
    table.unlock(zone);
  }

  /** Where a sequence goes on behind `endOffset`: what lies behind the capacity of a zone is left out. */
  nextInSequence(operation: number, zone: number, endOffset: number): number {
    const table = this.#table;
    const isFull = zone >= 0 && operation === Operation.write && endOffset >= table.capacityEnd(zone);
    return isFull ? table.end(zone) : endOffset;
  }

  #judgeRead(): Verdict {
    const table = this.#table;
    const { random, readsBeyondPointer } = this.#options;
    const place = this.place;
    const smallest = this.#options.smallestBytes[Operation.read]!;
    const drawn = table.zoneOf(place[0]!);
    if (!table.hasPointer(drawn) || (readsBeyondPointer && !table.isOffline(drawn))) return Verdict.accept;
    let zone = drawn;
    let written = table.isOffline(zone) ? 0 : table.written(zone);
    if (written < smallest || (!random && place[0]! + smallest > table.pointer(zone))) {
      zone = this.#findWritten(drawn, smallest);
      if (zone === none) return Verdict.end;
      written = table.written(zone);
      if (!random) place[0] = table.start(zone);
    }
    const within = place[0]! - table.start(drawn);
    if (written <= place[1]!) place[0] = table.start(zone);
    else if (random) {
      const spread = within % (written - place[1]!);
      place[0] = table.start(zone) + Math.floor(spread / smallest) * smallest;
    }
    if (!table.hasPointer(zone)) return Verdict.accept;
    place[1] = wholeBlocks(Math.min(place[1]!, table.pointer(zone) - place[0]!), smallest);
    return this.#take(zone);
  }

  #judgeWrite(inFlightCount: number): Verdict {
    const table = this.#table;
    const { verifies, regionOffsetBytes, regionBytes, keepsOrder, resetFrequency, resetThreshold } = this.#options;
    const place = this.place;
    const smallest = this.#options.smallestBytes[Operation.write]!;
    const drawn = table.zoneOf(place[0]!);
    if (!table.hasPointer(drawn)) return this.#judgeConventional(drawn, smallest);
    const zone = this.#chooseZone(drawn, smallest, inFlightCount);
    if (zone === none) return Verdict.end;
    if (zone === mustWait) return Verdict.wait;
    if (zone === mustFinish) return Verdict.finish;
    if (!table.isFree(zone, this.#options.job)) return Verdict.wait;
    if (resetFrequency > 0 && !this.#isCounted && table.writtenBytes >= regionBytes * resetThreshold) {
      this.#isCounted = true;
      if (table.countToReset(this.#writesPerReset)) table.setResetDue(zone, true);
    }
    if (table.isResetDue(zone) || table.remainder(zone) < smallest) {
      if (verifies || table.capacity(zone) < smallest) return Verdict.end;
      if (table.inFlightCount(zone) > 0) return Verdict.wait;
      this.zone = zone;
      return Verdict.reset;
    }
    if (!keepsOrder && table.inFlightCount(zone) > 0) return Verdict.wait;
    const pointer = table.pointer(zone);
    if (pointer < regionOffsetBytes || pointer >= regionOffsetBytes + regionBytes) return Verdict.end;
    place[0] = pointer;
    place[1] = wholeBlocks(Math.min(place[1]!, table.remainder(zone)), smallest);
    table.moveTo(zone, pointer + place[1]!);
    return this.#take(zone);
  }

  /** Plain space, but for its end: no write reaches into a zone that has a pointer. */
  #judgeConventional(zone: number, smallest: number): Verdict {
    const table = this.#table;
    const place = this.place;
    const end = table.end(zone);
    if (!table.hasPointer(zone + 1) || place[0]! + place[1]! <= end) return Verdict.accept;
    if (place[0]! + smallest > end) place[0] = table.start(zone) + wholeBlocks(end - place[0]!, smallest);
    place[1] = wholeBlocks(Math.min(place[1]!, end - place[0]!), smallest);
    return place[1]! > 0 ? Verdict.accept : Verdict.end;
  }

  #judgeTrim(): Verdict {
    const table = this.#table;
    const place = this.place;
    let zone = table.zoneOf(place[0]!);
    if (!table.hasPointer(zone)) return Verdict.accept;
    if (this.#options.random && table.written(zone) === 0) {
      zone = this.#findWritten(zone, 1);
      if (zone === none) return Verdict.end;
      place[0] = table.start(zone);
      if (!table.hasPointer(zone)) return Verdict.accept;
    }
    if (table.inFlightCount(zone) > 0) return Verdict.wait;
    return this.#take(zone);
  }

  #take(zone: number): Verdict {
    if (!this.#table.isFree(zone, this.#options.job)) return Verdict.wait;
    this.#table.lock(zone, this.#options.job);
    this.zone = zone;
    return Verdict.accept;
  }

  /** The next zone with so much data; in random order the nearest, before it too. −1 = there is none. */
  #findWritten(zone: number, bytes: number): number {
    const table = this.#table;
    const { random } = this.#options;
    const holds = (at: number): boolean => !table.isOffline(at) && table.written(at) >= bytes;
    for (let up = zone + 1, down = zone - 1; up < this.endZone || down >= this.firstZone; up++, down--) {
      if (up < this.endZone && holds(up)) return up;
      if (!random) {
        if (up >= this.endZone || table.isOffline(up)) return none;
      } else if (down >= this.firstZone && holds(down)) return down;
    }
    return none;
  }

  /** The zone to write for one that was drawn, or one of the three numbers below 0; to be finished is `this.zone`. */
  #chooseZone(drawn: number, smallest: number, inFlightCount: number): number {
    const table = this.#table;
    const zone = this.#left === none ? drawn : this.#behind(this.#left);
    if (zone === none) return none;
    const remainder = table.remainder(zone);
    if (remainder > 0 && remainder < smallest) {
      table.dropWriteZone(zone);
      this.zone = zone;
      return table.isFree(zone, this.#options.job) && table.inFlightCount(zone) === 0 ? mustFinish : mustWait;
    }
    if (this.#mayWrite(zone, smallest)) return zone;
    const isLimited = this.#options.openMax > 0;
    const other = !isLimited ? zone : table.writeZoneCount === 0 ? this.firstZone : this.#pick();
    if (other === none) return none;
    const isCandidate = isLimited ? table.isWriteZone(other) : !table.isOffline(other);
    if (isCandidate && table.remainder(other) >= smallest) return other;
    return this.#chooseOther(other, smallest, inFlightCount);
  }

  /** From one that is full on. */
  #chooseOther(full: number, smallest: number, inFlightCount: number): number {
    const table = this.#table;
    const { random, verifies, openMax, jobOpenMax, job } = this.#options;
    const count = table.writeZoneCount;
    const isAtLimit =
      count === this.endZone - this.firstZone ||
      (openMax > 0 && count === openMax) ||
      (jobOpenMax > 0 && table.writeZonesOf(job) === jobOpenMax);
    // What completes may close zones.
    if (isAtLimit && inFlightCount > 0) return mustWait;
    let zone = full;
    for (let left = this.endZone - this.firstZone; left > 0; left--) {
      zone = zone + 1 < this.endZone ? zone + 1 : this.firstZone;
      if (table.hasPointer(zone) && !table.isWriteZone(zone) && this.#mayWrite(zone, smallest)) return zone;
    }
    for (let place = 0; place < count; place++) {
      zone = table.writeZoneAt(place);
      if (this.#isMine(zone) && table.remainder(zone) >= smallest) return zone;
    }
    if (inFlightCount > 0 || table.isBusy(this.firstZone, this.endZone, job)) return mustWait;
    // What is left of the zones that may be written holds no block: one of them is begun anew.
    return random && !verifies ? this.#pick() : none;
  }

  #isMine(zone: number): boolean {
    return zone >= this.firstZone && zone < this.endZone;
  }

  /** The zone is among those that may be written, or has become so within the limits. */
  #mayWrite(zone: number, smallest: number): boolean {
    const table = this.#table;
    const { openMax, jobOpenMax, job, verifies } = this.#options;
    if (table.isOffline(zone) || (verifies && table.remainder(zone) < smallest)) return false;
    if (openMax === 0) return true;
    // What is under way fills it.
    if (table.isWriteZone(zone)) return table.remainder(zone) > 0;
    if (table.writeZoneCount >= openMax) return false;
    if (jobOpenMax > 0 && table.writeZonesOf(job) >= jobOpenMax) return false;
    table.addWriteZone(zone, job);
    return true;
  }

  /** One of the zones that are written, at the place of the list that the drawn offset has in the region. */
  #pick(): number {
    const table = this.#table;
    const count = table.writeZoneCount;
    const { regionOffsetBytes, regionBytes } = this.#options;
    const first = Math.floor(((this.place[0]! - regionOffsetBytes) * count) / regionBytes);
    for (let step = 0; step < count; step++) {
      const zone = table.writeZoneAt((first + step) % count);
      if (this.#isMine(zone)) return zone;
    }
    return none;
  }

  /** The next zone with a pointer; −1 behind the last one of a sequence. */
  #behind(zone: number): number {
    let next = zone;
    do {
      if (next + 1 >= this.endZone && !this.#options.random) return none;
      next = next + 1 < this.endZone ? next + 1 : this.firstZone;
    } while (!this.#table.hasPointer(next));
    return next;
  }
}

function wholeBlocks(bytes: number, blockBytes: number): number {
  return Math.floor(bytes / blockBytes) * blockBytes;
}
