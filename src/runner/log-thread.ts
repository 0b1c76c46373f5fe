/**
 * Entry of the thread that writes the logs of a step: it empties the rings of all workers, formats, and writes, while
 * they run. Each log grows under a temporary name (`NAME.N.part`) and takes its own when it is whole.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { LogFile } from '../logs/log-files.js';
import { LogWriter } from '../logs/log-writer.js';
import { factEndNs, factEpochMs, RecordReader, ringFacts, ringNotes } from '../logs/record-ring.js';
import '../machine/output-uses.js';
import { type Problem, UserError } from '../support/errors.js';
import { describeErrno, errnoOf } from '../system/errno.js';
import { guardAll, openInPlace, PartFile } from '../system/output-file.js';
import { LogCommand, type LogJob, type LogMessage, type LogReport, type LogThreadInput } from './log-messages.js';

/** How long the thread sleeps when nothing waits, and how often it writes what does not fill a buffer yet. */
const sleepMs = 10;
const flushMs = 500;

/** A log under its temporary name. The first error ends it; the others go on. */
class LogPart {
  readonly file: LogFile;
  readonly #part: PartFile;
  problem: Problem | null = null;

  /** Throws what opening throws. */
  constructor(file: LogFile, number: number) {
    this.file = file;
    this.#part = new PartFile(file.path, labelOf(file), `${path.basename(file.path)}.${number}.part`);
  }

  write(bytes: Buffer): void {
    if (this.problem !== null) return;
    try {
      this.#part.write(bytes, false);
    } catch (error) {
      this.problem = problemOf(error, this.file.path, this.#part.path);
    }
  }

  /** Gives the file its name; with an error it keeps the temporary one, and what was written until then. */
  finish(): void {
    try {
      if (this.problem !== null) this.#part.keep();
      else if (this.file.adds) this.#addToFile();
      else this.#part.commit(false);
    } catch (error) {
      this.problem = problemOf(error, this.file.path, this.#part.path);
      this.#part.keep();
    }
  }

  discard(): void {
    this.#part.discard();
  }

  #addToFile(): void {
    const target = openInPlace(this.file.path, labelOf(this.file), 'append');
    try {
      this.#part.copyTo(target);
    } finally {
      fs.closeSync(target);
    }
    this.#part.discard();
  }
}

function labelOf({ path: file }: LogFile): string {
  return `the log ${file}`;
}

function problemOf(error: unknown, file: string, partPath: string): Problem {
  return {
    place: null,
    message: `the log ${file} could not be written: ${reasonOf(error)}`,
    advice: `what was written until then is in ${partPath}`,
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const errno = errnoOf(error);
  if (errno === null) throw error;
  const { name, meaning } = describeErrno(errno);
  return `${meaning} (${name})`;
}

class WorkerLogs {
  readonly #job: LogJob;
  readonly #reader: RecordReader;
  readonly #writer: LogWriter;
  readonly #files: readonly LogPart[];
  readonly #visit: (records: Float64Array, at: number) => void;

  constructor(job: LogJob, files: readonly LogPart[]) {
    this.#job = job;
    this.#files = files;
    this.#reader = new RecordReader(job.memory);
    const notes = ringNotes(job.memory);
    const outputs = files.map((part) => ({ file: part.file, sink: part }));
    this.#writer = new LogWriter(job.logs.format, outputs, () => notes[factEpochMs]!, job.isTimed);
    this.#visit = (records, at) => this.#writer.take(records, at);
    this.#writer.beginIolog();
  }

  drain(): number {
    return this.#reader.take(this.#visit);
  }

  flush(): void {
    this.#writer.flush();
  }

  finish(): LogReport {
    this.drain();
    this.#writer.endIolog(ringNotes(this.#job.memory)[factEndNs]! / 1000);
    this.#writer.flush();
    this.#reader.leave();
    for (const file of this.#files) file.finish();
    const problem = this.#files.find((file) => file.problem !== null)?.problem ?? null;
    return { workerIndex: this.#job.workerIndex, ...ringFacts(this.#job.memory), problem };
  }

  discard(): void {
    this.#reader.leave();
    for (const file of this.#files) file.discard();
  }
}

function post(message: LogMessage): void {
  parentPort!.postMessage(message);
}

function open(jobs: readonly LogJob[]): WorkerLogs[] | null {
  const opened: LogPart[] = [];
  let opening = '';
  try {
    return jobs.map((job) => {
      const files = job.logs.files.map((file) => {
        opening = file.path;
        const part = new LogPart(file, job.workerIndex + 1);
        opened.push(part);
        return part;
      });
      return new WorkerLogs(job, files);
    });
  } catch (error) {
    for (const part of opened) part.discard();
    const message = `the log ${opening} cannot be written: ${reasonOf(error)}`;
    post({ kind: 'failed', problem: { place: null, message, advice: 'choose another name or directory' } });
    return null;
  }
}

function run({ jobs, guarded, control }: LogThreadInput): void {
  guardAll(guarded);
  const workers = open(jobs);
  if (workers === null) return;
  post({ kind: 'ready' });
  const command = new Int32Array(control);
  let flushedMs = performance.now();
  for (;;) {
    // Read before the drain: what was put before the command came is then taken.
    const said = Atomics.load(command, 0);
    let count = 0;
    for (const worker of workers) count += worker.drain();
    if (said !== LogCommand.write) break;
    if (count === 0) Atomics.wait(command, 0, LogCommand.write, sleepMs);
    const nowMs = performance.now();
    if (nowMs - flushedMs < flushMs) continue;
    flushedMs = nowMs;
    for (const worker of workers) worker.flush();
  }
  if (Atomics.load(command, 0) === LogCommand.discard) {
    for (const worker of workers) worker.discard();
    post({ kind: 'done', reports: [] });
  } else {
    post({ kind: 'done', reports: workers.map((worker) => worker.finish()) });
  }
}

run(workerData as LogThreadInput);
