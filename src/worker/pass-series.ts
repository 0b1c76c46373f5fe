/**
 * What happens between the passes of a job, when nothing is in flight: files are synced as at the end of the job, and
 * leave the page cache, or are deleted and made anew (`unlink_each_loop`).
 *
 * fio does not close a file that a loop has left in the middle (`io_size`, `number_ios`), and with `unlink_each_loop`
 * then writes the next loop into the deleted one; here every such loop has new files.
 */

import type { Engine, OpenFile } from '../engines/engine.js';
import { engineTraits } from '../job/engine-traits.js';
import type { WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import type { PlannedWorker } from '../plan/types.js';
import { UserError } from '../support/errors.js';
import { Errno, errnoOf } from '../system/errno.js';
import type { JobWorkload } from '../workload/workload.js';
import type { ErrorPolicy } from './error-policy.js';
import { dropFileCache, invalidates, syncAtEnd, syncsAtEnd, type WorkerTargets } from './open-files.js';
import type { VerifySession } from './verify/session.js';

export class PassSeries {
  /** What the workload is made from. */
  readonly workload: WorkloadOptions;
  /** To issue at once: of one loop, or of the whole job. */
  readonly ioBytes: number;
  readonly #planned: PlannedWorker;
  readonly #targets: WorkerTargets;
  readonly #invalidates: boolean;
  /** Loops that are apart from each other and still to come. */
  #leftCount: number;

  constructor(planned: PlannedWorker, targets: WorkerTargets, ioBytes: number) {
    const { target, workload } = planned.job;
    const isSplit = target.unlinkEachLoop && workload.loops > 1 && Number.isFinite(ioBytes);
    this.workload = isSplit ? { ...workload, loops: 1 } : workload;
    this.ioBytes = isSplit ? ioBytes / workload.loops : ioBytes;
    this.#leftCount = isSplit ? workload.loops - 1 : 0;
    this.#planned = planned;
    this.#targets = targets;
    this.#invalidates = invalidates(planned.job) && engineTraits(planned.engine.name).touchesFiles;
  }

  /** For when a file begins anew while its pass goes on; null where nothing is to be done then. */
  restarted(files: readonly OpenFile[], engine: Engine): ((file: number) => void) | null {
    // As fio: what goes past the cache is not dropped from it.
    if (!this.#invalidates || this.#planned.job.target.direct) return null;
    return (index) => dropFileCache(this.#planned, files, engine, index);
  }

  /** Nothing is in flight. True when another pass or loop begins; what fails is noted in `errors`. */
  next(files: readonly OpenFile[], engine: Engine, workload: JobWorkload, errors: ErrorPolicy): boolean {
    if (errors.isFatal) return false;
    const goesOn = workload.beginPass();
    if (!goesOn && this.#leftCount === 0) return false;
    const failed = (fileIndex: number, errno: number, reason?: string): void =>
      errors.noteFatal({
        ...{ errno, operation: Operation.sync, byteCount: 0, offset: 0, fileIndex },
        ...(reason === undefined ? {} : { reason }),
      });
    // As fio, whose passes all end as the last one does.
    if (syncsAtEnd(this.#planned.job)) syncAtEnd(this.#planned.job, files, failed);
    if (!goesOn) {
      this.#leftCount--;
      this.#renewFiles(files, failed);
      if (!errors.isFatal) workload.renewBudget(this.ioBytes, true);
    } else if (this.#invalidates) {
      for (const index of files.keys()) dropFileCache(this.#planned, files, engine, index);
    }
    return !errors.isFatal;
  }

  #renewFiles(files: readonly OpenFile[], failed: (fileIndex: number, errno: number, reason: string) => void): void {
    try {
      this.#targets.renew(files);
    } catch (error) {
      const errno = errnoOf(error);
      if (!(error instanceof UserError) && errno === null) throw error;
      const why = error instanceof Error ? error.message : String(error);
      failed(0, errno ?? Errno.EIO, `unlink_each_loop: ${why}`);
    }
  }
}

/** A pass is over: true when there is more to do. */
export function passed(session: VerifySession | null, goesOn: () => boolean): boolean {
  return session === null ? goesOn() : session.passed(goesOn);
}
