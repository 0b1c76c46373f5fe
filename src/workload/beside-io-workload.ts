/** The workload of engines that do no I/O: requests of no bytes, which stand for a stretch of work. */
import type { Requests } from '../engines/requests.js';
import { Operation } from '../job/operation.js';
import type { JobWorkload } from './workload.js';

export class BesideIoWorkload implements JobWorkload {
  readonly turns = false;
  readonly #requests: Requests;
  /** Requests in all, and those still to come; Infinity = until something else ends the job. */
  readonly #countMax: number;
  readonly #left: Float64Array;

  constructor(requests: Requests, countMax: number) {
    this.#requests = requests;
    this.#countMax = countMax;
    this.#left = Float64Array.of(countMax);
  }

  next(slot: number): boolean {
    if (this.#left[0]! < 1) return false;
    this.#left[0] = this.#left[0]! - 1;
    const { operation, fileIndex, offset, byteCount } = this.#requests;
    operation[slot] = Operation.read;
    fileIndex[slot] = 0;
    offset[slot] = 0;
    byteCount[slot] = 0;
    return true;
  }

  nextOperation(): number {
    return this.#left[0]! < 1 ? -1 : Operation.read;
  }

  turnTo(_operation: number): void {}

  beginPass(): boolean {
    return false;
  }

  /** What was begun in a ramp goes on: a program is started once. */
  renewBudget(_ioBytes: number, startsOver = false): void {
    if (startsOver) this.#left[0] = this.#countMax;
  }
}
