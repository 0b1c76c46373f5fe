/**
 * What a run is judged by against a folder, and where it goes then. The reference is the first results of the same jobs
 * on the same machine, or the last that somebody accepted and those after it (or a label and those after it): it stays
 * where it is, however often a little is lost.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repetitionsMin } from '../compare/rule.js';
import { type SampleSet, wholeSet } from '../compare/samples.js';
import type { GateReport } from '../compare/types.js';
import type { SetAsideFolder } from '../results/acceptance.js';
import type { IotestDocument } from '../results/document.js';
import { loadResult, saveResult } from '../results/files.js';
import { compareFingerprints, type FieldDifference } from '../results/fingerprint.js';
import { findReference, type ListedResult, listResults, type Reference } from '../results/index-file.js';
import { UserError } from '../support/errors.js';
import type { Judged } from './context.js';
import { historyWindowMax } from './history.js';

export interface FolderReference {
  /** Newest first. */
  readonly earlier: readonly SampleSet[];
  /** Differences to the newest of them; where there are none, to the last of jobs of these names, which then block. */
  readonly fingerprint: readonly FieldDifference[];
  /** So few that runs still join it, whatever is found. */
  readonly isFounding: boolean;
  /** Which results it is, in a sentence; null where there are none. */
  readonly note: string | null;
}

const none = { earlier: [], fingerprint: [], isFounding: true, note: null } as const;

/**
 * @param vary fields that may differ
 * @param label of the first result of the reference, in the place of what was accepted
 * @throws UserError when no result has the label.
 */
export async function referenceIn(
  folder: string,
  document: IotestDocument,
  vary: readonly string[],
  label: string | undefined,
): Promise<FolderReference> {
  const { fingerprint, startedAt } = document.iotest;
  if (!existsSync(folder)) {
    if (label === undefined) return none;
    throw UserError.of(`there is no folder ${folder}, so nothing in it has the label "${label}"`, null);
  }
  if (fingerprint === null) return none;
  const found = findReference(folder, { fingerprint, vary, count: historyWindowMax, before: startedAt, label });
  const { results } = found;
  if (results.length > 0) {
    const newestFirst = results.toReversed();
    const documents = await Promise.all(newestFirst.map(({ file }) => loadResult(join(folder, file))));
    return {
      earlier: documents.map((each, index) => wholeSet(each, newestFirst[index]!.id)),
      fingerprint: compareFingerprints(documents[0]!, document),
      isFounding: results.length < repetitionsMin,
      note: noteOf(found),
    };
  }
  const names = new Set(document.jobs.map((job) => job.jobname));
  const related = listResults(folder).results.find((entry) => entry.jobs.some((name) => names.has(name)));
  if (related === undefined) return none;
  const differences = compareFingerprints(await loadResult(join(folder, related.file)), document);
  return { earlier: [], fingerprint: differences, isFounding: false, note: null };
}

function noteOf({ results, begins }: Reference): string {
  const [first, last] = [results[0]!, results.at(-1)!];
  const day = ({ startedAt }: ListedResult) => startedAt.slice(0, 10);
  const how = {
    accepted: 'which was accepted',
    labelled: `the first that is labelled "${first.label}"`,
    first: 'the first of its kind here',
  }[begins];
  const count = results.length === 1 ? '1 result' : `${results.length} results`;
  const noisy = results.filter(({ isNoisy }) => isNoisy === true).length;
  const busy = noisy === 0 ? '' : `; ${noisy} of them on a busy machine`;
  return `the reference is ${count}, ${day(first)} to ${day(last)}${busy}; it begins with ${first.id}, ${how}`;
}

/**
 * Keeps a run: in the folder only what agrees with its reference, or what a reference is still made of. The rest is set
 * aside and can be accepted. Returns what became of it, in a sentence.
 */
export async function keepJudged(
  document: IotestDocument,
  { report, interrupted }: Judged,
  folder: string,
  { isFounding, earlier }: FolderReference,
): Promise<string> {
  const setAside = setAsideOf(report, interrupted, isFounding);
  if (document.iotest.interrupted) {
    return `saved as ${await saveResult(document, folder)}, which is no part of the baseline`;
  }
  if (setAside === null) {
    const count = isFounding ? `, ${earlier.length + 1} of the ${repetitionsMin} that a reference needs` : '';
    return `kept as ${await saveResult(document, folder)}${count}`;
  }
  const path = await saveResult(document, join(folder, setAside));
  const accept = interrupted ? '' : `; if it is as it shall be: iotest results accept latest --results ${folder}`;
  return `set aside as ${path}${accept}`;
}

function setAsideOf({ verdict }: GateReport, interrupted: boolean, isFounding: boolean): SetAsideFolder | null {
  if (verdict === 'regression') return 'rejected';
  // Its second run was interrupted: what looked worse is not known to be.
  if (interrupted) return 'undecided';
  if (verdict === 'pass' || verdict === 'improved') return null;
  return verdict === 'inconclusive' && isFounding ? null : 'undecided';
}
