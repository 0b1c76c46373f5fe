/**
 * Operations on files through io_uring. Making one is a chain of linked requests on a direct descriptor, so that the
 * process's table of descriptors is never touched:
 *
 *   OPENAT ─link─► WRITE ─link─► FSYNC ─link─► CLOSE        all on entry `slot` of the ring's own table
 *
 * The others are one request each: MKDIRAT, STATX, UNLINKAT, RENAMEAT. Every slot owns `chainLength` SQEs. All but the
 * last are marked CQE_SKIP, so a chain that succeeds posts one completion; one that fails posts one as well, that of the
 * request that failed, for the kernel then skips those of the requests that it cancels (io_fail_links in
 * io_uring/timeout.c). user_data = slot × elementCount + element.
 */
import { renamedSuffix } from '../job/file-engines.js';
import { type Feature, Op, SqeFlag, SqeWord, sqeWords } from '../ring/abi.js';
import { cancelEverything } from '../ring/cancel.js';
import type { Ring } from '../ring/ring.js';
import { chooseBinding, type OpenedRing, registerFiles } from '../ring/setup.js';
import { highWord, lowWord } from '../ring/words.js';
import type { EngineFacts } from '../stats/engine-facts.js';
import { UserError } from '../support/errors.js';
import { Errno } from '../system/errno.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import type { Engine, EngineSetup } from './engine.js';
import {
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  createFlags,
  directoryMode,
  type FileTask,
  fileMode,
  fileTaskOf,
  RENAME_NOREPLACE,
  STATX_ALL,
  STATX_BASIC_STATS,
  statxBytes,
} from './file-names.js';
import { mapPaths, type PathMemory } from './path-memory.js';
import { type EngineRing, onRing, ringCounts, ringFacts } from './ring-settings.js';

/** Room for the element's number in user_data. */
const elementCount = 4;
const elementShift = 2;

/** Which of the elements of a creation are there. */
interface Chain {
  readonly writes: boolean;
  readonly commits: boolean;
  readonly length: number;
}

export function openEngine(setup: EngineSetup): Engine {
  const task = fileTaskOf(setup);
  const chain = chainOf(setup, task);
  const request = {
    depth: setup.depth * chain.length,
    completionsMax: Math.min(setup.depth, setup.options.batchCompleteMax ?? setup.depth),
    sqpoll: false,
    sqpollCpu: null,
    iopoll: false,
    binding: chooseBinding(setup.options.binding),
  };
  return onRing(request, (own) => {
    if (chain.length > 1) prepareChains(own.opened, setup.depth);
    return new FileRequestsEngine(setup, task, chain, own);
  });
}

function chainOf({ options }: EngineSetup, { operation }: FileTask): Chain {
  if (operation.kind !== 'create' || operation.directories) return { writes: false, commits: false, length: 1 };
  const writes = options.fileCreate !== 'open';
  const commits = options.fileCreate === 'commit';
  return { writes, commits, length: 2 + Number(writes) + Number(commits) };
}

/** Throws `UserError` where the kernel looks descriptors of linked requests up too early, or has no table of its own. */
function prepareChains(opened: OpenedRing, depth: number): void {
  const advice = 'use Linux 5.19 or later, or the synchronous filecreate';
  const needed = ['LINKED_FILE', 'CQE_SKIP'] satisfies (keyof typeof Feature)[];
  const missing = needed.filter((name) => !opened.features.includes(name));
  if (missing.length > 0) {
    throw UserError.of(
      `this kernel cannot use a file in the chain of requests that opens it (no ${missing.join(', no ')})`,
      advice,
      1,
    );
  }
  const failed = registerFiles(opened.mapped, Array<number>(depth).fill(-1));
  if (failed !== null) throw UserError.of(`no table of direct descriptors: ${failed.reason}`, failed.advice, 1);
}

class FileRequestsEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  readonly waitLimit: Int32Array;

  private readonly setup: EngineSetup;
  private readonly chain: Chain;
  private readonly opened: OpenedRing;
  private readonly memories: EngineRing['memories'];
  private readonly release: () => void;
  private readonly ring: Ring;
  private readonly chainLength: number;
  private readonly fileIndex: Int32Array;
  private readonly byteCount: Int32Array;
  private readonly pathLow: Int32Array;
  private readonly pathHigh: Int32Array;
  private readonly targetLow: Int32Array;
  private readonly targetHigh: Int32Array;
  /** By file: where its name begins. */
  private readonly folders: Int32Array;
  private readonly isRename: boolean;
  /** Of the first SQE of a slot to that of its write; 0 = there is none. */
  private readonly writeAt: number;
  private readonly isRehearsal: boolean;
  private sqes: Int32Array;
  private closed = false;

  constructor(setup: EngineSetup, task: FileTask, chain: Chain, { opened, memories, release }: EngineRing) {
    this.setup = setup;
    this.chain = chain;
    this.opened = opened;
    this.memories = memories;
    this.release = release;
    const { ring } = opened;
    const names = this.map(task.work.names);
    const targets = task.operation.kind === 'rename' ? this.map(renamedOf(task)) : names;
    this.ring = ring;
    this.completedSlot = ring.completedSlot;
    this.completedResult = ring.completedResult;
    this.waitLimit = opened.mapped.waitLimit;
    this.chainLength = chain.length;
    this.fileIndex = setup.requests.fileIndex;
    this.byteCount = setup.requests.byteCount;
    this.pathLow = names.lowWords;
    this.pathHigh = names.highWords;
    this.targetLow = targets.lowWords;
    this.targetHigh = targets.highWords;
    this.folders = Int32Array.from(task.work.folders);
    this.isRename = task.operation.kind === 'rename';
    this.writeAt = chain.writes ? sqeWords : 0;
    this.isRehearsal = setup.rehearses === true;
    this.sqes = ring.sqes;
    const states = task.operation.kind === 'stat' ? this.mapStates() : null;
    for (let slot = 0; slot < setup.depth; slot++) this.prefill(slot, task, states);
  }

  queue(slot: number): void {
    const sqes = this.sqes;
    const first = slot * this.chainLength;
    const sqe = first * sqeWords;
    const file = this.isRehearsal ? 0 : this.fileIndex[slot]!;
    sqes[sqe + SqeWord.fd] = this.folders[file]!;
    sqes[sqe + SqeWord.addressLow] = this.pathLow[file]!;
    sqes[sqe + SqeWord.addressHigh] = this.pathHigh[file]!;
    if (this.isRename) {
      sqes[sqe + SqeWord.length] = this.folders[file]!;
      sqes[sqe + SqeWord.offsetLow] = this.targetLow[file]!;
      sqes[sqe + SqeWord.offsetHigh] = this.targetHigh[file]!;
    }
    if (this.writeAt !== 0) sqes[sqe + this.writeAt + SqeWord.length] = this.byteCount[slot]!;
    for (let element = 0; element < this.chainLength; element++) this.ring.queue(first + element);
  }

  /** No result is short: a creation whose write was is one that failed. */
  queueRest(slot: number, _doneBytes: number): void {
    this.queue(slot);
  }

  submit(): void {
    this.ring.submit();
  }

  submitAndReap(completionsMin: number): number {
    const count = this.ring.submitAndReap(completionsMin);
    const last = this.chainLength - 1;
    for (let index = 0; index < count; index++) {
      const id = this.completedSlot[index]!;
      const slot = id >> elementShift;
      const result = this.completedResult[index]!;
      this.completedSlot[index] = slot;
      if (this.isRehearsal || (result === 0 && (id & (elementCount - 1)) === last)) {
        this.completedResult[index] = this.byteCount[slot]!;
      } else if (result >= 0) {
        // A request before the last completes only when it fails: of a write, when it is short.
        this.completedResult[index] = -Errno.EIO;
      }
    }
    return count;
  }

  cancelAll(): void {
    if (!this.closed) cancelEverything(this.opened.mapped);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    // A view of unmapped memory, once touched, kills the process: so none is left.
    this.sqes = new Int32Array(0);
    this.release();
  }

  describe(): EngineFacts {
    const { ring, opened, setup } = this;
    return {
      ...ringFacts(setup, opened),
      fixedBuffers: false,
      fixedFiles: this.chainLength > 1,
      ...ringCounts(ring),
    };
  }

  private map(paths: readonly string[]): PathMemory {
    const names = mapPaths(paths);
    this.memories.push(names.memory);
    return names;
  }

  /** A struct statx for each slot. */
  private mapStates(): MappedMemory {
    const memory = mapMemory(this.setup.depth * statxBytes, true);
    this.memories.push(memory);
    return memory;
  }

  /** Writes what stays the same for all operations of the slot. */
  private prefill(slot: number, task: FileTask, states: MappedMemory | null): void {
    const { kind, directories } = task.operation;
    if (kind === 'create' && !directories) {
      this.prefillChain(slot, task.work.openFlags);
      return;
    }
    const sqe = this.begin(slot, 0, this.opcodeOf(task));
    const sqes = this.sqes;
    if (kind === 'create') sqes[sqe + SqeWord.length] = directoryMode;
    if (kind === 'delete' && directories) sqes[sqe + SqeWord.opFlags] = AT_REMOVEDIR;
    if (kind === 'rename') sqes[sqe + SqeWord.opFlags] = RENAME_NOREPLACE;
    if (states !== null) {
      const { statType } = this.setup.options;
      const address = states.address + slot * statxBytes;
      sqes[sqe + SqeWord.offsetLow] = lowWord(address);
      sqes[sqe + SqeWord.offsetHigh] = highWord(address);
      sqes[sqe + SqeWord.length] = statType === 'statx' ? STATX_ALL : STATX_BASIC_STATS;
      sqes[sqe + SqeWord.opFlags] = statType === 'lstat' ? AT_SYMLINK_NOFOLLOW : 0;
    }
  }

  private opcodeOf({ operation }: FileTask): number {
    switch (operation.kind) {
      case 'create':
        return Op.mkdirat;
      case 'stat':
        return Op.statx;
      case 'delete':
        return Op.unlinkat;
      case 'rename':
        return Op.renameat;
    }
  }

  private prefillChain(slot: number, openFlags: number): void {
    const { buffers } = this.setup;
    const sqes = this.sqes;
    let element = 0;
    const open = this.begin(slot, element++, Op.openat);
    sqes[open + SqeWord.length] = fileMode;
    sqes[open + SqeWord.opFlags] = createFlags | openFlags;
    // Entry `slot`, counted from 1. What a broken chain left open there is replaced, and so closed.
    sqes[open + SqeWord.fileIndex] = slot + 1;
    if (this.chain.writes) {
      const write = this.begin(slot, element++, Op.write | (SqeFlag.FIXED_FILE << 8));
      const address = buffers.address + slot * buffers.strideBytes;
      sqes[write + SqeWord.fd] = slot;
      sqes[write + SqeWord.addressLow] = lowWord(address);
      sqes[write + SqeWord.addressHigh] = highWord(address);
    }
    if (this.chain.commits) {
      const sync = this.begin(slot, element++, Op.fsync | (SqeFlag.FIXED_FILE << 8));
      sqes[sync + SqeWord.fd] = slot;
    }
    const close = this.begin(slot, element, Op.close);
    sqes[close + SqeWord.fileIndex] = slot + 1;
  }

  /** Clears an element's SQE and links it to the next one, if there is one. Returns its first word. */
  private begin(slot: number, element: number, opcodeFlags: number): number {
    const sqe = (slot * this.chainLength + element) * sqeWords;
    const link = element < this.chainLength - 1 ? (SqeFlag.IO_LINK | SqeFlag.CQE_SKIP_SUCCESS) << 8 : 0;
    this.sqes.fill(0, sqe, sqe + sqeWords);
    this.sqes[sqe] = opcodeFlags | link;
    this.sqes[sqe + SqeWord.userDataLow] = (slot << elementShift) | element;
    return sqe;
  }
}

function renamedOf({ work }: FileTask): string[] {
  return work.names.map((path) => `${path}${renamedSuffix}`);
}
