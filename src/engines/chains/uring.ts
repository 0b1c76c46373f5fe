/**
 * Chains on io_uring. All requests of a chain stand next to each other in one submission, each with the flag that makes
 * the kernel keep their order (io_uring_enter(2)):
 *
 *   link       IOSQE_IO_LINK on all but the last: a failed or short request cancels what follows (-ECANCELED)
 *   hardlink   IOSQE_IO_HARDLINK likewise: what follows runs all the same
 *   drain      IOSQE_IO_DRAIN on all but the first: each waits for everything submitted before it, other chains too
 *   wait       no flag: each is submitted when the one before has been seen complete
 *
 * A link ends with the submission that it is in, so a chain may never be split over two: the tail is published once per
 * batch, behind whole chains. Where the kernel takes a part of a batch only (no memory for requests), the rest of a chain
 * would run unlinked; that is counted (`torn`).
 *
 * openat gives a direct descriptor: a place in the table of registered files, one for each slot, which requests that are
 * in the ring already can name.
 */

import { chainSteps } from '../../job/chain.js';
import { fsyncDataSync, Op, SqeFlag, SqeWord, sqeShift, sqeWords } from '../../ring/abi.js';
import { cancelEverything } from '../../ring/cancel.js';
import type { Ring } from '../../ring/ring.js';
import { type FixedBuffers, type OpenedRing, registerFiles } from '../../ring/setup.js';
import { highWord, lowWord } from '../../ring/words.js';
import { chainTorn } from '../../stats/chain-recorder.js';
import type { EngineFacts } from '../../stats/engine-facts.js';
import { assert, UserError } from '../../support/errors.js';
import { type CallFlags, callFlags } from '../call-flags.js';
import type { Buffers, Engine, EngineSetup } from '../engine.js';
import type { Requests } from '../requests.js';
import {
  type EngineRing,
  fixedBuffersOf,
  onRing,
  ringCounts,
  ringFacts,
  ringRequest,
  settleRing,
} from '../ring-settings.js';
import { ChainProgress, type ChainSetup, chainSyncRangeFlags, isWaitShortened, StepKind } from './chain.js';
import { type ChainPaths, createChainPaths, createMode, statxMask } from './paths.js';

const FALLOC_FL_KEEP_SIZE = 1;
/** ioprio in the first word of an SQE. */
const priorityShift = 16;

export interface ChainUringMode {
  /** null = buffers are not registered. */
  readonly fixedBuffers: FixedBuffers | null;
  readonly fixedFiles: boolean;
  readonly forceAsyncEvery: number;
  readonly callFlags: CallFlags;
  readonly ownPriority: number;
  readonly sqpoll: boolean;
}

/** All that the engine is made of; tests put a fake kernel's ring here. */
interface ChainUringParts {
  readonly ring: Ring;
  readonly chain: ChainSetup;
  readonly depth: number;
  readonly requests: Requests;
  readonly files: readonly { readonly descriptor: number }[];
  readonly buffers: Buffers;
  readonly mode: ChainUringMode;
  /** Needed by openat, statx and unlinkat. */
  readonly paths: ChainPaths | null;
  readonly waitLimit: Int32Array;
  readonly repeatsAgain: boolean;
  readonly facts: Omit<EngineFacts, 'enterCount' | 'retryCount' | 'wakeupCount' | 'overflowCount'>;
  cancelAll(): void;
  /** Frees ring and memory once the engine has dropped its views. */
  release(): void;
}

