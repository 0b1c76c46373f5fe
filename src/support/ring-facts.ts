/** What probing io_uring finds out (src/ring), and what is shown of it (src/report): the shapes that both sides know. */
import type { Problem } from './errors.js';

export interface Capability {
  readonly name: string;
  /** Kernel version that brought it. */
  readonly since: string;
  readonly supported: boolean;
}

export interface RingProbe {
  readonly available: boolean;
  /** Why not, and what to do; null when available. */
  readonly problem: Problem | null;
  /** What iotest will use: `liburing 2.3` or `system calls`. */
  readonly binding: string;
  /** `2.3`, or null where liburing.so.2 is not installed. */
  readonly liburingVersion: string | null;
  /** Each flag, tried with the flags it needs. */
  readonly setupFlags: readonly Capability[];
  /** The sets that iotest asks for, best first per mode, and whether the kernel grants them. */
  readonly combinations: readonly {
    readonly mode: string;
    readonly flags: readonly string[];
    /** `ok`, or the name of the error: `EINVAL`. */
    readonly outcome: string;
  }[];
  readonly features: readonly string[];
  /** Empty when the kernel cannot tell (before 5.6). */
  readonly operations: readonly Capability[];
  /** How a ring of so many entries lies in memory; null when none can be had. */
  readonly anatomy: RingAnatomy | null;
  /** RLIMIT_MEMLOCK in bytes, which bounds registered buffers; null = unlimited. */
  readonly lockedMemoryBytesMax: number | null;
}

/** Something in a mapping; counts and sizes are null where nothing is counted. */
export interface RingPart {
  readonly name: string;
  readonly offsetBytes: number;
  readonly byteCount: number;
  /** What moves or reads it, in a few words. */
  readonly use: string;
}

export interface RingAnatomy {
  /** As asked, and as granted: a power of two. */
  readonly entriesAsked: number;
  readonly sqEntries: number;
  readonly cqEntries: number;
  /** Of the whole mappings, without rounding to pages. */
  readonly ringsBytes: number;
  readonly sqesBytes: number;
  readonly sqeBytes: number;
  readonly cqeBytes: number;
  /** The offsets for mmap(2). */
  readonly ringsMapOffset: number;
  readonly sqesMapOffset: number;
  /** Members of io_sqring_offsets and io_cqring_offsets, bytes from the begin of the rings. */
  readonly sqOffsets: Readonly<Record<string, number>>;
  readonly cqOffsets: Readonly<Record<string, number>>;
  /** The parts of the first mapping by their offsets. */
  readonly parts: readonly RingPart[];
}

/** null where this kernel cannot tell. */
export interface RegistrationLimits {
  /** Submission and completion entries of one ring (IORING_SETUP_CLAMP gives the most that there is). */
  readonly sqEntriesMax: number | null;
  readonly cqEntriesMax: number | null;
  /** Slots of one table of registered files; the limit of open files (ulimit -n) bounds it as well. */
  readonly filesMax: number | null;
  readonly buffersMax: number | null;
  /** io-wq workers per ring and NUMA node: bounded (files, devices) and unbounded (sockets, pipes). */
  readonly boundedWorkersMax: number | null;
  readonly unboundedWorkersMax: number | null;
}
