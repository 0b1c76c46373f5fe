/** Which flags of single calls the target allows, found out before the start. Pure. */

import { directionsOf, sizeLimits } from '../job/block-sizes.js';
import { engineTraits } from '../job/engine-traits.js';
import type { EngineOptions, Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';

export function grantCallFlags(
  job: Job,
  facts: readonly TargetFacts[],
  findings: Findings,
): Pick<EngineOptions, 'uncached' | 'atomic'> {
  const { uncached, atomic } = job.engine;
  if (uncached && job.target.direct) {
    const message = 'uncached=1 has no effect with direct=1: there is no page cache on the way, as in fio';
    findings.warn(job, 'uncached-with-direct', message, 'leave uncached out');
  }
  const isAtomic = atomic && directionsOf(job.workload).includes('write');
  if (atomic && !isAtomic) {
    findings.warn(job, 'atomic-without-writes', 'atomic=1 has no effect: the job writes nothing', 'leave atomic out');
  }
  if (isAtomic) checkAtomicWrites(job, facts, findings);
  return { uncached: uncached && !job.target.direct, atomic: isAtomic };
}

function checkAtomicWrites(job: Job, facts: readonly TargetFacts[], findings: Findings): void {
  const { name } = job.engine;
  if (!engineTraits(name).atomicWrites) {
    findings.usage(
      job,
      `${name} has no atomic writes (atomic=1)`,
      'use io_uring, libaio or pvsync2, or leave atomic out',
    );
  }
  if (!job.target.direct) findings.usage(job, 'atomic=1 works only with O_DIRECT', 'add direct=1');
  const odd = writeSizes(job).find((bytes) => !Number.isInteger(Math.log2(bytes)));
  if (odd !== undefined) {
    findings.usage(job, `an atomic write is a power of two long, and bs is ${odd}`, 'write bs=4k or bs=16k');
  }
  const { min, max } = sizeLimits(job.workload, 'write');
  for (const { path, atomicWrite, queue } of facts) {
    if (atomicWrite == null) {
      const disk =
        queue === null ? '' : `; /sys/block/${queue.disk}/queue/atomic_write_unit_max_bytes says what its disk can`;
      const message = `${path} takes no atomic writes (statx STATX_WRITE_ATOMIC, Linux 6.11)${disk}`;
      findings.machine(job, message, 'leave atomic out, or use an NVMe or SCSI disk that has them');
    } else if (min < atomicWrite.unitBytesMin || max > atomicWrite.unitBytesMax) {
      const bytes = min < atomicWrite.unitBytesMin ? min : max;
      const { unitBytesMin, unitBytesMax } = atomicWrite;
      const message = `atomic writes of ${path} are from ${unitBytesMin} to ${unitBytesMax} bytes, and bs is ${bytes}`;
      findings.machine(job, message, `write bs=${bytes < unitBytesMin ? unitBytesMin : unitBytesMax}`);
    }
  }
}

/** Enough of the sizes of writes to find one that is no power of two. */
function writeSizes({ workload }: Job): number[] {
  const split = workload.sizes.split.write;
  if (split !== null) return split.map(({ bytes }) => bytes);
  const { min, max } = sizeLimits(workload, 'write');
  // A range gives all multiples of its smallest size.
  return max > 2 * min ? [min, max, 3 * min] : [min, max];
}
