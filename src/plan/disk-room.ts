/** Whether the files of all jobs fit on their file systems together; each by itself is checked with its job. */
import type { TargetFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';
import type { Step } from './types.js';

/** Files stay until the end of the run, so every step counts; a file that several jobs use counts once. */
export function checkRoomTogether(
  steps: readonly Step[],
  inspect: (path: string) => TargetFacts,
  findings: Findings,
): void {
  const endBytes = new Map<string, number>();
  for (const file of steps.flatMap((step) => step.workers).flatMap((worker) => worker.files)) {
    if (file.layOut === 'nothing') continue;
    endBytes.set(file.path, Math.max(endBytes.get(file.path) ?? 0, file.layOutToBytes));
  }
  const wantedBytes = new Map<string, number>();
  const freeBytes = new Map<string, number>();
  for (const [path, bytes] of endBytes) {
    const { fileSystem, allocatedBytes } = inspect(path);
    if (fileSystem === null || fileSystem.freeBytes === null) continue;
    const { mountPoint } = fileSystem;
    wantedBytes.set(mountPoint, (wantedBytes.get(mountPoint) ?? 0) + Math.max(0, bytes - allocatedBytes));
    freeBytes.set(mountPoint, fileSystem.freeBytes);
  }
  for (const [mountPoint, wanted] of wantedBytes) {
    const free = freeBytes.get(mountPoint)!;
    if (wanted <= free) continue;
    findings.machine(
      null,
      `the files of the jobs need ${wanted} bytes more on the file system at ${mountPoint}, which has ${free} free`,
      'reduce size or numjobs, or choose another directory',
    );
  }
}
