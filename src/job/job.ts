/**
 * A job with nothing left to guess: every option has its value, globals are merged, clones are separate.
 * `expand.ts` makes these from a job file; everything after it reads only these.
 * Units stand last in the names; option names are fio's where fio has one (see `options/`).
 */
import type { ChainOptions } from './chain.js';
import type { CommandPriorityOptions } from './command-priority-options.js';
import type { PerDirection } from './per-direction.js';
import type { BufferMemoryKind } from './process-values.js';
import type { RingOptions } from './ring-options.js';
import type { Precondition, SteadyStateOptions } from './steady-state.js';
import type { Amount } from './value-type.js';
import type { VerifyOptions } from './verify.js';

export type { CommandPriorityOptions, PrioritySplitEntry } from './command-priority-options.js';
export type { Precondition, SteadyStateOptions } from './steady-state.js';

/** Names of engines as users write them. */
export const engineNames = [
  'io_uring',
  'io_uring_cmd',
  'libaio',
  'sync',
  'psync',
  'vsync',
  'pvsync',
  'pvsync2',
  'mmap',
  'null',
  'filecreate',
  'filestat',
  'filedelete',
  'filerename',
  'dircreate',
  'dirstat',
  'dirdelete',
  'io_uring_filecreate',
  'io_uring_filestat',
  'io_uring_filedelete',
  'io_uring_filerename',
  'io_uring_dircreate',
  'io_uring_dirstat',
  'io_uring_dirdelete',
  'net',
  'io_uring_net',
] as const;
export type EngineName = (typeof engineNames)[number];

export type WriteHint = 'none' | 'short' | 'medium' | 'long' | 'extreme';

export interface TargetOptions {
  /** `filename=`, split at ':'; null = generated names from `directory`, job name, clone and file numbers. */
  readonly filenames: readonly string[] | null;
  /** `directory=`, split at ':'; clones take them in turn. Empty = working directory. */
  readonly directories: readonly string[];
  /** `nrfiles`: how many files are generated when `filenames` is null. */
  readonly fileCount: number;
  /** `files_per_directory`: generated names of file engines lie in numbered directories of so many; null = in one. */
  readonly filesPerDirectory: number | null;
  /** `openfiles`: how many of the files are in use at the same time; null = all. */
  readonly openFileCount: number | null;
  /** `size`: region per job, split evenly over its files; null = the size of the existing file or device. */
  readonly size: Amount | null;
  /** `filesize`: each file's own size, drawn from the range; null = not given. */
  readonly filesizeBytes: { readonly min: number; readonly max: number } | null;
  readonly offset: Amount;
  readonly offsetIncrement: Amount;
  /** `offset_align`: an offset in per cent is rounded up to a multiple of this; null = of the smallest block. */
  readonly offsetAlignBytes: number | null;
  readonly fallocate: 'none' | 'native' | 'posix' | 'keep' | 'truncate';
  /** O_DIRECT. */
  readonly direct: boolean;
  readonly sync: 'none' | 'sync' | 'dsync';
  /** Drop the target's page cache before the start. */
  readonly invalidate: boolean;
  /** Lay a file out before writing to it. */
  readonly overwrite: boolean;
  /** Delete the job's files at the end. */
  readonly unlink: boolean;
  /** `unlink_each_loop`: delete the job's files between its loops, and make them anew. */
  readonly unlinkEachLoop: boolean;
  /** `filename_format`: pattern of generated names; null = `$jobname.$jobnum.$filenum`. */
  readonly filenameFormat: string | null;
  /** `opendir`: all regular files below this directory are used as well; null = none. */
  readonly openDirectory: string | null;
  /** `filetype`: what every target must be; null = whatever it is. */
  readonly fileType: 'file' | 'block' | 'char' | null;
  /** `file_append`: the region begins where the file ends. */
  readonly fileAppend: boolean;
  /** `create_on_open`: missing files are made by the job when it opens them, and not laid out. */
  readonly createOnOpen: boolean;
  /** `create_only`: lay the files out and do no I/O. */
  readonly createOnly: boolean;
  /** `create_serialize`: lay the files out one after another. */
  readonly createSerialize: boolean;
  /** `create_fsync`: sync a file that was laid out. */
  readonly createFsync: boolean;
  /** `allow_file_create`: missing files may be made. */
  readonly allowFileCreate: boolean;
  /** `allow_mounted_write`, as fio knows it. It lifts no guard of ours; it is here to be answered. */
  readonly allowMountedWrite: boolean;
  /** `pre_read`: read the region into the page cache before the start. */
  readonly preRead: boolean;
  /** `fsync_on_close`: sync what was written when it is closed. */
  readonly fsyncOnClose: boolean;
  /** `end_syncfs`: sync the whole file systems at the end. */
  readonly endSyncfs: boolean;
  /** `fadvise_hint`: what posix_fadvise(2) is told; `pattern` = random or sequential as `rw` is. */
  readonly fadviseHint: 'none' | 'pattern' | 'random' | 'sequential' | 'noreuse';
  /** `write_hint`: expected life of what is written (fcntl(2) F_SET_RW_HINT); null = nothing is said. */
  readonly writeHint: WriteHint | null;
  /** `fill_device`: that no space is left is the normal end; without a size, the job writes until then. */
  readonly fillDevice: boolean;
  /** `lockfile`: what is locked around each I/O of a synchronous engine. */
  readonly lockFile: 'none' | 'exclusive' | 'readwrite';
  /** `precondition`: what is done to the region before anything is measured. */
  readonly precondition: Precondition;
}

