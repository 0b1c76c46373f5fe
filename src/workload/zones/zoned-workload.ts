/**
 * `zonemode=zbd`: each I/O is drawn ahead, moved to where its zone takes it, and held back while that cannot be. Zones are
 * reset and finished here, while nothing of theirs is in flight.
 */
import { createRequests, type Requests } from '../../engines/requests.js';
import { Operation } from '../../job/operation.js';
import type { WriteBuffers } from '../payload.js';
import type { HoldingWorkload } from '../serialized-workload.js';
import type { JobWorkload } from '../workload.js';
import { Verdict, ZoneRules, type ZoneRulesOptions } from './zone-rules.js';
import type { ZoneTable } from './zone-table.js';

/** What the device does to a zone: 0, or an errno. */
export interface ZoneControl {
  reset(startBytes: number, byteCount: number): number;
  finish(startBytes: number, byteCount: number): number;
}

/** A workload that learns what became of the I/O that it drew last. */
export interface MovableSource extends JobWorkload {
  /** It is done elsewhere, or is shorter; its sequence goes on so many bytes behind its end. */
  moved(row: Requests, drawnBytes: number, skippedBytes: number): void;
  /** It is not done, and its file is done with in this pass. */
  endFile(row: Requests): void;
}

interface ZonedParts {
  readonly requests: Requests;
  /** null when the job writes nothing. */
  readonly payload: WriteBuffers | null;
  /** Makes the workload that fills rows of the given requests, and no buffers. */
  readonly createSource: (requests: Requests) => MovableSource;
  readonly table: ZoneTable;
  readonly rules: ZoneRulesOptions;
  /** null = the zones are emulated. */
  readonly control: ZoneControl | null;
  /** A mix of reads and writes begins with a write, for the reads need data. */
  readonly writesFirst: boolean;
  /** The job writes, and zones are reset before what is written to them is verified. */
  readonly startsEmpty: boolean;
}

const none = -1;

export class ZonedWorkload implements HoldingWorkload {
  readonly turns = false;
  readonly #parts: ZonedParts;
  readonly #rules: ZoneRules;
  readonly #source: MovableSource;
  /** Row 0 is the I/O drawn ahead. */
  readonly #staged = createRequests(1);
  /** By slot; −1 = its I/O locks nothing. */
  readonly #zoneOf: Int32Array;
  /** [number of the changes of the table before it was last asked] */
  readonly #seen = new Int32Array(1);
  #hasDrawn = false;
  #isAccepted = false;
  #isExhausted = false;
  #hasWritten = false;
  #mustEmpty: boolean;
  #failed: ((errno: number, zoneStartBytes: number) => void) | null = null;
  /** Zones with data that were reset. */
  resetCount = 0;

  constructor(parts: ZonedParts) {
    this.#parts = parts;
    this.#rules = new ZoneRules(parts.table, parts.rules);
    this.#source = parts.createSource(this.#staged);
    this.#zoneOf = new Int32Array(parts.requests.operation.length).fill(none);
    this.#mustEmpty = parts.startsEmpty;
    this.#rules.restart();
  }

  /** Once it is known who is to hear of resets that failed. */
  onFailure(failed: (errno: number, zoneStartBytes: number) => void): void {
    this.#failed = failed;
  }

  /** Takes over zones that are open; false when they are more than the limits allow. */
  adoptOpenZones(): boolean {
    return this.#exclusively(() => this.#rules.adoptOpenZones());
  }

  renewBudget(ioBytes: number, startsOver = false): void {
    this.#source.renewBudget(ioBytes, startsOver);
    this.#isExhausted = false;
    this.resetCount = 0;
    if (startsOver) this.#restart();
  }

  beginPass(): boolean {
    this.#isExhausted = !this.#source.beginPass();
    this.#restart();
    return !this.#isExhausted;
  }

