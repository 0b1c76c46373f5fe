/**
 * What a run will do, decided before anything is opened for I/O. Plain data: it is printed by `iotest check`, cloned
 * into workers, and recorded.
 */
import type { EngineOptions, Job, JobSet } from '../job/job.js';
import type { Warning } from '../support/warning.js';

/** A place on disk that a job uses. */
export interface PlannedFile {
  readonly path: string;
  /** `missing` will be created; `memory` has no path on disk (engine null without files). */
  readonly kind: 'file' | 'block' | 'missing' | 'memory';
  /** The part of the file that the job touches. */
  readonly regionOffsetBytes: number;
  readonly regionBytes: number;
  /** Bytes to write before the start, so that the region exists; 0 when nothing is to be laid out. */
  readonly layOutToBytes: number;
  /** Alignment that O_DIRECT demands here; 1 when the file is buffered. */
  readonly alignBytes: number;
}

export interface PlannedWorker {
  readonly job: Job;
  /** `job.engine` with the `--engine` variant applied and the depth that the engine can have. */
  readonly engine: EngineOptions;
  /** As shown: `io_uring+sqpoll`. */
  readonly engineLabel: string;
  readonly files: readonly PlannedFile[];
  /** Seeds everything random in this worker; same job and seed give the same offsets on every engine. */
  readonly seed: number;
  /** Bytes to transfer per loop; null = no limit (time_based). */
  readonly ioBytes: number | null;
}

/** Workers that start together. Steps run one after another (stonewall, and one step per engine variant). */
export interface Step {
  readonly engineLabel: string;
  readonly workers: readonly PlannedWorker[];
}

export interface Plan {
  readonly jobSet: JobSet;
  readonly steps: readonly Step[];
  readonly warnings: readonly Warning[];
}