/** One size of `bssplit` with its share of the I/Os; the shares of a list add up to 100. */
export interface SizeShare {
  readonly bytes: number;
  readonly percent: number;
}

/** Block sizes that are drawn anew for each I/O. Where a direction has none, `blockBytes` is the size. */
export interface SizeOptions {
  /** `bsrange`: multiples of the smallest, up to the largest. */
  readonly range: PerDirection<{ readonly min: number; readonly max: number } | null>;
  /** `bssplit`. */
  readonly split: PerDirection<readonly SizeShare[] | null>;
  /** `bs_unaligned`: any number of bytes, not only multiples of the smallest size. */
  readonly unaligned: boolean;
  /** `bs_is_seq_rand`: the sizes of reads serve all sequential I/O, those of writes all random I/O. */
  readonly bySequence: boolean;
  /** `blockalign`: random offsets are multiples of this; null = of the direction's smallest size. */
  readonly alignBytes: PerDirection<number | null>;
}

/** A distribution over the places of a row, most of it on few of them. */
export type SkewedDistribution =
  /** `center`: where in the row, from 0 to 1, the most frequent place lies; null = anywhere (zipf, pareto), 0.5 (normal). */
  | { readonly kind: 'zipf'; readonly theta: number; readonly center: number | null }
  | { readonly kind: 'pareto'; readonly power: number; readonly center: number | null }
  | { readonly kind: 'normal'; readonly deviationPercent: number; readonly center: number | null };

/** So many per cent of the I/Os go to a part of the region. */
export interface AccessZone {
  readonly accessPercent: number;
  readonly size: Amount;
}

/** `random_distribution`. */
export type Distribution =
  | { readonly kind: 'random' }
  | SkewedDistribution
  /** null = evenly, for that direction. `zoned` has sizes in per cent, `zoned_abs` in bytes. */
  | { readonly kind: 'zoned' | 'zoned_abs'; readonly zones: PerDirection<readonly AccessZone[] | null> }
  /** Numbers of blocks, in this order again and again. */
  | { readonly kind: 'sequence'; readonly blocks: readonly number[] };

/** In which order the blocks of a file come. */
export interface OrderOptions {
  /** `rw=randread:N`: a new random offset for every Nth I/O only. */
  readonly randomEvery: number;
  /** `rw=read:SIZE`: bytes left out between sequential blocks; negative goes backwards. */
  readonly holeBytes: number;
  /** `rw_sequencer`: where the I/Os between two random offsets go. */
  readonly sequencer: 'sequential' | 'identical';
  /** `percentage_random`. */
  readonly randomPercent: PerDirection<number>;
  readonly distribution: Distribution;
  /** `random_sequence_stride`: each turn of a `sequence` begins behind the one before. */
  readonly sequenceStrides: boolean;
  /** `random_generator`: with `lfsr` each block comes once per pass even under `norandommap`. */
  readonly generator: 'tausworthe' | 'lfsr' | 'tausworthe64';
  /** `softrandommap`: go on without the random map where there is no memory for it. */
  readonly softRandomMap: boolean;
  /** `zonemode`; null in a draft = as `zonesize` says. */
  readonly zoneMode: 'none' | 'strided' | null;
  /** `zonesize`: bytes to transfer in a zone before the next one; 0 = no zones. */
  readonly zoneBytes: number;
  /** `zonerange`: how far a zone reaches. */
  readonly zoneRangeBytes: number;
  /** `zoneskip`: gap between zones. */
  readonly zoneSkipBytes: number;
}

