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
  /** [offset, bytes] of the region. */
  readonly #region: Float64Array;
  /** [bytes written from which on zones are reset] */
  readonly #threshold: Float64Array;
  /** In: what was drawn. Out: what is to be done. [offset, byteCount] */
  readonly place = new Float64Array(2);
  /** Of the verdict; −1 where the I/O needs no lock. */
  zone = none;
  #isCounted = false;
  /** Finished for the I/O that is judged: it goes to the zones behind it. */
  #left = none;

  constructor(table: ZoneTable, options: ZoneRulesOptions) {
    const { regionOffsetBytes, regionBytes, resetFrequency, resetThreshold } = options;
    this.#table = table;
    this.#options = options;
    this.#region = Float64Array.of(regionOffsetBytes, regionBytes);
    this.#threshold = Float64Array.of(regionBytes * resetThreshold);
    const ends = Float64Array.of(regionOffsetBytes, regionOffsetBytes + regionBytes);
    this.firstZone = table.zoneAt(ends, 0);
    this.endZone = table.zoneAt(ends, 1);
    const every = resetFrequency > 0 ? 1 / resetFrequency : 0x7fffffff;
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
    this.#table.moveTo(zone, 0);
    this.#table.setResetDue(zone, false);
  }

  wasFinished(zone: number): void {
    this.#table.moveTo(zone, this.#table.capacity(zone));
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

  /**
   * An I/O of the zone is over, whatever became of it.
   * @param end where it ended, from the start of the zone
   */
  release(zone: number, operation: number, end: number): void {
    const table = this.#table;
    if (operation === Operation.write && end >= table.capacity(zone)) table.dropWriteZone(zone);
    table.unlock(zone);
  }

  /** What a sequence leaves out behind the I/O in `place`: the rest of a zone that is full. */
  skippedBytes(operation: number): number {
    const { zone } = this;
    if (zone < 0 || operation !== Operation.write) return 0;
    const table = this.#table;
    const end = table.within(zone, this.place, 0) + this.place[1]!;
    return end >= table.capacity(zone) ? table.zoneBytes - end : 0;
  }

  #judgeRead(): Verdict {
    const table = this.#table;
    const { random, readsBeyondPointer } = this.#options;
    const place = this.place;
    const smallest = this.#options.smallestBytes[Operation.read]!;
    const drawn = table.zoneAt(place, 0);
    if (!table.hasPointer(drawn) || (readsBeyondPointer && !table.isOffline(drawn))) return Verdict.accept;
    const within = table.within(drawn, place, 0);
    const byteCount = place[1]!;
    let zone = drawn;
    let at = within;
    let written = table.isOffline(zone) ? 0 : table.written(zone);
    if (written < smallest || (!random && within + smallest > written)) {
      zone = this.#findWritten(drawn, smallest);
      if (zone === none) return Verdict.end;
      written = table.written(zone);
      if (!random) at = 0;
    }
    if (written <= byteCount) at = 0;
    else if (random) at = wholeBlocks(within % (written - byteCount), smallest);
    table.locate(zone, at, place, 0);
    if (!table.hasPointer(zone)) return Verdict.accept;
    place[1] = wholeBlocks(Math.min(byteCount, written - at), smallest);
    return this.#take(zone);
  }

  #judgeWrite(inFlightCount: number): Verdict {
    const table = this.#table;
    const { verifies, keepsOrder, job } = this.#options;
    const place = this.place;
    const smallest = this.#options.smallestBytes[Operation.write]!;
    const drawn = table.zoneAt(place, 0);
    if (!table.hasPointer(drawn)) return this.#judgeConventional(drawn, smallest);
    const zone = this.#chooseZone(drawn, smallest, inFlightCount);
    if (zone === mustWait) return Verdict.wait;
    if (zone === mustFinish) return Verdict.finish;
    if (!this.#isMine(zone)) return Verdict.end;
    if (!table.isFree(zone, job)) return Verdict.wait;
    this.#countToReset(zone);
    if (table.isResetDue(zone) || table.remainder(zone) < smallest) {
      if (verifies || table.capacity(zone) < smallest) return Verdict.end;
      if (table.inFlightCount(zone) > 0) return Verdict.wait;
      this.zone = zone;
      return Verdict.reset;
    }
    if (!keepsOrder && table.inFlightCount(zone) > 0) return Verdict.wait;
    const written = table.written(zone);
    const byteCount = wholeBlocks(Math.min(place[1]!, table.remainder(zone)), smallest);
    table.locate(zone, written, place, 0);
    place[1] = byteCount;
    table.moveTo(zone, written + byteCount);
    return this.#take(zone);
  }

  /** Each so many writes their zone is to be reset, once enough is written. */
  #countToReset(zone: number): void {
    const table = this.#table;
    if (this.#options.resetFrequency === 0 || this.#isCounted || !table.reaches(this.#threshold)) return;
    this.#isCounted = true;
    if (table.countToReset(this.#writesPerReset)) table.setResetDue(zone, true);
  }

  /** Plain space, but for its end: no write reaches into a zone that has a pointer. */
  #judgeConventional(zone: number, smallest: number): Verdict {
    const table = this.#table;
    const place = this.place;
    const room = table.zoneBytes - table.within(zone, place, 0);
    if (!table.hasPointer(zone + 1) || place[1]! <= room) return Verdict.accept;
    if (room < smallest) table.locate(zone, 0, place, 0);
    const reach = room < smallest ? table.zoneBytes : room;
    place[1] = wholeBlocks(Math.min(place[1]!, reach), smallest);
    return place[1]! > 0 ? Verdict.accept : Verdict.end;
  }

  #judgeTrim(): Verdict {
    const table = this.#table;
    let zone = table.zoneAt(this.place, 0);
    if (!table.hasPointer(zone)) return Verdict.accept;
    if (this.#options.random && table.written(zone) === 0) {
      zone = this.#findWritten(zone, 1);
      if (zone === none) return Verdict.end;
      table.locate(zone, 0, this.place, 0);
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
    for (let up = zone + 1, down = zone - 1; up < this.endZone || down >= this.firstZone; up++, down--) {
      if (up < this.endZone && this.#holds(up, bytes)) return up;
      if (!random) {
        if (up >= this.endZone || table.isOffline(up)) return none;
      } else if (down >= this.firstZone && this.#holds(down, bytes)) return down;
    }
    return none;
  }

  #holds(zone: number, bytes: number): boolean {
    return !this.#table.isOffline(zone) && this.#table.written(zone) >= bytes;
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
    const region = this.#region;
    const first = Math.floor(((this.place[0]! - region[0]!) * count) / region[1]!);
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
