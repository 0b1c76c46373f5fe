/** Files that something else uses: no job may write, extend or delete them, whatever is permitted. Pure. */
import type { Job } from '../job/job.js';
import type { DeviceUse } from '../machine/target-facts.js';
import { overwrites } from './files.js';
import type { Findings } from './findings.js';
import type { PlannedFile } from './types.js';

/**
 * Whether the file is in use, which is in the findings then.
 * @param usesOf what is known to use a file, by its path; it is asked only where that matters
 */
export function refuseUsedFile(
  job: Job,
  file: PlannedFile,
  usesOf: (path: string) => readonly DeviceUse[],
  findings: Findings,
): boolean {
  const doing = doingTo(job, file);
  if (file.kind !== 'file' || doing === null) return false;
  const uses = usesOf(file.path);
  if (uses.length === 0) return false;
  findings.machine(
    job,
    `refusing to ${doing} ${file.path}: ${usesText(uses)}`,
    'unmount, swapoff, detach (losetup -d), stop or release it first; --destructive does not help while it is in use',
  );
  return true;
}

export function usesText(uses: readonly DeviceUse[]): string {
  return uses.map(({ device, by }) => `${device} is ${by}`).join(', ');
}

function doingTo(job: Job, file: PlannedFile): string | null {
  if (overwrites(job)) return 'overwrite';
  if (file.layOut !== 'nothing') return 'extend';
  return job.target.unlink || job.target.unlinkEachLoop ? 'delete' : null;
}
