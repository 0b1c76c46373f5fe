/**
 * The head and tail protocol of io_uring over injected memory and an injected `enter`. No foreign calls: a fake kernel can
 * stand in.
 *
 *            kernel reads                 we read
 *   SQ   head ────────► tail        CQ   head ────────► tail
 *        kernel moves   we move          we move        kernel moves
 *
 * SQEs belong to slots: `sqes` holds slot s from word 16 s on (32 s with SQE128), and the SQ's array says which slots are
 * submitted; with NO_SQARRAY a slot's SQE is copied to the place that comes next.
 * A slot is queued again only after its completion was reaped, and then the kernel has consumed its entry
 * (SUBMIT_STABLE, 5.5); so at most `slots in flight` entries are unconsumed, and with depth ≤ entries no entry of the array
 * is overwritten too early, even under SQPOLL, where the head that we see may lag behind.
 *
 * Heads and tails wrap at 2^32; all differences are `(a - b) | 0`.
 */
import { assert, UserError } from '../support/errors.js';
import { Errno, errnoName } from '../system/errno.js';
import { cqeShiftOf, Enter, Setup, SqFlag, sqeShiftOf } from './abi.js';
import type { EnterFunction, RingViews } from './port.js';

/**
 * Under SQPOLL, looks at the CQ this often (about 20 ns each) before sleeping in the kernel: some 200 µs, longer than a
 * fast device takes, shorter than anyone notices of a slow one.
 */
const pollsBeforeWaitDefault = 10_000;

/** Rounds of flushing an overflown CQ in one reap; what is left comes with the next. */
const overflowRoundsMax = 4;

const Counter = { enter: 0, retry: 1, wakeup: 2, overflow: 3 } as const;

export interface RingOptions {
  readonly views: RingViews;
  readonly enter: EnterFunction;
  /** `Setup` bits granted: SQPOLL and IOPOLL change the protocol. */
  readonly setupFlags: number;
  /** Length of the completed columns. */
  readonly slotCount: number;
  /** Most completions that one reap takes, 1…slotCount. */
  readonly completionsMax: number;
  readonly pollsBeforeWait?: number;
}

export class Ring {
  /** user_data (lower half) of what the last reap found: valid in [0, its return value). */
  readonly completedSlot: Int32Array;
  /** cqe->res. */
  readonly completedResult: Int32Array;
  /** The slots' SQEs, slot s from word `s << sqeShift` on. Empty after `close`. */
  sqes: Int32Array;
  readonly sqeShift: number;

  protected words: Int32Array;
  /** The kernel's SQEs where `sqes` is not what it reads. */
  private orderedSqes: Int32Array | null;
  private readonly cqeShift: number;
  private enter: EnterFunction;
  /** Ours; the kernel sees it once per batch. */
  private tail: number;
  private readonly sqHead: number;
  private readonly sqTail: number;
  protected readonly sqFlags: number;
  private readonly sqArray: number;
  private readonly sqMask: number;
  protected readonly cqHead: number;
  protected readonly cqTail: number;
  protected readonly cqes: number;
  protected readonly cqMask: number;
  protected readonly completionsMax: number;
  private readonly sqPolled: boolean;
  private readonly ioPolled: boolean;
  private readonly pollsBeforeWait: number;
  /** Doubles in a typed array: a field would be boxed anew on each increment past 2^31. */
  private readonly counters: Float64Array;

  constructor(options: RingOptions) {
    const { views, enter, setupFlags, slotCount, completionsMax } = options;
    const { layout, sqEntries, cqEntries, words } = views;
    assert((sqEntries & (sqEntries - 1)) === 0 && (cqEntries & (cqEntries - 1)) === 0, 'ring sizes are powers of two');
    assert(layout.cqes + (cqEntries << cqeShiftOf(setupFlags)) <= words.length, 'the CQ lies inside the mapping');
    const hasArray = (setupFlags & Setup.NO_SQARRAY) === 0;
    assert(!hasArray || layout.sqArray + sqEntries <= words.length, 'the SQ array lies inside the mapping');
    assert(completionsMax > 0 && completionsMax <= slotCount, 'a reap takes something, and the columns hold it');
    this.completedSlot = new Int32Array(slotCount);
    this.completedResult = new Int32Array(slotCount);
    this.sqeShift = sqeShiftOf(setupFlags);
    this.cqeShift = cqeShiftOf(setupFlags);
    // Without the array SQEs are read in the order of the ring: each is copied to its place when its slot is queued.
    this.orderedSqes = hasArray ? null : views.sqes;
    this.sqes = this.orderedSqes === null ? views.sqes : new Int32Array(views.sqes.length);
    this.words = words;
    this.enter = enter;
    this.tail = Atomics.load(words, layout.sqTail);
    this.sqHead = layout.sqHead;
    this.sqTail = layout.sqTail;
    this.sqFlags = layout.sqFlags;
    this.sqArray = layout.sqArray;
    this.sqMask = sqEntries - 1;
    this.cqHead = layout.cqHead;
    this.cqTail = layout.cqTail;
    this.cqes = layout.cqes;
    this.cqMask = cqEntries - 1;
    this.completionsMax = completionsMax;
    this.sqPolled = (setupFlags & Setup.SQPOLL) !== 0;
    this.ioPolled = (setupFlags & Setup.IOPOLL) !== 0;
    this.pollsBeforeWait = options.pollsBeforeWait ?? pollsBeforeWaitDefault;
    this.counters = new Float64Array(4);
  }

