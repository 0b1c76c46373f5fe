/** Which log files a worker writes, and whether it can. Pure but for `inspect`. */
import path from 'node:path';
import type { Job } from '../job/job.js';
import { type LogFile, type LogKind, logPath } from '../logs/log-files.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';
import type { PlannedFile, PlannedLogs } from './types.js';

interface LogPlanning {
  /** Where relative names begin; '' = the working directory. */
  readonly folder: string;
  readonly inspect: (path: string) => TargetFacts;
  readonly findings: Findings;
}

interface LoggingWorker {
  readonly job: Job;
  readonly workerIndex: number;
  readonly files: readonly PlannedFile[];
  /** Tells the files of several variants and repetitions apart; '' when there is only one. */
  readonly suffix: string;
}

/** Plans the logs of all workers of a run, one after another, and sees to it that no two meet in one file by accident. */
export class LogPlanner {
  readonly #planning: LogPlanning;
  /** By path: who writes it, and whether others may add to it. */
  readonly #taken = new Map<string, { readonly jobName: string; readonly isShared: boolean }>();

  constructor(planning: LogPlanning) {
    this.#planning = planning;
  }

  /** null when the job writes none. */
  plan(worker: LoggingWorker): PlannedLogs | null {
    const { job } = worker;
    const { issueTime, latency, offset } = job.logs;
    if (issueTime && (latency === null || !offset)) {
      const advice = 'add write_lat_log and log_offset=1, or leave log_issue_time out';
      this.#planning.findings.usage(job, 'log_issue_time needs write_lat_log and log_offset', advice);
    }
    const files = this.#filesOf(worker);
    if (files.length === 0) return null;
    for (const file of files) this.#check(worker, file);
    if (job.logs.histogram !== null && job.logs.histogramMs === 0) {
      this.#planning.findings.warn(
        job,
        'log-empty',
        'write_hist_log without log_hist_msec writes an empty file',
        'set log_hist_msec=1000, for example',
      );
    }
    const { logs } = job;
    return {
      files,
      format: {
        averageMs: logs.averageMs,
        windowValue: logs.windowValue,
        offset: logs.offset,
        issueTime: logs.issueTime,
        priorityInFull: logs.priority,
        histogramCoarseness: logs.histogramCoarseness,
        fileNames: worker.files.map((file) => file.path),
      },
      entryCountMin: logs.entryCountMin,
      epochClockId: logs.alternateEpoch ? logs.alternateEpochClockId : null,
    };
  }

  #filesOf({ job, workerIndex, suffix }: LoggingWorker): LogFile[] {
    const { logs, measure } = job;
    const number = logs.perJob ? workerIndex + 1 : null;
    const named = (stem: string | null, kind: Exclude<LogKind, 'iolog'>): LogFile[] => {
      if (stem === null) return [];
      const name = stem === '' ? job.name.replaceAll('/', '_') : stem;
      return [{ kind, path: this.#below(logPath(`${name}${suffix}`, kind, number)), adds: !logs.perJob }];
    };
    return [
      ...named(logs.bandwidth, 'bandwidth'),
      ...named(logs.iops, 'iops'),
      ...(measure.total ? named(logs.latency, 'total') : []),
      ...(measure.completion ? named(logs.latency, 'completion') : []),
      ...(measure.submission ? named(logs.latency, 'submission') : []),
      ...named(logs.histogram, 'histogram'),
      ...(logs.iolog === null
        ? []
        : [{ kind: 'iolog' as const, path: this.#below(`${logs.iolog}${suffix}`), adds: true }]),
    ];
  }

  #below(name: string): string {
    return this.#planning.folder === '' ? name : path.join(this.#planning.folder, name);
  }

  #check({ job, files }: LoggingWorker, file: LogFile): void {
    const { findings, inspect } = this.#planning;
    const { kind } = inspect(file.path);
    const isInDev = file.path.startsWith('/dev/') && !file.path.startsWith('/dev/shm/');
    if (kind === 'block' || kind === 'directory' || kind === 'other' || isInDev) {
      const what =
        kind === 'directory' ? 'a directory' : kind === 'missing' || kind === 'file' ? 'below /dev' : 'a device';
      findings.usage(job, `the log ${file.path} cannot be written: it is ${what}`, 'choose another name');
      return;
    }
    const folder = path.dirname(file.path);
    if (kind === 'missing' && inspect(folder).kind !== 'directory') {
      findings.usage(job, `the log ${file.path} cannot be written: there is no directory ${folder}`, 'make it first');
      return;
    }
    this.#checkNames(job, file, files);
    const isShared = file.adds && file.kind !== 'iolog';
    const other = this.#taken.get(file.path);
    if (other !== undefined && !(isShared && other.isShared)) {
      const advice =
        file.kind === 'iolog'
          ? 'give each job its own write_iolog (of clones, numjobs, it can record one only)'
          : 'give each job its own name';
      findings.usage(job, `the jobs "${other.jobName}" and "${job.name}" would write one file, ${file.path}`, advice);
    }
    this.#taken.set(file.path, { jobName: job.name, isShared });
  }

  #checkNames(job: Job, file: LogFile, files: readonly PlannedFile[]): void {
    const { findings } = this.#planning;
    const target = files.find((each) => path.resolve(each.path) === path.resolve(file.path));
    if (target !== undefined && target.kind !== 'memory') {
      findings.usage(job, `the log ${file.path} is also a target of the job`, 'choose another name');
    }
    if (file.kind !== 'iolog') return;
    const blank = files.find((each) => /\s/.test(each.path));
    if (blank !== undefined) {
      findings.usage(
        job,
        `write_iolog cannot record "${blank.path}": blanks end a name in an iolog`,
        'choose a filename and a directory without blanks',
      );
    }
    const long = files.find((each) => each.path.length > 255);
    if (long !== undefined) {
      findings.usage(job, `write_iolog cannot record a name of ${long.path.length} characters`, '255 are possible');
    }
  }
}

/** `-psync-2`: names of variants without what a file name should not have, repetitions from 1. */
export function logSuffix(variant: string | null, repeat: number, repetition: number): string {
  const name = variant === null ? '' : `-${variant.replaceAll(/[^\w.+-]+/g, '_')}`;
  return repeat > 1 ? `${name}-${repetition + 1}` : name;
}
