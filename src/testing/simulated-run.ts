/** A whole run of the loop on a simulated device and clock: exact, and done in milliseconds. */
import { createRequests, type Requests } from '../engines/requests.js';
import type { Job, WorkloadOptions } from '../job/job.js';
import { bucketCount, LatencyRecorder, percentileNs } from '../stats/latency.js';
import { RandomStreams } from '../support/random.js';
import { ErrorPolicy, toleratedErrors } from '../worker/error-policy.js';
import { type CompletionObserver, combineObservers, type Pacer } from '../worker/loop-hooks.js';
import { type Measured, measure } from '../worker/measure.js';
import { createPacing } from '../worker/pacing/create.js';
import type { FlowMembership } from '../worker/pacing/flow.js';
import type { TimedSource } from '../worker/pacing/replay-gate.js';
import { createBatchLevels, RunLoop } from '../worker/run-loop.js';
import { createSharedState } from '../worker/shared-state.js';
import { createSlotTimes, type SlotTimes } from '../worker/slot-times.js';
import { hasRate } from '../workload/rate.js';
import { Workload } from '../workload/workload.js';
import { sampleJob } from './sample-result.js';
import { type Script, SimulatedClock, SimulatedEngine } from './simulated-engine.js';

export const simulatedBlockBytes = 4096;

const workloadOptions: WorkloadOptions = sampleJob().workload;

/** What a pacer or an observer of a simulated run is made from. */
export interface SimulatedParts {
  readonly times: SlotTimes;
  readonly requests: Requests;
  readonly clock: SimulatedClock;
  readonly engine: SimulatedEngine;
  readonly workload: Workload;
  readonly errors: ErrorPolicy;
  /** Words shared with the coordinator. */
  readonly control: Int32Array;
}

export interface Simulation extends Partial<Script> {
  readonly depth?: number;
  readonly batchSubmit?: number | null;
  readonly completionsMin?: number;
  readonly depthLow?: number;
  readonly timesSubmission?: boolean;
  readonly rampMs?: number;
  readonly rampBytes?: number;
  readonly runtimeMs?: number;
  readonly ioCount?: number;
  readonly iopsWindowMs?: number;
  readonly workload?: Partial<WorkloadOptions>;
  readonly tolerated?: { read: boolean; write: boolean; verify: boolean };
  /** Options of a job, obeyed by the real pacer and observers. */
  readonly job?: Partial<Pick<Job, 'pacing' | 'thinkTime' | 'flow' | 'latencyTarget' | 'engine'>>;
  readonly flow?: FlowMembership;
  /** Of `thinkcycles`. */
  readonly cyclesNs?: number;
  readonly replay?: TimedSource;
  /** Called when an I/O has been let through. */
  readonly onStarted?: (slot: number, parts: SimulatedParts) => void;
  readonly seed?: number;
  readonly pacer?: (parts: SimulatedParts) => Pacer;
  readonly observer?: (parts: SimulatedParts) => CompletionObserver;
  readonly onMeasureStart?: (control: Int32Array) => void;
}

/** The real pacer, and who is told of what it lets through. */
function told(pacer: Pacer | null, parts: SimulatedParts, onStarted: Simulation['onStarted']): Pacer | null {
  if (pacer === null || onStarted === undefined) return pacer;
  return {
    mayStart: (inFlightCount) => pacer.mayStart(inFlightCount),
    started: (slot) => {
      pacer.started(slot);
      onStarted(slot, parts);
    },
    sleep: () => pacer.sleep(),
    boundWait: (waitFor, isHeld) => pacer.boundWait(waitFor, isHeld),
    restart: (isRamp) => pacer.restart(isRamp),
  };
}

