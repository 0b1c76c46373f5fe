/**
 * The writer: a process of its own that runs the job and tells its promises through descriptor 3, so that it can be killed
 * without a word. Here is how it is started, and what it does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Plan } from '../plan/types.js';
import { watchRun } from '../run/watched-runs.js';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import { describeErrno } from '../system/errno.js';
import { type PromiseRecord, promiseRecordBytes, readRecord } from '../worker/verify/promise-records.js';
import { keyOfJob } from './sector.js';

const promiseDescriptor = 3;

export type Key = readonly [number, number];

/** As the hidden flag `--writer` takes it. */
function keyText(key: Key): string {
  return key.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Throws `UserError`. */
export function keyFrom(text: string): Key {
  if (!/^[\da-f]{16}$/.test(text)) throw UserError.of('--writer is for iotest crashtest alone', 'leave it out');
  return [Number.parseInt(text.slice(0, 8), 16) | 0, Number.parseInt(text.slice(8), 16) | 0];
}

export interface Writer {
  readonly child: ChildProcess;
  /** Whole records, as they come; ends with the writer. */
  records(): AsyncGenerator<Buffer>;
  /** Its status, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface WriterCall {
  /** The package's folder. */
  readonly root: string;
  /** Words behind `iotest crashtest`. */
  readonly words: readonly string[];
  /** What it reads as `-`; null = it is given a name. */
  readonly jobText: string | null;
  readonly key: Key;
}

export function startWriter({ root, words, jobText, key }: WriterCall): Writer {
  const argv = [join(root, 'bin/run.js'), 'crashtest', ...words, '--writer', keyText(key)];
  const stdin = jobText === null ? 'ignore' : 'pipe';
  const child = spawn(process.execPath, argv, { stdio: [stdin, 'ignore', 'inherit', 'pipe'] });
  // It may be dead before it has read.
  child.stdin?.on('error', () => {});
  child.stdin?.end(jobText);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status) => resolve(status));
  });
  return { child, ended, records: () => wholeRecords(child.stdio[promiseDescriptor] as Readable) };
}

async function* wholeRecords(stream: Readable): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    const length = bytes.length - (bytes.length % promiseRecordBytes);
    rest = bytes.subarray(length);
    if (length > 0) yield bytes.subarray(0, length);
  }
}

export function* recordsIn(bytes: Buffer): Generator<PromiseRecord> {
  for (let at = 0; at < bytes.length; at += promiseRecordBytes) {
    const record = readRecord(bytes, at);
    if (record !== null) yield record;
  }
}

/** What the process of the writer does. Throws `UserError` with what its jobs met. */
export async function runWriter(plan: Plan, key: Key): Promise<void> {
  const steps = plan.steps.map((step) => ({
    ...step,
    workers: step.workers.map((worker) => ({
      ...worker,
      promises: { descriptor: promiseDescriptor, key: keyOfJob(key, worker.workerIndex) },
    })),
  }));
  const { steps: outcomes, interrupted } = await watchRun({ ...plan, steps }, { quiet: true });
  const problems = outcomes.flatMap(({ workers }) =>
    workers.flatMap(({ worker, report, failure }): Problem[] => {
      if (failure !== null) return [failure];
      const error = report?.error ?? null;
      if (error === null) return [];
      const { name, meaning, advice } = describeErrno(error.errno);
      const message = `job "${worker.job.name}": ${error.during}: ${name}, ${meaning}`;
      return [{ place: null, message, advice: error.refusal?.advice ?? advice }];
    }),
  );
  if (problems.length > 0) throw new UserError(problems, ExitCode.failed);
  if (interrupted) process.exitCode = ExitCode.interrupted;
}
