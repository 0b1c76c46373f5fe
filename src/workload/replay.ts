/** Recorded I/Os, done again: fills rows from columns. When each is due is the pacer's business (`nextDueNs`). */
import type { Requests } from '../engines/requests.js';
import { Operation } from '../job/operation.js';
import type { Recording } from '../logs/recording.js';
import type { WriteBuffers } from './payload.js';
import type { JobWorkload } from './workload.js';

export class ReplayWorkload implements JobWorkload {
  /** [when the next I/O is due, ns after the start; rises over all rounds. Infinity once all has been issued] */
  readonly nextDueNs: Float64Array;
  readonly #recording: Recording;
  readonly #requests: Requests;
  readonly #payload: WriteBuffers | null;
  /** [bytes left to issue, I/Os left to issue, rounds left after this one, start of this round in ns] */
  readonly #left: Float64Array;
  readonly #ioCountMax: Float64Array;
  readonly turns = false;
  #row = 0;

  /**
   * @param ioBytes bytes to issue in all; Infinity when the recording alone says how much
   * @param roundCount how often the recording is replayed, Infinity until the time is over
   */
  constructor(
    requests: Requests,
    recording: Recording,
    payload: WriteBuffers | null,
    ioBytes: number,
    ioCountMax: number,
    roundCount: number,
  ) {
    this.#requests = requests;
    this.#recording = recording;
    this.#payload = payload;
    this.#left = Float64Array.of(ioBytes, ioCountMax, roundCount - 1, 0);
    this.#ioCountMax = Float64Array.of(ioCountMax);
    this.nextDueNs = Float64Array.of(recording.dueNs[0] ?? Number.POSITIVE_INFINITY);
  }

  /** Starts over with the amount, not with the recording: after the ramp. */
  renewBudget(ioBytes: number): void {
    this.#left[0] = ioBytes;
    this.#left[1] = this.#ioCountMax[0]!;
  }

  /** Rounds follow each other without a stop. */
  beginPass(): boolean {
    return false;
  }

  nextOperation(): number {
    const { count, operation } = this.#recording;
    const left = this.#left;
    return this.#row >= count || left[0]! <= 0 || left[1]! < 1 ? -1 : operation[this.#row]!;
  }

  /** The order is the recording's. */
  turnTo(_operation: number): void {}

  /** Fills row `slot`. False when everything has been issued: the row is then untouched. */
  next(slot: number): boolean {
    const { count, operation, fileIndex, byteCount, offset } = this.#recording;
    const left = this.#left;
    const row = this.#row;
    if (row >= count || left[0]! <= 0 || left[1]! < 1) {
      left[0] = -1;
      return false;
    }
    const bytes = byteCount[row]!;
    const kind = operation[row]!;
    const requests = this.#requests;
    requests.operation[slot] = kind;
    requests.fileIndex[slot] = fileIndex[row]!;
    requests.byteCount[slot] = bytes;
    requests.offset[slot] = offset[row]!;
    left[0] = left[0]! - bytes;
    if (kind <= Operation.trim) left[1] = left[1]! - 1;
    if (kind === Operation.write) this.#payload?.prepare(slot, bytes);
    this.#advance();
    return true;
  }

  #advance(): void {
    const { count, dueNs } = this.#recording;
    const left = this.#left;
    const row = this.#row + 1;
    this.#row = row;
    if (row < count) {
      this.nextDueNs[0] = left[3]! + dueNs[row]!;
      return;
    }
    if (left[2]! < 1) {
      this.nextDueNs[0] = Number.POSITIVE_INFINITY;
      return;
    }
    // The next round follows at once: a recording does not say how long its last I/O took.
    left[2] = left[2]! - 1;
    left[3] = left[3]! + dueNs[count - 1]!;
    this.#row = 0;
    this.nextDueNs[0] = left[3]! + dueNs[0]!;
  }
}

/**
 * The recording on a stretch of memory, without waiting: what a rehearsal does. Offsets fold into it, trims become
 * writes (or reads where nothing is written).
 */
export function foldRecording(
  recording: Recording,
  startBytes: number,
  lengthBytes: number,
  writes: boolean,
): Recording {
  const count = Math.min(recording.count, 8192);
  const byteCount = recording.byteCount.slice(0, count);
  const operation = recording.operation.slice(0, count);
  const offset = recording.offset.slice(0, count);
  for (let row = 0; row < count; row++) {
    if (operation[row] === Operation.trim) {
      operation[row] = writes ? Operation.write : Operation.read;
      byteCount[row] = Math.min(byteCount[row]!, 4096);
    }
    const room = Math.max(1, lengthBytes - byteCount[row]!);
    offset[row] = startBytes + Math.floor((offset[row]! % room) / 4096) * 4096;
  }
  return {
    ...recording,
    count,
    operation,
    byteCount,
    offset,
    fileIndex: recording.fileIndex.slice(0, count),
    dueNs: new Float64Array(count),
  };
}
