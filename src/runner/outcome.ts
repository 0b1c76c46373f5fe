/** What running a plan gives, and what it tells while it runs. Data only: no formatting, no files. */
import type { PerDirection } from '../job/job.js';
import type { SteadyStateReport, WorkerReport } from '../stats/worker-report.js';
import type { Problem } from '../support/errors.js';
import type { Warning } from '../support/warning.js';
import type { DiskUse } from '../system/block-device.js';
import type { PlannedWorker } from './plan-types.js';

/** A worker either reports what it measured, or says why it could not. Both when it failed after measuring. */
export interface WorkerOutcome {
  readonly worker: PlannedWorker;
  readonly report: WorkerReport | null;
  readonly failure: Problem | null;
  /** Of the worker or its group, where the job has steadystate_duration and came to run. */
  readonly steadyState?: SteadyStateReport;
}

export interface StepOutcome {
  readonly engineLabel: string;
  readonly variant: string;
  readonly repetition: number;
  readonly startedEpochMs: number;
  readonly elapsedMs: number;
  readonly workers: readonly WorkerOutcome[];
  readonly diskUse: readonly DiskUse[];
}

export interface RunOutcome {
  readonly startedEpochMs: number;
  readonly elapsedMs: number;
  /** Only steps that began; the last may be partial when interrupted. */
  readonly steps: readonly StepOutcome[];
  readonly interrupted: boolean;
  /** What was noticed on the way, as a cache that could not be dropped. */
  readonly warnings: readonly Warning[];
}

/** Told about once a second while a plan runs. */
export interface Progress {
  readonly phase: 'layout' | 'prepare' | 'ramp' | 'run' | 'drain';
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
