/** How long a worker's loop runs before the start, so that V8 has compiled it. */
import type { JobWorkload } from '../workload/workload.js';
import { LoopExit, type RunLoop } from './run-loop.js';
import { issuedCount, type SharedState } from './shared-state.js';
import { isWarmUpBrief } from './warm-up.js';

/**
 * A rehearsal's rounds: two in which V8 meets several sets of objects before it compiles anything, and one in which it
 * compiles what serves them all. That ends when it has lasted long enough for it and done so many I/Os.
 */
export const rehearsalRoundsNsMax = [3e6, 3e6, 80e6];
const roundNsMin = 50e6;
const roundIoCount = 40_000;
const sliceNs = 1e6;

interface Rehearsal {
  readonly loop: RunLoop;
  readonly workload: JobWorkload;
  /** The counts of this round. */
  readonly shared: SharedState;
  readonly nowNs: () => number;
  readonly nsMax: number;
}

/** One round. */
export function rehearseLoop({ loop, workload, shared, nowNs, nsMax }: Rehearsal): void {
  loop.restartPacer(false);
  const startNs = nowNs();
  for (let elapsedNs = 0; elapsedNs < nsMax; elapsedNs = nowNs() - startNs) {
    if (elapsedNs >= roundNsMin && issuedCount(shared) >= roundIoCount) break;
    const exit = loop.runUntil(nowNs() + sliceNs);
    if (isWarmUpBrief) break;
    if (exit !== LoopExit.time && !(exit === LoopExit.done && workload.beginPass())) break;
  }
  loop.drain(5e9);
}
