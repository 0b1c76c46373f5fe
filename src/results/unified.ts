/**
 * Results with unified_rw_reporting. `mixed` of a job is all its directions together. Where it stands instead of them,
 * `read` is the very same object and the others are empty: what looks at directions then sees all I/O in one.
 */
import { directions } from '../job/per-direction.js';
import type { FioDirection, FioJob } from './document.js';

export function isMixedOnly({ read, mixed }: Pick<FioJob, 'read' | 'mixed'>): boolean {
  return mixed !== undefined && read === mixed;
}

/** How a direction is called: `mixed` where it stands for all. */
export function directionName(job: Pick<FioJob, 'read' | 'mixed'>, name: 'read' | 'write' | 'trim'): string {
  return name === 'read' && isMixedOnly(job) ? 'mixed' : name;
}

/** The directions that had I/O, with their figures; `mixed` alone where it stands for all. */
export function usedDirections(job: Pick<FioJob, 'read' | 'write' | 'trim' | 'mixed'>) {
  const all = isMixedOnly(job)
    ? ([['mixed', job.read]] as const)
    : directions.map((name) => [name, job[name]] as const);
  return all.filter(([, figures]) => figures.total_ios > 0);
}

/** Brings a job of a document that was read, fio's or ours, into that form. Anything else stays as it is. */
export function withDirections(job: unknown): unknown {
  if (typeof job !== 'object' || job === null || !('mixed' in job) || 'read' in job) return job;
  const mixed = job.mixed as FioDirection;
  const none = emptied(mixed) as FioDirection;
  return { ...job, read: mixed, write: none, trim: none };
}

/** The same keys with zeros, and without percentiles and bins. */
function emptied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return 0;
  const kept = Object.entries(value).filter(([key]) => key !== 'percentile' && key !== 'bins' && key !== 'prios');
  return Object.fromEntries(kept.map(([key, inner]) => [key, emptied(inner)]));
}
