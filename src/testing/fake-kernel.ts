/**
 * io_uring's kernel side over ordinary memory: the same rings, the same `enter`, and faults on demand, all from one seed.
 * Time is a number that only `enter` and the test move, so a run of ten seconds takes milliseconds.
 *
 * What it imitates (each seen on Linux 6.18, or in io_uring.c): a submission that stops at a bad SQE without SUBMIT_ALL,
 * no wait after a partial submission, the submit count winning over ETIME, overflown completions that come only with
 * GETEVENTS and only into free entries, and an SQ thread that sleeps until SQ_WAKEUP. Of requests that depend on each
 * other, as io_uring_enter(2) has it: a link ends with its submission, a failed or short request cancels what is linked to
 * it but not what is hard-linked, a bad SQE cancels its whole chain, and a drained one waits for all before it and holds
 * up all behind it.
 */

import { UringEngine, type UringMode } from '../engines/io-uring.js';
import { createRequests, type Requests } from '../engines/requests.js';
import {
  CqeWord,
  cqeShift,
  cqeWords,
  Enter,
  Op,
  operations,
  Setup,
  SqeFlag,
  SqeWord,
  SqFlag,
  sqeShift,
  sqeWords,
} from '../ring/abi.js';
import type { RingLayout, RingViews } from '../ring/port.js';
import { Ring } from '../ring/ring.js';
import { assert } from '../support/errors.js';
import { Errno } from '../system/errno.js';

/** Time in the simulation. The run loop of a test reads the same object. */
export interface SimulatedClock {
  nowNs: number;
}

/** Chance of each fault, 0…1, drawn where it can happen. */
export interface FaultProbabilities {
  /** enter consumes fewer entries than offered. */
  readonly partialSubmit: number;
  /** enter returns −EINTR before submitting. */
  readonly interruptBefore: number;
  /** A wait ends early: −EINTR, or the submit count. */
  readonly interruptWait: number;
  readonly again: number;
  readonly busy: number;
  /** A wait ends with −ETIME although time has not passed. */
  readonly timeout: number;
  /** A completion comes later than its service time says (up to tenfold), so it is overtaken. */
  readonly delay: number;
  /** A transfer ends after a part of its bytes. */
  readonly shortTransfer: number;
  /** A transfer fails with −EIO. */
  readonly ioError: number;
  /** The SQ thread goes to sleep although entries may still come. */
  readonly threadSleep: number;
}

export const noFaults: FaultProbabilities = {
  partialSubmit: 0,
  interruptBefore: 0,
  interruptWait: 0,
  again: 0,
  busy: 0,
  timeout: 0,
  delay: 0,
  shortTransfer: 0,
  ioError: 0,
  threadSleep: 0,
};

/** What the kernel copied from an SQE when it consumed it. */
export interface FakeSqe {
  readonly opcode: number;
  readonly flags: number;
  readonly fd: number;
  readonly offset: number;
  readonly address: number;
  readonly length: number;
  readonly opFlags: number;
  /** ioprio. */
  readonly priority: number;
  readonly bufferIndex: number;
  /** Of a direct descriptor, counted from 1; 0 = none. */
  readonly fileIndex: number;
  readonly address3: number;
  readonly userData: number;
}

export interface FakeKernelOptions {
  /** Powers of two. */
  readonly entries: number;
  readonly cqEntries?: number;
  /** `Setup` bits: SUBMIT_ALL, SQPOLL and IOPOLL make a difference. */
  readonly flags?: number;
  readonly seed?: number;
  readonly faults?: Partial<FaultProbabilities>;
  readonly clock?: SimulatedClock;
  /** How long a request takes from submission to completion, ns. Default 1000. */
  readonly serviceTimeNs?: (sqe: FakeSqe) => number;
  /** What a request gives, before faults; default: `length` for reads and writes, else 0. */
  readonly result?: (sqe: FakeSqe) => number;
  /** Heads and tails start here (as Int32), to see them wrap. */
  readonly headStart?: number;
  /** Bound of a wait, as EXT_ARG gives it. Default 100 ms. */
  readonly waitNsMax?: number;
  /** Remember every SQE and every enter. Default true; false for long runs. */
  readonly keepLog?: boolean;
}

interface Pending {
  readonly userData: number;
  readonly result: number;
  readonly dueNs: number;
  readonly order: number;
  readonly sqe: FakeSqe;
  /** What is linked behind it. */
  readonly rest: readonly FakeSqe[];
}

