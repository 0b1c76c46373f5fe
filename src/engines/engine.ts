/**
 * What the run loop knows of an engine. One I/O is one *slot*: slot = row of `Requests` = buffer = SQE or iocb =
 * user_data. The loop fills a row, queues the slot, and gets the slot back as completed.
 *
 *   workload.next(slot)   fills the row
 *   engine.queue(slot)    writes memory the kernel will read (nothing is called)
 *   engine.submitAndReap  one round trip to the kernel for the whole batch
 */
import type { EngineOptions } from '../job/job.js';
import type { EngineFacts } from '../stats/engine-facts.js';
import type { Random } from '../support/random.js';
import type { AccessAdvice } from '../system/file-hints.js';
import type { SocketAddress } from '../system/sockets.js';
import type { ChainSetup } from './chains/chain.js';
import type { CommandPriorities } from './command-priority.js';
import type { Requests } from './requests.js';

export interface Engine {
  /** Slots that `submitAndReap` or `reap` found completed: valid in [0, return value). Length = depth. */
  readonly completedSlot: Int32Array;
  /** Their results: bytes, or −errno. Trims and syncs that succeed give the row's `byteCount`. */
  readonly completedResult: Int32Array;
  /**
   * By slot: how long its call took, ns, from right before it until right after. Absent where requests are under way by
   * themselves, so that the loop's clock tells.
   */
  readonly callNs?: Float64Array;
  /**
   * Bounds the wait of `submitAndReap`: struct timespec as words [seconds, 0, ns, 0], 100 ms until something else is
   * written. Absent where calls never wait. Not to be touched after `close`.
   */
  readonly waitLimit?: Int32Array;
  /**
   * What must happen after the start and before the first I/O: a connection. Waits for the other end, until
   * `isStopping`. Throws `UserError`. Absent where there is nothing to do.
   */
  establish?(isStopping: () => boolean): void;
  /** Gives up what it has mapped of a file, so that its pages can leave the page cache. Absent where nothing is mapped. */
  leavePages?(fileIndex: number): void;
  /**
   * The time is over, or a command says stop: what may never complete by itself is taken back. Absent where all does.
   */
  endInput?(): void;
  /** What the job failed of though all its requests are complete; null = nothing. Absent where results say all. */
  failure?(): string | null;
  /** Takes row `slot` of the requests. Writes memory only; never fails: depth bounds what can be queued. */
  queue(slot: number): void;
  /**
   * Queues what a short transfer left of row `slot`: bytes [doneBytes, byteCount) at offset + doneBytes, from the same
   * place in the slot's buffer. Its result is of the rest alone. Rare path.
   */
  queueRest(slot: number, doneBytes: number): void;
  /** Hands everything queued to the kernel without waiting or reaping. Used only where submission is timed by itself. */
  submit(): void;
  /**
   * Submits everything queued, waits until `completionsMin` are complete (0 = do not wait), and reaps what is there.
   * Returns how many; may be fewer than `completionsMin`, even 0, when the bounded wait (about 100 ms) ends or a signal
   * comes. Synchronous engines perform the calls here.
   */
  submitAndReap(completionsMin: number): number;
  /** Asks the kernel to cancel what is in flight, if the engine can; the loop goes on reaping. Rare path. */
  cancelAll(): void;
  /** Everything must be reaped before. Releases all that the engine took; safe to call twice. */
  close(): void;
  /** What was really set up and what happened; goes into the result. Cold. */
  describe(): EngineFacts;
}

export interface OpenFile {
  readonly path: string;
  readonly descriptor: number;
  readonly kind: 'file' | 'block' | 'memory';
  /** Size in bytes when opened. */
  readonly sizeBytes: number;
}

/** The slots' buffers: one mapping, slot s at address + s × strideBytes (0 where reads in a run share one). The runner owns it; engines borrow it. */
export interface Buffers {
  /** A user-space address, exact as a double (below 2^47). */
  readonly address: number;
  readonly strideBytes: number;
  readonly totalBytes: number;
}

/** The names that an engine such as `filecreate` works on: a row's file index says which one. */
export interface FileWork {
  /** As the operations name them: in their folders where those are held, else as given. */
  readonly names: readonly string[];
  /** By name: the folder, held open, or AT_FDCWD. */
  readonly folders: readonly number[];
  /** Flags of open(2) beside those that every creation has: O_DIRECT, O_SYNC, O_DSYNC. */
  readonly openFlags: number;
}

/** What an engine that runs a program runs, and how. */
export interface ProgramWork {
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** Descriptors for its output. */
  readonly stdout: number;
  readonly stderr: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceSeconds: number;
}

/** Where an engine that sends and receives finds the other end. */
export interface Endpoint {
  readonly address: SocketAddress;
  /** This end waits for the other one. */
  readonly listens: boolean;
  readonly datagrams: boolean;
}

export interface EngineSetup {
  readonly options: EngineOptions;
  /** ≤ options.depth: engines that cannot queue get 1. */
  readonly depth: number;
  readonly requests: Requests;
  readonly files: readonly OpenFile[];
  readonly buffers: Buffers;
  /** Largest transfer of one request. */
  readonly blockBytesMax: number;
  readonly writes: boolean;
  /** On a file in memory before the start: what that cannot do is left out, on the same paths through the code. */
  readonly rehearses?: boolean;
  /** What the job's thread runs with (ioprio_set(2)), for calls that other threads make; 0 or not given = nothing. */
  readonly ownPriority?: number;
  /** Priorities of single I/Os; not given = all have the thread's. */
  readonly priorities?: CommandPriorities | null;
  /** For what an engine leaves to chance; not given = from a fixed seed. */
  readonly random?: Random;
  /** Flags of sync_file_range(2) for `Operation.syncRange`; a job without such requests needs none. */
  readonly syncRangeFlags?: number;
  /** Not given = a ring has its own. */
  readonly sqThread?: SqThreadShare | null;
  /** The pattern to come, for engines that map files: advice on a descriptor does not reach them. Not given = none. */
  readonly accessAdvice?: AccessAdvice | null;
  /** Needed by engines whose operations are on files themselves; for all others absent. */
  readonly fileWork?: FileWork | null;
  /** Each I/O is a chain; not given = a single request. */
  readonly chain?: ChainSetup;
  /** The files' descriptors where they change: a chain opens its file anew. Not given = those of `files`. */
  readonly descriptors?: Int32Array;
  /** Needed by engines that send and receive. */
  readonly endpoint?: Endpoint | null;
  /** Needed by the engine that runs a program. */
  readonly program?: ProgramWork | null;
}

/** Jobs whose rings share the thread of one of them (SQPOLL). */
export interface SqThreadShare {
  /** Name of the job whose ring has the thread. */
  readonly owner: string;
  readonly isOwner: boolean;
  /** The owner's ring is open under this descriptor. */
  offer(descriptor: number): void;
  /** Waits for the owner's ring. Throws `UserError` when there will be none. */
  descriptor(): number;
}

/** What each engine's module exports. */
export interface EngineModule {
  /** Opens the engine on the calling thread, which is the only one that may use it. Throws `UserError`. */
  openEngine(setup: EngineSetup): Engine;
}
