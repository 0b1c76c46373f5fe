/** `thinktime`: after so many I/Os, or so much time of I/O, all that is in flight is awaited, and then nothing is done. */
import type { Requests } from '../../engines/requests.js';
import type { ThinkTimeOptions } from '../../job/job.js';
import { Operation } from '../../job/operation.js';
import type { RateSchedule } from '../../workload/rate.js';
import type { CompletionObserver } from '../loop-hooks.js';
import { batchNowNs, type SlotTimes } from '../slot-times.js';
import type { Gate } from './gate.js';

const pauseNs = 0;
const spinNs = 1;
const ioTimeNs = 2;
/** End of the present pause; 0 = none. */
const untilNs = 3;
const spinUntilNs = 4;
const lastNs = 5;
const nowNs = 6;

/** Columns of the counts. */
const counted = 0;
/** Counted when the last pause fell due: what completes while the rest is awaited counts for the next one, as in fio. */
const countedLast = 1;
const issuedSince = 2;
const countedDue = 3;

interface ThinkTimeParts {
  readonly options: ThinkTimeOptions;
  readonly times: SlotTimes;
  readonly requests: Requests;
  readonly due: Float64Array;
  /** Given when `rate_ignore_thinktime` takes the pauses out of it. */
  readonly schedule: RateSchedule | null;
  /** Given when the pause is to what was done before it as `pauseMs` to this; else all pauses are alike. */
  readonly perNs?: number;
}

export class ThinkTime implements Gate, CompletionObserver {
  readonly #times: SlotTimes;
  readonly #due: Float64Array;
  readonly #requests: Requests;
  readonly #schedule: RateSchedule | null;
  readonly #ns = new Float64Array(7);
  /** I/Os between pauses; 0 = only time counts. */
  readonly #blocks: number;
  readonly #countsIssued: boolean;
  readonly #perNs: number;
  readonly #counts = new Float64Array(4);
  #isAwaitingOthers = false;
  #lastByteCount = 0;

  constructor({ options, times, requests, due, schedule, perNs }: ThinkTimeParts) {
    this.#perNs = perNs ?? 0;
    this.#times = times;
    this.#requests = requests;
    this.#schedule = schedule;
    this.#due = due;
    this.#ns[pauseNs] = options.pauseMs * 1e6;
    this.#ns[spinNs] = Math.min(options.spinMs, options.pauseMs) * 1e6;
    this.#ns[ioTimeNs] = options.ioTimeMs * 1e6;
    this.#blocks = options.blockCount ?? (options.ioTimeMs > 0 ? 0 : 1);
    this.#countsIssued = options.counts === 'issue';
  }

  restart(): void {
    this.#ns[untilNs] = 0;
    this.#ns[lastNs] = this.#times.batchNs[batchNowNs]!;
    this.#counts[countedLast] = this.#counts[counted]!;
    this.#counts[issuedSince] = 0;
    this.#isAwaitingOthers = false;
  }

  /** Until `times[index]` the pause is spent computing. */
  readonly spinUntil = { times: this.#ns, index: spinUntilNs };

  allows(inFlightCount: number): boolean {
    const ns = this.#ns;
    ns[nowNs] = this.#times.batchNs[batchNowNs]!;
    if (ns[untilNs]! > 0) {
      if (ns[nowNs]! < ns[untilNs]!) {
        this.#due[0] = ns[untilNs]!;
        return false;
      }
      this.#resume();
      return true;
    }
    if (!this.#isAwaitingOthers) {
      if (!this.#isDue()) return true;
      this.#isAwaitingOthers = true;
      this.#counts[countedDue] = this.#counts[counted]!;
    }
    this.#due[0] = Number.POSITIVE_INFINITY;
    if (inFlightCount > 0) return false;
    const share = this.#perNs > 0 ? (ns[nowNs]! - ns[lastNs]!) / this.#perNs : 1;
    ns[untilNs] = ns[nowNs]! + ns[pauseNs]! * share;
    ns[spinUntilNs] = ns[nowNs]! + ns[spinNs]!;
    this.#due[0] = ns[untilNs]!;
    return false;
  }

  started(slot: number): void {
    if (this.#requests.operation[slot]! > Operation.trim) return;
    this.#counts[issuedSince] = this.#counts[issuedSince]! + 1;
    this.#lastByteCount = this.#requests.byteCount[slot]!;
    if (this.#countsIssued) this.#counts[counted] = this.#counts[counted]! + 1;
  }

  completed(slot: number): void {
    if (this.#countsIssued || this.#requests.operation[slot]! > Operation.trim) return;
    this.#counts[counted] = this.#counts[counted]! + 1;
  }

  /** At least one I/O lies between two pauses, whatever completed meanwhile. */
  #isDue(): boolean {
    const ns = this.#ns;
    const counts = this.#counts;
    if (counts[issuedSince] === 0) return false;
    if (ns[ioTimeNs]! > 0 && ns[nowNs]! - ns[lastNs]! >= ns[ioTimeNs]!) return true;
    return this.#blocks > 0 && counts[counted]! >= counts[countedLast]! + this.#blocks;
  }

  #resume(): void {
    const ns = this.#ns;
    this.#schedule?.skip(ns, pauseNs, this.#lastByteCount);
    ns[untilNs] = 0;
    ns[spinUntilNs] = 0;
    ns[lastNs] = ns[nowNs]!;
    this.#counts[countedLast] = this.#counts[countedDue]!;
    this.#counts[issuedSince] = 0;
    this.#isAwaitingOthers = false;
  }
}
