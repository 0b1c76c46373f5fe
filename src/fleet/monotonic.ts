/** CLOCK_MONOTONIC in ns, as hosts name instants to each other; exact to some ns in the first years after a boot. */
import { setTimeout as sleep } from 'node:timers/promises';

export function monotonicNs(): number {
  return Number(process.hrtime.bigint());
}

/** Timers are late by a millisecond or so: the rest is spun. */
const spunNs = 2e6;

/** Waits for an instant of this machine; ends early when aborted. */
export async function waitUntilNs(atNs: number, signal: AbortSignal): Promise<void> {
  for (let leftNs = atNs - monotonicNs(); leftNs > spunNs && !signal.aborted; leftNs = atNs - monotonicNs()) {
    await sleep(Math.max(1, Math.floor((leftNs - spunNs) / 1e6)), undefined, { signal }).catch(() => {});
  }
  while (monotonicNs() < atNs && !signal.aborted);
}
