/**
 * Entry of a worker thread: prepare, wait for the start, run, report. It is sent one planned worker, posts
 * `WorkerMessage`s, and hears nothing but the command word in shared memory.
 */
import { parentPort } from 'node:worker_threads';
import { InvariantError, type Problem, UserError } from '../support/errors.js';
import { limitProblem } from '../support/machine-limits.js';
import { guardAll } from '../system/output-file.js';
import { latencyKinds } from './job-rules.js';
import type { WorkerInput, WorkerMessage } from './messages.js';
import { Command, controlCommand, controlPhase, markStartDelayMs, Phase, viewSharedState } from './shared-state.js';
import { Worker } from './worker.js';

const input = await new Promise<WorkerInput>((resolve) => parentPort!.once('message', resolve));
guardAll(input.guarded);
const shared = viewSharedState(input.buffer, latencyKinds(input.planned));
const worker = new Worker(input.planned, shared, input.clockBaseSecond, {
  held: input.held,
  heldBuffers: input.heldBuffers,
  onRenewed: ({ path, identity }) => post({ kind: 'renewed', path, identity }),
  logMemory: input.logMemory,
  flow: input.flow,
  sqThread: input.sqThread,
  zones: input.zones,
  explains: input.explains,
  onMismatch: input.tellsMismatches ? (notice) => post({ kind: 'mismatch', notice }) : null,
});

try {
  await worker.prepare(input.rehearses);
  post({ kind: 'ready' });
  if (waitForStart()) {
    post({ kind: 'report', report: await worker.run() });
    await worker.finish();
  }
} catch (error) {
  post({ kind: 'failed', problem: problemOf(error) });
} finally {
  worker.close();
}

/** Sleeps until the coordinator says go, and through the job's own delay. False when it says stop instead. */
function waitForStart(): boolean {
  const { control, marks } = shared;
  control[controlPhase] = Phase.waiting;
  Atomics.wait(control, controlCommand, Command.wait);
  const delayMs = marks[markStartDelayMs]!;
  if (delayMs > 0) Atomics.wait(control, controlCommand, Command.go, delayMs);
  return Atomics.load(control, controlCommand) === Command.go;
}

function post(message: WorkerMessage): void {
  parentPort!.postMessage(message);
}

function problemOf(error: unknown): Problem {
  if (error instanceof UserError) return error.problems[0]!;
  const limit = limitProblem(error);
  if (limit !== null) return { ...limit, message: `job "${input.planned.job.name}": ${limit.message}` };
  const message = error instanceof Error ? error.message : String(error);
  if (process.env.IOTEST_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  const bug = error instanceof InvariantError ? 'an invariant does not hold' : 'unexpected error';
  return {
    place: null,
    message: `the worker of job "${input.planned.job.name}" died: ${bug}: ${message}`,
    advice: 'this is a bug of iotest: please report it, with what this prints again with IOTEST_DEBUG=1',
  };
}
