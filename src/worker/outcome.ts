/** What running a plan gives, and what it tells while it runs. Data only: no formatting, no files. */
import type { Job, Precondition } from '../job/job.js';
import type { PerDirection } from '../job/per-direction.js';
import type { DiskUse } from '../machine/block-device.js';
import type { PlannedWorker } from '../plan/types.js';
import type { SteadyStateReport, WorkerReport } from '../stats/worker-report.js';
import type { Problem } from '../support/errors.js';
import type { Warning } from '../support/warning.js';

/** A worker either reports what it measured, or says why it could not. Both when it failed after measuring. */
export interface WorkerOutcome {
  readonly worker: PlannedWorker;
  readonly report: WorkerReport | null;
  readonly failure: Problem | null;
  /** Of the worker or its group, where the job has steadystate_duration and came to run. */
  readonly steadyState?: SteadyStateReport;
}

/** Of all latencies of a step, about once a second. */
export interface StepP99 {
  /** Since the measured start of the first worker. */
  readonly endMs: readonly number[];
  readonly ns: readonly number[];
}

export interface StepOutcome {
  readonly engineLabel: string;
  readonly variant: string;
  readonly repetition: number;
  readonly startedEpochMs: number;
  readonly elapsedMs: number;
  readonly workers: readonly WorkerOutcome[];
  readonly diskUse: readonly DiskUse[];
  /** Absent where the step was too short for one. */
  readonly p99?: StepP99;
}

/** What was done for `precondition`: a fill of regions, or a step run until it is steady. */
export interface PreconditionOutcome {
  readonly mode: Exclude<Precondition, 'none'>;
  readonly jobNames: readonly string[];
  readonly regions: readonly { readonly path: string; readonly offsetBytes: number; readonly bytes: number }[];
  readonly writtenBytes: number;
  readonly elapsedMs: number;
  readonly ended: 'done' | 'steady' | 'not steady' | 'interrupted' | 'failed';
  /** Jobs that ran until steady, each once, or the first of each group. */
  readonly settled: readonly { readonly job: Job; readonly steadyState: SteadyStateReport | null }[];
}

export interface RunOutcome {
  readonly startedEpochMs: number;
  readonly elapsedMs: number;
  /** Only steps that began; the last may be partial when interrupted. */
  readonly steps: readonly StepOutcome[];
  readonly interrupted: boolean;
  /** Absent = no job asked for it. */
  readonly preconditioning?: readonly PreconditionOutcome[];
  /** What was noticed on the way, as a cache that could not be dropped. */
  readonly warnings: readonly Warning[];
}

/** Told about once a second while a plan runs. */
export interface Progress {
  readonly phase: 'layout' | 'precondition' | 'prepare' | 'wait' | 'ramp' | 'run' | 'drain';
  readonly stepIndex: number;
  readonly stepCount: number;
  readonly engineLabel: string;
  readonly jobNames: readonly string[];
  /** 0…1 of the phase (layout: bytes; run: time or data), null when unknown. */
  readonly fraction: number | null;
  /** Of the whole plan, seconds; null when unknown. */
  readonly etaSeconds: number | null;
  /** Over the last interval. */
  readonly iops: PerDirection<number>;
  readonly bytesPerSecond: PerDirection<number>;
  /** p99 of total latency over all directions in the last interval; null without samples. */
  readonly p99Ns: number | null;
  readonly workersRunning: number;
}
