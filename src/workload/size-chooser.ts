/** The size of the next I/O, where it is drawn: from a range (`bsrange`) or by shares (`bssplit`). */

import { effectiveShares, sizeLimits } from '../job/block-sizes.js';
import type { WorkloadOptions } from '../job/job.js';
import { directions } from '../job/per-direction.js';
import type { Random } from '../support/random.js';

const directionCount = 3;

export class SizeChooser {
  readonly #random: Random;
  /** By direction. */
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  /** Where the direction's shares begin in the two rows below, and how many there are; 0 = a range. */
  readonly #shareFrom: Int32Array;
  readonly #shareCount: Int32Array;
  readonly #shareBytes: Float64Array;
  /** A draw up to this belongs to the share or to one before. */
  readonly #shareLimit: Float64Array;
  readonly #unaligned: boolean;

  constructor(options: WorkloadOptions, random: Random) {
    this.#random = random;
    this.#unaligned = options.sizes.unaligned;
    const limits = directions.map((direction) => sizeLimits(options, direction));
    this.#min = Float64Array.from(limits, ({ min }) => min);
    this.#max = Float64Array.from(limits, ({ max }) => max);
    this.#shareFrom = new Int32Array(directionCount);
    this.#shareCount = new Int32Array(directionCount);
    const bytes: number[] = [];
    const bounds: number[] = [];
    directions.forEach((direction, index) => {
      const split = options.sizes.split[direction];
      this.#shareFrom[index] = bytes.length;
      if (split === null) return;
      // As fio: by rising share, so that what does not fit falls to a more frequent size.
      const used = effectiveShares(split, this.#unaligned).filter(({ percent }) => percent > 0);
      const ordered = used.toSorted((left, right) => left.percent - right.percent);
      let sum = 0;
      for (const share of ordered) {
        sum += share.percent;
        bytes.push(share.bytes);
        bounds.push(sum / 100);
      }
      // Whatever the rounding, the last one takes the rest.
      bounds[bounds.length - 1] = 2;
      this.#shareCount[index] = ordered.length;
    });
    this.#shareBytes = Float64Array.from(bytes);
    this.#shareLimit = Float64Array.from(bounds);
  }

  /**
   * Draws a size for `source` (0 read, 1 write, 2 trim) of at most `room[index]` bytes, into `room[index]`; leaves 0 there
   * when not even the smallest fits.
   */
  draw(source: number, room: Float64Array, index: number): void {
    const min = this.#min[source]!;
    const most = room[index]!;
    if (min > most) {
      room[index] = 0;
      return;
    }
    const max = this.#max[source]!;
    if (min === max) {
      room[index] = min;
      return;
    }
    const count = this.#shareCount[source]!;
    const from = this.#shareFrom[source]!;
    // The smallest size of a list may have no share, and what has one may not fit: then the smallest is taken.
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const fraction = this.#random.nextShortFraction();
      let bytes = 0;
      if (count === 0) {
        bytes = Math.floor(min + max * fraction);
        if (!this.#unaligned) bytes -= bytes % min;
        if (bytes > max) bytes = max;
      } else {
        for (let share = from; share < from + count; share++) {
          bytes = this.#shareBytes[share]!;
          if (fraction < this.#shareLimit[share]! && bytes <= most) break;
        }
      }
      if (bytes <= most) {
        room[index] = bytes;
        return;
      }
    }
    room[index] = min;
  }
}

/** At the end of a region only few sizes of a range may fit; the chance to miss them so often is nil. */
const attemptsMax = 10_000;