  #restart(): void {
    this.#mustEmpty = this.#parts.startsEmpty;
    this.#hasWritten = false;
    this.#exclusively(() => this.#rules.restart());
  }

  nextOperation(): number {
    this.#draw();
    return this.#hasDrawn ? this.#staged.operation[0]! : -1;
  }

  /** It has been drawn, offset and all. */
  turnTo(_operation: number): void {}

  /** True while the next I/O has no place yet. */
  isHeld(inFlightCount: number): boolean {
    this.#seen[0] = this.#parts.table.changes;
    if (this.#isAccepted) return false;
    if (this.#mustEmpty && !this.#isExhausted) {
      if (inFlightCount > 0 || !this.#empty()) return true;
      this.#mustEmpty = false;
    }
    this.#draw();
    return this.#hasDrawn && !this.#judge(inFlightCount);
  }

  /** Nothing of this job is in flight, and another's I/O holds it: sleeps until that is over, or a moment. */
  awaitOthers(): void {
    this.#parts.table.awaitChange(this.#seen[0]!);
  }

  next(slot: number): boolean {
    if (!this.#isAccepted) return false;
    const requests = this.#parts.requests;
    const staged = this.#staged;
    const operation = staged.operation[0]!;
    // What failed was never seen complete.
    this.#release(slot);
    this.#isAccepted = false;
    this.#hasDrawn = false;
    requests.operation[slot] = operation;
    requests.fileIndex[slot] = staged.fileIndex[0]!;
    requests.byteCount[slot] = staged.byteCount[0]!;
    requests.offset[slot] = staged.offset[0]!;
    requests.rangeBytes[slot] = staged.rangeBytes[0]!;
    this.#zoneOf[slot] = this.#rules.zone;
    if (operation === Operation.write) this.#parts.payload?.prepare(slot, staged.byteCount[0]!);
    return true;
  }

  /** The slot's I/O is complete. */
  completed(slot: number): void {
    this.#release(slot);
  }

  /** Nothing is in flight, whatever was not reported as complete (an I/O that failed). */
  nothingInFlight(): void {
    for (let slot = 0; slot < this.#zoneOf.length; slot++) this.#release(slot);
  }

  /** The job is over: what it drew ahead and holds is given up. */
  end(): void {
    this.nothingInFlight();
    if (!this.#isAccepted) return;
    this.#isAccepted = false;
    const { zone } = this.#rules;
    if (zone === none) return;
    const { table } = this.#parts;
    table.enter();
    // It was not written after all.
    if (this.#staged.operation[0] === Operation.write) table.moveTo(zone, table.within(zone, this.#staged.offset, 0));
    table.unlock(zone);
    table.leave();
  }

  /** The trim of a slot, which has its zone to itself: 0, or an errno. Not for zones without a pointer. */
  trim(slot: number): number {
    const zone = this.#zoneOf[slot]!;
    const error = this.#reset(zone);
    if (error === 0) this.#exclusively(() => this.#parts.table.dropWriteZone(zone));
    return error;
  }

  /** True when the slot's trim is a reset of its zone. */
  trimsZone(slot: number): boolean {
    return this.#parts.requests.operation[slot] === Operation.trim && this.#zoneOf[slot] !== none;
  }

  #release(slot: number): void {
    const zone = this.#zoneOf[slot]!;
    if (zone === none) return;
    this.#zoneOf[slot] = none;
    const { requests, table } = this.#parts;
    const end = table.within(zone, requests.offset, slot) + requests.byteCount[slot]!;
    table.enter();
    this.#rules.release(zone, requests.operation[slot]!, end);
    table.leave();
  }

  #draw(): void {
    if (this.#hasDrawn || this.#isExhausted) return;
    const source = this.#source;
    const turns = this.#parts.writesFirst && !this.#hasWritten;
    if (turns && source.nextOperation() === Operation.read) source.turnTo(Operation.write);
    this.#hasDrawn = source.next(0);
    this.#isExhausted = !this.#hasDrawn;
    this.#rules.forget();
  }

  /** True when the I/O that was drawn has its place, or there is none for it. */
  #judge(inFlightCount: number): boolean {
    const { table } = this.#parts;
    const staged = this.#staged;
    const rules = this.#rules;
    const drawnBytes = staged.byteCount[0]!;
    const operation = staged.operation[0]!;
    for (;;) {
      rules.place[0] = staged.offset[0]!;
      rules.place[1] = drawnBytes;
      table.enter();
      const verdict = rules.judge(operation, inFlightCount);
      const keeps = verdict === Verdict.reset || verdict === Verdict.finish;
      if (keeps) table.lock(rules.zone, this.#parts.rules.job);
      table.leave();
      if (verdict === Verdict.wait) return false;
      if (verdict === Verdict.accept) break;
      const isDone = keeps && (verdict === Verdict.reset ? this.#reset(rules.zone) : this.#finish(rules.zone)) === 0;
      if (keeps) this.#unlock(rules.zone);
      if (!isDone) {
        this.#hasDrawn = false;
        this.#isExhausted = true;
        this.#source.endFile(staged);
        return true;
      }
    }
    this.#isAccepted = true;
    if (operation > Operation.trim) return true;
    if (operation === Operation.write) this.#hasWritten = true;
    staged.offset[0] = rules.place[0]!;
    staged.byteCount[0] = rules.place[1]!;
    this.#source.moved(staged, drawnBytes, rules.skippedBytes(operation));
    return true;
  }

  #unlock(zone: number): void {
    const { table } = this.#parts;
    table.enter();
    table.unlock(zone);
    table.leave();
  }

  /** Of a zone that this job has locked; 0, or an errno. */
  #reset(zone: number): number {
    const { table, control } = this.#parts;
    if (table.written(zone) > 0) {
      const error = control?.reset(table.startBytes(zone), table.zoneBytes) ?? 0;
      if (error !== 0) return this.#fail(error, zone);
      this.resetCount++;
    }
    table.enter();
    this.#rules.wasReset(zone);
    table.leave();
    return 0;
  }

  #finish(zone: number): number {
    const { table, control } = this.#parts;
    const error = control?.finish(table.startBytes(zone), table.zoneBytes) ?? 0;
    if (error !== 0) return this.#fail(error, zone);
    table.enter();
    this.#rules.wasFinished(zone);
    table.leave();
    return 0;
  }

  #fail(errno: number, zone: number): number {
    this.#failed?.(errno, this.#parts.table.startBytes(zone));
    return errno;
  }

  /** Resets what has data in the region. False while others have I/Os in flight there. */
  #empty(): boolean {
    const { table, rules } = this.#parts;
    const { firstZone, endZone } = this.#rules;
    for (let zone = firstZone; zone < endZone; zone++) {
      if (!table.hasPointer(zone) || table.isOffline(zone) || table.written(zone) === 0) continue;
      table.enter();
      const isFree = table.isFree(zone, rules.job);
      if (isFree) table.lock(zone, rules.job);
      table.leave();
      if (!isFree) return false;
      const error = this.#reset(zone);
      table.enter();
      if (error === 0) table.dropWriteZone(zone);
      table.unlock(zone);
      table.leave();
      if (error !== 0) {
        this.#isExhausted = true;
        return true;
      }
    }
    return true;
  }

  #exclusively<T>(act: () => T): T {
    const { table } = this.#parts;
    table.enter();
    try {
      return act();
    } finally {
      table.leave();
    }
  }
}