const isLinked = ({ flags }: FakeSqe): boolean => (flags & (SqeFlag.IO_LINK | SqeFlag.IO_HARDLINK)) !== 0;
const isDrained = ({ flags }: FakeSqe): boolean => (flags & SqeFlag.IO_DRAIN) !== 0;
const isBad = ({ opcode }: FakeSqe): boolean => opcode >= operations.length;

function transfers({ opcode }: FakeSqe): boolean {
  return opcode === Op.read || opcode === Op.write || opcode === Op.readFixed || opcode === Op.writeFixed;
}

/** As the real kernel lays them out, in words. */
const layout = { sqHead: 0, sqTail: 1, cqHead: 2, cqTail: 3, sqDropped: 8, sqFlags: 9, cqes: 16 } as const;

export class FakeKernel {
  readonly views: RingViews;
  readonly clock: SimulatedClock;
  /** Every SQE in the order in which it was consumed; empty without `keepLog`. */
  readonly consumed: FakeSqe[] = [];
  /** `enter` calls with what they were given and returned; empty without `keepLog`. */
  readonly enterLog: { toSubmit: number; completionsMin: number; flags: number; result: number }[] = [];

  private readonly options: FakeKernelOptions;
  private readonly faults: FaultProbabilities;
  private readonly flags: number;
  private readonly keepLog: boolean;
  private readonly words: Int32Array;
  private readonly sqes: Int32Array;
  private readonly sqArray: number;
  private readonly sqMask: number;
  private readonly cqMask: number;
  private pending: Pending[] = [];
  private overflown: Pending[] = [];
  /** Chains that wait for a drain; a request by itself is a chain of one. */
  private deferred: FakeSqe[][] = [];
  private order = 0;
  private random: number;
  private threadAsleep = false;

  constructor(options: FakeKernelOptions) {
    const cqEntries = options.cqEntries ?? options.entries;
    assert((options.entries & (options.entries - 1)) === 0, 'entries is a power of two');
    assert((cqEntries & (cqEntries - 1)) === 0, 'cqEntries is a power of two');
    this.options = options;
    this.faults = { ...noFaults, ...options.faults };
    this.flags = options.flags ?? Setup.SUBMIT_ALL;
    this.keepLog = options.keepLog ?? true;
    this.clock = options.clock ?? { nowNs: 0 };
    this.random = (options.seed ?? 1) | 1;
    this.sqArray = layout.cqes + cqEntries * cqeWords;
    this.words = new Int32Array(new ArrayBuffer((this.sqArray + options.entries) * 4));
    this.sqes = new Int32Array(new ArrayBuffer(options.entries * sqeWords * 4));
    this.sqMask = options.entries - 1;
    this.cqMask = cqEntries - 1;
    const start = (options.headStart ?? 0) | 0;
    for (const index of [layout.sqHead, layout.sqTail, layout.cqHead, layout.cqTail]) this.words[index] = start;
    const ringLayout: RingLayout = { ...layout, sqArray: this.sqArray };
    this.views = { words: this.words, sqes: this.sqes, layout: ringLayout, sqEntries: options.entries, cqEntries };
  }

  /** Consumed by the kernel and not yet in the CQ. */
  get inFlightCount(): number {
    const behind = this.pending.reduce((sum, { rest }) => sum + rest.length, 0);
    return this.pending.length + behind + this.deferred.flat().length + this.overflown.length;
  }

  get overflownCount(): number {
    return this.overflown.length;
  }

  /** io_uring_enter(2): entries consumed, or −errno. Bound to this kernel, to be handed to a `Ring`. */
  readonly enter = (toSubmit: number, completionsMin: number, flags: number): number => {
    const result = this.enterOnce(toSubmit, completionsMin, flags);
    if (this.keepLog) this.enterLog.push({ toSubmit, completionsMin, flags, result });
    return result;
  };

  /** One turn of the SQ thread (SQPOLL): consumes what is there, or goes to sleep. */
  stepThread(): void {
    assert((this.flags & Setup.SQPOLL) !== 0, 'only SQPOLL has a thread');
    if (this.threadAsleep) return;
    this.consume(this.unconsumed());
    if (this.chance(this.faults.threadSleep)) this.sleepThread();
  }

  /** The thread has been idle: from now on it needs SQ_WAKEUP. It looks at the SQ once more after saying so. */
  sleepThread(): void {
    this.setFlag(SqFlag.NEED_WAKEUP);
    if (this.unconsumed() > 0) {
      this.clearFlag(SqFlag.NEED_WAKEUP);
      return;
    }
    this.threadAsleep = true;
  }

