/**
 * What `precondition` does before anything is measured: regions are written in sequence with 128 KiB blocks, by workers
 * as those that measure; or a step is run until it is steady. Pure: it makes steps that the coordinator runs, and reads
 * what came of them.
 */

import { plainJob } from '../job/draft.js';
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import { sniaRoundsMax, sniaWindowRounds } from '../job/snia-rounds.js';
import { amountOf } from '../plan/amount.js';
import type { Plan, PlannedFile, PlannedWorker, Step } from '../plan/types.js';
import type { PreconditionOutcome, StepOutcome, WorkerOutcome } from '../worker/outcome.js';
import { unhurried } from '../worker/pacing/create.js';

const fillBlockBytes = 128 * 1024;
/** Enough to keep a device busy with large writes. */
const fillDepth = 16;

/**
 * Steps of one worker that write what jobs of the plan want written, each region once however many jobs share it, twice
 * where one of them asks for that. In the order of the jobs.
 */
export function fillSteps(plan: Plan): Step[] {
  // `--engine` may have put a job on an engine that has no regions.
  const workers = plan.steps
    .flatMap((step) => step.workers)
    .filter(({ network, fileWork }) => network === null && fileWork === null);
  const passes = new Map<string, number>();
  for (const { job, files } of workers) {
    const count = passesOf(job);
    for (const file of files) if (count > 0) passes.set(keyOf(file), Math.max(passes.get(keyOf(file)) ?? 0, count));
  }
  return workers.flatMap((worker) => {
    if (passesOf(worker.job) === 0) return [];
    const own = worker.files.filter((file) => file.kind !== 'memory' && passes.has(keyOf(file)));
    return [2, 1].flatMap((count) => {
      const files = own.filter((file) => passes.get(keyOf(file)) === count);
      for (const file of files) passes.delete(keyOf(file));
      const filling = fillWorker(worker, files, count);
      return filling === null ? [] : [stepOf([filling])];
    });
  });
}

function keyOf({ path, regionOffsetBytes, regionBytes }: PlannedFile): string {
  return `${regionOffsetBytes}:${regionBytes}:${path}`;
}

function passesOf({ target }: Job): number {
  return target.precondition === 'fill' ? 1 : target.precondition === '2x' ? 2 : 0;
}

/** null where there is nothing that a whole block fits in. */
function fillWorker(worker: PlannedWorker, files: readonly PlannedFile[], passes: number): PlannedWorker | null {
  const align = Math.max(1, ...files.map(({ alignBytes }) => alignBytes));
  const least = Math.min(fillBlockBytes, ...files.map(({ regionBytes }) => regionBytes));
  const blockBytes = Math.floor(least / align) * align;
  if (files.length === 0 || blockBytes === 0) return null;
  const job = fillJob(worker.job, blockBytes, passes);
  const depth = engineTraits(job.engine.name).asynchronous ? fillDepth : 1;
  return {
    ...worker,
    job,
    engine: { ...job.engine, depth, depthLow: depth },
    engineLabel: job.engine.name,
    files: files.map((file) => ({ ...file, layOut: 'nothing', layOutToBytes: 0 })),
    ...amountOf(job, files),
    dedupePeers: [],
    fileWork: null,
    recording: null,
    logs: null,
  };
}

/** The content is that of the job's own writes; all else is plain. */
function fillJob(job: Job, blockBytes: number, passes: number): Job {
  const plain = plainJob();
  const name = engineTraits(job.engine.name).filledBy;
  const { execPrerun, execPostrun } = plain.process;
  return {
    ...unhurried(job),
    target: {
      ...job.target,
      openFileCount: null,
      unlink: false,
      unlinkEachLoop: false,
      preRead: false,
      lockFile: 'none',
    },
    workload: {
      ...job.workload,
      directions: 'write',
      random: false,
      blockBytes: { read: blockBytes, write: blockBytes, trim: blockBytes },
      sizes: plain.workload.sizes,
      order: plain.workload.order,
      fileService: { kind: 'sequential' },
      ioSize: null,
      ioCountMax: null,
      loops: passes,
      randomMap: true,
      fsyncEvery: 0,
      fdatasyncEvery: 0,
      syncRange: null,
      serializesOverlap: false,
      endFsync: true,
    },
    engine: {
      ...plain.engine,
      name,
      bufferAlignBytes: job.engine.bufferAlignBytes,
      binding: job.engine.binding,
    },
    schedule: plain.schedule,
    ending: plain.ending,
    errors: plain.errors,
    continueOnError: plain.continueOnError,
    verify: plain.verify,
    process: { ...job.process, execPrerun, execPostrun },
    logs: plain.logs,
  };
}

