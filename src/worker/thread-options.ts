/** What a job asks of the thread that runs it. Not hot. */
import type { PlannedWorker } from '../plan/types.js';
import * as thread from '../system/thread.js';

/** CPUs, name and priorities of the calling thread. Throws `UserError`. */
export function applyThreadOptions({ job, workerIndex }: PlannedWorker): void {
  const { cpusAllowed, cpusAllowedPolicy, comm, nice, prio, prioClass, prioHint } = job.process;
  if (comm !== null) thread.setThreadName(comm);
  if (cpusAllowed !== null) {
    const own = cpusAllowed[workerIndex % cpusAllowed.length]!;
    thread.setAffinity(cpusAllowedPolicy === 'split' ? [own] : cpusAllowed);
  }
  if (nice !== null) thread.addNice(nice);
  if (prio !== null || prioClass !== null || prioHint !== null) {
    // A level without a class is meant for the usual one; a class without a level is as in fio.
    thread.setIoPriority(prioClass ?? 2, prio ?? 0, prioHint ?? 0);
  }
}