  /** Lets time pass; what comes due is posted, as by interrupts. Under IOPOLL there are none: only enter looks. */
  advance(ns: number): void {
    this.clock.nowNs += ns;
    if ((this.flags & Setup.IOPOLL) === 0) this.postDue();
  }

  /** Cancels all that is in flight: −ECANCELED each. */
  cancelAll(): void {
    const dueNs = this.clock.nowNs;
    const cancelled = (sqe: FakeSqe): Pending => this.pendingOf(sqe, [], -Errno.ECANCELED, dueNs);
    this.pending = [
      ...this.pending.flatMap(({ sqe, rest }) => [sqe, ...rest].map(cancelled)),
      ...this.deferred.flat().map(cancelled),
    ];
    this.deferred = [];
  }

  private enterOnce(toSubmit: number, completionsMin: number, flags: number): number {
    assert(toSubmit >= 0 && toSubmit <= this.views.sqEntries, `to_submit is a count of entries: ${toSubmit}`);
    assert(completionsMin >= 0, `min_complete is a count: ${completionsMin}`);
    if ((flags & Enter.GETEVENTS) !== 0) assert((flags & Enter.EXT_ARG) !== 0, 'every wait is bounded');
    if (this.chance(this.faults.interruptBefore)) return -Errno.EINTR;
    if (toSubmit > 0 && this.chance(this.faults.again)) return -Errno.EAGAIN;
    if (toSubmit > 0 && this.chance(this.faults.busy)) return -Errno.EBUSY;
    if ((this.flags & Setup.SQPOLL) !== 0) return this.enterPolled(toSubmit, completionsMin, flags);
    let submitted = 0;
    if (toSubmit > 0) {
      assert(toSubmit === this.unconsumed(), `to_submit ${toSubmit} is tail − head ${this.unconsumed()}`);
      const offered = this.chance(this.faults.partialSubmit) ? this.below(toSubmit + 1) : toSubmit;
      submitted = this.consume(offered);
      if ((this.flags & Setup.IOPOLL) === 0) this.postDue();
      // As io_uring_enter does: whoever could not submit all does not wait.
      if (submitted !== toSubmit) return submitted;
    }
    if ((flags & Enter.GETEVENTS) === 0) return submitted;
    const waited = this.wait(completionsMin);
    return submitted > 0 ? submitted : waited;
  }

  private enterPolled(toSubmit: number, completionsMin: number, flags: number): number {
    if ((flags & Enter.SQ_WAKEUP) !== 0) {
      this.threadAsleep = false;
      this.clearFlag(SqFlag.NEED_WAKEUP);
    }
    this.stepThread();
    if ((flags & Enter.GETEVENTS) === 0) return toSubmit;
    const waited = this.wait(completionsMin);
    return toSubmit > 0 ? toSubmit : waited;
  }

  /** Lets time run until enough is in the CQ, or to the bound: 0, −ETIME or −EINTR. */
  private wait(completionsMin: number): number {
    this.flushOverflown();
    this.postDue();
    const wanted = Math.min(completionsMin, this.views.cqEntries);
    const untilNs = this.clock.nowNs + (this.options.waitNsMax ?? 100e6);
    while (this.ready() < wanted) {
      if (this.chance(this.faults.interruptWait)) return -Errno.EINTR;
      if (this.chance(this.faults.timeout)) return -Errno.ETIME;
      const nextNs = this.pending.reduce((least, pending) => Math.min(least, pending.dueNs), Number.POSITIVE_INFINITY);
      if (nextNs > untilNs) {
        this.clock.nowNs = untilNs;
        return -Errno.ETIME;
      }
      this.clock.nowNs = Math.max(this.clock.nowNs, nextNs);
      this.postDue();
    }
    return 0;
  }

  private ready(): number {
    return (this.words[layout.cqTail]! - this.words[layout.cqHead]!) | 0;
  }

  private unconsumed(): number {
    return (this.words[layout.sqTail]! - this.words[layout.sqHead]!) | 0;
  }