/** The workers of a step that are to run until steady, all together; null where none is. */
export function settlingStep(step: Step): Step | null {
  const workers = step.workers.flatMap((worker) => {
    const { job } = worker;
    return job.target.precondition === 'until-steady'
      ? [{ ...worker, job: settlingJob(job), ioBytes: null, logs: null }]
      : [];
  });
  return workers.length === 0 ? null : stepOf(workers, step);
}

function settlingJob(job: Job): Job {
  const plain = plainJob();
  const { figure, intervalMs, isSnia } = job.ending.steadyState;
  return {
    ...job,
    target: { ...job.target, unlink: false, unlinkEachLoop: false },
    workload: { ...job.workload, ioCountMax: null, loops: 1, endFsync: false },
    schedule: {
      ...plain.schedule,
      // A round more than may be made: whoever watches them ends the job.
      runtimeMs: (sniaRoundsMax + 1) * intervalMs,
      timeBased: true,
    },
    ending: {
      ...plain.ending,
      steadyState: {
        ...plain.ending.steadyState,
        figure: isSnia ? figure : 'iops',
        isSnia: true,
        isSlope: false,
        limit: 20,
        isPercent: true,
        intervalMs,
        durationMs: sniaWindowRounds * intervalMs,
      },
    },
    process: { ...job.process, execPrerun: null, execPostrun: null },
    logs: plain.logs,
  };
}

function stepOf(
  workers: readonly PlannedWorker[],
  like: Pick<Step, 'repetition' | 'wayIndex'> = { repetition: 0, wayIndex: 0 },
): Step {
  const { repetition, wayIndex } = like;
  const engineLabel = [...new Set(workers.map((worker) => worker.engineLabel))].join(', ');
  return { engineLabel, variant: engineLabel, repetition, wayIndex, workers };
}

/** Of a step that `fillSteps` made. */
export function fillOutcome({ workers, elapsedMs }: StepOutcome, interrupted: boolean): PreconditionOutcome {
  const { job, files } = workers[0]!.worker;
  return {
    mode: job.target.precondition === 'fill' ? 'fill' : '2x',
    jobNames: namesOf(workers),
    regions: regionsOf(files),
    writtenBytes: writtenBytesOf(workers),
    elapsedMs,
    ended: hasFailed(workers) ? 'failed' : interrupted ? 'interrupted' : 'done',
    settled: [],
  };
}

/** Of a step that `settlingStep` made. */
export function settlingOutcome({ workers, elapsedMs }: StepOutcome, interrupted: boolean): PreconditionOutcome {
  const states = workers.map(({ worker, steadyState }) => ({ job: worker.job, steadyState: steadyState ?? null }));
  const isSteady = states.every(({ steadyState }) => steadyState?.isAttained === true);
  // All of a group share one report.
  const firsts = states.filter(
    ({ job, steadyState }, index) =>
      !job.groupReporting ||
      steadyState === null ||
      states.findIndex((other) => sameState(other.steadyState, steadyState)) === index,
  );
  return {
    mode: 'until-steady',
    jobNames: namesOf(workers),
    regions: regionsOf(workers.flatMap(({ worker }) => worker.files)),
    writtenBytes: writtenBytesOf(workers),
    elapsedMs,
    ended: hasFailed(workers) ? 'failed' : interrupted ? 'interrupted' : isSteady ? 'steady' : 'not steady',
    settled: firsts,
  };
}

function sameState(left: WorkerOutcome['steadyState'] | null, right: WorkerOutcome['steadyState'] | null): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function namesOf(workers: readonly WorkerOutcome[]): string[] {
  return [...new Set(workers.map(({ worker }) => worker.job.name))];
}

function hasFailed(workers: readonly WorkerOutcome[]): boolean {
  return workers.some(({ report, failure }) => failure !== null || report === null || report.error !== null);
}

function writtenBytesOf(workers: readonly WorkerOutcome[]): number {
  return workers.reduce((sum, { report }) => sum + (report?.directions.write.byteCount ?? 0), 0);
}

function regionsOf(files: readonly PlannedFile[]): { path: string; offsetBytes: number; bytes: number }[] {
  const onDisk = files.filter(({ kind }) => kind !== 'memory');
  const keyed = new Map(onDisk.map((file) => [keyOf(file), file]));
  return [...keyed.values()].map(({ path, regionOffsetBytes, regionBytes }) => ({
    path,
    offsetBytes: regionOffsetBytes,
    bytes: regionBytes,
  }));
}
