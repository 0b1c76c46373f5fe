/** Two commands around a real power cut: `--before` writes and keeps what was promised elsewhere, `--after` checks it. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobFlags } from '../cli/flags.js';
import { type JobFile, parseJobs, planJobs } from '../cli/job-input.js';
import { answerSignals } from '../cli/signals.js';
import type { Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { ExitCode, UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { quote } from '../support/quote.js';
import { epochMs } from '../system/clock.js';
import { readText } from '../system/small-files.js';
import { type CrashtestDocument, documentOf, roundOf } from './document.js';
import type { CrashJob } from './plan.js';
import { readBack } from './read-back.js';
import { decodeState, encodeHead, type StateHead, stateBytesMax } from './state.js';
import { openKeeper, readState, type StatePlace } from './state-place.js';
import { type Key, recordsIn, startWriter, type Writer, type WriterCall } from './writer.js';

const signalMs = 100;

interface BeforeOptions extends Omit<WriterCall, 'key'> {
  readonly jobs: readonly CrashJob[];
  readonly targets: readonly TargetFacts[];
  readonly place: StatePlace;
  readonly say: (text: string) => void;
}

export interface Before {
  readonly syncCount: number;
  readonly writeCount: number;
  readonly isStopped: boolean;
}

/** Runs the job until it ends, is stopped, or the power goes. Throws `UserError`. */
export async function runBefore({ jobs, targets, place, say, ...call }: BeforeOptions): Promise<Before> {
  const key: Key = [randomBytes(4).readInt32LE(), randomBytes(4).readInt32LE()];
  const keeper = openKeeper(place, targets);
  const head = encodeHead({ key, startedEpochMs: epochMs(), bootId: bootId(), folder: process.cwd(), jobs });
  await keeper.keep(head);
  let keptBytes = head.length;
  const counts = { sync: 0, write: 0 };
  let isStopped = false;
  const writer: Writer = startWriter({ ...call, key });
  const settle = answerSignals({
    stop: () => {
      isStopped = true;
      writer.child.kill('SIGTERM');
    },
    status: () =>
      process.stderr.write(`iotest: ${counts.sync} syncs have returned, ${counts.write} writes are complete\n`),
  });
  /** False where who takes the state was ended with all of it. */
  const unlessEnded = async (keeping: Promise<void>): Promise<boolean> => {
    try {
      await keeping;
      return true;
    } catch (error) {
      // The signal that ended it may be on its way to us yet.
      if (keeper.isGone && !isStopped) await sleep(signalMs);
      if (!keeper.isGone || !isStopped) throw error;
      return false;
    }
  };
  try {
    for await (const bytes of writer.records()) {
      if (!(await unlessEnded(keeper.keep(bytes)))) continue;
      keptBytes += bytes.length;
      if (counts.sync === 0) say('what is promised is kept from now on: cut the power when you like');
      for (const { kind } of recordsIn(bytes)) counts[kind]++;
      if (keptBytes < stateBytesMax - 2 ** 20) continue;
      say('the state is as long as it may become: the job is ended');
      writer.child.kill('SIGTERM');
    }
    const status = await writer.ended;
    if (!(await unlessEnded(keeper.end()))) {
      say('what takes the state was ended too: the last of what is counted here may be missing there');
    }
    if (status !== ExitCode.ok && !isStopped && keptBytes < stateBytesMax - 2 ** 20) {
      throw UserError.of(
        status === null ? 'the writer was killed' : `the writer ended with status ${status}`,
        'see what it says above; what was promised before is kept',
        1,
      );
    }
  } finally {
    writer.child.kill('SIGTERM');
    settle();
  }
  return { syncCount: counts.sync, writeCount: counts.write, isStopped };
}

/** Throws `UserError` for a state that is none, or of other jobs than these. */
export function runAfter(file: JobFile, flags: JobFlags, place: StatePlace, named: string): CrashtestDocument {
  const { head, promised, leftOutBytes } = decodeState(readState(place), printable(named));
  refuseOtherJobs(file, flags, head, named);
  const found = readBack(head.jobs, promised, head.key, true);
  const now = bootId();
  const restarted = now === null || head.bootId === null ? null : now !== head.bootId;
  const rounds = [roundOf('power', null, promised, found)];
  return documentOf({ way: 'power', jobs: head.jobs, rounds, restarted, leftOutBytes }, false);
}

/** A state is what somebody sends us: it makes us read only what the job file names. Nothing is written here. */
function refuseOtherJobs(file: JobFile, flags: JobFlags, { jobs, folder }: StateHead, named: string): void {
  const parsed = parseJobs(file, flags);
  const jobSet = { ...parsed.jobSet, jobs: parsed.jobSet.jobs.map(asReader) };
  const { steps } = planJobs([{ name: null, ...parsed, jobSet }], flags, false);
  const workers = steps.flatMap((step) => step.workers);
  const other = jobs.find(({ name, workerIndex, files }) => {
    const worker = workers.find((each) => each.workerIndex === workerIndex);
    const paths = worker?.files.map((each) => each.path) ?? [];
    return worker?.job.name !== name || files.some(({ path }, index) => paths[index] !== path);
  });
  const paths = jobs.flatMap((job) => job.files.map((each) => each.path));
  if (other === undefined && paths.some((path) => resolve(folder, path) !== resolve(path))) {
    const message = `--state ${printable(named)} is of files in ${printable(folder)}, which are named from there`;
    throw UserError.of(message, `cd ${printable(folder)}`);
  }
  if (other === undefined) return;
  throw UserError.of(
    `--state ${printable(named)} is of other jobs than ${printable(file.path)}: ${quote(other.name)} with ${quote(other.files[0]?.path ?? '')}`,
    'give --after the same job file and flags as --before',
  );
}

/** On the same files, and nothing but reads. */
function asReader(job: Job): Job {
  const { engine, target, workload } = job;
  return {
    ...job,
    engine: { ...engine, chain: { ...engine.chain, elements: [] } },
    target: { ...target, sync: 'none', precondition: 'none' },
    workload: { ...workload, directions: 'read', fsyncEvery: 0, fdatasyncEvery: 0 },
  };
}

function bootId(): string | null {
  return readText('/proc/sys/kernel/random/boot_id');
}
