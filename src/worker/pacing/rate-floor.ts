/**
 * `rate_min`, `rate_iops_min`: the job ends with EIO when a direction's rate over `rate_cycle` falls below. As in fio the
 * first two seconds are spared, then a first look sets the mark, and from there each cycle is judged by what it completed.
 */

import type { Requests } from '../../engines/requests.js';
import type { PacingOptions } from '../../job/job.js';
import { Operation } from '../../job/operation.js';
import { directions } from '../../job/per-direction.js';
import { Errno } from '../../system/errno.js';
import type { ErrorPolicy } from '../error-policy.js';
import type { CompletionObserver } from '../loop-hooks.js';
import { batchNowNs, type SlotTimes } from '../slot-times.js';
import type { Gate } from './gate.js';

const settleNs = 2e9;
const directionCount = 3;

interface RateFloorParts {
  readonly pacing: Pick<PacingOptions, 'bytesPerSecondMin' | 'iopsMin' | 'cycleMs'>;
  readonly times: SlotTimes;
  readonly requests: Requests;
  readonly errors: ErrorPolicy;
}

export class RateFloor implements Gate, CompletionObserver {
  readonly #parts: RateFloorParts;
  readonly #countsBytes: boolean;
  /** Per direction: the least per second; 0 = none. */
  readonly #least: Float64Array;
  /** Per direction: bytes or I/Os done since the mark. */
  readonly #done = new Float64Array(directionCount);
  /** Per direction: when the mark was set; 0 = not yet. */
  readonly #markNs = new Float64Array(directionCount);
  readonly #startNs = new Float64Array(1);
  #isWatching = false;

  constructor(parts: RateFloorParts) {
    this.#parts = parts;
    const { bytesPerSecondMin, iopsMin } = parts.pacing;
    this.#countsBytes = directions.some((name) => bytesPerSecondMin[name] > 0);
    const least = this.#countsBytes ? bytesPerSecondMin : iopsMin;
    this.#least = Float64Array.of(least.read, least.write, least.trim);
  }

  allows(_inFlightCount: number): boolean {
    return true;
  }

  started(_slot: number): void {}

  /** Not in the ramp. */
  restart(isRamp: boolean): void {
    this.#isWatching = !isRamp;
    this.#startNs[0] = this.#parts.times.batchNs[batchNowNs]!;
    this.#done.fill(0);
    this.#markNs.fill(0);
  }

  completed(slot: number): void {
    const { times, requests, pacing } = this.#parts;
    const direction = requests.operation[slot]!;
    if (!this.#isWatching || direction > Operation.trim) return;
    this.#done[direction] = this.#done[direction]! + (this.#countsBytes ? requests.byteCount[slot]! : 1);
    if (this.#least[direction] === 0) return;
    const now = times.batchNs[batchNowNs]!;
    if (now - this.#startNs[0]! < settleNs) return;
    if (this.#markNs[direction]! > 0) {
      if (now - this.#markNs[direction]! < pacing.cycleMs * 1e6) return;
      if ((this.#done[direction]! * 1e9) / (now - this.#markNs[direction]!) < this.#least[direction]!) {
        this.#fail(slot, direction);
      }
    }
    this.#markNs[direction] = now;
    this.#done[direction] = 0;
  }

  #fail(slot: number, direction: number): void {
    const { errors, requests, times } = this.#parts;
    const seconds = (times.batchNs[batchNowNs]! - this.#markNs[direction]!) / 1e9;
    const [option, unit] = this.#countsBytes ? ['rate_min', ' bytes/s'] : ['rate_iops_min', ' IOPS'];
    const got = Math.floor(this.#done[direction]! / seconds);
    const reason =
      `${option}=${this.#least[direction]} not met: ${directions[direction]}s came to ${got}${unit} ` +
      `over ${seconds.toFixed(2)} s`;
    const fileIndex = requests.fileIndex[slot]!;
    errors.noteFatal({ errno: Errno.EIO, operation: direction, byteCount: 0, offset: 0, fileIndex, reason });
  }
}

export function hasFloor({ bytesPerSecondMin, iopsMin }: PacingOptions): boolean {
  return directions.some((name) => bytesPerSecondMin[name] > 0 || iopsMin[name] > 0);
}
