/** Which regular files are iotest's own. Pure. */
import { basename } from 'node:path';
import type { Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';

/**
 * Whether iotest has made a file, or will. What bears its mark is its own until something else writes to it. Of files
 * without a mark, as fio and earlier versions make them, those are that have the name that is generated for the job and
 * exactly the size that the job gives them: not by a link, and under no other name.
 * @param endBytes where the job's part of it ends
 */
export function isOwnFile(job: Job, facts: TargetFacts, endBytes: number): boolean {
  const { kind, sizeBytes, file = null } = facts;
  if (kind === 'missing') return true;
  if (kind !== 'file') return false;
  if (sizeBytes === 0 || file?.mark === 'own') return true;
  return isGenerated(job) && sizeBytes === endBytes && file?.linkCount === 1 && isNoLink(facts);
}

function isGenerated({ target, replay }: Job): boolean {
  const { filenames, openDirectory, filenameFormat, size, filesizeBytes } = target;
  const isSized = filesizeBytes !== null || (size !== null && 'bytes' in size);
  return filenames === null && openDirectory === null && filenameFormat === null && replay.iologs === null && isSized;
}

/** Its own name, and not that of a link to it. */
export function isNoLink({ path, realPath }: Pick<TargetFacts, 'path' | 'realPath'>): boolean {
  return basename(path) === basename(realPath);
}
