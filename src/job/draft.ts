/**
 * A job while its options are being read: as `Job`, writable, with what later options may still change. It is made of the
 * rows of the table.
 */
import type { Job } from './job.js';
import { type DraftWith, type Rows, treeOf } from './options/row.js';
import { draftFields, jobFields } from './options/rows.js';

type DraftOf<R> = R extends Rows ? DraftWith<R> : never;
type Together<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

export type JobDraft = Together<DraftOf<(typeof draftFields)[number]>>;

/** Every option at its default. */
export function createDraft(): JobDraft {
  return treeOf(draftFields, ({ initial }) => initial) as unknown as JobDraft;
}

/** A job that says nothing. */
export function plainJob(): Omit<Job, 'source' | 'typedOptions' | 'groupIndex' | 'cloneIndex'> {
  return treeOf(jobFields, ({ settled }) => settled) as unknown as Job;
}

/** A copy whose groups can be written without changing the original; the values inside are never written in place. */
export function copyDraft(draft: JobDraft): JobDraft {
  const copies = Object.entries(draft).map(([key, value]) => [key, isGroup(value) ? { ...value } : value]);
  return Object.fromEntries(copies) as JobDraft;
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The way back, for printing: what options a finished job was made of. */
export function draftOfJob(job: Job, newGroup: boolean): JobDraft {
  return { ...job, newGroup, seedGiven: job.workload.randomRepeat };
}
