/** How many bytes a job transfers. */
import type { Job } from '../job/job.js';
import { isPlain } from '../workload/create-workload.js';
import { isBesideIo } from './beside-io.js';
import { blockBytesUsed, isEndless } from './files.js';
import type { PlannedFile, PlannedWorker } from './types.js';

export function amountOf(
  job: Job,
  files: readonly PlannedFile[],
): Pick<PlannedWorker, 'ioBytes' | 'passBytes' | 'ioSizeBytes'> {
  if (isBesideIo(job)) return { ioBytes: null, passBytes: 0, ioSizeBytes: null };
  const { ioSize, loops, directions } = job.workload;
  const plain = isPlain(job.workload, files, job.target.openFileCount);
  const unit = plain ? Math.min(...blockBytesUsed(job)) : 1;
  const whole = files.reduce((sum, file) => sum + Math.floor(file.regionBytes / unit) * unit, 0);
  const { size } = job.target;
  // `size` together with `filesize` limits the amount of I/O, not the regions.
  const passBytes =
    size !== null && 'bytes' in size && job.target.filesizeBytes !== null ? Math.min(whole, size.bytes) : whole;
  const ioSizeBytes =
    ioSize === null ? null : 'bytes' in ioSize ? ioSize.bytes : Math.floor((passBytes * ioSize.percent) / 100);
  if (job.target.createOnly) return { ioBytes: 0, passBytes, ioSizeBytes };
  if (job.schedule.timeBased && job.schedule.runtimeMs !== null) return { ioBytes: null, passBytes, ioSizeBytes };
  // Only a full file system ends it.
  if (ioSizeBytes === null && files.some((file) => file.isOpenEnded === true || isEndless(job, file.regionBytes)))
    return { ioBytes: null, passBytes, ioSizeBytes };
  // As fio: the block that reaches the amount is done whole.
  const once = ioSizeBytes === null ? passBytes : Math.ceil(ioSizeBytes / unit) * unit;
  // The plain workload counts the trims of trimwrite as well, the other one its writes alone.
  const both = plain && directions === 'trimwrite' ? 2 : 1;
  return { ioBytes: once * loops * both, passBytes, ioSizeBytes };
}
