/**
 * Results of sweeps. Each run of a point leaves an ordinary result, which a sweep that was broken off is resumed from;
 * the sweep's own result is these put together: one document whose jobs are the points, so that reports, comparisons
 * and exports take it as any other.
 */
import { createHash } from 'node:crypto';
import type { Fingerprint, IotestDocument, IotestJob, IotestPart, Noise } from '../results/document.js';
import { makeFingerprint } from '../results/fingerprint.js';
import { fioDisks } from '../results/fio-json.js';
import { hashSavedJobs } from '../results/job-hash.js';
import type { ResultSweep } from '../results/sweep-part.js';
import type { Warning } from '../support/warning.js';
import { pointSuffix, pointText } from './points.js';

/** A result with its place in a sweep. */
export type SweepDocument = IotestDocument & {
  readonly iotest: IotestPart & { readonly sweep: ResultSweep };
};

export type SweepFacts = Omit<ResultSweep, 'points'>;

export interface PointOfSweep {
  readonly index: number;
  readonly values: Readonly<Record<string, string>>;
}

export function isSweep(document: IotestDocument): document is SweepDocument {
  return document.iotest.sweep !== undefined;
}

/**
 * The result of one run of a point as a part of its sweep. Jobs get the point's values into their names (`randread bs=4k
 * iodepth=8`), so that those of different points are told apart everywhere; the engine is their variant as always.
 */
export function asSweepPart(
  document: IotestDocument,
  facts: SweepFacts,
  { index, values }: PointOfSweep,
): SweepDocument {
  const suffix = pointSuffix(values);
  const named = (name: string) => (suffix === '' ? name : `${name} ${suffix}`);
  const { iotest } = document;
  const names = [...new Set(iotest.jobs.map(({ jobName }) => jobName))];
  const renamed = (warning: Warning): Warning => ({
    ...warning,
    jobName: warning.jobName === null ? null : named(warning.jobName),
  });
  return {
    ...document,
    jobs: document.jobs.map((job) => ({ ...job, jobname: named(job.jobname) })),
    iotest: {
      ...iotest,
      jobs: iotest.jobs.map((job) => ({
        ...job,
        jobName: named(job.jobName),
        options: { ...job.options, name: named(job.options.name) },
        warnings: job.warnings.map(renamed),
      })),
      warnings: iotest.warnings.map(renamed),
      sweep: {
        ...facts,
        axes: facts.axes.map(({ option, values: all }) => ({ option, values: [...all] })),
        points: [
          {
            index,
            values: { ...values },
            jobs: names.map((jobName) => ({
              jobName,
              jobIndexes: iotest.jobs.flatMap((job, place) => (job.jobName === jobName ? [place] : [])),
            })),
          },
        ],
      },
    },
  };
}

/** Which point and repetition a part is of. */
export function placeOf({ iotest }: SweepDocument): { readonly pointIndex: number; readonly repetition: number } {
  return { pointIndex: iotest.sweep.points[0]!.index, repetition: iotest.steps[0]?.repetition ?? 0 };
}

/**
 * One document of all parts (at least one), in the order of the matrix, repetition after repetition; `startedEpochMs` of
 * the jobs tells when each really ran.
 * @param interrupted points are missing
 */
export function mergeSweep(unordered: readonly SweepDocument[], interrupted: boolean): SweepDocument {
  const parts = unordered.toSorted((a, b) => rankOf(a) - rankOf(b));
  const byTime = unordered.toSorted((a, b) => compareTexts(a.iotest.startedAt, b.iotest.startedAt));
  const last = byTime.at(-1)!;
  const merged = { jobs: [] as IotestDocument['jobs'], own: [] as IotestJob[], steps: [] as IotestPart['steps'] };
  const points = new Map<number, ResultSweep['points'][number]>();
  let groupOffset = 0;
  for (const { jobs, iotest } of parts) {
    const jobOffset = merged.jobs.length;
    const shift = (indexes: readonly number[]) => indexes.map((index) => index + jobOffset);
    merged.jobs.push(...jobs.map((job) => ({ ...job, groupid: job.groupid + groupOffset })));
    merged.own.push(...iotest.jobs.map((job) => ({ ...job, groupIndex: job.groupIndex + groupOffset })));
    merged.steps.push(...iotest.steps.map((step) => ({ ...step, jobIndexes: shift(step.jobIndexes) })));
    groupOffset += Math.max(-1, ...jobs.map(({ groupid }) => groupid)) + 1;
    for (const point of iotest.sweep.points) {
      const known = points.get(point.index);
      const names = [...new Set([...(known?.jobs ?? []), ...point.jobs].map(({ jobName }) => jobName))];
      const indexesOf = (of: typeof point.jobs | undefined, name: string) =>
        of?.find(({ jobName }) => jobName === name)?.jobIndexes ?? [];
      points.set(point.index, {
        ...point,
        jobs: names.map((jobName) => ({
          jobName,
          jobIndexes: [...indexesOf(known?.jobs, jobName), ...shift(indexesOf(point.jobs, jobName))],
        })),
      });
    }
  }
  const disks = fioDisks(
    merged.steps.map(({ diskUse, jobIndexes }) => ({
      diskUse,
      durationMs: Math.max(0, ...jobIndexes.map((index) => merged.own[index]!.elapsedNs)) / 1e6,
    })),
  );
  const { disk_util: _, ...rest } = last;
  return {
    ...rest,
    jobs: merged.jobs,
    ...(disks.length === 0 ? {} : { disk_util: disks }),
    iotest: {
      ...last.iotest,
      startedAt: byTime[0]!.iotest.startedAt,
      elapsedMs: parts.reduce((sum, { iotest }) => sum + iotest.elapsedMs, 0),
      interrupted,
      fingerprint: fingerprintOf(byTime, merged.own),
      noise: noiseOf(byTime),
      engines: inMatrixOrder(parts, (part) => part.engines),
      variants: inMatrixOrder(parts, (part) => part.variants),
      steps: merged.steps,
      repetitions: repetitionsOf(parts, merged.own),
      jobs: merged.own,
      targets: [...new Map(byTime.flatMap(({ iotest }) => iotest.targets.map((each) => [each.path, each]))).values()],
      warnings: [...parts.flatMap(({ iotest }) => iotest.warnings), ...machineChanges(byTime)],
      sweep: { ...last.iotest.sweep, points: [...points.values()].sort((a, b) => a.index - b.index) },
    },
  };
}

