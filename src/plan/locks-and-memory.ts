/** Whether the locks and the memory that a job asks for can be had, and harm nobody. Pure. */
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import { cpuMegahertz } from '../machine/cpu-frequency.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { doorTypes } from './file-safety.js';
import type { Findings } from './findings.js';

export function checkLocksAndMemory(job: Job, look: (path: string) => TargetFacts, findings: Findings): void {
  checkLocks(job, findings);
  checkHugePages(job, findings);
  checkCycles(job, findings);
  checkBufferFile(job, look, findings);
}

function checkLocks(job: Job, findings: Findings): void {
  const { lockFile } = job.target;
  const { asynchronous, touchesFiles, depthMax } = engineTraits(job.engine.name);
  if (lockFile === 'none' || (!asynchronous && touchesFiles && depthMax === 1)) return;
  findings.usage(
    job,
    `lockfile=${lockFile} holds a lock while a call does the I/O, and ${job.engine.name} has no such call`,
    'use ioengine=psync, or leave lockfile out',
  );
}

function checkCycles(job: Job, findings: Findings): void {
  if (job.thinkTime.cycleCount === 0 || cpuMegahertz() !== null) return;
  findings.machine(
    job,
    'thinkcycles: this machine does not say how fast its processors are',
    'use thinktime with thinktime_spin, in microseconds',
  );
}

function checkHugePages(job: Job, findings: Findings): void {
  const { bufferMemory, hugePageBytes } = job.process;
  if (hugePageBytes === null) return;
  if (!Number.isInteger(Math.log2(hugePageBytes))) {
    findings.usage(job, `hugepage-size: ${hugePageBytes} is not a power of two`, 'write 2m or 1g, for example');
  } else if (bufferMemory.kind !== 'shmhuge' && bufferMemory.kind !== 'mmaphuge') {
    findings.warn(
      job,
      'huge-pages-unused',
      `hugepage-size has no effect with mem=${bufferMemory.kind}`,
      'add mem=mmaphuge, or leave it out',
    );
  }
}

/** Buffers in a shared mapping overwrite what is mapped: a way to write that must not lead past the guard. */
function checkBufferFile(job: Job, look: (path: string) => TargetFacts, findings: Findings): void {
  const { path, kind } = job.process.bufferMemory;
  if (path === null) return;
  const facts = look(path);
  const isDoor = doorTypes.includes(facts.fileSystem?.type ?? '');
  if ((facts.kind !== 'file' && facts.kind !== 'missing') || isDoor) {
    findings.usage(
      job,
      `mem=${kind}:${path} is no regular file: buffers there would overwrite a device`,
      'name a file on a disk, on tmpfs or on hugetlbfs, or leave the path out',
    );
    return;
  }
  if (facts.sizeBytes > 0 && kind !== 'mmap') {
    findings.warn(job, 'overwrites-file', `overwrites the existing file ${path} with its buffers (mem)`, null);
  }
}