/** `file_service_type`: which of several files comes next. */
export type FileServiceOptions =
  | { readonly kind: 'roundrobin' | 'random'; readonly ioCount: number }
  /** One file to its end, then the next. */
  | { readonly kind: 'sequential' }
  | SkewedDistribution;

/** `sync_file_range`: what to wait for (sync_file_range(2)), after every so many writes. */
export interface SyncRangeOptions {
  readonly waitBefore: boolean;
  readonly write: boolean;
  readonly waitAfter: boolean;
  readonly every: number;
}

export interface WorkloadOptions {
  readonly directions: 'read' | 'write' | 'trim' | 'readwrite' | 'trimwrite';
  readonly random: boolean;
  /** Share of reads (of trims for `trimwrite` there is none: it alternates trim and write of the same block). */
  readonly readPercent: number;
  /** `bs`. */
  readonly blockBytes: PerDirection<number>;
  readonly sizes: SizeOptions;
  readonly order: OrderOptions;
  readonly fileService: FileServiceOptions;
  /** `io_size`: how much to transfer; null = `size`. */
  readonly ioSize: Amount | null;
  /** `number_ios`, per loop and, of trimwrite, per direction; null = no limit. */
  readonly ioCountMax: number | null;
  readonly loops: number;
  /** False with `norandommap`: offsets may repeat within a pass. */
  readonly randomMap: boolean;
  /** `randrepeat=0` draws a new seed for each run; the seed in use is in the result. */
  readonly randomRepeat: boolean;
  /** `randseed`, default 0x89. */
  readonly randomSeed: number;
  /** An fsync / fdatasync after this many writes; 0 = none. */
  readonly fsyncEvery: number;
  readonly fdatasyncEvery: number;
  readonly syncRange: SyncRangeOptions | null;
  /** `serialize_overlap`: what touches the bytes of an I/O in flight waits for it. */
  readonly serializesOverlap: boolean;
  readonly endFsync: boolean;
  /** What is done to a buffer before each write; how the content options decide it is in payload-rules.ts. */
  readonly refillBuffers: boolean;
  readonly zeroBuffers: boolean;
  readonly scrambleBuffers: boolean;
}

/** What writes hold, and the files that are laid out for the job. */
export interface PayloadOptions {
  /** `buffer_pattern` as written; job/buffer-pattern.ts makes the bytes. null = none. */
  readonly pattern: string | null;
  /** `buffer_compress_percentage`: share of each chunk that is constant; 0 = none. */
  readonly compressPercent: number;
  /** `buffer_compress_chunk`; 0 = the block. */
  readonly compressChunkBytes: number;
  /** `dedupe_percentage`: share of writes that repeat content; 0 = none. */
  readonly dedupePercent: number;
  readonly dedupeMode: 'repeat' | 'working_set';
  /** Of the job's size. */
  readonly dedupeWorkingSetPercent: number;
  /** The working set is spread over all jobs that have this. */
  readonly dedupeGlobal: boolean;
}

export const networkProtocols = ['tcp', 'tcpv6', 'udp', 'udpv6', 'unix'] as const;

/** Whom `net` and `io_uring_net` talk to. */
export interface NetworkOptions {
  /** A name, an address, or the path of a UNIX socket; null = not given. */
  readonly hostname: string | null;
  /** Of the receiving end; clones take those that follow. */
  readonly port: number | null;
  readonly protocol: (typeof networkProtocols)[number];
  /** `listen`: this end waits for the connection. Of UDP and UNIX sockets the reading end does. */
  readonly listens: boolean;
  readonly pingPong: boolean;
  /** TCP_NODELAY. */
  readonly noDelay: boolean;
  /** `window_size`: SO_RCVBUF and SO_SNDBUF; 0 = the system's. */
  readonly windowBytes: number;
  /** `mss`; 0 = the system's. */
  readonly segmentBytes: number;
  /** `send_zc`. */
  readonly sendsZeroCopy: boolean;
  /** `recv_multishot`. */
  readonly receivesMultishot: boolean;
}

