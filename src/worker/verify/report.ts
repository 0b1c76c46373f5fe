/** What a worker that verified adds to its report. */
import { touchesFiles } from '../../plan/files.js';
import type { PlannedWorker } from '../../plan/types.js';
import type { WorkerReport } from '../../stats/worker-report.js';
import type { VerifySession } from './session.js';
import { encodeState, saveState, stateFileName } from './state-file.js';

/** As fio: each direction's time is that of the phases in which it did I/O. */
export function verifyPart(
  planned: PlannedWorker,
  session: VerifySession,
): Pick<WorkerReport, 'verify' | 'directionNs'> {
  const { workload, verify } = planned.job;
  const { mainNs, verifyNs } = session.phases;
  const stateFiles = saveStateOf(planned, session);
  const readsInMain = workload.directions === 'read' || workload.directions === 'readwrite' || verify.backlogCount > 0;
  const main = verify.only ? 0 : mainNs;
  return {
    verify: { ...session.report(), ...(stateFiles.length === 0 ? {} : { stateFiles }) },
    directionNs: { read: verifyNs + (readsInMain ? main : 0), write: main, trim: main },
  };
}

export function stateFileOf({ job, workerIndex, auxFolder }: PlannedWorker): string {
  return stateFileName(auxFolder ?? '.', job.name, workerIndex);
}

/** `verify_state_save`, where something was written. @returns the file; none when it cannot be written */
function saveStateOf(planned: PlannedWorker, session: VerifySession): string[] {
  const { job, engine, seed } = planned;
  const { directions } = job.workload;
  const writes =
    !job.verify.only && (directions === 'write' || directions === 'readwrite' || directions === 'trimwrite');
  if (!job.verify.savesState || !writes || !touchesFiles(job)) return [];
  const { state } = session;
  const file = stateFileOf(planned);
  saveState(file, encodeState(state, job.name, Math.max(engine.depth, state.inFlight.length), seed));
  return [file];
}
