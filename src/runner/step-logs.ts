/** The coordinator's end of the thread that writes a step's logs. Steps without logs have neither thread nor memory. */
import { Worker as Thread } from 'node:worker_threads';
import { createRecordMemory } from '../logs/record-ring.js';
import type { PlannedWorker } from '../plan/types.js';
import { type Problem, UserError } from '../support/errors.js';
import type { Warning } from '../support/warning.js';
import { guardedFiles } from '../system/output-file.js';
import { timesSubmission } from '../worker/job-rules.js';
import { LogCommand, type LogJob, type LogMessage, type LogReport, type LogThreadInput } from './log-messages.js';

interface FinishedLogs {
  readonly warnings: readonly Warning[];
  /** By worker index: what kept its logs from being whole. */
  readonly problems: ReadonlyMap<number, Problem>;
}

export class StepLogs {
  readonly #jobs: readonly LogJob[];
  readonly #control = new SharedArrayBuffer(4);
  readonly #thread: Thread | null;
  readonly #ended: Promise<void>;
  /** Settles when all files are open. Throws `UserError` when one cannot be. */
  readonly ready: Promise<void>;
  #reports: readonly LogReport[] = [];
  #death: string | null = null;

  constructor(workers: readonly PlannedWorker[]) {
    this.#jobs = workers.flatMap((worker) => {
      const { logs, job, workerIndex } = worker;
      if (logs === null) return [];
      const memory = createRecordMemory(logs.entryCountMin);
      return [{ jobName: job.name, workerIndex, memory, logs, isTimed: timesSubmission(worker) }];
    });
    if (this.#jobs.length === 0) {
      this.#thread = null;
      this.ready = Promise.resolve();
      this.#ended = Promise.resolve();
      return;
    }
    const input: LogThreadInput = { jobs: this.#jobs, guarded: guardedFiles(), control: this.#control };
    const thread = new Thread(new URL('../runner/log-thread.js', import.meta.url), {
      workerData: input,
      name: 'iotest logs',
    });
    this.#thread = thread;
    this.#ended = new Promise((resolve) => {
      thread.on('exit', () => resolve());
    });
    this.ready = new Promise((resolve, reject) => {
      thread.on('message', (message: LogMessage) => {
        if (message.kind === 'ready') resolve();
        else if (message.kind === 'done') this.#reports = message.reports;
        else reject(new UserError([message.problem]));
      });
      thread.on('error', (error) => {
        this.#death = error.message;
        reject(error);
      });
    });
    // A step that fails for another reason first does not wait for it.
    this.ready.catch(() => {});
  }

  /** Where the worker puts its records; null when it has no logs. */
  memoryOf({ workerIndex }: PlannedWorker): SharedArrayBuffer | null {
    return this.#jobs.find((job) => job.workerIndex === workerIndex)?.memory ?? null;
  }

  /** Call when all workers have ended. Files get their names, or go when nothing was measured. */
  async finish(hasMeasured: boolean): Promise<FinishedLogs> {
    if (this.#thread === null) return { warnings: [], problems: new Map() };
    const command = new Int32Array(this.#control);
    Atomics.store(command, 0, hasMeasured ? LogCommand.finish : LogCommand.discard);
    Atomics.notify(command, 0);
    await this.#ended;
    return { warnings: this.#warnings(), problems: this.#problems(hasMeasured) };
  }

  #warnings(): Warning[] {
    return this.#reports.flatMap(({ workerIndex, waitCount, lostCount }) => {
      const jobName = this.#jobs.find((job) => job.workerIndex === workerIndex)!.jobName;
      const warnings: Warning[] = [];
      if (waitCount > 0) {
        warnings.push({
          code: 'log-waited',
          jobName,
          message: `the job had to wait ${waitCount} times until its logs were written: its rates and latencies are not the disk's`,
          advice: 'use log_avg_msec, fewer logs, or a larger log_entries; or put the logs on another disk',
        });
      }
      if (lostCount > 0) {
        warnings.push({
          code: 'log-lost',
          jobName,
          message: `${lostCount} entries are missing at the end of its logs: the run was left in a hurry`,
          advice: null,
        });
      }
      return warnings;
    });
  }

  #problems(hasMeasured: boolean): Map<number, Problem> {
    const problems = new Map<number, Problem>();
    for (const { workerIndex, problem } of this.#reports) if (problem !== null) problems.set(workerIndex, problem);
    if (hasMeasured && this.#death !== null) {
      const message = `the thread that writes logs died: ${this.#death}`;
      const advice = 'what was written until then is in the files that end in .part; please report this';
      for (const { workerIndex } of this.#jobs) problems.set(workerIndex, { place: null, message, advice });
    }
    return problems;
  }
}