function rankOf(part: SweepDocument): number {
  const { pointIndex, repetition } = placeOf(part);
  const pointCount = part.iotest.sweep.axes.reduce((product, { values }) => product * values.length, 1);
  return repetition * pointCount + pointIndex;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function inMatrixOrder(parts: readonly SweepDocument[], of: (part: IotestPart) => readonly string[]): string[] {
  return [...new Set(parts.flatMap(({ iotest }) => of(iotest)))];
}

function repetitionsOf(parts: readonly SweepDocument[], jobs: readonly IotestJob[]): IotestPart['repetitions'] {
  const numbers = [...new Set(parts.map((part) => placeOf(part).repetition))].sort((a, b) => a - b);
  return numbers.map((repetition) => {
    const own = parts.filter((part) => placeOf(part).repetition === repetition);
    return {
      startedAt: own.map(({ iotest }) => iotest.startedAt).sort(compareTexts)[0]!,
      elapsedMs: own.reduce((sum, { iotest }) => sum + iotest.elapsedMs, 0),
      jobIndexes: jobs.flatMap((job, index) => (job.repetition === repetition ? [index] : [])),
    };
  });
}

/** The fields of the last run, completed from earlier ones (only runs on a ring know its features); the jobs are all. */
function fingerprintOf(byTime: readonly SweepDocument[], jobs: readonly IotestJob[]): Fingerprint | null {
  const prints = byTime.flatMap(({ iotest }) => (iotest.fingerprint === null ? [] : [iotest.fingerprint]));
  if (prints.length < byTime.length) return null;
  const fields = new Map(prints.flatMap((print) => print.fields.map((field) => [field.name, field])));
  for (const field of prints.flatMap((print) => print.fields)) if (field.value !== null) fields.set(field.name, field);
  const job = fields.get('job');
  if (job !== undefined) fields.set('job', { ...job, value: hashSavedJobs(jobs) ?? hashOfHashes(prints) });
  return makeFingerprint([...fields.values()]);
}

/** Where groups report as one, the options of their jobs are not all there. */
function hashOfHashes(prints: readonly Fingerprint[]): string {
  const hashes = prints.map(({ fields }) => String(fields.find(({ name }) => name === 'job')?.value));
  return createHash('sha256')
    .update([...new Set(hashes)].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
}

function noiseOf(byTime: readonly SweepDocument[]): Noise | null {
  const all = byTime.flatMap(({ iotest }) => (iotest.noise === null ? [] : [iotest.noise]));
  if (all.length === 0) return null;
  const steal = all.flatMap(({ stealPercent }) => (stealPercent === null ? [] : [stealPercent]));
  return {
    isNoisy: all.some(({ isNoisy }) => isNoisy),
    reasons: byTime.flatMap(({ iotest }) =>
      (iotest.noise?.reasons ?? []).map((reason) => `${pointText(iotest.sweep.points[0]!.values)}: ${reason}`),
    ),
    before: all[0]!.before,
    after: all.at(-1)!.after,
    stealPercent: steal.length === 0 ? null : Math.max(...steal),
  };
}

/** What belongs to the point rather than to the machine it ran on. */
const pointFields = /^(job|target|fileSystem|disk)\b|^(target|fileSystem|disk)\d|^io_uring\.features$|^tool\.liburing$/;

/** A sweep that goes on after a new kernel, or on another machine, is no sweep any more. */
function machineChanges(byTime: readonly SweepDocument[]): Warning[] {
  const seen = new Map<string, Set<string>>();
  for (const { iotest } of byTime) {
    for (const { name, value, class: kind } of iotest.fingerprint?.fields ?? []) {
      if (kind !== 'blocking' || pointFields.test(name)) continue;
      seen.set(name, (seen.get(name) ?? new Set()).add(JSON.stringify(value)));
    }
  }
  return [...seen].flatMap(([name, values]): Warning[] => {
    if (values.size < 2) return [];
    const message = `${name} changed while the sweep was under way: ${[...values].join(', ')}`;
    return [{ code: 'sweep-machine-changed', jobName: null, message, advice: 'measure the whole sweep again' }];
  });
}
