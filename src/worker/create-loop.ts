/** Makes the one loop of a job: its recorders over shared memory, its error policy, its pacer and observers. */
import type { Engine } from '../engines/engine.js';
import type { Requests } from '../engines/requests.js';
import { cyclesToNs } from '../machine/cpu-frequency.js';
import { destroysData } from '../plan/files.js';
import type { PlannedWorker } from '../plan/types.js';
import { LatencyRecorder } from '../stats/latency.js';
import type { RandomStreams } from '../support/random.js';
import type { Clock } from '../system/clock.js';
import { hasRate } from '../workload/rate.js';
import { ReplayWorkload } from '../workload/replay.js';
import type { JobWorkload } from '../workload/workload.js';
import { ErrorPolicy, toleratedErrors } from './error-policy.js';
import { connectionEnds, timesSubmission } from './job-rules.js';
import { type CompletionObserver, combineObservers } from './loop-hooks.js';
import { serializedHooks } from './overlap-pacer.js';
import { createPacing } from './pacing/create.js';
import type { DepthSearch } from './pacing/depth-search.js';
import type { FlowMembership } from './pacing/flow.js';
import { type BatchLevels, type IoSource, RunLoop } from './run-loop.js';
import type { SharedState } from './shared-state.js';
import type { SlotTimes } from './slot-times.js';
import { noteResetsTo } from './zones.js';

/** null where nothing has a time: without a recording, or with one that is replayed as fast as it goes. */
function timedSource({ job }: PlannedWorker, workload: JobWorkload): ReplayWorkload | null {
  return workload instanceof ReplayWorkload && !job.replay.noStall ? workload : null;
}

interface BuiltLoop {
  readonly loop: RunLoop;
  readonly levels: BatchLevels;
  readonly recorders: readonly LatencyRecorder[];
  readonly errors: ErrorPolicy;
  readonly depthSearch: DepthSearch | null;
}

interface LoopInput {
  readonly planned: PlannedWorker;
  readonly requests: Requests;
  readonly engine: Engine;
  readonly workload: JobWorkload;
  /** What a pacer looks ahead in: the workload, or what verifies in front of it. */
  readonly paced?: JobWorkload;
  /** The workload, or what stands before it. */
  readonly source: IoSource;
  readonly shared: SharedState;
  readonly clock: Clock;
  readonly random: RandomStreams;
  readonly times: SlotTimes;
  readonly observers: readonly CompletionObserver[];
  readonly flow: FlowMembership | null;
}

/** The loop with its recorders over `shared`, and what hangs in it. */
export function createLoop(input: LoopInput): BuiltLoop {
  const { planned, requests, shared, times, workload } = input;
  const { engine: options, job } = planned;
  const { levels } = shared;
  const depth = times.issuedNs.length;
  const timed = timesSubmission(planned);
  const total = new LatencyRecorder(shared.total.counts, shared.total.sums);
  const completion = timed ? new LatencyRecorder(shared.completion.counts, shared.completion.sums) : null;
  const submission = timed ? new LatencyRecorder(shared.submission.counts, shared.submission.sums) : null;
  const openLoop = hasRate(job.pacing) ? new LatencyRecorder(shared.openLoop.counts, shared.openLoop.sums) : null;
  const errors = new ErrorPolicy(
    requests,
    shared.totals,
    toleratedErrors(job),
    !options.nowait,
    job.errors.dump,
    job.target.fillDevice,
    connectionEnds(planned),
  );
  noteResetsTo(workload, planned, errors);
  const cyclesNs = cyclesToNs(job.thinkTime.cycleCount);
  const pacing = createPacing({
    ...input,
    workload: input.paced ?? workload,
    errors,
    openLoop,
    cyclesNs,
    replay: timedSource(planned, workload),
  });
  const loop = new RunLoop({
    engine: input.engine,
    workload: input.source,
    requests,
    depth,
    fillsBuffers: destroysData(job),
    batchSubmit: depth > options.depth ? null : options.batchSubmit,
    completionsMin: options.batchCompleteMin,
    depthLow: depth > options.depth ? depth : Math.min(options.depthLow, depth),
    clock: input.clock,
    control: shared.control,
    totals: shared.totals,
    total,
    completion,
    submission,
    levels,
    errors,
    ...serializedHooks(workload, {
      times,
      pacer: pacing.pacer,
      observer: combineObservers([...pacing.observers, ...input.observers]),
    }),
  });
  const recorders = [total, completion, submission, openLoop].filter((recorder) => recorder !== null);
  return { loop, levels, recorders, errors, depthSearch: pacing.depthSearch };
}
