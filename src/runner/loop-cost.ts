/** What the loop of a job costs per I/O without an engine, measured while the job's own thread prepares. */
import { isBesideIo } from '../plan/beside-io.js';
import type { PlannedWorker } from '../plan/types.js';
import type { WorkerReport } from '../stats/worker-report.js';
import { latencyKinds } from '../worker/job-rules.js';
import { bestCostNs, rulerFor } from '../worker/ruler.js';
import { Command, controlCommand, createSharedState } from '../worker/shared-state.js';
import { isWarmUpBrief } from '../worker/warm-up.js';
import { WorkerHandle } from './worker-handle.js';

/** By job and engine: repetitions have the loop in common. */
const measured = new Map<string, Promise<number>>();

/**
 * ns per I/O of the first job that does any; 0 where it could not be measured. The first is taken in this thread, which waits for the workers anyway and
 * has run no loop yet; each other one in a thread of its own, for code that has seen another job is slower.
 */
export function loopCostNs(workers: readonly PlannedWorker[], clockBaseSecond: number): Promise<number> {
  const worker = workers.find(({ job }) => !isBesideIo(job));
  if (worker === undefined || isWarmUpBrief) return Promise.resolve(0);
  const ruler = rulerFor(worker);
  const key = JSON.stringify([ruler.job, ruler.engine]);
  const known = measured.get(key);
  if (known !== undefined) return known;
  const run = measured.size === 0 ? runHere : runInThread;
  const cost = run(ruler, clockBaseSecond).then((report) => (report === null ? 0 : bestCostNs(report)));
  measured.set(key, cost);
  return cost;
}

async function runHere(ruler: PlannedWorker, clockBaseSecond: number): Promise<WorkerReport | null> {
  const { Worker } = await import('../worker/worker.js');
  const shared = createSharedState(latencyKinds(ruler));
  const worker = new Worker(ruler, shared, clockBaseSecond, {
    held: [],
    heldBuffers: null,
    onRenewed: () => {},
    onMismatch: null,
    logMemory: null,
    flow: null,
    sqThread: null,
    zones: null,
    explains: false,
  });
  try {
    await worker.prepare(false);
    shared.control[controlCommand] = Command.go;
    return await worker.run();
  } catch {
    // The job meets it as well, and tells.
    return null;
  } finally {
    worker.close();
  }
}

async function runInThread(ruler: PlannedWorker, clockBaseSecond: number): Promise<WorkerReport | null> {
  const handle = new WorkerHandle(ruler, clockBaseSecond, { rehearses: false });
  await handle.prepared;
  handle.start();
  await handle.ended;
  return handle.outcome(0).report;
}