export interface EngineOptions extends RingOptions {
  readonly name: EngineName;
  /** Hidden: io_uring issues NOPs instead of I/O. */
  readonly nop: boolean;
  readonly depth: number;
  /** `iodepth_batch`: requests per submission (0 in a job file means depth); null = the run loop adapts it. */
  readonly batchSubmit: number | null;
  /** `iodepth_batch_complete_min`: reap at least so many per wait; 0 polls. */
  readonly batchCompleteMin: number;
  /** `iodepth_batch_complete_max`; null = no limit. */
  readonly batchCompleteMax: number | null;
  /** `iodepth_low`: once full, refill only when this few are in flight; = depth when not given. */
  readonly depthLow: number;
  readonly bufferAlignBytes: number;
  readonly iopoll: boolean;
  readonly sqpoll: boolean;
  readonly sqpollCpu: number | null;
  readonly fixedBuffers: boolean;
  readonly fixedFiles: boolean;
  /** `nonvectored`: true READ/WRITE, false READV/WRITEV, null = READ/WRITE when the kernel has them. */
  readonly nonvectored: boolean | null;
  /** `force_async=N`: IOSQE_ASYNC on every Nth request; 0 = never. */
  readonly forceAsyncEvery: number;
  /** `hipri` of pvsync2 (RWF_HIPRI), and the share of I/Os that have it. */
  readonly highPriority: boolean;
  readonly highPriorityPercent: number;
  /** `nowait` (RWF_NOWAIT). */
  readonly nowait: boolean;
  /** `uncached` (RWF_DONTCACHE). */
  readonly uncached: boolean;
  /** `atomic` (RWF_ATOMIC), for writes. */
  readonly atomic: boolean;
  /** `cmdprio…`: priorities of single I/Os; null = none of these options is given. */
  readonly commandPriority: CommandPriorityOptions | null;
  /** `libaio_vectored`: PREADV and PWRITEV. */
  readonly libaioVectored: boolean;
  /** `userspace_reap`: libaio's completions are read from the mapped ring; false = by io_getevents alone. */
  readonly userspaceReap: boolean;
  readonly chain: ChainOptions;
  /** Which way to the kernel io_uring takes; forced for tests and comparisons. */
  readonly binding: 'auto' | 'liburing' | 'syscalls';
  /** `file_create`: what makes a file: open and close; with a write of one block between; and with an fsync after it. */
  readonly fileCreate: 'open' | 'write' | 'commit';
  /** `stat_type`: the call that looks at a file. */
  readonly statType: 'stat' | 'lstat' | 'statx';
  readonly network: NetworkOptions;
}

export interface ScheduleOptions {
  /** `job_start_clock_id`: the clock of fio's `job_start`, a number of clock_gettime(2). */
  readonly startClockId: number;
  /** null = until the data is done. */
  readonly runtimeMs: number | null;
  readonly timeBased: boolean;
  readonly rampMs: number;
  /** `ramp_size`: bytes to do before measuring begins, with group_reporting those of the group; 0 = none. */
  readonly rampBytes: number;
  readonly startDelayMs: { readonly min: number; readonly max: number };
  /** `wait_for`: name of a job above that must have ended, with all its clones; null = none. */
  readonly waitFor: string | null;
}

/** What the end of a job means for others. */
export interface EndingOptions {
  /** `exitall`: its end ends others. A switch of the whole run, as in fio: what one job says holds for all. */
  readonly exitAll: boolean;
  /** Which others: those of its reporting group, all that run now, or also those that would come later. */
  readonly exitWhat: 'group' | 'stonewall' | 'all';
  /** Its end ends others when it failed. */
  readonly exitAllOnError: boolean;
  readonly steadyState: SteadyStateOptions;
}

/** Where errors do not end the job; `verify`: wrong blocks. */
export interface ContinueOnError {
  readonly read: boolean;
  readonly write: boolean;
  readonly verify: boolean;
}

/** Errors that do not end a job; `continueOnError` says in which directions there are such. */
export interface ErrorOptions {
  /** `ignore_error`: which errno these are; null = EIO and EILSEQ. Trims count as writes, as in fio. */
  readonly ignoredErrnos: Readonly<Record<keyof ContinueOnError, readonly number[] | null>>;
  /** `error_dump`: say of each one what it was. */
  readonly dump: boolean;
}

/** When I/Os may start. Rates are per direction; 0 = none. */
export interface PacingOptions {
  /** `rate`. Never together with `iops`. */
  readonly bytesPerSecond: PerDirection<number>;
  /** `rate_iops`. */
  readonly iops: PerDirection<number>;
  /** `rate_min`: the job fails below this. Never together with `iopsMin`. */
  readonly bytesPerSecondMin: PerDirection<number>;
  /** `rate_iops_min`. */
  readonly iopsMin: PerDirection<number>;
  /** `rate_process`: evenly spaced, or at random with exponential gaps. */
  readonly process: 'linear' | 'poisson';
  /** `rate_cycle`: over which time the minima are judged. */
  readonly cycleMs: number;
  /** `rate_ignore_thinktime`: what a pause kept from being done is not made up for. */
  readonly ignoresThinkTime: boolean;
  /** `io_submit_mode`: offload asks fio for latencies from the intended start, which a rate always has here. */
  readonly submitMode: 'inline' | 'offload';
}

