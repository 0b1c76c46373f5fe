/** What happens to files and devices around the measured time: layout before, cache and claims per step, unlink after. */
import fs from 'node:fs';
import { layOutFile, openTarget } from '../machine/target.js';
import { destroysData } from '../plan/files.js';
import type { Plan, PlannedFile, PlannedWorker, Step } from '../plan/types.js';
import type { Warning } from '../support/warning.js';
import { dropPageCache } from '../system/page-cache.js';
import { dropsCaches } from '../worker/open-files.js';
import { layOutContent } from '../worker/payload.js';
import type { RunHooks } from './run-hooks.js';

interface LayOut {
  readonly file: PlannedFile;
  readonly worker: PlannedWorker;
}

/** Makes every file of the plan as long as its jobs need, each once. Throws `UserError`; ends early when stopped. */
export async function layOutFiles(plan: Plan, { control, onProgress }: RunHooks): Promise<void> {
  const layOuts = [...neededLayOuts(plan).values()];
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

/** By path: the longest demand, and data rather than mere space. */
function neededLayOuts(plan: Plan): Map<string, LayOut> {
  const needed = new Map<string, LayOut>();
  for (const worker of plan.steps.flatMap((step) => step.workers)) {
    for (const file of worker.files) {
      if (file.layOut === 'nothing') continue;
      const known = needed.get(file.path)?.file;
      const layOut = known?.layOut === 'write' ? 'write' : file.layOut;
      const layOutToBytes = Math.max(known?.layOutToBytes ?? 0, file.layOutToBytes);
      needed.set(file.path, { file: { ...file, layOut, layOutToBytes }, worker });
    }
  }
  return needed;
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

/** Drops the page cache of the targets whose jobs have `invalidate`; what could not be dropped comes back as warnings. */
export function dropCaches(workers: readonly PlannedWorker[]): Warning[] {
  const wanted = new Map<string, PlannedWorker>();
  for (const worker of workers) {
    if (!dropsCaches(worker.job)) continue;
    for (const file of worker.files) if (file.kind !== 'memory') wanted.set(file.path, worker);
  }
  const warnings: Warning[] = [];
  for (const [path, worker] of wanted) {
    // A job that only writes may have nothing there yet (fallocate=none).
    if (!fs.existsSync(path)) continue;
    const opened = openTarget(path, {});
    const problem = dropPageCache(opened);
    fs.closeSync(opened.descriptor);
    if (problem !== null) {
      warnings.push({
        code: 'cache-not-dropped',
        jobName: worker.job.name,
        message: problem,
        advice: 'run as root, or set invalidate=0',
      });
    }
  }
  return warnings;
}

/**
 * Exclusive claims (O_EXCL) on the block devices that a step writes or trims, held while it runs: nobody mounts them
 * meanwhile, and a device that came into use since the plan was made is refused. Throws `UserError`.
 */
export class HeldDevices {
  readonly #paths: readonly string[];
  readonly #descriptors: number[] = [];

  constructor(plan: Plan, step: Step) {
    const written = step.workers.filter((worker) => destroysData(worker.job)).flatMap((worker) => worker.files);
    const named = new Set(written.filter((file) => file.kind === 'block').map((file) => file.path));
    // Two names of one device are one claim: a second one would meet the first.
    const targets = plan.targets.filter((target) => named.has(target.path));
    this.#paths = [...new Set(targets.map((target) => target.commands?.blockDevice ?? target.realPath))];
  }

  claim(): void {
    for (const path of this.#paths) this.#descriptors.push(openTarget(path, { exclusive: true }).descriptor);
  }

  release(): void {
    for (const descriptor of this.#descriptors.splice(0)) fs.closeSync(descriptor);
  }
}

/** Deletes the regular files of jobs with `unlink=1`. */
export function unlinkFiles(plan: Plan): void {
  for (const worker of plan.steps.flatMap((step) => step.workers)) {
    if (!worker.job.target.unlink) continue;
    for (const file of worker.files)
      if (file.kind === 'file' || file.kind === 'missing') fs.rmSync(file.path, { force: true });
  }
}
