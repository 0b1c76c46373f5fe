/** What ended a worker, in words. */
import { explainRefusal } from '../engines/call-flags.js';
import type { OpenFile } from '../engines/engine.js';
import { operationNames } from '../job/operation.js';
import type { PlannedWorker } from '../plan/types.js';
import type { WorkerError } from '../stats/worker-report.js';
import { describeStep } from './chains.js';
import type { NotedError } from './error-policy.js';
import { describeFileError } from './file-places.js';
import { shortenedRefusal } from './shortened-files.js';

/** @param files as they were opened, in the order of the plan */
export function describeError(planned: PlannedWorker, files: readonly OpenFile[], error: NotedError): WorkerError {
  if (error.reason !== undefined) return describeReason(error, error.reason);
  const { fileWork } = planned;
  if (fileWork !== null) return { errno: error.errno, during: describeFileError(fileWork, error.fileIndex) };
  const operation = operationNames[error.operation];
  const path = planned.files[error.fileIndex]?.path ?? 'the target';
  const what = error.byteCount === 0 ? '' : ` of ${error.byteCount} bytes at offset ${error.offset}`;
  const refusal =
    explainRefusal(error.errno, error.operation, planned.engine) ??
    shortenedRefusal(error.errno, files[error.fileIndex], error.offset + error.byteCount);
  if (error.step !== undefined) return describeStep(planned.engine.chain, error, { what, path, refusal });
  return { errno: error.errno, during: `${operation}${what} of ${path}`, refusal };
}

/** What a wrong block means does not follow from its errno. */
function describeReason({ errno, advice }: NotedError, during: string): WorkerError {
  if (advice === undefined) return { errno, during };
  return { errno, during, refusal: { reason: 'the data is not what the job expects', advice } };
}