export class UringChainEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  readonly waitLimit: Int32Array;
  private readonly ring: Ring;
  private readonly progress: ChainProgress;
  private readonly parts: ChainUringParts;
  private readonly steps: Requests;
  private readonly stepCount: number;
  /** By step: `StepKind`, first word of the SQE, and whether it uses what the chain opened. */
  private readonly kinds: Int32Array;
  private readonly firstWords: Int32Array;
  private readonly usesOpened: Uint8Array;
  /** What goes into sqe->fd: descriptors, or indexes of registered files. */
  private readonly sqeFile: Int32Array;
  /** Slot s has its direct descriptor at this place and s. */
  private readonly openedFrom: number;
  private readonly waits: boolean;
  private readonly waitsForChain: boolean;
  private readonly sqpoll: boolean;
  private readonly forceAsyncEvery: number;
  private asyncCountdown: number;
  private sqes: Int32Array;
  /** Queued since the last submission. */
  private queuedCount = 0;
  private inFlightCount = 0;
  private closed = false;

  constructor(parts: ChainUringParts) {
    const { ring, chain, depth, mode, files } = parts;
    const steps = chainSteps(chain.options);
    this.parts = parts;
    this.ring = ring;
    this.progress = new ChainProgress(chain, parts.requests, depth, parts.repeatsAgain, (slot) =>
      parts.paths?.clear(slot),
    );
    this.stepCount = this.progress.stepCount;
    assert(ring.completedSlot.length >= depth * this.stepCount, 'each request of each chain has its row');
    assert(ring.sqes.length >= depth * this.stepCount * sqeWords, 'each request of each chain has its SQE');
    this.completedSlot = this.progress.completedSlot;
    this.completedResult = this.progress.completedResult;
    this.waitLimit = parts.waitLimit;
    this.steps = chain.steps;
    this.kinds = Int32Array.from(steps, ({ operation }) => StepKind[operation]);
    this.usesOpened = Uint8Array.from(steps, (_, step) => (isOpenAt(steps, step) ? 1 : 0));
    this.firstWords = firstWordsOf(parts, this.usesOpened);
    this.sqeFile = Int32Array.from(mode.fixedFiles ? files.keys() : files.map(({ descriptor }) => descriptor));
    if (this.sqeFile.length === 0) this.sqeFile = Int32Array.of(-1);
    this.openedFrom = files.length;
    this.waits = chain.options.mode === 'wait';
    this.waitsForChain = chain.options.timing === 'chain' && !this.waits;
    this.sqpoll = mode.sqpoll;
    this.forceAsyncEvery = mode.forceAsyncEvery;
    this.asyncCountdown = mode.forceAsyncEvery;
    this.sqes = ring.sqes;
    for (let row = 0; row < depth * this.stepCount; row++) this.prefill(row);
  }

  queue(slot: number): void {
    this.progress.begin(slot);
    this.inFlightCount++;
    const first = slot * this.stepCount;
    const count = this.waits ? 1 : this.stepCount;
    for (let step = 0; step < count; step++) this.queueStep(slot, step, first + step);
  }

  /** A chain has no rest: one that is short is broken. */
  queueRest(slot: number, _doneBytes: number): void {
    this.queue(slot);
  }

  submit(): void {
    this.progress.submitting();
    this.ring.submit();
    this.noteTorn();
    this.queuedCount = 0;
  }

  submitAndReap(completionsMin: number): number {
    const { progress, ring } = this;
    progress.submitting();
    progress.completedCount = 0;
    do {
      const found = ring.submitAndReap(progress.completedCount < completionsMin ? this.waitCount() : 0);
      if (this.queuedCount > 0) this.noteTorn();
      this.queuedCount = 0;
      if (found === 0) break;
      progress.look();
      for (let index = 0; index < found; index++) this.take(ring.completedSlot[index]!, ring.completedResult[index]!);
      // A wait that was to end in time for the next I/O is not begun anew.
      if (isWaitShortened(this.waitLimit)) break;
    } while (progress.completedCount < completionsMin && this.inFlightCount > 0);
    if (this.queuedCount > 0) {
      ring.submit();
      this.queuedCount = 0;
    }
    return progress.completedCount;
  }

  cancelAll(): void {
    if (!this.closed) this.parts.cancelAll();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    // A view of unmapped memory, once touched, kills the process: so none is left.
    this.sqes = new Int32Array(0);
    this.parts.release();
  }

  describe(): EngineFacts {
    const { ring, parts } = this;
    return {
      ...parts.facts,
      ...ringCounts(ring),
    };
  }

  /** Completions to wait for: one, or so few that no chain can be complete with less. */
  private waitCount(): number {
    if (!this.waitsForChain) return 1;
    const { left } = this.progress;
    let least = this.stepCount;
    for (let slot = 0; slot < left.length; slot++) {
      const count = left[slot]!;
      if (count > 0 && count < least) least = count;
    }
    return least;
  }

  /** What the kernel left of the batch must begin with a whole chain. The SQ thread takes all that it sees. */
  private noteTorn(): void {
    if (this.sqpoll || this.waits || this.ring.unsubmittedCount % this.stepCount === 0) return;
    const { chains } = this.parts.chain.recorder;
    chains[chainTorn] = chains[chainTorn]! + 1;
  }

  private take(row: number, result: number): void {
    const { progress } = this;
    const slot = progress.slotOfRow[row]!;
    const isDone = progress.stepDone(row, result);
    if (progress.left[slot] === 0) {
      this.inFlightCount--;
      return;
    }
    if (!this.waits) return;
    const next = progress.stepOfRow[row]! + 1;
    if (isDone) {
      this.queueStep(slot, next, row + 1);
      return;
    }
    progress.giveUp(slot, next);
    this.inFlightCount--;
  }

  /** Writes what changes from one chain to the next. */
  private queueStep(slot: number, step: number, row: number): void {
    const { sqes, steps } = this;
    const sqe = row << sqeShift;
    const kind = this.kinds[step]!;
    sqes[sqe] = this.firstWords[step]! | this.asyncFlag();
    if (kind <= StepKind.fallocate) {
      sqes[sqe + SqeWord.fd] =
        this.usesOpened[step] === 1 ? this.openedFrom + slot : this.sqeFile[steps.fileIndex[row]!]!;
      if (kind !== StepKind.fsync && kind !== StepKind.fdatasync) {
        const offset = steps.offset[row]!;
        sqes[sqe + SqeWord.offsetLow] = offset | 0;
        sqes[sqe + SqeWord.offsetHigh] = (offset / 4294967296) | 0;
        if (kind <= StepKind.write) sqes[sqe + SqeWord.length] = steps.byteCount[row]!;
        else sqes[sqe + this.rangeWord(kind)] = steps.rangeBytes[row]! | 0;
      }
    }
    this.ring.queue(row);
    this.queuedCount++;
  }

  /** IORING_OP_FALLOCATE takes the length where others have the address. */
  private rangeWord(kind: number): number {
    return kind === StepKind.fallocate ? SqeWord.addressLow : SqeWord.length;
  }

  /** IOSQE_ASYNC on every Nth request. */
  private asyncFlag(): number {
    if (this.asyncCountdown === 0) return 0;
    this.asyncCountdown--;
    if (this.asyncCountdown > 0) return 0;
    this.asyncCountdown = this.forceAsyncEvery;
    return SqeFlag.ASYNC << 8;
  }

  /** Writes what stays the same. The kernel wants the words that an operation does not use to be 0. */
  private prefill(row: number): void {
    const { buffers, mode, paths } = this.parts;
    const { sqes, kinds } = this;
    const slot = this.progress.slotOfRow[row]!;
    const sqe = row << sqeShift;
    const set = (word: number, value: number): void => {
      sqes[sqe + word] = value;
    };
    const setLong = (word: number, value: number): void => {
      set(word, lowWord(value));
      set(word + 1, highWord(value));
    };
    sqes.fill(0, sqe, sqe + sqeWords);
    set(SqeWord.userDataLow, row);
    const kind = kinds[this.progress.stepOfRow[row]!]!;
    switch (kind) {
      case StepKind.read:
      case StepKind.write:
        setLong(SqeWord.addressLow, buffers.address + row * buffers.strideBytes);
        set(SqeWord.opFlags, kind === StepKind.read ? mode.callFlags.read : mode.callFlags.write);
        if (mode.fixedBuffers !== null) set(SqeWord.bufferIndex, Math.floor(row / mode.fixedBuffers.slotsPerBuffer));
        break;
      case StepKind.fdatasync:
        set(SqeWord.opFlags, fsyncDataSync);
        break;
      case StepKind.sync_file_range:
        set(SqeWord.opFlags, chainSyncRangeFlags);
        break;
      case StepKind.fallocate:
        set(SqeWord.length, FALLOC_FL_KEEP_SIZE);
        break;
      case StepKind.openat:
        set(SqeWord.fd, paths!.folder);
        setLong(SqeWord.addressLow, paths!.pathAddress(slot));
        set(SqeWord.length, createMode);
        set(SqeWord.opFlags, paths!.openFlags);
        set(SqeWord.fileIndex, this.openedFrom + slot + 1);
        break;
      case StepKind.close:
        set(SqeWord.fileIndex, this.openedFrom + slot + 1);
        break;
      case StepKind.statx:
        set(SqeWord.fd, paths!.folder);
        setLong(SqeWord.addressLow, paths!.pathAddress(slot));
        set(SqeWord.length, statxMask);
        setLong(SqeWord.offsetLow, paths!.statxAddress(slot));
        break;
      case StepKind.unlinkat:
        if (paths!.keepsFile) break;
        set(SqeWord.fd, paths!.folder);
        setLong(SqeWord.addressLow, paths!.pathAddress(slot));
        break;
      default:
    }
  }
}

