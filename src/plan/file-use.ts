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
  const isThere = file.kind === 'file' || (file.kind === 'block' && overwrites(job));
  return isThere && doing !== null && refuseUsed(job, doing, file.path, usesOf, findings);
}

/** The same of the file that buffers are mapped from (`mem=mmapshared:FILE`). */
export function refuseUsedBuffers(
  job: Job,
  usesOf: (path: string) => readonly DeviceUse[],
  findings: Findings,
): boolean {
  const { path } = job.process.bufferMemory;
  return path !== null && refuseUsed(job, 'put buffers (mem) over', path, usesOf, findings);
}

function refuseUsed(
  job: Job,
  doing: string,
  path: string,
  usesOf: (path: string) => readonly DeviceUse[],
  findings: Findings,
): boolean {
  const uses = usesOf(path);
  if (uses.length === 0) return false;
  findings.machine(
    job,
    `refusing to ${doing} ${path}: ${usesText(uses)}`,
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
