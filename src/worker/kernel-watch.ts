/**
 * Looks at what the kernel does for one worker (`--explain`): counters on its tracepoints where that is allowed, and what
 * procfs says of the worker's ring and its threads. Everything happens before and after the measured time; in it only the
 * kernel counts.
 */

import fs from 'node:fs';
import type { Engine, OpenFile } from '../engines/engine.js';
import { engineTraits } from '../job/engine-traits.js';
import { supportsNowait } from '../machine/nowait.js';
import { descriptorPath } from '../machine/target-identity.js';
import { requestsPerIo } from '../plan/chain.js';
import type { PlannedWorker } from '../plan/types.js';
import { tracingCostNs } from '../ring/trace-cost.js';
import { pathsOf, type RingTrace, ringTrace } from '../ring/uring-trace.js';
import type { KernelWork } from '../stats/kernel-work.js';
import { UserError } from '../support/errors.js';
import { otherThreadUsage, type RingThread, ringThreads } from '../system/thread.js';
import { findTracefs } from '../system/tracefs.js';
import { TracepointCounters } from '../system/tracepoint-counters.js';

interface Reading {
  readonly counts: readonly number[];
  readonly enterCount: number;
  readonly retryCount: number;
  readonly wakeupCount: number;
  readonly overflowCount: number;
  readonly threads: ReadonlyMap<number, RingThread & { readonly switchCount: number }>;
  /** Time in which the SQ thread had something to do; null where fdinfo does not say. */
  readonly sqWorkNs: number | null;
}

/** Files whose NOWAIT support is looked at; of many one stands for all. */
const filesLookedAt = 4;

export class KernelWatch {
  readonly #isRing: boolean;
  readonly #direct: boolean;
  readonly #trace: RingTrace | null = null;
  readonly #counters: TracepointCounters | null = null;
  readonly #costNs: number | null = null;
  readonly #missing: KernelWork['missing'][number][] = [];
  /** Whether a thread that others share does this worker's requests: what it did is counted for the first of them alone. */
  readonly #isThreadShared: boolean;
  #before: Reading | null = null;

  /** On the worker's thread, before it has a ring: the ring's threads are counted as they are born. What may not be watched is left out. */
  constructor(planned: PlannedWorker, nowNs: () => number) {
    this.#isRing = engineTraits(planned.engine.name).ring;
    this.#direct = planned.job.target.direct;
    // Clones that are reported together are counted together, and so rightly.
    this.#isThreadShared = planned.engine.sharesSqThread && !planned.job.groupReporting;
    if (!this.#isRing) return;
    if (this.#isThreadShared) {
      const reason =
        'the jobs share one submission thread (sq_thread_share), and the kernel counts what it does for all of them together';
      this.#noteMissing(reason, 'let clones be reported together (group_reporting), or look without sq_thread_share');
    }
    const tracefs = findTracefs();
    if ('reason' in tracefs) {
      this.#noteMissing(tracefs.reason, tracefs.advice);
      return;
    }
    try {
      this.#trace = ringTrace(tracefs.root, planned.engine.depth * requestsPerIo(planned));
      this.#counters = TracepointCounters.open(tracefs.root, this.#trace.choices);
      this.#costNs = tracingCostNs(this.#counters, nowNs);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#noteMissing(error.problems[0]!.message, error.problems[0]!.advice);
    }
  }

  #noteMissing(reason: string, advice: string | null): void {
    this.#missing.push({ what: 'shares of inline, task work and worker completions', reason, advice });
  }

  /** Right before the measured time. */
  begin(engine: Engine, threadId: number): void {
    this.#before = this.#read(engine, threadId);
    this.#counters?.enable();
  }

