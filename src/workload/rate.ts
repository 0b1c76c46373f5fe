/**
 * When I/Os are to start under a rate: an open-loop schedule, fixed from its start on. How long I/Os take does not move it,
 * so one that starts late is late by what the schedule says.
 *
 * Each direction has a schedule of its own. Linear: the n-th I/O (from 0) at start + n / rate, or at start + bytes issued
 * before it / rate. Poisson: gaps are exponential with that mean. Times come from counts and not from sums of gaps, so a
 * linear schedule does not drift: after a day it is exact to a fraction of a ns.
 */
import type { PacingOptions } from '../job/job.js';
import { directions, type PerDirection } from '../job/per-direction.js';
import type { Random } from '../support/random.js';

const directionCount = 3;
/** As the workload's operations: what stands before is read, write, trim. */

export class RateSchedule {
  /** Per direction: when its next I/O is due, ns on the clock of `restart`; −∞ without a rate. */
  readonly dueNs = new Float64Array(directionCount);
  /** Per direction: start of the schedule, ns. */
  readonly #startNs = new Float64Array(directionCount);
  /** Per direction: I/Os or bytes scheduled so far; under Poisson the sum of the gaps, ns. */
  readonly #done = new Float64Array(directionCount);
  /** Per direction: ns per I/O, or per byte; 0 without a rate. */
  readonly #unitNs = new Float64Array(directionCount);
  readonly #countsBytes: boolean;
  readonly #isPoisson: boolean;
  readonly #random: readonly Random[];

  /** @param random one stream per direction, so that each has its own arrivals whatever the others do */
  constructor(pacing: Pick<PacingOptions, 'bytesPerSecond' | 'iops' | 'process'>, random: PerDirection<Random>) {
    this.#countsBytes = directions.some((name) => pacing.bytesPerSecond[name] > 0);
    this.#isPoisson = pacing.process === 'poisson';
    const rates = this.#countsBytes ? pacing.bytesPerSecond : pacing.iops;
    directions.forEach((name, direction) => {
      this.#unitNs[direction] = rates[name] > 0 ? 1e9 / rates[name] : 0;
    });
    this.#random = [random.read, random.write, random.trim];
    this.dueNs.fill(Number.NEGATIVE_INFINITY);
  }

  /** Begins at `atNs[index]`: the first I/O of each direction is due then. */
  restart(atNs: Float64Array, index: number): void {
    for (let direction = 0; direction < directionCount; direction++) {
      this.#done[direction] = 0;
      if (this.#unitNs[direction]! === 0) continue;
      this.#startNs[direction] = atNs[index]!;
      this.dueNs[direction] = atNs[index]!;
    }
  }

  isLimited(direction: number): boolean {
    return this.#unitNs[direction]! > 0;
  }

  /** The I/O that was due has been taken: the next one follows. */
  advance(direction: number, byteCount: number): void {
    const unitNs = this.#unitNs[direction]!;
    if (unitNs === 0) return;
    const amount = this.#countsBytes ? byteCount : 1;
    if (this.#isPoisson) {
      // 1 − a fraction below 1 is above 0, so its logarithm is finite.
      const gap = -Math.log(1 - this.#random[direction]!.nextFraction());
      this.#done[direction] = this.#done[direction]! + gap * amount * unitNs;
      this.dueNs[direction] = this.#startNs[direction]! + this.#done[direction]!;
    } else {
      this.#done[direction] = this.#done[direction]! + amount;
      this.dueNs[direction] = this.#startNs[direction]! + this.#done[direction]! * unitNs;
    }
  }

  /**
   * Takes a pause of `pauseNs[index]` out of the schedule (`rate_ignore_thinktime`). As in fio, the next I/O is then due
   * right after the pause and not a whole gap later; what was late before stays late.
   */
  skip(pauseNs: Float64Array, index: number, byteCount: number): void {
    for (let direction = 0; direction < directionCount; direction++) {
      if (this.#unitNs[direction]! === 0) continue;
      const gapNs = this.#unitNs[direction]! * (this.#countsBytes ? byteCount : 1);
      const shiftNs = pauseNs[index]! >= gapNs ? pauseNs[index]! - gapNs : pauseNs[index]!;
      this.#startNs[direction] = this.#startNs[direction]! + shiftNs;
      this.dueNs[direction] = this.dueNs[direction]! + shiftNs;
    }
  }
}

export function hasRate({ bytesPerSecond, iops }: Pick<PacingOptions, 'bytesPerSecond' | 'iops'>): boolean {
  return directions.some((name) => bytesPerSecond[name] > 0 || iops[name] > 0);
}
