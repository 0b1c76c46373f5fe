/** What a list of results shows of each, and what windows of them are chosen by: a line instead of a document. */

import path from 'node:path';
import { directions } from '../job/per-direction.js';

import type { FioJob, ResultDocument } from './document.js';

export interface ResultEntry {
  /** Stem of the file's name; what users name the result by. */
  readonly id: string;
  /** Name of the file in the folder. */
  readonly file: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Who wrote it. */
  readonly source: 'iotest' | 'fio';
  /** Stem of the job file's name; of fio's results that of the result's own. */
  readonly name: string;
  /** Names of the jobs, and labels of the engines, each once. */
  readonly jobs: readonly string[];
  readonly engines: readonly string[];
  readonly repetitionCount: number;
  /** Of the step that did the most I/Os per second: all jobs that ran together. */
  readonly headline: {
    readonly iops: number;
    readonly bytesPerSecond: number;
    /** Over all I/Os of the step; null without samples. */
    readonly latencyMeanNs: number | null;
  };
  readonly interrupted: boolean;
  /** Jobs that met errors. */
  readonly failedJobCount: number;
  /** null when nobody looked. */
  readonly isNoisy: boolean | null;
  /** Hashes of the fingerprint, and of the jobs alone; null without a fingerprint. */
  readonly identity: string | null;
  readonly full: string | null;
  readonly jobHash: string | null;
}

/** @param file name of the file in the folder. */
export function entryOf(document: ResultDocument, file: string): ResultEntry {
  const { iotest } = document;
  const id = path.basename(file, '.json');
  const jobFile = iotest?.jobFile?.path ?? null;
  const jobHash = iotest?.fingerprint?.fields.find((field) => field.name === 'job')?.value;
  return {
    id,
    file,
    startedAt: iotest?.startedAt ?? startOfFio(document),
    source: iotest === undefined ? 'fio' : 'iotest',
    name: jobFile === null ? id : path.basename(jobFile, path.extname(jobFile)),
    jobs: [...new Set(document.jobs.map((job) => job.jobname))],
    engines: iotest === undefined ? fioEngines(document) : [...iotest.engines],
    repetitionCount: iotest?.repetitions.length ?? 1,
    headline: headlineOf(document),
    interrupted: iotest?.interrupted ?? false,
    failedJobCount:
      iotest === undefined
        ? document.jobs.filter((job) => job.error !== 0).length
        : iotest.jobs.filter((job) => job.errors.length > 0 || job.ended === 'failed' || job.ended === 'error').length,
    isNoisy: iotest?.noise?.isNoisy ?? null,
    identity: iotest?.fingerprint?.identity ?? null,
    full: iotest?.fingerprint?.full ?? null,
    jobHash: typeof jobHash === 'string' ? jobHash : null,
  };
}

/** fio's timestamp is that of the report, at the end. */
function startOfFio({ jobs, timestamp, timestamp_ms }: ResultDocument): string {
  const epochMs = jobs[0]?.job_start ?? timestamp_ms ?? timestamp * 1000;
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

function fioEngines(document: ResultDocument): string[] {
  const common = document['global options']?.ioengine;
  const engines = document.jobs.map((job) => job['job options']?.ioengine ?? common ?? 'psync');
  return [...new Set(engines)];
}

function headlineOf(document: ResultDocument): ResultEntry['headline'] {
  const steps = document.iotest?.steps.map((step) => step.jobIndexes) ?? fioSteps(document);
  const totals = steps.map((indexes) => totalOf(indexes.map((index) => document.jobs[index]!)));
  const none = { iops: 0, bytesPerSecond: 0, latencyMeanNs: null };
  return totals.reduce((best, total) => (total.iops > best.iops ? total : best), totals[0] ?? none);
}

/** fio's groups are parted by stonewalls, or by new_group; the first is by far the more frequent. */
function fioSteps({ jobs }: ResultDocument): number[][] {
  const groups = new Map<number, number[]>();
  for (const [index, job] of jobs.entries()) {
    const group = groups.get(job.groupid) ?? [];
    groups.set(job.groupid, [...group, index]);
  }
  return [...groups.values()];
}

function totalOf(jobs: readonly FioJob[]): ResultEntry['headline'] {
  const parts = jobs.flatMap((job) => directions.map((direction) => job[direction]));
  const sum = (value: (part: FioJob['read']) => number) => parts.reduce((total, part) => total + value(part), 0);
  const samples = sum((part) => part.lat_ns.N);
  return {
    iops: sum((part) => part.iops),
    bytesPerSecond: sum((part) => part.bw_bytes ?? part.bw * 1024),
    latencyMeanNs: samples === 0 ? null : sum((part) => part.lat_ns.mean * part.lat_ns.N) / samples,
  };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

const checks: Readonly<Record<keyof ResultEntry, (value: unknown) => boolean>> = {
  id: isText,
  file: isText,
  startedAt: isText,
  source: (value) => value === 'iotest' || value === 'fio',
  name: isText,
  jobs: isTexts,
  engines: isTexts,
  repetitionCount: isCount,
  headline: (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const { iops, bytesPerSecond, latencyMeanNs } = value as Record<string, unknown>;
    return isCount(iops) && isCount(bytesPerSecond) && (latencyMeanNs === null || isCount(latencyMeanNs));
  },
  interrupted: (value) => typeof value === 'boolean',
  failedJobCount: isCount,
  isNoisy: (value) => value === null || typeof value === 'boolean',
  identity: isTextOrNull,
  full: isTextOrNull,
  jobHash: isTextOrNull,
};

/** For entries that were written down: files in a folder can be changed by anyone. */
export function isResultEntry(value: unknown): value is ResultEntry {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(checks).every(([key, check]) => check((value as Record<string, unknown>)[key]));
}
