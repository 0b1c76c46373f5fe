import { engineTraits } from '../job/engine-traits.js';
import type { PlannedWorker } from '../plan/types.js';
import { hasRate } from '../workload/rate.js';
import type { LatencyKinds } from './shared-state.js';

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