  get enterCount(): number {
    return this.counters[Counter.enter]!;
  }

  /** Submissions that the kernel refused with EAGAIN or EBUSY; each was tried again. */
  get retryCount(): number {
    return this.counters[Counter.retry]!;
  }

  /** Times the SQ thread slept and had to be woken. */
  get wakeupCount(): number {
    return this.counters[Counter.wakeup]!;
  }

  /** Times the CQ was found overflown. */
  get overflowCount(): number {
    return this.counters[Counter.overflow]!;
  }

  /** Queued by us and not yet consumed by the kernel. */
  get unsubmittedCount(): number {
    return (this.tail - Atomics.load(this.words, this.sqHead)) | 0;
  }

  /** Puts a slot's SQE in line. Memory only; the caller keeps at most `sqEntries` slots queued or in flight. */
  queue(slot: number): void {
    const tail = this.tail;
    if (this.orderedSqes === null) this.words[this.sqArray + (tail & this.sqMask)] = slot;
    else this.copySqe(slot, tail & this.sqMask, this.orderedSqes);
    this.tail = (tail + 1) | 0;
  }

  /** Hands over what is queued, without waiting. What the kernel does not take now goes with the next call. */
  submit(): void {
    Atomics.store(this.words, this.sqTail, this.tail);
    if (this.sqPolled) {
      const wake = this.wakeFlag();
      if (wake !== 0) this.call(0, 0, wake);
      return;
    }
    const toSubmit = (this.tail - this.words[this.sqHead]!) | 0;
    if (toSubmit === 0) return;
    const result = this.call(toSubmit, 0, 0);
    if (result < 0) this.noteRefusal(-result);
  }

  /**
   * Submits what is queued, waits (bounded) until `completionsMin` are there, reaps. Returns how many completions the
   * columns hold; fewer than asked, even 0, after the bound, a signal, or a refused submission. Throws `UserError` for an
   * errno that io_uring_enter gives only when the ring is beyond help.
   */
  submitAndReap(completionsMin: number): number {
    // The store is sequentially consistent: SQEs are visible before the tail, and the tail before any later load.
    Atomics.store(this.words, this.sqTail, this.tail);
    if (this.sqPolled) {
      this.waitSqPolled(completionsMin);
    } else {
      // Never a second counter: a partial submission leaves entries behind, and this difference finds them again.
      const toSubmit = (this.tail - this.words[this.sqHead]!) | 0;
      if (toSubmit !== 0 || this.mustEnter(completionsMin)) {
        const result = this.call(toSubmit, completionsMin, Enter.GETEVENTS | Enter.EXT_ARG);
        if (result < 0) this.recover(-result);
      }
    }
    return this.reap();
  }

  /** Drops every view of the shared memory; after this the mapping may go. */
  close(): void {
    this.words = new Int32Array(0);
    this.sqes = new Int32Array(0);
    if (this.orderedSqes !== null) this.orderedSqes = new Int32Array(0);
    this.enter = () => {
      throw UserError.of('the ring is closed', null, 1);
    };
  }

  private copySqe(slot: number, index: number, target: Int32Array): void {
    const source = this.sqes;
    const shift = this.sqeShift;
    const from = slot << shift;
    const to = index << shift;
    const count = 1 << shift;
    for (let word = 0; word < count; word++) target[to + word] = source[from + word]!;
  }

  private call(toSubmit: number, completionsMin: number, flags: number): number {
    this.counters[Counter.enter]!++;
    return this.enter(toSubmit, completionsMin, flags);
  }

  private available(): number {
    return (Atomics.load(this.words, this.cqTail) - this.words[this.cqHead]!) | 0;
  }

