/** Jobs that do no I/O and run beside those that do (`cpuio`, `exec`): what remains of them, and what they need. Pure. */

import { isChain } from '../job/chain.js';
import { plainJob } from '../job/draft.js';
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import type { Findings } from './findings.js';
import type { PlannedFile, PlannedWorker } from './types.js';

export function isBesideIo({ engine }: Pick<Job, 'engine'>): boolean {
  return engineTraits(engine.name).besideIo;
}

/** As fio: what the job says of I/O, or a global section says for all, means nothing to it. */
export function withoutIo(job: Job): Job {
  const plain = plainJob();
  const { target, workload, payload, pacing, flow, latencyTarget, replay } = plain;
  const { compute } = job.engine;
  const loadPercent = loadOf(job);
  const pauseMs = loadPercent === 0 ? 0 : ((compute.chunkUs / 1000) * (100 - loadPercent)) / loadPercent;
  return {
    ...job,
    ...{ target, workload, payload, pacing, flow, latencyTarget, replay },
    engine: { ...plain.engine, name: job.engine.name, compute, program: job.engine.program },
    schedule: { ...job.schedule, rampBytes: 0 },
    thinkTime: { ...plain.thinkTime, pauseMs: job.engine.name === 'cpuio' ? pauseMs : 0 },
  };
}

/** Of one CPU; 0 = not given. */
export function loadOf({ engine }: Pick<Job, 'engine'>): number {
  return Math.min(100, engine.compute.loadPercent ?? 0);
}

/** In place of a file. */
export function noFile({ engine }: Job): PlannedFile {
  return {
    path: engine.name,
    kind: 'memory',
    regionOffsetBytes: 0,
    regionBytes: 0,
    fileBytes: 0,
    layOut: 'nothing',
    layOutToBytes: 0,
    alignBytes: 1,
    isOwn: false,
    isDeleted: false,
  };
}

/** @param job as it is written */
export function checkBesideIo(job: Job, findings: Findings): void {
  const { engine, replay } = job;
  const what = { cpuio: 'computes', exec: 'runs a program' }[engine.name as 'cpuio' | 'exec'];
  const refused: readonly (readonly [boolean, string])[] = [
    [isChain(engine.chain), 'chain'],
    [replay.iologs !== null, 'read_iolog'],
  ];
  for (const [isSo, option] of refused) {
    if (isSo) findings.usage(job, `ioengine=${engine.name} ${what}: it cannot do ${option}`, `leave ${option} out`);
  }
  if (engine.name === 'cpuio' && loadOf(job) === 0) {
    findings.usage(job, `job "${job.name}": ioengine=cpuio needs to know how much`, 'write cpuload=50, for example');
  }
  if (engine.name === 'exec' && engine.program.path === null) {
    findings.usage(
      job,
      `job "${job.name}": ioengine=exec needs a program`,
      'write program=/usr/bin/vmstat, for example',
    );
  }
}

/** Computing ends by its time, or with the jobs beside it that do I/O: without both it would go on for ever. */
export function checkEndless(workers: readonly PlannedWorker[], findings: Findings): void {
  if (workers.some(({ job }) => !isBesideIo(job))) return;
  for (const { job } of workers) {
    if (job.engine.name !== 'cpuio' || job.schedule.runtimeMs !== null || job.cloneIndex > 0) continue;
    const message = `job "${job.name}" would compute for ever: it has no runtime, and no job beside it does I/O`;
    findings.usage(job, message, 'write runtime=30s, for example');
  }
}
