/** What a worker that verified adds to its report. */
import type { PlannedWorker } from '../../plan/types.js';
import type { WorkerReport } from '../../stats/worker-report.js';
import { saveStateOf } from './create.js';
import type { VerifySession } from './session.js';

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