export function simulate(given: Simulation) {
  const depth = given.depth ?? 1;
  const requests = createRequests(depth);
  const clock = new SimulatedClock();
  const engine = new SimulatedEngine(requests, clock, { serviceNs: () => 100_000, ...given });
  const timed = given.timesSubmission ?? false;
  const shared = createSharedState({ submission: timed, openLoop: true });
  const ioBytes = (given.ioCount ?? Number.POSITIVE_INFINITY) * simulatedBlockBytes;
  const options = { ...workloadOptions, ...given.workload };
  const workload = new Workload(
    requests,
    options,
    [{ regionOffsetBytes: 0, regionBytes: 1 << 30 }],
    new RandomStreams(given.seed ?? 1, 0),
    null,
    { ioBytes, passBytes: Number.POSITIVE_INFINITY, ioSizeBytes: null },
  );
  const levels = createBatchLevels();
  const job = sampleJob({
    ...given.job,
    workload: options,
    continueOnError: given.tolerated ?? { read: false, write: false, verify: false },
  });
  const errors = new ErrorPolicy(requests, shared.totals, toleratedErrors(job));
  const total = new LatencyRecorder(shared.total.counts, shared.total.sums);
  const completion = timed ? new LatencyRecorder(shared.completion.counts, shared.completion.sums) : null;
  const submission = timed ? new LatencyRecorder(shared.submission.counts, shared.submission.sums) : null;
  const times = createSlotTimes(depth);
  const { control } = shared;
  const made: SimulatedParts = { times, requests, clock, engine, workload, errors, control };
  const openLoop = new LatencyRecorder(shared.openLoop.counts, shared.openLoop.sums);
  const pacing = createPacing({
    ...made,
    planned: { job, engine: { ...job.engine, depth } },
    random: new RandomStreams(given.seed ?? 1, 0),
    openLoop: hasRate(job.pacing) ? openLoop : null,
    flow: given.flow ?? null,
    cyclesNs: given.cyclesNs ?? 0,
    replay: given.replay ?? null,
    spins: false,
  });
  const loop = new RunLoop({
    engine,
    workload,
    requests,
    depth,
    fillsBuffers: false,
    batchSubmit: given.batchSubmit === undefined ? depth : given.batchSubmit,
    completionsMin: given.completionsMin ?? 1,
    depthLow: given.depthLow ?? depth,
    clock,
    control: shared.control,
    totals: shared.totals,
    total,
    completion,
    submission,
    levels,
    errors,
    times,
    pacer: given.pacer?.(made) ?? told(pacing.pacer, made, given.onStarted),
    observer: combineObservers([...pacing.observers, given.observer?.(made) ?? null]),
  });
  const measured: Measured = measure({
    loop,
    shared,
    levels,
    recorders: [total, completion, submission, openLoop].filter((recorder) => recorder !== null),
    errors,
    nowNs: clock.nowNs,
    rampNs: (given.rampMs ?? 0) * 1e6,
    rampBytes: given.rampBytes ?? 0,
    runtimeNs: given.runtimeMs === undefined ? Number.POSITIVE_INFINITY : given.runtimeMs * 1e6,
    windowNs: 500e6,
    iopsWindowNs: (given.iopsWindowMs ?? 500) * 1e6,
    onMeasureStart: () => {
      workload.renewBudget(ioBytes);
      given.onMeasureStart?.(shared.control);
    },
    onPause: () => pacing.depthSearch !== null && !pacing.depthSearch.isDone,
    onDrained: () => false,
    onStuck: () => engine.cancelAll(),
  });
  const reads = { count: total.sums[0]!, sumNs: total.sums[1]!, minNs: total.sums[2]!, maxNs: total.sums[3]! };
  const late = {
    count: openLoop.sums[0]!,
    sumNs: openLoop.sums[1]!,
    minNs: openLoop.sums[2]!,
    maxNs: openLoop.sums[3]!,
  };
  const percentile = (percent: number): number =>
    percentileNs(shared.total.counts.subarray(0, bucketCount), reads.count, percent)!;
  return {
    measured,
    engine,
    shared,
    levels,
    errors,
    reads,
    loop,
    clock,
    times,
    late,
    pacing,
    workload,
    percentile,
    submission,
    completion,
  };
}
