/** Regions that end where a step before has ended for want of space: their sizes, once that step is over. */
import { UserError } from '../support/errors.js';
import { amountOf } from './amount.js';
import { blockBytesUsed } from './files.js';
import type { PlannedFile, PlannedWorker, Step } from './types.js';

/** @param sizeOf bytes of a file as it is now. Throws `UserError` where there is not one block. */
export function withEnds(step: Step, sizeOf: (path: string) => number): Step {
  if (!step.workers.some(({ files }) => files.some((file) => file.isOpenEnded === true))) return step;
  return { ...step, workers: step.workers.map((worker) => workerWithEnds(worker, sizeOf)) };
}

function workerWithEnds(worker: PlannedWorker, sizeOf: (path: string) => number): PlannedWorker {
  const { job } = worker;
  const unit = Math.min(...blockBytesUsed(job));
  const files = worker.files.map((file): PlannedFile => {
    if (file.isOpenEnded !== true) return file;
    const fileBytes = sizeOf(file.path);
    const regionBytes = Math.floor(Math.max(0, fileBytes - file.regionOffsetBytes) / unit) * unit;
    if (regionBytes > 0) return { ...file, regionBytes, fileBytes, isOpenEnded: false };
    const message = `job "${job.name}": ${file.path} has ${fileBytes} bytes now, less than a block of ${unit}`;
    throw UserError.of(message, 'the job before it has to write it; or give a size', 1);
  });
  return { ...worker, files, ...amountOf(job, files) };
}
