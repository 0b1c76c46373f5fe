/** What counting costs per request: NOPs through a ring of their own, with the counters on and off in turn. */
import { UserError } from '../support/errors.js';
import type { TracepointCounters } from '../system/tracepoint-counters.js';
import { type OpenedRing, openRing } from './setup.js';
import { systemCalls } from './syscalls.js';

const batch = 32;
const batchesPerRound = 16;
const rounds = 40;

/** ns per request, the quietest round of each kind; null where there is no ring. Takes some ms. */
export function tracingCostNs(counters: TracepointCounters, nowNs: () => number): number | null {
  let opened: OpenedRing;
  try {
    opened = openRing({ depth: batch, sqpoll: false, sqpollCpu: null, iopoll: false, binding: systemCalls });
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
  try {
    let [offNs, onNs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < rounds; round++) {
      offNs = Math.min(offNs, roundNs(opened, nowNs));
      counters.enable();
      onNs = Math.min(onNs, roundNs(opened, nowNs));
      counters.disable();
    }
    return Math.max(0, onNs - offNs) / (batch * batchesPerRound);
  } finally {
    opened.close();
  }
}

/** The SQEs of a new ring are zero: NOPs. */
function roundNs({ ring }: OpenedRing, nowNs: () => number): number {
  const startNs = nowNs();
  for (let index = 0; index < batchesPerRound; index++) {
    for (let slot = 0; slot < batch; slot++) ring.queue(slot);
    for (let done = 0; done < batch; ) done += ring.submitAndReap(batch - done);
  }
  return nowNs() - startNs;
}