  /** Right after it. @param measured what the loop counted meanwhile. */
  end(
    engine: Engine,
    threadId: number,
    measured: { readonly ioCount: number; readonly switchCount: number; readonly files: readonly OpenFile[] },
  ): KernelWork {
    this.#counters?.disable();
    const before = this.#before!;
    const after = this.#read(engine, threadId);
    const { setupFlags } = engine.describe();
    const counts = after.counts.map((count, index) => count - before.counts[index]!);
    const trace = this.#counters === null || this.#isThreadShared ? null : this.#trace;
    const isSqPolled = setupFlags.includes('SQPOLL');
    return {
      ioCount: measured.ioCount,
      enterCount: this.#isRing || after.enterCount > 0 ? after.enterCount - before.enterCount : null,
      retryCount: after.retryCount - before.retryCount,
      wakeupCount: after.wakeupCount - before.wakeupCount,
      overflowCount: after.overflowCount - before.overflowCount,
      switchCount: measured.switchCount,
      paths: trace === null ? null : pathsOf(trace, counts, setupFlags.includes('IOPOLL')),
      tracingNsPerIo: this.#counters === null ? null : this.#costNs,
      sqThreads:
        isSqPolled && !this.#isThreadShared
          ? { ...usedBetween(before, after, 'sqpoll'), workNs: workBetween(before, after) }
          : null,
      workers: this.#isRing ? usedBetween(before, after, 'worker') : null,
      blockingPath: this.#isRing ? findBlockingPath(measured.files, this.#direct) : null,
      missing: this.#missing,
    };
  }

  close(): void {
    this.#counters?.close();
  }

  #read(engine: Engine, threadId: number): Reading {
    const { enterCount, retryCount, wakeupCount, overflowCount } = engine.describe();
    const threads = this.#isRing ? allRingThreads(threadId) : [];
    return {
      counts: this.#counters?.read() ?? [],
      enterCount,
      retryCount,
      wakeupCount,
      overflowCount,
      threads: new Map(threads.map((thread) => [thread.threadId, { ...thread, switchCount: switchesOf(thread) }])),
      sqWorkNs: sqWorkNs(threads.find(({ kind }) => kind === 'sqpoll')),
    };
  }
}

/** For those who load this only where it is wanted. */
export function watchKernel(planned: PlannedWorker, nowNs: () => number): KernelWatch {
  return new KernelWatch(planned, nowNs);
}

/** A thread that polls a submission queue has io-wq workers of its own. */
function allRingThreads(threadId: number): RingThread[] {
  const own = ringThreads(threadId);
  return [...own, ...own.filter(({ kind }) => kind === 'sqpoll').flatMap((thread) => ringThreads(thread.threadId))];
}

function switchesOf({ threadId }: RingThread): number {
  const usage = otherThreadUsage(threadId);
  return usage === null ? 0 : usage.voluntarySwitchCount + usage.involuntarySwitchCount;
}

function usedBetween(before: Reading, after: Reading, kind: RingThread['kind']): NonNullable<KernelWork['workers']> {
  const threads = [...after.threads.values()].filter((thread) => thread.kind === kind);
  const used = (value: (thread: { readonly cpuNs: number; readonly switchCount: number }) => number) =>
    threads.reduce((sum, thread) => {
      const then = before.threads.get(thread.threadId);
      return sum + Math.max(0, value(thread) - (then === undefined ? 0 : value(then)));
    }, 0);
  return {
    threadCount: threads.length,
    cpuNs: used(({ cpuNs }) => cpuNs),
    switchCount: used(({ switchCount }) => switchCount),
  };
}

function workBetween(before: Reading, after: Reading): number | null {
  return before.sqWorkNs === null || after.sqWorkNs === null ? null : Math.max(0, after.sqWorkNs - before.sqWorkNs);
}

/** `SqWorkTime` in µs (Linux 6.9), from the fdinfo of the ring that the thread polls. */
function sqWorkNs(thread: RingThread | undefined): number | null {
  if (thread === undefined) return null;
  for (const text of ringInfos()) {
    if (Number(/^SqThread:\s*(\d+)/m.exec(text)?.[1]) !== thread.threadId) continue;
    const us = /^SqWorkTime:\s*(\d+)/m.exec(text)?.[1];
    return us === undefined ? null : Number(us) * 1000;
  }
  return null;
}

/** What procfs says of each ring of this process. */
function ringInfos(): string[] {
  return fs.readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const isRing = fs.readlinkSync(`/proc/self/fd/${descriptor}`) === 'anon_inode:[io_uring]';
      return isRing ? [fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')] : [];
    } catch {
      // Closed meanwhile, by another worker or by the listing itself.
      return [];
    }
  });
}

function findBlockingPath(files: readonly OpenFile[], direct: boolean): string | null {
  const real = files.filter(({ kind }) => kind !== 'memory').slice(0, filesLookedAt);
  return (
    real.find(({ path, descriptor }) => supportsNowait(descriptorPath(descriptor) ?? path, direct) === false)?.path ??
    null
  );
}
