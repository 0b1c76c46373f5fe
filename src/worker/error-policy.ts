/**
 * What becomes of an I/O that did not transfer what it was asked for. Only the rare path comes here: short transfers
 * are continued, EAGAIN and EINTR repeated, errors counted, and by `continue_on_error` passed over or made final.
 */
import type { Requests } from '../engines/requests.js';
import type { Job } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { Errno } from '../system/errno.js';
import { totalErrors, totalShort, totalsPerOperation } from './shared-state.js';

const { EINTR, EIO, EAGAIN, EILSEQ, ECANCELED, ENOSPC, EDQUOT } = Errno;

/** Of those passed over, so many are kept to be told. */
const dumpedMax = 1000;

/** What can be passed over, by direction; trims are the writes'. */
interface ToleratedErrors {
  readonly read: readonly number[];
  readonly write: readonly number[];
  /** Wrong blocks: EILSEQ or nothing. */
  readonly verify: readonly number[];
}

export interface NotedError {
  /** errno, positive. */
  readonly errno: number;
  readonly operation: number;
  readonly byteCount: number;
  readonly offset: number;
  readonly fileIndex: number;
  /** Where the I/O was a chain: `Requests.failedStep`. */
  readonly step?: number;
  /** What went wrong, where it is no error of the system. */
  readonly reason?: string;
  /** What to do, where that does not follow from `errno`. */
  readonly advice?: string;
}

export class ErrorPolicy {
  /** The I/O is complete and to be recorded. */
  readonly complete = 0;
  /** Queue the same request again. */
  readonly repeat = 1;
  /** Queue what is left of it. */
  readonly rest = 2;
  /** It failed: the slot is free, nothing is recorded. */
  readonly failed = 3;

  /** The job must end. */
  isFatal = false;
  /** Why: no space is left, or the other end has closed, where that is the normal end of a job and no error. */
  isFull = false;
  /** What made it end; null while it is none or `isFull`. */
  fatalError: NotedError | null = null;
  firstToleratedError: NotedError | null = null;
  toleratedCount = 0;
  /** The fatal error fell into a direction whose errors are counted: fio counts it too. */
  fatalIsCounted = false;
  /** Those passed over, the first of them, when they are to be told. */
  readonly dumped: NotedError[] = [];

  readonly #requests: Requests;
  readonly #totals: Float64Array;
  readonly #tolerated: ToleratedErrors;
  readonly #dumps: boolean;
  readonly #repeatsAgain: boolean;
  readonly #fills: boolean;
  readonly #ends: readonly number[];
  /** Bytes that short transfers of a slot's request have done so far. */
  readonly #doneBytes: Int32Array;

  /**
   * @param repeatsAgain false where EAGAIN is an answer and not a delay: RWF_NOWAIT
   * @param dumps keep what was passed over
   * @param fills ENOSPC and EDQUOT are the normal end (`fill_device`)
   * @param ends what is the normal end as well: errnos, and 0 for nothing at all (the other end of a connection closed)
   */
  constructor(
    requests: Requests,
    totals: Float64Array,
    tolerated: ToleratedErrors,
    repeatsAgain = true,
    dumps = false,
    fills = false,
    ends: readonly number[] = [],
  ) {
    this.#requests = requests;
    this.#totals = totals;
    this.#tolerated = tolerated;
    this.#repeatsAgain = repeatsAgain;
    this.#dumps = dumps;
    this.#fills = fills;
    this.#ends = ends;
    this.#doneBytes = new Int32Array(requests.byteCount.length);
  }

  doneBytes(slot: number): number {
    return this.#doneBytes[slot]!;
  }

