/**
 * The ruler: what the loop itself costs per I/O. A worker runs the job's own workload on the null engine, in another
 * thread than the job's, because a second engine class would spoil the type feedback of the worker that measures.
 */
import { plainJob } from '../job/draft.js';
import type { Job } from '../job/job.js';
import type { PlannedWorker } from '../plan/types.js';
import type { WorkerReport } from '../stats/worker-report.js';
import { unhurried } from './pacing/create.js';

const rulerRuntimeMs = 60;
/** Short enough that some windows meet no other thread; the best one counts. */
const rulerWindowMs = 4;
const blockBytesMax = 4096;

export function rulerFor(worker: PlannedWorker): PlannedWorker {
  const { job } = worker;
  const plain = plainJob();
  const measured: Job = {
    ...unhurried(job),
    schedule: { ...plain.schedule, runtimeMs: rulerRuntimeMs, timeBased: true },
    process: plain.process,
    verify: plain.verify,
    workload: {
      ...job.workload,
      endFsync: false,
      ioCountMax: null,
      blockBytes: cappedBlocks(job.workload.blockBytes),
      // Their write pointers are the measured jobs'.
      order: job.workload.order.zoneMode === 'zbd' ? plain.workload.order : job.workload.order,
    },
    measure: { ...job.measure, bandwidthWindowMs: rulerWindowMs, iopsWindowMs: rulerWindowMs },
  };
  return {
    ...worker,
    job: measured,
    engine: {
      ...worker.engine,
      name: 'null',
      nop: false,
      iopoll: false,
      sqpoll: false,
      fixedBuffers: false,
      fixedFiles: false,
    },
    engineLabel: 'null',
    files: worker.files.map((file) => ({
      ...file,
      kind: 'memory',
      layOut: 'nothing',
      layOutToBytes: 0,
      alignBytes: 1,
    })),
    ioBytes: null,
    recording: null,
    fileWork: null,
    network: null,
    logs: null,
  };
}

/** The loop does the same for a small block as for a large one; the buffers of large ones would be held twice. */
function cappedBlocks({ read, write, trim }: Job['workload']['blockBytes']): Job['workload']['blockBytes'] {
  const cap = (bytes: number): number => Math.min(bytes, blockBytesMax);
  return { read: cap(read), write: cap(write), trim: cap(trim) };
}

/**
 * ns per I/O in the best window, or of the thread's CPU time where that is less: on a busy machine every window may hold
 * time in which another thread ran. 0 when nothing was measured.
 */
export function bestCostNs({
  series,
  userCpuNs,
  systemCpuNs,
}: Pick<WorkerReport, 'series' | 'userCpuNs' | 'systemCpuNs'>): number {
  const counts = series.map(({ ioCount }) => ioCount.read + ioCount.write + ioCount.trim);
  const costs = series.flatMap(({ startNs, endNs }, index) =>
    counts[index] === 0 ? [] : [(endNs - startNs) / counts[index]!],
  );
  if (costs.length === 0) return 0;
  const cpuNs = userCpuNs + systemCpuNs;
  const all = counts.reduce((sum, count) => sum + count, 0);
  return Math.min(...costs, cpuNs > 0 ? cpuNs / all : Number.POSITIVE_INFINITY);
}