  /** Nothing to submit: what is complete may be visible already; else (and under IOPOLL always) the kernel must look. */
  private mustEnter(completionsMin: number): boolean {
    if (this.ioPolled) return true;
    const available = this.available();
    return available === 0 || available < completionsMin;
  }

  /** NEED_WAKEUP counts only while entries wait. The load comes after the tail's store, a full barrier between them. */
  private wakeFlag(): number {
    const words = this.words;
    if ((Atomics.load(words, this.sqFlags) & SqFlag.NEED_WAKEUP) === 0) return 0;
    if (((this.tail - Atomics.load(words, this.sqHead)) | 0) === 0) return 0;
    this.counters[Counter.wakeup]!++;
    return Enter.SQ_WAKEUP;
  }

  private waitSqPolled(completionsMin: number): void {
    const wanted = Math.min(completionsMin, this.completionsMax);
    let flags = this.wakeFlag();
    if (flags === 0) {
      for (let polls = this.pollsBeforeWait; polls > 0 && this.available() < wanted; polls--);
      if (this.available() >= wanted) return;
      // The thread may have gone to sleep meanwhile, with entries left.
      flags = this.wakeFlag();
    }
    if (wanted > 0) flags |= Enter.GETEVENTS | Enter.EXT_ARG;
    const result = this.call(0, wanted, flags);
    if (result < 0) this.recover(-result);
  }

  protected reap(): number {
    const words = this.words;
    const completedSlot = this.completedSlot;
    const completedResult = this.completedResult;
    const cqes = this.cqes;
    const mask = this.cqMask;
    const shift = this.cqeShift;
    let head = words[this.cqHead]!;
    let count = (Atomics.load(words, this.cqTail) - head) | 0;
    if (count > this.completionsMax) count = this.completionsMax;
    for (let index = 0; index < count; index++) {
      const cqe = cqes + ((head & mask) << shift);
      completedSlot[index] = words[cqe]!;
      completedResult[index] = words[cqe + 2]!;
      head = (head + 1) | 0;
    }
    if (count > 0) Atomics.store(words, this.cqHead, head);
    if ((words[this.sqFlags]! & SqFlag.CQ_OVERFLOW) !== 0) return this.reapOverflow(count);
    return count;
  }

  /**
   * The CQ was full and the kernel keeps the rest (NODROP, 5.5). It moves them over when asked by GETEVENTS, once there is
   * room: so after reaping, and never before (measured on 6.18).
   */
  private reapOverflow(countBefore: number): number {
    const words = this.words;
    let count = countBefore;
    for (let round = 0; round < overflowRoundsMax && count < this.completionsMax; round++) {
      this.counters[Counter.overflow]!++;
      const result = this.call(0, 0, Enter.GETEVENTS | Enter.EXT_ARG);
      if (result < 0) this.noteRefusal(-result);
      let head = words[this.cqHead]!;
      const tail = Atomics.load(words, this.cqTail);
      while (head !== tail && count < this.completionsMax) {
        const cqe = this.cqes + ((head & this.cqMask) << this.cqeShift);
        this.completedSlot[count] = words[cqe]!;
        this.completedResult[count] = words[cqe + 2]!;
        head = (head + 1) | 0;
        count++;
      }
      Atomics.store(words, this.cqHead, head);
      if ((Atomics.load(words, this.sqFlags) & SqFlag.CQ_OVERFLOW) === 0) break;
    }
    return count;
  }

  /** Has the kernel move over what did not fit into the CQ. */
  protected flush(flags: number): void {
    this.counters[Counter.overflow]!++;
    const result = this.call(0, 0, flags);
    if (result < 0) this.noteRefusal(-result);
  }

  /** After a failed enter that should have waited. */
  private recover(errno: number): void {
    if (!this.noteRefusal(errno) || this.available() > 0) return;
    // Out of some resource and nothing to reap: a completion may free it, so wait for one (bounded), then try again.
    const result = this.call(0, 1, Enter.GETEVENTS | Enter.EXT_ARG);
    if (result < 0) this.noteRefusal(-result);
  }

  /** True when the kernel refused for now; false when a signal or the bound ended the wait; throws for all else. */
  private noteRefusal(errno: number): boolean {
    if (errno === Errno.EINTR || errno === Errno.ETIME) return false;
    if (errno === Errno.EAGAIN || errno === Errno.EBUSY) {
      this.counters[Counter.retry]!++;
      return true;
    }
    throw UserError.of(
      `io_uring_enter failed (${errnoName(errno)})`,
      'the ring can no longer be used; run the job again, or with another engine (--engine libaio)',
      1,
    );
  }
}
