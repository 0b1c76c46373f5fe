/** What follows from a job's options for the worker that runs it. Pure. */

import { drawsPriorities } from '../engines/command-priority.js';
import { isChain } from '../job/chain.js';
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import { statisticsWindows } from '../job/windows.js';
import { blockBytesUsed, destroysData } from '../plan/files.js';
import type { PlannedWorker } from '../plan/types.js';
import type { EngineFacts } from '../stats/engine-facts.js';
import { UserError } from '../support/errors.js';
import { Errno } from '../system/errno.js';
import { hasRate } from '../workload/rate.js';
import { hasLatencyLimit } from './pacing/latency-limit.js';
import { hasFloor } from './pacing/rate-floor.js';
import type { LatencyKinds } from './shared-state.js';

export function windowWidths(job: Job): { readonly windowNs: number; readonly iopsWindowNs: number } {
  const { bandwidthMs, iopsMs } = statisticsWindows(job);
  return { windowNs: bandwidthMs * 1e6, iopsWindowNs: iopsMs * 1e6 };
}

/** Of an engine that runs beside I/O: a program is run once, computing goes on until something ends it. */
export function requestCountOf({ name }: Job['engine']): number {
  return name === 'exec' ? 1 : Number.POSITIVE_INFINITY;
}

/** As fio: overlaps matter where data changes and several I/Os are in flight. */
export function serializes({ job, engine }: PlannedWorker): boolean {
  return job.workload.serializesOverlap && engine.depth > 1 && destroysData(job);
}

/** Calls of a run share so many bytes of buffers, and are so many. */
const runBytes = 256 * 1024;
const runLength = 16;

/**
 * Slots of the loop. A job whose calls wait has one I/O in flight; but where nothing looks between one call and the next,
 * they are made in runs, back to back (calls/rows.ts), which cost less and are timed each by itself.
 */
export function slotCountOf(planned: PlannedWorker): number {
  const { job, engine } = planned;
  if (!engineTraits(engine.name).rows || isLookedAt(planned)) return engine.depth;
  return Math.max(1, Math.min(runLength, Math.floor(runBytes / Math.max(...blockBytesUsed(job)))));
}

function isLookedAt(planned: PlannedWorker): boolean {
  const { job, engine, logs, promises, recording, zones } = planned;
  const { pacing, thinkTime, latencyTarget, flow, verify, target } = job;
  const waits = hasRate(pacing) || thinkTime.pauseMs > 0 || thinkTime.cycleCount > 0 || flow.weight > 0;
  const limits = hasFloor(pacing) || hasLatencyLimit(latencyTarget.latencyMsMax) || latencyTarget.targetMs !== null;
  const checks = verify.kind !== 'none' || promises !== undefined || logs !== null || target.lockFile !== 'none';
  return (
    waits ||
    limits ||
    checks ||
    recording !== null ||
    zones !== undefined ||
    isChain(engine.chain) ||
    drawsPriorities(engine.commandPriority) ||
    engine.depth > 1
  );
}

/** Requests are under way after submission, as fio sees it: of its null engine only at depths above 1. */
export function takesAhead({ engine }: PlannedWorker): boolean {
  return engineTraits(engine.name).asynchronous || engine.depth > 1;
}

/** What ends a job that sends or receives, and is no error: see ErrorPolicy. */
export function connectionEnds({ network, ioBytes }: PlannedWorker): readonly number[] {
  if (network === null) return [];
  // Where only time ends the job, the other end's time may be over a moment earlier.
  return ioBytes === null ? [0, Errno.EPIPE, Errno.ECONNRESET, Errno.ECONNREFUSED] : [0];
}

/** Throws `UserError` where what was asked for could not be registered and the job may not go on without. */
export function refuseUnregistered({ needsRegistration }: PlannedWorker, { fallbacks }: EngineFacts): void {
  const refused = fallbacks.find(({ asked }) => asked === 'fixedbufs' || asked === 'registerfiles');
  if (needsRegistration !== true || refused === undefined) return;
  throw UserError.of(`${refused.asked} is not possible: ${refused.reason}`, refused.advice, 1, refused.errno);
}

/**
 * Is submission timed by itself? Only when asked for, and only where there is such a thing: a synchronous call has no
 * submission apart from its completion. It costs one more kernel entry and clock reading per batch.
 */
export function timesSubmission(planned: PlannedWorker): boolean {
  return planned.job.measure.submission && engineTraits(planned.engine.name).asynchronous;
}

/** What a worker measures beside the total latency. */
export function latencyKinds(planned: PlannedWorker): LatencyKinds {
  return { submission: timesSubmission(planned), openLoop: hasRate(planned.job.pacing) };
}
