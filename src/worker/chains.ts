/** What a worker needs besides where its I/Os are chains of requests (docs/chains.md). */
import type { Refusal } from '../engines/call-flags.js';
import type { ChainClock, ChainSetup } from '../engines/chains/chain.js';
import { createRequests, type Requests } from '../engines/requests.js';
import { chainSteps, isChain } from '../job/chain.js';
import type { ChainOptions, WorkloadOptions } from '../job/job.js';
import type { PlannedWorker } from '../plan/types.js';
import { ChainRecorder } from '../stats/chain-recorder.js';
import type { WorkerError } from '../stats/worker-report.js';
import { ChainWorkload } from '../workload/chain-workload.js';
import type { JobWorkload, WorkloadRegion } from '../workload/workload.js';
import type { NotedError } from './error-policy.js';

export interface WorkerChains {
  /** The loop's: a row for each chain in flight. */
  readonly requests: Requests;
  readonly setup: ChainSetup;
  readonly recorder: ChainRecorder;
  /** Rows of single requests, each with a buffer. */
  readonly rowCount: number;
  /** @param source fills the rows of `setup.steps` */
  createWorkload(options: WorkloadOptions, files: readonly WorkloadRegion[], source: JobWorkload): JobWorkload;
}

/** null when the job's I/Os are single requests. */
export function createWorkerChains(
  { engine, workerIndex, files }: PlannedWorker,
  clock: ChainClock,
): WorkerChains | null {
  const options = engine.chain;
  if (!isChain(options)) return null;
  const rowCount = engine.depth * chainSteps(options).length;
  const requests = { ...createRequests(engine.depth), failedStep: new Int32Array(engine.depth) };
  const steps = createRequests(rowCount);
  const recorder = new ChainRecorder(options);
  return {
    requests,
    recorder,
    rowCount,
    setup: { options, steps, recorder, clock, scratchPath: `${files[0]?.path ?? ''}.chain-${workerIndex}-` },
    createWorkload: (workload, regions, source) =>
      new ChainWorkload(requests, steps, options, workload, regions, source),
  };
}

/**
 * The request of a chain that ended the job, in words.
 * @param what ` of 4096 bytes at offset 8192`, or ''
 * @param refusal what is known of a read or write that was refused
 */
export function describeStep(
  chain: ChainOptions,
  error: NotedError,
  { what, path, refusal }: { readonly what: string; readonly path: string; readonly refusal: Refusal | null },
): WorkerError {
  const isShort = error.step! < 0;
  const step = isShort ? ~error.step! : error.step!;
  const steps = chainSteps(chain);
  const during = `${steps[step]!.operation}${what} of ${path}, request ${step + 1} of ${steps.length} of a chain`;
  const { errno } = error;
  const movesData = steps[step]!.operation === 'read' || steps[step]!.operation === 'write';
  if (!isShort) return { errno, during, refusal: movesData ? refusal : null };
  return {
    errno,
    during,
    refusal: {
      reason: 'it transferred less than was asked for, which breaks the chain',
      advice: 'see whether the file ends before size; continue_on_error=io counts broken chains and goes on',
    },
  };
}
