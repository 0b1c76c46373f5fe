/** What an engine was granted and what it counted: part of a worker's report. */

/** What was granted, as against asked. */
export interface EngineFacts {
  /** As users name it with modes: `io_uring+sqpoll`, `psync`. */
  readonly label: string;
  readonly depth: number;
  /** io_uring only: `liburing 2.3` or `system calls`. */
  readonly binding: string | null;
  /** Names of the setup flags in force, `IORING_SETUP_` left off. */
  readonly setupFlags: readonly string[];
  /** Names of the features, `IORING_FEAT_` left off. */
  readonly features: readonly string[];
  readonly fixedBuffers: boolean;
  readonly fixedFiles: boolean;
  /** What was asked for and not granted, each with its reason and what to do. */
  readonly fallbacks: readonly {
    readonly asked: string;
    readonly reason: string;
    readonly advice: string;
    readonly errno?: number;
  }[];
  /** What else was set up, by the name of its option, as the kernel has it. */
  readonly settings?: readonly EngineSetting[] | undefined;
  /** Calls into the kernel for I/O, submissions refused with EAGAIN/EBUSY, wake-ups of the SQ thread, CQ overflows. */
  readonly enterCount: number;
  readonly retryCount: number;
  readonly wakeupCount: number;
  readonly overflowCount: number;
}

export interface EngineSetting {
  readonly option: string;
  readonly value: string;
}

/** Facts of an engine that has no ring: there is nothing to grant. */
export function factsWithoutRing(label: string, depth: number): EngineFacts {
  return {
    label,
    depth,
    binding: null,
    setupFlags: [],
    features: [],
    fixedBuffers: false,
    fixedFiles: false,
    fallbacks: [],
    enterCount: 0,
    retryCount: 0,
    wakeupCount: 0,
    overflowCount: 0,
  };
}
