/**
 * A job whose files are deleted between its loops (`unlink_each_loop`), or that verifies at the end of each: a loop is a
 * run of its own up to its last completion. Other jobs go through their loops without a stop.
 *
 * fio does not close a file that a loop has left in the middle (`io_size`, `number_ios`), and then writes the next loop
 * into the deleted one; here every loop has new files.
 */
import type { OpenFile } from '../engines/engine.js';
import type { Job, WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import type { PlannedWorker } from '../plan/types.js';
import { UserError } from '../support/errors.js';
import { Errno, errnoOf } from '../system/errno.js';
import type { JobWorkload } from '../workload/workload.js';
import type { ErrorPolicy } from './error-policy.js';
import { renewFiles, syncAtEnd, syncsAtEnd } from './open-files.js';

export class LoopSeries {
  /** What the workload is made from. */
  readonly workload: WorkloadOptions;
  /** To issue at once: of one loop, or of the whole job. */
  readonly ioBytes: number;
  /** Loops are apart from each other. */
  readonly isSplit: boolean;
  readonly #planned: PlannedWorker;
  #leftCount: number;

  constructor(planned: PlannedWorker, ioBytes: number) {
    const { target, workload } = planned.job;
    const isApart = target.unlinkEachLoop || readsBack(planned.job);
    this.isSplit = isApart && workload.loops > 1 && Number.isFinite(ioBytes);
    this.workload = this.isSplit ? { ...workload, loops: 1 } : workload;
    this.ioBytes = this.isSplit ? ioBytes / workload.loops : ioBytes;
    this.#leftCount = workload.loops - 1;
    this.#planned = planned;
  }

  /** Nothing is in flight. True when another loop begins, on new files where they are to be; what fails is noted in `errors`. */
  next(files: readonly OpenFile[], workload: JobWorkload, errors: ErrorPolicy): boolean {
    const { job } = this.#planned;
    if (this.#leftCount === 0 || errors.isFatal) return false;
    this.#leftCount--;
    const failed = (fileIndex: number, errno: number, reason?: string): void =>
      errors.noteFatal({
        ...{ errno, operation: Operation.sync, byteCount: 0, offset: 0, fileIndex },
        ...(reason === undefined ? {} : { reason }),
      });
    // As fio, whose loops all end as the last one does.
    if (syncsAtEnd(job)) syncAtEnd(job, files, failed);
    try {
      if (job.target.unlinkEachLoop) renewFiles(this.#planned, files);
    } catch (error) {
      const errno = errnoOf(error);
      if (!(error instanceof UserError) && errno === null) throw error;
      const why = error instanceof Error ? error.message : String(error);
      failed(0, errno ?? Errno.EIO, `unlink_each_loop: ${why}`);
    }
    if (errors.isFatal) return false;
    workload.renewBudget(this.ioBytes, true);
    return true;
  }
}

/** What a loop wrote is read back before the next one. */
function readsBack({ verify, workload }: Job): boolean {
  return verify.kind !== 'none' && verify.reads && !verify.only && workload.directions !== 'read';
}
