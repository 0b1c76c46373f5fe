/** What follows from a job's options for the worker that runs it. Pure. */
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import { statisticsWindows } from '../job/windows.js';
import { destroysData } from '../plan/files.js';
import type { PlannedWorker } from '../plan/types.js';
import type { EngineFacts } from '../stats/engine-facts.js';
import { UserError } from '../support/errors.js';
import { Errno } from '../system/errno.js';
import { hasRate } from '../workload/rate.js';
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
