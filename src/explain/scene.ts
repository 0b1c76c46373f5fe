/** What the rules look at: one run of a job with what the kernel did for it, and the same job's runs in other ways. */

import { type JobPair, jobsWithIo, nameOf } from '../report/job-text.js';
import type { IotestDocument, IotestJob, IotestPart } from '../results/document.js';

export type KernelWork = NonNullable<IotestJob['kernelWork']>;

export interface Scene {
  readonly jobName: string;
  readonly variant: string;
  readonly pair: JobPair;
  readonly work: KernelWork;
  /** All runs of this job in this way. */
  readonly runs: readonly JobPair[];
  readonly others: readonly { readonly variant: string; readonly runs: readonly JobPair[] }[];
  readonly targets: readonly IotestPart['targets'][number][];
  /** What the disks below the targets read while the step ran; null where that is not known. */
  readonly diskReadBytes: number | null;
  /** Submitting threads that ran at the same time, of all jobs of the step. */
  readonly stepWorkerCount: number;
  readonly cpuCount: number | null;
}

/** The jobs that were looked at, each with its ways of running, and the scenes of each way. */
export function waysByJob(document: IotestDocument): { readonly jobName: string; readonly ways: Scene[][] }[] {
  const all = scenesOf(document);
  const jobNames = [...new Set(all.map((scenes) => scenes[0]!.jobName))];
  return jobNames.map((jobName) => ({ jobName, ways: all.filter((scenes) => scenes[0]!.jobName === jobName) }));
}

/** For each job and way of running it the scenes of its repetitions; only those that were looked at. */
export function scenesOf(document: IotestDocument): Scene[][] {
  const { iotest } = document;
  return jobsWithIo(document).flatMap((pairs) => {
    const variants = [...new Set(pairs.map((pair) => pair.iotest.variant))];
    const runsOf = (variant: string) => pairs.filter((pair) => pair.iotest.variant === variant);
    return variants.flatMap((variant) => {
      const others = variants
        .filter((other) => other !== variant)
        .map((other) => ({ variant: other, runs: runsOf(other) }));
      const runs = runsOf(variant);
      const scenes = runs.flatMap((pair) => sceneOf(pair, iotest, { jobName: nameOf(pair), variant, runs, others }));
      return scenes.length === 0 ? [] : [scenes];
    });
  });
}

function sceneOf(
  pair: JobPair,
  iotest: IotestPart,
  about: Pick<Scene, 'jobName' | 'variant' | 'runs' | 'others'>,
): Scene[] {
  const { kernelWork, files } = pair.iotest;
  if (kernelWork === undefined) return [];
  const index = iotest.jobs.indexOf(pair.iotest);
  const step = iotest.steps.find(({ jobIndexes }) => jobIndexes.includes(index));
  const together = step?.jobIndexes.map((jobIndex) => iotest.jobs[jobIndex]!) ?? [pair.iotest];
  const { cpuCount } = iotest.machine;
  const targets = iotest.targets.filter((target) => files.some((file) => file.path === target.path));
  const disks = targets.flatMap(({ queue }) => (queue === null ? [] : [queue.disk]));
  const use = (step?.diskUse ?? []).filter(({ name }) => disks.includes(name));
  return [
    {
      ...about,
      pair,
      work: kernelWork,
      targets,
      diskReadBytes: use.length === 0 ? null : use.reduce((sum, { readSectors }) => sum + readSectors * 512, 0),
      stepWorkerCount: together.reduce((sum, job) => sum + job.workerCount, 0),
      cpuCount: typeof cpuCount === 'number' ? cpuCount : null,
    },
  ];
}

/** Shares of the requests by the way they took, 0…1; null where they were not counted or there were none. */
export function sharesOf({ paths }: KernelWork): Record<'inline' | 'taskWork' | 'worker' | 'polled', number> | null {
  if (paths === null) return null;
  const total = paths.inline + paths.taskWork + paths.worker + paths.polled;
  if (total === 0) return null;
  const { inline, taskWork, worker, polled } = paths;
  return { inline: inline / total, taskWork: taskWork / total, worker: worker / total, polled: polled / total };
}
