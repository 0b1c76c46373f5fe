/** Open-loop latency: from the time at which the schedule wanted an I/O to start, to the time it was seen complete. */
import type { Requests } from '../../engines/requests.js';
import { Operation } from '../../job/operation.js';
import type { LatencyRecorder } from '../../stats/latency.js';
import type { CompletionObserver } from '../loop-hooks.js';
import { batchNowNs, type SlotTimes } from '../slot-times.js';

export class OpenLoopLatency implements CompletionObserver {
  readonly #times: SlotTimes;
  readonly #requests: Requests;
  readonly #recorder: LatencyRecorder;

  constructor(times: SlotTimes, requests: Requests, recorder: LatencyRecorder) {
    this.#times = times;
    this.#requests = requests;
    this.#recorder = recorder;
  }

  completed(slot: number): void {
    const operation = this.#requests.operation[slot]!;
    if (operation > Operation.trim) return;
    const { batchNs, intendedNs } = this.#times;
    this.#recorder.record(operation, batchNs[batchNowNs]! - intendedNs[slot]!);
  }
}