  /** One of the four verdicts above, for a result that is not the row's `byteCount`. */
  judge(slot: number, result: number): number {
    if (result === -EINTR || (result === -EAGAIN && this.#repeatsAgain))
      return this.#doneBytes[slot] === 0 ? this.repeat : this.rest;
    if (result <= 0 && this.#ends.includes(-result)) return this.#end(slot);
    if (result < 0) return this.#fail(slot, -result);
    const done = this.#doneBytes[slot]! + result;
    if (done === this.#requests.byteCount[slot]!) {
      this.#doneBytes[slot] = 0;
      return this.complete;
    }
    // Nothing at all: end of the file or device, and asking again would not help.
    if (result === 0 || done > this.#requests.byteCount[slot]!) return this.#fail(slot, EIO);
    this.#doneBytes[slot] = done;
    this.#count(slot, totalShort);
    return this.rest;
  }

  /** `complete` or `failed`, for a result that comes while nothing is issued any more: nothing is repeated. */
  judgeDrained(slot: number, result: number): number {
    const verdict = result === -ECANCELED ? this.failed : this.judge(slot, result);
    this.#doneBytes[slot] = 0;
    return verdict === this.complete ? this.complete : this.failed;
  }

  /** Drops what the ramp noted; an error that ended the job stays. */
  forget(): void {
    this.toleratedCount = 0;
    this.firstToleratedError = null;
    this.dumped.length = 0;
  }

  /** An error outside of the requests, as of the sync at the end. */
  noteFatal(error: NotedError): void {
    this.isFatal = true;
    this.fatalError ??= error;
  }

  /**
   * The I/O of the slot is complete, and what it read is not what was written.
   * @param isFatal whatever is passed over
   */
  noteMismatch(slot: number, isFatal: boolean, told: { readonly reason: string; readonly advice: string }): void {
    this.#count(slot, totalErrors);
    this.#judgeError({ ...this.#errorOf(slot, EILSEQ), ...told }, this.#tolerated.verify, isFatal);
  }

  #end(slot: number): number {
    this.#doneBytes[slot] = 0;
    this.isFatal = true;
    this.isFull = true;
    return this.failed;
  }

  #fail(slot: number, errno: number): number {
    this.#doneBytes[slot] = 0;
    if (this.#fills && (errno === ENOSPC || errno === EDQUOT)) return this.#end(slot);
    this.#count(slot, totalErrors);
    const error = this.#errorOf(slot, errno);
    this.#judgeError(error, error.operation === Operation.read ? this.#tolerated.read : this.#tolerated.write, false);
    return this.failed;
  }

  #errorOf(slot: number, errno: number): NotedError {
    const requests = this.#requests;
    return {
      errno,
      operation: requests.operation[slot]!,
      byteCount: requests.byteCount[slot]!,
      offset: requests.offset[slot]!,
      fileIndex: requests.fileIndex[slot]!,
      ...(requests.failedStep === undefined ? {} : { step: requests.failedStep[slot]! }),
    };
  }

  #judgeError(error: NotedError, tolerated: readonly number[], isFatal: boolean): void {
    if (tolerated.includes(error.errno) && !isFatal) {
      this.toleratedCount++;
      this.firstToleratedError ??= error;
      if (this.#dumps && this.dumped.length < dumpedMax) this.dumped.push(error);
      return;
    }
    this.isFatal = true;
    if (this.fatalError === null) {
      this.fatalError = error;
      this.fatalIsCounted = tolerated.length > 0;
    }
  }

  #count(slot: number, column: number): void {
    const row = this.#requests.operation[slot]! * totalsPerOperation + column;
    this.#totals[row] = this.#totals[row]! + 1;
  }
}

/** What a job passes over; as fio, only what a device reports of its data when the job does not say which. */
export function toleratedErrors({ continueOnError, errors }: Pick<Job, 'continueOnError' | 'errors'>): ToleratedErrors {
  const of = (direction: keyof ToleratedErrors): readonly number[] =>
    continueOnError[direction] ? (errors.ignoredErrnos[direction] ?? [EIO, EILSEQ]) : [];
  return { read: of('read'), write: of('write'), verify: of('verify') };
}
