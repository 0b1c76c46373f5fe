/** What a worker that verified adds to its report. */
import type { Job } from '../../job/job.js';
import type { WorkerReport } from '../../stats/worker-report.js';
import type { VerifySession } from './session.js';

/** As fio: each direction's time is that of the phases in which it did I/O. */
export function verifyPart(
  { workload, verify }: Job,
  session: VerifySession,
): Pick<WorkerReport, 'verify' | 'directionNs'> {
  const { mainNs, verifyNs } = session.phases;
  const readsInMain = workload.directions === 'read' || workload.directions === 'readwrite' || verify.backlogCount > 0;
  const main = verify.only ? 0 : mainNs;
  return {
    verify: session.report(),
    directionNs: { read: verifyNs + (readsInMain ? main : 0), write: main, trim: main },
  };
}
