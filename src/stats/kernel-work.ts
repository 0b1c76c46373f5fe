/**
 * What the kernel did for a job's I/O (`iotest run --explain`): as a worker reports it, of several workers together, and
 * as it stands in results.
 */

import type { RequestPaths } from '../ring/uring-trace.js';
import type { Described, Zod } from '../support/described.js';

/** Kernel threads of a kind, in the measured time. */
const threadUse = (z: Zod) => {
  const amount = z.number().nonnegative();
  return z.object({ threadCount: amount, cpuNs: amount, switchCount: amount });
};

export const kernelWork = (z: Zod) => {
  const amount = z.number().nonnegative();
  return z.object({
    /** Since the measured start, I/Os and syncs. */
    ioCount: amount,
    /** Calls into the kernel for I/O; null where the engine does not count them. */
    enterCount: amount.nullable(),
    /** Submissions refused with EAGAIN or EBUSY, wake-ups of the SQ thread, rounds of fetching what overflowed. */
    retryCount: amount,
    wakeupCount: amount,
    overflowCount: amount,
    /** The submitting thread's own. */
    switchCount: amount,
    /** Requests by the way they took; null where they could not be counted: `missing` says why. */
    paths: z
      .object({
        submitted: amount,
        inline: amount,
        taskWork: amount,
        worker: amount,
        polled: amount,
        overflowed: amount,
      })
      .nullable(),
    /** What counting cost per request, measured on NOPs before the run; null where nothing was counted. */
    tracingNsPerIo: amount.nullable(),
    /** The threads that poll submission queues; null without SQPOLL. `workNs`: with something to do (Linux 6.9). */
    sqThreads: threadUse(z).extend({ workNs: amount.nullable() }).nullable(),
    /** io-wq workers; null without a ring. Those that ended meanwhile are not in it. */
    workers: threadUse(z).nullable(),
    /** A file that refuses reads without blocking (RWF_NOWAIT); null: none of them does, or it could not be found out. */
    blockingPath: z.string().nullable(),
    /** What could not be measured, why, and what to do. */
    missing: z.array(z.object({ what: z.string(), reason: z.string(), advice: z.string().nullable() })),
  });
};

type KernelThreadUse = Described<typeof threadUse>;
export type KernelWork = Described<typeof kernelWork>;

/** Sums; null when nobody looked. */
export function mergeKernelWork(parts: readonly KernelWork[]): KernelWork | null {
  const first = parts[0];
  if (first === undefined) return null;
  const sum = (value: (part: KernelWork) => number) => parts.reduce((total, part) => total + value(part), 0);
  const missing = new Map(parts.flatMap((part) => part.missing).map((each) => [`${each.what}\n${each.reason}`, each]));
  const costs = parts.flatMap(({ tracingNsPerIo }) => (tracingNsPerIo === null ? [] : [tracingNsPerIo]));
  return {
    ioCount: sum((part) => part.ioCount),
    enterCount: parts.every(({ enterCount }) => enterCount !== null) ? sum((part) => part.enterCount ?? 0) : null,
    retryCount: sum((part) => part.retryCount),
    wakeupCount: sum((part) => part.wakeupCount),
    overflowCount: sum((part) => part.overflowCount),
    switchCount: sum((part) => part.switchCount),
    paths: mergePaths(parts.map(({ paths }) => paths)),
    tracingNsPerIo: costs.length === 0 ? null : Math.max(...costs),
    sqThreads: mergeSqThreads(parts.map(({ sqThreads }) => sqThreads)),
    workers: mergeThreads(parts.map(({ workers }) => workers)),
    blockingPath: parts.find(({ blockingPath }) => blockingPath !== null)?.blockingPath ?? null,
    missing: [...missing.values()],
  };
}

function mergePaths(all: readonly (RequestPaths | null)[]): RequestPaths | null {
  return all.reduce((total, one) => {
    if (total === null || one === null) return null;
    return {
      submitted: total.submitted + one.submitted,
      inline: total.inline + one.inline,
      taskWork: total.taskWork + one.taskWork,
      worker: total.worker + one.worker,
      polled: total.polled + one.polled,
      overflowed: total.overflowed + one.overflowed,
    };
  });
}

function mergeThreads(all: readonly (KernelThreadUse | null)[]): KernelThreadUse | null {
  const known = all.filter((each) => each !== null);
  if (known.length === 0) return null;
  return known.reduce((total, one) => ({
    threadCount: total.threadCount + one.threadCount,
    cpuNs: total.cpuNs + one.cpuNs,
    switchCount: total.switchCount + one.switchCount,
  }));
}

function mergeSqThreads(all: readonly KernelWork['sqThreads'][]): KernelWork['sqThreads'] {
  const known = all.filter((each) => each !== null);
  const threads = mergeThreads(known);
  if (threads === null) return null;
  const isKnown = known.every(({ workNs }) => workNs !== null);
  return { ...threads, workNs: isKnown ? known.reduce((total, { workNs }) => total + (workNs ?? 0), 0) : null };
}
