/** `max_latency`: one I/O that takes longer ends the job with ETIMEDOUT. The latency is that of the service, as in fio. */
import type { Requests } from '../../engines/requests.js';
import { Operation } from '../../job/operation.js';
import type { PerDirection } from '../../job/per-direction.js';
import { Errno } from '../../system/errno.js';
import type { ErrorPolicy } from '../error-policy.js';
import type { CompletionObserver } from '../loop-hooks.js';
import { batchNowNs, type SlotTimes } from '../slot-times.js';
import { lateError } from './late-error.js';

interface LatencyLimitParts {
  /** Per direction, 0 = none. */
  readonly latencyMsMax: PerDirection<number>;
  readonly times: SlotTimes;
  readonly requests: Requests;
  readonly errors: ErrorPolicy;
}

export class LatencyLimit implements CompletionObserver {
  readonly #parts: LatencyLimitParts;
  readonly #limitNs: Float64Array;

  constructor(parts: LatencyLimitParts) {
    this.#parts = parts;
    const { read, write, trim } = parts.latencyMsMax;
    this.#limitNs = Float64Array.of(read, write, trim).map((ms) => (ms > 0 ? ms * 1e6 : Number.POSITIVE_INFINITY));
  }

  completed(slot: number): void {
    const { times, requests, errors } = this.#parts;
    const operation = requests.operation[slot]!;
    if (operation > Operation.trim) return;
    if (times.batchNs[batchNowNs]! - times.issuedNs[slot]! <= this.#limitNs[operation]!) return;
    errors.noteFatal(lateError(this.#parts, slot, Errno.ETIMEDOUT, 'max_latency', this.#limitNs[operation]! / 1e6));
  }
}

export function hasLatencyLimit({ read, write, trim }: PerDirection<number>): boolean {
  return read > 0 || write > 0 || trim > 0;
}
