/** From a planned worker to what hangs in its loop: pacer, and the observers that pacing needs. */
import type { Engine } from '../../engines/engine.js';
import type { Requests } from '../../engines/requests.js';
import { engineTraits } from '../../job/engine-traits.js';
import type { PlannedWorker } from '../../plan/types.js';
import type { LatencyRecorder } from '../../stats/latency.js';
import type { RandomStreams } from '../../support/random.js';
import { hasRate, RateSchedule } from '../../workload/rate.js';
import { RandomUse } from '../../workload/workload.js';
import type { ErrorPolicy } from '../error-policy.js';
import type { CompletionObserver, Pacer } from '../loop-hooks.js';
import type { SlotTimes } from '../slot-times.js';
import { CycleSpin } from './cycle-spin.js';
import { DepthSearch } from './depth-search.js';
import { Flow, type FlowMembership } from './flow.js';
import type { Gate } from './gate.js';
import { JobPacer } from './job-pacer.js';
import { hasLatencyLimit, LatencyLimit } from './latency-limit.js';
import { OpenLoopLatency } from './open-loop.js';
import { hasFloor, RateFloor } from './rate-floor.js';
import { type PacedWorkload, RateGate } from './rate-gate.js';
import { ReplayGate, type TimedSource } from './replay-gate.js';
import { ThinkTime } from './think-time.js';
import { type SleepingClock, Waiting } from './waiting.js';

interface PacingParts {
  readonly planned: Pick<PlannedWorker, 'job' | 'engine'>;
  readonly engine: Pick<Engine, 'waitLimit'>;
  readonly workload: PacedWorkload;
  readonly requests: Requests;
  readonly times: SlotTimes;
  readonly clock: SleepingClock;
  readonly random: RandomStreams;
  readonly errors: ErrorPolicy;
  /** Given when the job has a rate. */
  readonly openLoop: LatencyRecorder | null;
  /** Given when the job shares with others; a rehearsal does not. */
  readonly flow: FlowMembership | null;
  /** How long the cycles of `thinkcycles` take, ns; 0 = none. */
  readonly cyclesNs?: number;
  /** Given when recorded I/Os are to start as they did. */
  readonly replay: TimedSource | null;
  /** False on a simulated clock. */
  readonly spins?: boolean;
}

interface Pacing {
  readonly pacer: Pacer | null;
  readonly observers: readonly CompletionObserver[];
  readonly depthSearch: DepthSearch | null;
}

/** SQPOLL looks at the ring so long before it waits (ring.ts). */
const sqpollPollNs = 250e3;

export function createPacing(parts: PacingParts): Pacing {
  const { planned, workload, requests, times, errors } = parts;
  const { job, engine } = planned;
  const due = new Float64Array(1);
  const schedule = hasRate(job.pacing) ? createSchedule(parts) : null;
  const thinkTime =
    job.thinkTime.pauseMs > 0
      ? new ThinkTime({
          options: job.thinkTime,
          times,
          requests,
          due,
          schedule: job.pacing.ignoresThinkTime ? schedule : null,
          ...(job.engine.name === 'cpuio' ? { perNs: job.engine.compute.chunkUs * 1000 } : {}),
        })
      : null;
  const depthSearch =
    job.latencyTarget.targetMs === null
      ? null
      : new DepthSearch({ options: job.latencyTarget, depthMax: engine.depth, times, requests, errors, due });
  const floor = hasFloor(job.pacing) ? new RateFloor({ pacing: job.pacing, times, requests, errors }) : null;
  const isMixed =
    job.workload.directions === 'readwrite' && job.workload.readPercent > 0 && job.workload.readPercent < 100;
  const cyclesNs = parts.cyclesNs ?? 0;
  const spins = parts.spins ?? true;
  const gates: (Gate | null)[] = [
    cyclesNs > 0 ? new CycleSpin({ cyclesNs, times, requests, due, clock: parts.clock, spins }) : null,
    thinkTime,
    depthSearch,
    schedule === null ? null : new RateGate({ schedule, workload, isMixed, times, requests, due }),
    // Looks often while it waits, so that it is asked when nothing else holds the I/O back.
    parts.flow === null ? null : new Flow(parts.flow, times, requests, due),
    floor,
    parts.replay === null ? null : new ReplayGate(times, parts.replay, due),
  ];
  const present = gates.filter((gate) => gate !== null);
  const waits = engineTraits(engine.name).asynchronous;
  const pacer =
    present.length === 0
      ? null
      : new JobPacer({
          times,
          due,
          waiting: new Waiting({
            times,
            clock: parts.clock,
            limit: waits ? (parts.engine.waitLimit ?? null) : null,
            looksOnly: engine.iopoll,
            pollNs: engine.sqpoll ? sqpollPollNs : 0,
            spins,
          }),
          gates: present,
          spinUntil: thinkTime?.spinUntil ?? null,
          depthSearch,
        });
  const { latencyMsMax } = job.latencyTarget;
  const observers = [
    parts.openLoop === null ? null : new OpenLoopLatency(times, requests, parts.openLoop),
    thinkTime,
    depthSearch,
    floor,
    hasLatencyLimit(latencyMsMax) ? new LatencyLimit({ latencyMsMax, times, requests, errors }) : null,
  ];
  return { pacer, observers: observers.filter((observer) => observer !== null), depthSearch };
}

function createSchedule({ planned, random }: PacingParts): RateSchedule {
  const stream = (direction: number) => random.stream(RandomUse.arrivals + direction);
  // No job both reads and trims.
  return new RateSchedule(planned.job.pacing, { read: stream(0), write: stream(1), trim: stream(0) });
}

/** The same job without anything that waits or ends it, for the ruler and for what is run to warm up. */
export function unhurried<T extends PlannedWorker['job']>(job: T): T {
  const none = { read: 0, write: 0, trim: 0 };
  return {
    ...job,
    pacing: { ...job.pacing, bytesPerSecond: none, iops: none, bytesPerSecondMin: none, iopsMin: none },
    thinkTime: { ...job.thinkTime, pauseMs: 0, cycleCount: 0 },
    flow: { ...job.flow, weight: 0 },
    latencyTarget: { ...job.latencyTarget, latencyMsMax: none, targetMs: null },
  };
}

/**
 * The same job as a rehearsal runs it: all parts there, so that the code is compiled as it will be used, but at rates and
 * limits that hold nothing up.
 */
export function rehearsed<T extends PlannedWorker['job']>(job: T): T {
  const { pacing, latencyTarget } = job;
  const soon = (rate: number) => (rate > 0 ? Number.MAX_VALUE : 0);
  const never = (ms: number) => (ms > 0 ? Number.MAX_VALUE : 0);
  const each = (rates: typeof pacing.iops, change: (value: number) => number) => ({
    read: change(rates.read),
    write: change(rates.write),
    trim: change(rates.trim),
  });
  return {
    ...job,
    pacing: { ...pacing, bytesPerSecond: each(pacing.bytesPerSecond, soon), iops: each(pacing.iops, soon) },
    thinkTime: {
      ...job.thinkTime,
      ...(job.thinkTime.pauseMs > 0 ? { pauseMs: 1e-6, spinMs: 0 } : {}),
      cycleCount: Math.min(1, job.thinkTime.cycleCount),
    },
    latencyTarget: {
      ...latencyTarget,
      latencyMsMax: each(latencyTarget.latencyMsMax, never),
      targetMs: latencyTarget.targetMs === null ? null : Number.MAX_VALUE,
      keepsSearching: true,
    },
  };
}
