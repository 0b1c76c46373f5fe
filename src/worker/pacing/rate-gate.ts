/** A rate as a gate: the workload's next I/O waits until its direction's schedule says so. */
import type { Requests } from '../../engines/requests.js';
import { Operation } from '../../job/operation.js';
import type { RateSchedule } from '../../workload/rate.js';
import { batchNowNs, type SlotTimes } from '../slot-times.js';
import type { Gate } from './gate.js';

/** What a rate needs of a workload. */
export interface PacedWorkload {
  /** The operation of the next I/O, or −1 when there is none. Asking does not take it. */
  nextOperation(): number;
  /** Makes it that one instead: of a mix, the direction that is due. */
  turnTo(operation: number): void;
  /** False where the order is fixed. */
  readonly turns: boolean;
}

interface RateGateParts {
  readonly schedule: RateSchedule;
  readonly workload: PacedWorkload;
  /** Reads and writes are mixed freely, so that one may go before the other. */
  readonly isMixed: boolean;
  readonly times: SlotTimes;
  readonly requests: Requests;
  readonly due: Float64Array;
}

export class RateGate implements Gate {
  readonly #parts: RateGateParts;

  constructor(parts: RateGateParts) {
    this.#parts = parts;
  }

  /** As fio: the direction drawn if it is due, else the other one if that is; else whichever comes first. */
  allows(_inFlightCount: number): boolean {
    const { workload, schedule, times, due, isMixed } = this.#parts;
    const operation = workload.nextOperation();
    // Nothing left, or a sync: that belongs to the write before it.
    if (operation < 0 || operation > Operation.trim) return true;
    const { dueNs } = schedule;
    const { batchNs } = times;
    if (dueNs[operation]! <= batchNs[batchNowNs]!) return true;
    due[0] = dueNs[operation]!;
    if (!isMixed || !workload.turns) return false;
    const other = operation ^ 1;
    if (dueNs[other]! <= batchNs[batchNowNs]!) {
      workload.turnTo(other);
      return true;
    }
    if (dueNs[other]! < dueNs[operation]!) due[0] = dueNs[other]!;
    return false;
  }

  started(slot: number): void {
    const { schedule, requests, times } = this.#parts;
    const operation = requests.operation[slot]!;
    if (operation > Operation.trim || !schedule.isLimited(operation)) return;
    times.intendedNs[slot] = schedule.dueNs[operation]!;
    schedule.advance(operation, requests.byteCount[slot]!);
  }

  restart(): void {
    this.#parts.schedule.restart(this.#parts.times.batchNs, batchNowNs);
  }
}
