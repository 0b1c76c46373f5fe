/** Takes what jobs will use out of the page cache, before each step. */
import fs from 'node:fs';
import { heldTargets } from '../machine/held-targets.js';
import { openHeld } from '../machine/open-target.js';
import type { PlannedWorker } from '../plan/types.js';
import type { Warning } from '../support/warning.js';
import { dropPageCache } from '../system/page-cache.js';
import { invalidates } from '../worker/open-files.js';

/** Drops the page cache of the targets whose jobs have `invalidate`; what could not be dropped comes back as warnings. */
export function dropCaches(workers: readonly PlannedWorker[]): Warning[] {
  const wanted = new Map<string, PlannedWorker>();
  for (const worker of workers) {
    if (!invalidates(worker.job)) continue;
    for (const file of worker.files) if (file.kind !== 'memory') wanted.set(file.path, worker);
  }
  const warnings: Warning[] = [];
  for (const [path, worker] of wanted) {
    const held = heldTargets.get(path);
    if (held === null) continue;
    const opened = openHeld(held, {});
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
