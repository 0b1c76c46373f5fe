/**
 * What a pass over the files is and whether another one follows: fio's rules (do_io and keep_running in its backend.c,
 * get_next_seq_offset in io_u.c), read for their effect.
 *
 * A pass ends when every file is done. Only engines that take I/Os ahead also end it with its bytes: of the others fio does
 * not count them. Between two passes nothing is in flight; the files are then synced, closed and opened anew.
 */

import { directionsOf, sizeLimits } from '../job/block-sizes.js';
import type { WorkloadOptions } from '../job/job.js';

/** How much there is to do. */
export interface WorkloadAmount {
  /** Bytes to issue in all; Infinity when only time ends the job. */
  readonly ioBytes: number;
  /** What one pass over all files comes to (`size`). */
  readonly passBytes: number;
  /** `io_size` in bytes; null = as `passBytes`. */
  readonly ioSizeBytes: number | null;
}

/** What passes depend on besides the workload. */
export interface PassSurroundings {
  /** I/Os are under way after submission. */
  readonly asynchronous: boolean;
  /** Told when a file begins anew while its pass goes on. */
  readonly restarted: ((file: number) => void) | null;
}

export const noPassSurroundings: PassSurroundings = { asynchronous: false, restarted: null };

export class Passes {
  /** A pass ends behind so many bytes, all directions together; Infinity = with its files alone. */
  readonly bytesMax: number;
  /** In sequence, a file begins anew at its end while the pass goes on. */
  readonly wraps: boolean;
  /** No file is ever done: blocks may repeat. */
  readonly neverDone: boolean;
  readonly #endless: boolean;
  readonly #loops: number;
  readonly #wantedBytes: number;
  readonly #hasIoSize: boolean;
  readonly #largest: number;
  #count = 0;
  #issuedBytes = 0;

  constructor(options: WorkloadOptions, fileCount: number, amount: WorkloadAmount, asynchronous: boolean) {
    const { directions, random, randomMap, order, loops } = options;
    const { ioBytes, passBytes, ioSizeBytes } = amount;
    const exceeds = ioSizeBytes !== null && ioSizeBytes > passBytes;
    const isMixed = directions === 'readwrite';
    const writes = directions !== 'read' && directions !== 'trim';
    const isOnce = order.distribution.kind === 'random' && (randomMap || order.generator === 'lfsr');
    this.#endless = ioBytes === Number.POSITIVE_INFINITY;
    this.neverDone = random && !isOnce;
    this.wraps = !random && ((this.#endless && fileCount === 1) || (isMixed && exceeds));
    const whole = exceeds && (random ? writes && this.neverDone : isMixed) ? ioSizeBytes : passBytes;
    const byBytes = asynchronous && !this.#endless;
    this.bytesMax = byBytes ? whole + (directions === 'trimwrite' ? (ioSizeBytes ?? passBytes) * loops : 0) : Infinity;
    this.#loops = loops;
    this.#wantedBytes = ioSizeBytes ?? passBytes;
    this.#hasIoSize = ioSizeBytes !== null;
    this.#largest = Math.max(...directionsOf(options).map((direction) => sizeLimits(options, direction).max));
  }

  /**
   * Ends a pass; true when another one follows.
   * @param passIssuedBytes of all directions
   * @param filesDone each file was gone through to its end
   */
  follows(passIssuedBytes: number, filesDone: boolean): boolean {
    this.#count++;
    this.#issuedBytes += passIssuedBytes;
    if (this.#endless || this.#count < this.#loops) return true;
    if (!this.#hasIoSize && filesDone) return false;
    // As fio: what is left is not begun when it is less than the largest block.
    return this.#wantedBytes - this.#issuedBytes >= this.#largest;
  }

  /** The job's amount is renewed. */
  restart(): void {
    this.#count = 0;
    this.#issuedBytes = 0;
  }
}
