/** What the kernel did for a job's I/O (`iotest run --explain`): as a worker reports it, and of several workers together. */
import type { RequestPaths } from '../ring/uring-trace.js';

/** A kernel thread, or several of a kind, in the measured time. */
export interface KernelThreadUse {
  readonly threadCount: number;
  readonly cpuNs: number;
  readonly switchCount: number;
}

export interface KernelWork {
  /** Since the measured start, I/Os and syncs. */
  readonly ioCount: number;
  /** Calls into the kernel for I/O; null where the engine does not count them. */
  readonly enterCount: number | null;
  /** Submissions refused with EAGAIN or EBUSY, wake-ups of the SQ thread, rounds of fetching what overflowed. */
  readonly retryCount: number;
  readonly wakeupCount: number;
  readonly overflowCount: number;
  /** The submitting thread's own. */
  readonly switchCount: number;
  /** Requests by the way they took; null where they could not be counted: `missing` says why. */
  readonly paths: RequestPaths | null;
  /** What counting cost per request, measured on NOPs before the run; null where nothing was counted. */
  readonly tracingNsPerIo: number | null;
  /** The threads that poll submission queues; null without SQPOLL. `workNs`: their time with something to do (Linux 6.9). */
  readonly sqThreads: (KernelThreadUse & { readonly workNs: number | null }) | null;
  /** io-wq workers; null without a ring. Those that ended meanwhile are not in it. */
  readonly workers: KernelThreadUse | null;
  /** A file that refuses reads without blocking (RWF_NOWAIT); null: none of them does, or it could not be found out. */
  readonly blockingPath: string | null;
  /** What could not be measured, why, and what to do. */
  readonly missing: readonly { readonly what: string; readonly reason: string; readonly advice: string | null }[];
}

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