  /** Takes up to `count` entries; stops after a bad one unless SUBMIT_ALL. Returns how many it took. */
  private consume(count: number): number {
    let taken = 0;
    let chain: FakeSqe[] = [];
    while (taken < count) {
      const head = this.words[layout.sqHead]!;
      const place = head & this.sqMask;
      const index = (this.flags & Setup.NO_SQARRAY) === 0 ? this.words[this.sqArray + place]! : place;
      assert(index >= 0 && index < this.views.sqEntries, `the SQ array names an SQE: ${index}`);
      this.words[layout.sqHead] = (head + 1) | 0;
      taken++;
      const sqe = this.copySqe(index);
      if (this.keepLog) this.consumed.push(sqe);
      chain.push(sqe);
      if (!isLinked(sqe)) {
        this.launch(chain);
        chain = [];
      }
      if (isBad(sqe) && (this.flags & (Setup.SUBMIT_ALL | Setup.SQPOLL)) === 0) break;
    }
    // Whatever was to follow: a link ends with the submission.
    if (chain.length > 0) this.launch(chain);
    return taken;
  }

  private launch(chain: FakeSqe[]): void {
    this.deferred.push(chain);
    this.startDeferred();
  }

  /** What need not wait for a drain any more, in order. */
  private startDeferred(): void {
    while (this.deferred.length > 0) {
      const chain = this.deferred[0]!;
      const isHeld = isDrained(chain[0]!) ? this.pending.length > 0 : this.pending.some(({ sqe }) => isDrained(sqe));
      if (isHeld) return;
      this.deferred.shift();
      this.startChain(chain);
    }
  }

  private startChain(chain: readonly FakeSqe[]): void {
    if (!chain.some(isBad)) {
      this.start(chain[0]!, chain.slice(1));
      return;
    }
    for (const sqe of chain) {
      this.pending.push(this.pendingOf(sqe, [], isBad(sqe) ? -Errno.EINVAL : -Errno.ECANCELED, this.clock.nowNs));
    }
  }

  private start(sqe: FakeSqe, rest: readonly FakeSqe[]): void {
    let serviceNs = this.options.serviceTimeNs?.(sqe) ?? 1000;
    if (this.chance(this.faults.delay)) serviceNs = Math.ceil((serviceNs + 1) * (1 + this.below(10)));
    this.pending.push(this.pendingOf(sqe, rest, this.resultOf(sqe), this.clock.nowNs + serviceNs));
  }

  private pendingOf(sqe: FakeSqe, rest: readonly FakeSqe[], result: number, dueNs: number): Pending {
    return { userData: sqe.userData, result, dueNs, order: this.order++, sqe, rest };
  }

  /** One is complete: the next of its chain begins, or what is linked to it is cancelled. */
  private follow({ sqe, rest, result }: Pending): void {
    const [next, ...others] = rest;
    if (next === undefined) return;
    const isWhole = transfers(sqe) ? result === sqe.length : result >= 0;
    if (isWhole || (sqe.flags & SqeFlag.IO_HARDLINK) !== 0) {
      this.start(next, others);
      return;
    }
    for (const each of rest) this.pending.push(this.pendingOf(each, [], -Errno.ECANCELED, this.clock.nowNs));
  }

  private resultOf(sqe: FakeSqe): number {
    const result = this.options.result?.(sqe) ?? (transfers(sqe) ? sqe.length : 0);
    if (!transfers(sqe) || result <= 0) return result;
    if (this.chance(this.faults.ioError)) return -Errno.EIO;
    return this.chance(this.faults.shortTransfer) ? this.below(result) : result;
  }

  /** What is due goes to the CQ in the order of its time. */
  private postDue(): void {
    for (;;) {
      const due = this.pending.filter((pending) => pending.dueNs <= this.clock.nowNs);
      if (due.length === 0) return;
      this.pending = this.pending.filter((pending) => pending.dueNs > this.clock.nowNs);
      due.sort((a, b) => a.dueNs - b.dueNs || a.order - b.order);
      for (const pending of due) {
        if (this.overflown.length > 0 || !this.post(pending)) {
          this.overflown.push(pending);
          this.setFlag(SqFlag.CQ_OVERFLOW);
        }
      }
      // What these held up begins now, and may be due at once.
      for (const pending of due) this.follow(pending);
      this.startDeferred();
    }
  }

  private flushOverflown(): void {
    while (this.overflown.length > 0 && this.post(this.overflown[0]!)) this.overflown.shift();
    if (this.overflown.length === 0) this.clearFlag(SqFlag.CQ_OVERFLOW);
  }

  /** False when the CQ is full. */
  private post(pending: Pending): boolean {
    if (this.ready() === this.views.cqEntries) return false;
    const tail = this.words[layout.cqTail]!;
    const cqe = layout.cqes + ((tail & this.cqMask) << cqeShift);
    this.words[cqe + CqeWord.userDataLow] = pending.userData;
    this.words[cqe + CqeWord.userDataHigh] = 0;
    this.words[cqe + CqeWord.result] = pending.result;
    this.words[cqe + CqeWord.flags] = 0;
    Atomics.store(this.words, layout.cqTail, (tail + 1) | 0);
    return true;
  }