/** `thinktime` and its kin: pauses with nothing in flight. */
export interface ThinkTimeOptions {
  /** 0 = no pauses. */
  readonly pauseMs: number;
  /** Part of the pause, its first, that is spent computing. */
  readonly spinMs: number;
  /** `thinktime_blocks`: I/Os between pauses; null = not given: 1, or by `ioTimeMs` alone when that is given. */
  readonly blockCount: number | null;
  /** `thinktime_blocks_type`: which I/Os count. */
  readonly counts: 'complete' | 'issue';
  /** `thinktime_iotime`: time between pauses; 0 = only blocks count. */
  readonly ioTimeMs: number;
  /** `thinkcycles`: processor cycles to compute for after each I/O, whatever else is in flight; 0 = none. */
  readonly cycleCount: number;
}

/** Shares of jobs that run together: `flow_id`, `flow`, `flow_sleep`. */
export interface FlowOptions {
  readonly id: number;
  /** 0 = in no flow. */
  readonly weight: number;
  /** How long a job that is ahead waits before it looks again. */
  readonly sleepMs: number;
}

/** Limits on latencies, of the service time. */
export interface LatencyTargetOptions {
  /** `max_latency`: one I/O above it fails the job; 0 = none. */
  readonly latencyMsMax: PerDirection<number>;
  /** `latency_target`: search for the largest depth that keeps below it; null = no search. */
  readonly targetMs: number | null;
  /** `latency_window`: how long each depth is tried. */
  readonly windowMs: number;
  /** `latency_percentile`: the share of I/Os that must keep below it. */
  readonly percent: number;
  /** `latency_run`: go on searching until the job ends. */
  readonly keepsSearching: boolean;
}

export interface ProcessOptions {
  /** CPU numbers; null = no pinning. */
  readonly cpusAllowed: readonly number[] | null;
  readonly nice: number | null;
  readonly prio: number | null;
  /** 0 none, 1 real time, 2 best effort, 3 idle (ioprio_set(2)). */
  readonly prioClass: number | null;
  /** `priohint`, 0…1023: the hint of ioprio_set(2). */
  readonly prioHint: number | null;
  /** `cpus_allowed_policy`: all CPUs for each thread, or one of them for each in turn. */
  readonly cpusAllowedPolicy: 'shared' | 'split';
  /** `comm`: name of the thread to the kernel, at most 15 bytes; null = Node's. */
  readonly comm: string | null;
  /** Numbers of the user and the group as which the files are opened and the I/O is done; null = ours. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** Commands for the shell before and after the job; they run only when the command line allows it. */
  readonly execPrerun: string | null;
  readonly execPostrun: string | null;
  /** `mem`: what memory the buffers are in; `path` for the kinds that map a file. */
  readonly bufferMemory: { readonly kind: BufferMemoryKind; readonly path: string | null };
  /** `hugepage-size` of those in huge pages; null = the system's. */
  readonly hugePageBytes: number | null;
  /** `lockmem`: so much memory is pinned while the job runs; 0 = none. */
  readonly lockedBytes: number;
}

export interface MeasureOptions {
  /** `stats=0`: the job runs, and is left out of the results unless it fails. */
  readonly statistics: boolean;
  readonly percentiles: readonly number[];
  readonly completionPercentiles: boolean;
  readonly totalPercentiles: boolean;
  readonly submissionPercentiles: boolean;
  readonly total: boolean;
  readonly completion: boolean;
  /** Measured only when asked for: it needs a kernel entry and a clock reading of its own (see docs). */
  readonly submission: boolean;
  readonly bandwidth: boolean;
  /** `bwavgtime`, ms; null = not written: see windows.ts. */
  readonly bandwidthWindowMs: number | null;
  /** `iopsavgtime`, ms; null = not written. */
  readonly iopsWindowMs: number | null;
  readonly kiloBase: 1000 | 1024;
  /** `unit_base`: in what fio's text output gives rates. */
  readonly rateUnit: 'bytes' | 'bits';
  /** `unified_rw_reporting`: each direction by itself, all together, or both. */
  readonly unified: 'none' | 'mixed' | 'both';
  /** `disk_util`: say what the disks below the job's targets did. */
  readonly diskUse: boolean;
  /** `significant_figures`: characters of a number in fio's text output, the point included. */
  readonly significantFigures: number;
}

