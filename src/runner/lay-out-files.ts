/** Makes the files of a plan as long as its jobs need, before the run. */
import { heldTargets } from '../machine/held-targets.js';
import { layOutFile } from '../machine/lay-out.js';
import { markBusy } from '../machine/own-files.js';
import { type LayOut, layOutsOf } from '../plan/lay-outs.js';
import type { Plan, PlannedWorker } from '../plan/types.js';
import { layOutContent } from '../worker/create-payload.js';
import type { RunHooks } from './run-hooks.js';

/** Makes every file of the plan as long as its jobs need, each once. Throws `UserError`; ends early when stopped. */
export async function layOutFiles(plan: Plan, { control, onProgress }: RunHooks): Promise<void> {
  const layOuts = layOutsOf(plan);
  const totalBytes = layOuts.reduce((sum, { file }) => sum + file.layOutToBytes, 0);
  let finishedBytes = 0;
  let shownMs = performance.now();
  const layOut = async ({ file, worker }: LayOut): Promise<void> => {
    if (control.isStopping) return;
    let shownBytes = 0;
    const show = (doneBytes: number): void => {
      finishedBytes += doneBytes - shownBytes;
      shownBytes = doneBytes;
      if (performance.now() - shownMs < 1000) return;
      shownMs = performance.now();
      onProgress(layOutProgress(plan, worker, finishedBytes / totalBytes));
    };
    try {
      await layOutFile({
        path: file.path,
        checked: heldTargets.checkedAt(file.path),
        onOpened: (descriptor) => {
          if (heldTargets.get(file.path) === null) heldTargets.adopt(file.path, descriptor);
          if (file.isOwn) markBusy(descriptor);
        },
        sizeBytes: file.layOutToBytes,
        fallocate: worker.job.target.fallocate,
        fill: file.layOut === 'write',
        sync: worker.job.target.createFsync,
        nextContent: layOutContent(worker),
        onProgress: show,
        signal: control.signal,
      });
    } catch (error) {
      // Stopped in the middle: the file is as it was before, and no step will run.
      if (control.isStopping) return;
      throw error;
    }
    show(file.layOutToBytes);
  };
  for (const one of layOuts) if (one.worker.job.target.createSerialize) await layOut(one);
  const atOnce = layOuts.filter(({ worker }) => !worker.job.target.createSerialize);
  const results = await Promise.allSettled(inParallel(atOnce, layOut));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Jobs with `create_serialize=0` lay out at the same time as the others, each its own files one after another. */
function inParallel(layOuts: readonly LayOut[], layOut: (one: LayOut) => Promise<void>): Promise<void>[] {
  const workers = [...new Set(layOuts.map(({ worker }) => worker.workerIndex))];
  return workers.map(async (workerIndex) => {
    for (const one of layOuts) if (one.worker.workerIndex === workerIndex) await layOut(one);
  });
}

function layOutProgress(plan: Plan, worker: PlannedWorker, fraction: number): Parameters<RunHooks['onProgress']>[0] {
  const none = { read: 0, write: 0, trim: 0 };
  return {
    phase: 'layout',
    stepIndex: 0,
    stepCount: plan.steps.length,
    engineLabel: worker.engineLabel,
    jobNames: [worker.job.name],
    fraction,
    etaSeconds: null,
    iops: none,
    bytesPerSecond: none,
    p99Ns: null,
    workersRunning: 0,
  };
}