  private copySqe(index: number): FakeSqe {
    const first = index << sqeShift;
    const word = (offset: number) => this.sqes[first + offset]!;
    const long = (offset: number) => (word(offset + 1) >>> 0) * 4294967296 + (word(offset) >>> 0);
    return {
      opcode: word(SqeWord.opcodeFlags) & 0xff,
      flags: (word(SqeWord.opcodeFlags) >>> 8) & 0xff,
      fd: word(SqeWord.fd),
      offset: long(SqeWord.offsetLow),
      address: long(SqeWord.addressLow),
      length: word(SqeWord.length) >>> 0,
      opFlags: word(SqeWord.opFlags),
      priority: word(0) >>> 16,
      bufferIndex: word(SqeWord.bufferIndex) & 0xffff,
      fileIndex: word(SqeWord.fileIndex),
      address3: long(SqeWord.address3Low),
      userData: word(SqeWord.userDataLow),
    };
  }

  private setFlag(flag: number): void {
    Atomics.or(this.words, layout.sqFlags, flag);
  }

  private clearFlag(flag: number): void {
    Atomics.and(this.words, layout.sqFlags, ~flag);
  }

  private chance(probability: number): boolean {
    return probability > 0 && this.below(1 << 20) < probability * (1 << 20);
  }

  /** Uniform in [0, bound): xorshift32. */
  private below(bound: number): number {
    let state = this.random;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.random = state;
    return (state >>> 0) % bound;
  }
}

interface FakeEngineOptions extends Partial<FakeKernelOptions> {
  readonly depth: number;
  readonly completionsMax?: number;
  readonly requests?: Requests;
  readonly mode?: Partial<UringMode>;
  readonly files?: readonly { readonly descriptor: number; readonly kind: 'file' | 'block' | 'memory' }[];
  readonly bufferAddress?: number;
  readonly strideBytes?: number;
  /** What blocking calls (block trims, syncs under IOPOLL) give. */
  readonly blockingResult?: number;
}

interface FakeUring {
  readonly engine: UringEngine;
  readonly kernel: FakeKernel;
  readonly requests: Requests;
  readonly clock: SimulatedClock;
}

/** The real engine on a fake kernel: a run loop can drive it, with `clock` as its time. Not for vectored requests. */
export function fakeUringEngine(options: FakeEngineOptions): FakeUring {
  const { depth } = options;
  const entries = options.entries ?? 2 ** Math.ceil(Math.log2(depth));
  const kernel = new FakeKernel({ ...options, entries });
  const requests = options.requests ?? createRequests(depth);
  const strideBytes = options.strideBytes ?? 4096;
  const setupFlags = options.flags ?? Setup.SUBMIT_ALL;
  const ring = new Ring({
    views: kernel.views,
    enter: kernel.enter,
    setupFlags,
    slotCount: depth,
    completionsMax: options.completionsMax ?? depth,
    pollsBeforeWait: 0,
  });
  const blocking = () => options.blockingResult ?? 0;
  const engine = new UringEngine({
    ring,
    depth,
    requests,
    files: options.files ?? [{ descriptor: 3, kind: 'file' }],
    buffers: { address: options.bufferAddress ?? 2 ** 44, strideBytes, totalBytes: depth * strideBytes },
    mode: {
      nop: false,
      vectored: false,
      fixedBuffers: null,
      fixedFiles: false,
      forceAsyncEvery: 0,
      callFlags: { read: 0, write: 0 },
      flagsPerOperation: false,
      ownPriority: 0,
      priorities: null,
      iopoll: (setupFlags & Setup.IOPOLL) !== 0,
      nopInjects: false,
      ringDiscards: false,
      ...options.mode,
    },
    syncRangeFlags: 2,
    iovecs: null,
    waitLimit: new Int32Array(4),
    blockingCalls: { discard: blocking, punchHole: blocking, sync: blocking, dataSync: blocking },
    facts: {
      label: 'io_uring',
      depth,
      binding: 'fake kernel',
      setupFlags: [],
      features: [],
      fixedBuffers: false,
      fixedFiles: false,
      fallbacks: [],
    },
    cancelAll: () => kernel.cancelAll(),
    release: () => ring.close(),
  });
  return { engine, kernel, requests, clock: kernel.clock };
}
