/**
 * What a run will do, decided before anything is opened for I/O. Plain data: it is printed by `iotest check`, cloned
 * into workers, and recorded.
 */
import type { EngineOptions, Job, JobSet } from '../job/job.js';
import type { LogFile, LogFormat } from '../logs/log-files.js';
import type { Recording } from '../logs/recording.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Warning } from '../support/warning.js';

/** A place on disk that a job uses. */
export interface PlannedFile {
  readonly path: string;
  /** `missing` will be created; `memory` has no path on disk (engine null without files). */
  readonly kind: 'file' | 'block' | 'missing' | 'memory';
  /** The part of the file that the job touches. */
  readonly regionOffsetBytes: number;
  readonly regionBytes: number;
  /** Size of the whole file or device when the job starts, laid out. */
  readonly fileBytes: number;
  /** What must happen before the start so that the region exists: nothing, allocate (jobs that only write), write data. */
  readonly layOut: 'nothing' | 'allocate' | 'write';
  /** Size the file must have; 0 with layOut nothing. */
  readonly layOutToBytes: number;
  /** Alignment that O_DIRECT demands here; 1 when the file is buffered. */
  readonly alignBytes: number;
  /** A regular file that iotest has made, or will. */
  readonly isOwn: boolean;
  /** `unlink=1` deletes it when the run is over. */
  readonly isDeleted: boolean;
  /** The region ends where a step before this one has ended for want of space: `regionBytes` is known at the start only. */
  readonly isOpenEnded?: boolean;
}

/** Of a job whose engine operates on files themselves. */
export interface PlannedFileWork {
  readonly kind: 'create' | 'stat' | 'delete' | 'rename';
  /** Of directories; else of regular files. */
  readonly directories: boolean;
  /** Each once. Relative ones begin at the working directory. */
  readonly paths: readonly string[];
  /** The names are the job's own, and not given by `filename`. */
  readonly generated: boolean;
  /** Size of the files that are made before the start, where the operation needs them. */
  readonly layOutBytes: number;
  /** What one operation counts as. */
  readonly blockBytes: number;
}

/** Of a job that sends and receives. */
export interface PlannedNetwork {
  readonly protocol: 'tcp' | 'tcpv6' | 'udp' | 'udpv6' | 'unix';
  /** This end waits for the other one. */
  readonly listens: boolean;
  /** null where the job waits at a port; the path of a UNIX socket. */
  readonly hostname: string | null;
  /** Of this clone; 0 = none. */
  readonly port: number;
}

/** Of a job with `zonemode=zbd`. */
export interface PlannedZones {
  readonly zoneBytes: number;
  /** Of emulated zones; a device tells its own. */
  readonly capacityBytes: number;
  /** The device's own zones, not emulated ones. */
  readonly isDevice: boolean;
  /** Zones that all jobs together may write at once; 0 = no limit. */
  readonly openMax: number;
  /** Several writes to one zone may be in flight. */
  readonly keepsOrder: boolean;
}

export interface PlannedWorker {
  /** Place of the job in the job set: the same on every engine, and what makes its random streams its own. */
  readonly workerIndex: number;
  readonly job: Job;
  /** `job.engine` with the `--engine` variant applied and the depth that the engine can have. */
  readonly engine: EngineOptions;
  /** As shown: `io_uring+sqpoll`. */
  readonly engineLabel: string;
  readonly files: readonly PlannedFile[];
  /** Seeds everything random in this worker; same job and seed give the same offsets on every engine. */
  readonly seed: number;
  /** Bytes to transfer in all loops together; null = no limit (time_based). */
  readonly ioBytes: number | null;
  /** What one pass over the files comes to: `size`. */
  readonly passBytes: number;
  /** `io_size` in bytes; null = as `passBytes`. */
  readonly ioSizeBytes: number | null;
  /** With `dedupe_global`: all workers of the job set that share one working set, by index and seed. */
  readonly dedupePeers: readonly { readonly workerIndex: number; readonly seed: number }[];
  /** What is replayed in place of what the job describes; null = nothing. */
  readonly recording: Recording | null;
  /** null = the job moves data; `files` then has one entry that stands for all names. */
  readonly fileWork: PlannedFileWork | null;
  /** null = the job sends nothing; `files` then has one entry that stands for the connection. */
  readonly network: PlannedNetwork | null;
  /** Where files beside the output go (`--aux-path`); not given = the working directory. */
  readonly auxFolder?: string;
  /** Not given = zones have no write pointers. */
  readonly zones?: PlannedZones;
  /** null = the job writes no logs. */
  readonly logs: PlannedLogs | null;
  /** Of a writer under `iotest crashtest`: where it tells what is promised, and what the seeds of its blocks are made of. */
  readonly promises?: { readonly descriptor: number; readonly key: readonly [number, number] };
  /** The job fails where memory or files cannot be registered as asked, as it does with fio; else it goes on without. */
  readonly needsRegistration?: boolean;
}

export interface PlannedLogs {
  readonly files: readonly LogFile[];
  readonly format: LogFormat;
  /** Entries that memory is set aside for, at least. */
  readonly entryCountMin: number;
  /** Times count from this clock's epoch; null = from the start of the measured time. */
  readonly epochClockId: number | null;
}

/** Workers that start together. Steps run one after another (stonewall, and one step per engine variant). */
export interface Step {
  readonly engineLabel: string;
  /** What is compared within the run: the engine label, or the name of the variant or job file. */
  readonly variant: string;
  /** 0-based number of the repetition of the whole plan. */
  readonly repetition: number;
  /** Which variant it is a part of, on which engine: steps of one way and repetition follow each other by stonewall. */
  readonly wayIndex: number;
  readonly workers: readonly PlannedWorker[];
}

export interface Plan {
  readonly jobSet: JobSet;
  readonly steps: readonly Step[];
  /** What was found at each path, once per path. */
  readonly targets: readonly TargetFacts[];
  readonly warnings: readonly Warning[];
}