/** Between an openat and its close. */
function isOpenAt(steps: readonly { readonly operation: string }[], step: number): boolean {
  const before = steps.slice(0, step + 1).map(({ operation }) => operation);
  return before.lastIndexOf('openat') > before.lastIndexOf('close');
}

/** Opcode, flags and priority of each step. */
function firstWordsOf({ chain, mode, paths }: ChainUringParts, usesOpened: Uint8Array): Int32Array {
  const steps = chainSteps(chain.options);
  const isFixed = mode.fixedBuffers !== null;
  const opcodes = {
    read: isFixed ? Op.readFixed : Op.read,
    write: isFixed ? Op.writeFixed : Op.write,
    fsync: Op.fsync,
    fdatasync: Op.fsync,
    sync_file_range: Op.syncFileRange,
    fallocate: Op.fallocate,
    openat: Op.openat,
    statx: Op.statx,
    close: Op.close,
    unlinkat: paths?.keepsFile === true ? Op.nop : Op.unlinkat,
    nop: Op.nop,
  } as const;
  const orderFlags = (step: number): number => {
    const isLast = step === steps.length - 1;
    switch (chain.options.mode) {
      case 'link':
        return isLast ? 0 : SqeFlag.IO_LINK;
      case 'hardlink':
        return isLast ? 0 : SqeFlag.IO_HARDLINK;
      case 'drain':
        return step === 0 ? 0 : SqeFlag.IO_DRAIN;
      case 'wait':
        return 0;
    }
  };
  return Int32Array.from(steps, ({ operation }, step) => {
    const usesFile = StepKind[operation] <= StepKind.fallocate;
    const isRegistered = usesFile && (mode.fixedFiles || usesOpened[step] === 1);
    const flags = orderFlags(step) | (isRegistered ? SqeFlag.FIXED_FILE : 0);
    const priority = StepKind[operation] <= StepKind.write ? mode.ownPriority << priorityShift : 0;
    return opcodes[operation] | (flags << 8) | priority;
  });
}