/** What is written while the job runs: fio's logs, whose formats are in docs/logs.md. */
export interface LogOptions {
  /** `write_bw_log` and the like: what the files' names begin with; '' = the job's name, null = no such log. */
  readonly bandwidth: string | null;
  /** Total, completion and submission latency, a file each. */
  readonly latency: string | null;
  readonly iops: string | null;
  readonly histogram: string | null;
  /** `write_iolog`: the file that records what was issued; null = none. */
  readonly iolog: string | null;
  /** `per_job_logs`: a file for each clone, numbered; false = one for all, added to. */
  readonly perJob: boolean;
  /** `log_avg_msec`: one line per window; 0 = one per I/O. */
  readonly averageMs: number;
  readonly windowValue: 'average' | 'maximum' | 'both';
  /** Further columns. */
  readonly offset: boolean;
  readonly priority: boolean;
  readonly issueTime: boolean;
  /** `log_hist_msec`: time between histograms; 0 = none. */
  readonly histogramMs: number;
  /** 2^this buckets of latency are one column. */
  readonly histogramCoarseness: number;
  /** `log_entries`: entries that memory is set aside for, at least. */
  readonly entryCountMin: number;
  /** Times count from a clock's epoch and not from the start of the job. */
  readonly alternateEpoch: boolean;
  /** That clock, a number of clock_gettime(2): 0 CLOCK_REALTIME, 1 CLOCK_MONOTONIC… */
  readonly alternateEpochClockId: number;
}

/** Recorded I/Os to be done again, in place of what rw, bs and size describe. */
export interface ReplayOptions {
  /** `read_iolog`, split at ':'; clones take them in turn. null = nothing is replayed. */
  readonly iologs: readonly string[] | null;
  /** `replay_no_stall`: as fast as iodepth allows; false keeps the times of the recording. */
  readonly noStall: boolean;
  /** `replay_time_scale`: 200 = twice as fast. */
  readonly timeScalePercent: number;
  /** `replay_scale`: offsets are divided by this. */
  readonly offsetScale: number;
  /** `replay_align`: offsets are rounded down to multiples of this power of two; 0 = as they are. */
  readonly offsetAlignBytes: number;
  /** `replay_redirect`: everything goes to this file or device; null = where it was recorded. */
  readonly redirect: string | null;
  /** `replay_skip`: what is left out. */
  readonly skip: readonly ReplaySkip[];
}

export const replaySkips = ['read', 'write', 'trim', 'sync'] as const;
export type ReplaySkip = (typeof replaySkips)[number];

export interface Job {
  readonly source: { readonly file: string; readonly line: number; readonly section: string };
  readonly name: string;
  readonly description: string | null;
  /** The section's options as typed (primary names), for fio's `job options`. Globals are not in here. */
  readonly typedOptions: Readonly<Record<string, string>>;
  /** 0-based number of the reporting group (fio's groupid). */
  readonly groupIndex: number;
  readonly groupReporting: boolean;
  /** Waits until all jobs before it have ended. */
  readonly stonewall: boolean;
  /** 0 for the job itself, 1… for the further clones of `numjobs`. */
  readonly cloneIndex: number;
  readonly cloneCount: number;
  readonly target: TargetOptions;
  readonly workload: WorkloadOptions;
  readonly payload: PayloadOptions;
  readonly engine: EngineOptions;
  readonly schedule: ScheduleOptions;
  readonly ending: EndingOptions;
  readonly errors: ErrorOptions;
  readonly pacing: PacingOptions;
  readonly thinkTime: ThinkTimeOptions;
  readonly flow: FlowOptions;
  readonly latencyTarget: LatencyTargetOptions;
  readonly process: ProcessOptions;
  readonly measure: MeasureOptions;
  readonly logs: LogOptions;
  readonly replay: ReplayOptions;
  /** Directions in which errors are counted instead of ending the job (`continue_on_error`); which ones: `errors`. */
  readonly continueOnError: ContinueOnError;
  readonly verify: VerifyOptions;
}

export interface JobSet {
  /** Options of [global] as typed (primary names). */
  readonly globalOptions: Readonly<Record<string, string>>;
  /** In the order in which they run and are reported. Clones are next to each other, 0 first. */
  readonly jobs: readonly Job[];
}
