/**
 * `serialize_overlap`: no two I/Os in flight touch the same bytes of a file. The next I/O is drawn ahead; while it
 * meets one in flight, it is held, and all behind it wait with it, so that the order stays the job's.
 */
import { createRequests, type Requests } from '../engines/requests.js';
import { Operation } from '../job/operation.js';
import type { WriteBuffers } from './payload.js';
import type { JobWorkload } from './workload.js';

/** A workload that may hold the next I/O back. */
export interface HoldingWorkload extends JobWorkload {
  /** True while the next I/O may not start. */
  isHeld(inFlightCount: number): boolean;
  /** The slot's I/O is complete. */
  completed(slot: number): void;
  /** Nothing is in flight, whatever was not reported as complete (an I/O that failed). */
  nothingInFlight(): void;
  /** Sleeps a moment while it is held with nothing in flight; absent where that cannot be. */
  awaitOthers?(): void;
}

export class SerializedWorkload implements HoldingWorkload {
  readonly #requests: Requests;
  /** Row 0 is the I/O drawn ahead. */
  readonly #staged: Requests;
  readonly #source: JobWorkload;
  readonly #payload: WriteBuffers | null;
  /** By slot. */
  readonly #isInFlight: Uint8Array;
  readonly turns = false;
  #hasStaged = false;
  #isExhausted = false;

  /** @param createSource makes the workload that fills rows of the given requests, and no buffers */
  constructor(requests: Requests, payload: WriteBuffers | null, createSource: (requests: Requests) => JobWorkload) {
    this.#requests = requests;
    this.#staged = createRequests(1);
    this.#source = createSource(this.#staged);
    this.#payload = payload;
    this.#isInFlight = new Uint8Array(requests.operation.length);
  }

  renewBudget(ioBytes: number, startsOver = false): void {
    this.#source.renewBudget(ioBytes, startsOver);
    this.#isExhausted = false;
  }

  beginPass(): boolean {
    this.#isExhausted = !this.#source.beginPass();
    return !this.#isExhausted;
  }

  nextOperation(): number {
    this.#stage();
    return this.#hasStaged ? this.#staged.operation[0]! : -1;
  }

  /** It has been drawn, offset and all. */
  turnTo(_operation: number): void {}

  /** True while the next I/O would touch bytes of one in flight. */
  isHeld(_inFlightCount: number): boolean {
    this.#stage();
    if (!this.#hasStaged) return false;
    const { fileIndex, byteCount, offset } = this.#requests;
    const file = this.#staged.fileIndex[0]!;
    const from = this.#staged.offset[0]!;
    const to = from + this.#staged.byteCount[0]!;
    const isInFlight = this.#isInFlight;
    for (let slot = 0; slot < isInFlight.length; slot++) {
      if (isInFlight[slot] === 0 || fileIndex[slot] !== file) continue;
      if (offset[slot]! < to && from < offset[slot]! + byteCount[slot]!) return true;
    }
    return false;
  }

  next(slot: number): boolean {
    this.#stage();
    if (!this.#hasStaged) return false;
    this.#hasStaged = false;
    const requests = this.#requests;
    const staged = this.#staged;
    const operation = staged.operation[0]!;
    requests.operation[slot] = operation;
    requests.fileIndex[slot] = staged.fileIndex[0]!;
    requests.byteCount[slot] = staged.byteCount[0]!;
    requests.offset[slot] = staged.offset[0]!;
    requests.rangeBytes[slot] = staged.rangeBytes[0]!;
    if (operation === Operation.write) this.#payload?.prepare(slot, staged.byteCount[0]!);
    this.#isInFlight[slot] = 1;
    return true;
  }

  completed(slot: number): void {
    this.#isInFlight[slot] = 0;
  }

  nothingInFlight(): void {
    this.#isInFlight.fill(0);
  }

  #stage(): void {
    if (this.#hasStaged || this.#isExhausted) return;
    this.#hasStaged = this.#source.next(0);
    this.#isExhausted = !this.#hasStaged;
  }
}