/** Opens the ring of one job on the calling thread. Throws `UserError` with what to do. */
export function openEngine(setup: EngineSetup): Engine {
  const { options, depth } = setup;
  const chain = setup.chain!;
  const steps = chainSteps(chain.options);
  const rowCount = depth * steps.length;
  return onRing({ ...ringRequest(setup), depth: rowCount, completionsMax: rowCount }, (own) => {
    const { opened, fallbacks, memories, release } = own;
    let paths: ChainPaths | null = null;
    const opens = steps.some(({ operation }) => operation === 'openat');
    if (opens) checkDirectDescriptors(opened);
    if (steps.some(({ operation }) => ['openat', 'statx', 'unlinkat'].includes(operation))) {
      const made = createChainPaths(setup);
      memories.push({ free: () => made.close() });
      paths = made;
    }
    const settings = settleRing(setup, opened, fallbacks);
    const mode = chooseMode(setup, own, opens, rowCount);
    return new UringChainEngine({
      ring: opened.ring,
      chain,
      depth,
      requests: setup.requests,
      files: setup.files,
      buffers: setup.buffers,
      mode,
      paths,
      waitLimit: opened.mapped.waitLimit,
      repeatsAgain: !options.nowait,
      facts: {
        ...ringFacts(setup, opened),
        fixedBuffers: mode.fixedBuffers !== null,
        fixedFiles: mode.fixedFiles,
        settings,
        fallbacks,
      },
      cancelAll: () => cancelEverything(opened.mapped),
      release,
    });
  });
}

/** A request can use a file that one before it in the same chain opens since 5.17 or so (IORING_FEAT_LINKED_FILE). */
function checkDirectDescriptors({ features }: OpenedRing): void {
  if (features.includes('LINKED_FILE')) return;
  throw UserError.of(
    "this kernel's io_uring cannot use a file that an earlier request of the same chain opens (LINKED_FILE)",
    'use Linux 5.19 or later, leave openat out of the chain, or take another engine (--engine psync)',
    1,
  );
}

/** Registers what was asked for, and room for what chains open. */
function chooseMode(setup: EngineSetup, own: EngineRing, opens: boolean, rowCount: number): ChainUringMode {
  const { options, depth, files } = setup;
  const { opened, fallbacks } = own;
  const fixedBuffers = fixedBuffersOf(setup, own, rowCount);
  let fixedFiles = options.fixedFiles && files.length > 0;
  if (fixedFiles || opens) {
    // −1 keeps a place free.
    const places = opens ? new Array<number>(depth).fill(-1) : [];
    const failed = registerFiles(opened.mapped, [...files.map(({ descriptor }) => descriptor), ...places]);
    if (failed !== null && opens) throw UserError.of(failed.reason, 'raise the limit (ulimit -n), or lower iodepth', 1);
    if (failed !== null) fallbacks.push(failed);
    fixedFiles &&= failed === null;
  }
  return {
    fixedBuffers,
    fixedFiles,
    forceAsyncEvery: options.forceAsyncEvery,
    callFlags: callFlags(setup),
    ownPriority: setup.ownPriority ?? 0,
    sqpoll: options.sqpoll,
  };
}
