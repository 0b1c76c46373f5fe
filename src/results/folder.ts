/** Results by the names that users give them, for every command that takes one, and removing them. */
import { existsSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';
import { removeAcceptance, type SetAsideFolder, setAsideFolders } from './acceptance.js';
import { writeError } from './files.js';
import { isResultName, type ListedResult, listResults, namesIn } from './index-file.js';
import { readLabel, removeLabel } from './labels.js';

/** Shown of many candidates. */
const candidatesMax = 5;

/** `latest`, or `latest~2`: the one that began last, or so many before it. */
const latestWord = /^latest(?:~(\d{1,9}))?$/;

/**
 * The id of one result: the stem of its file's name, `latest`, `latest~1` for the one before it, its label, or the
 * beginning of the id that no other has. Damaged files have ids too.
 * @throws UserError when there is none, or more than one.
 */
export function findResultId(directory: string, asked: string): string {
  const ids = namesIn(directory)
    .filter(isResultName)
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
  const labelled = (label: string) => ids.filter((id) => readLabel(directory, id) === label);
  return idAmong(directory, ids, () => listResults(directory).results.map(({ id }) => id), asked, labelled);
}

/** @param newest those that can be read, the last first; asked for only where the word is about time. */
function idAmong(
  directory: string,
  ids: readonly string[],
  newest: () => readonly string[],
  asked: string,
  labelled: (label: string) => readonly string[],
): string {
  const wanted = asked.endsWith('.json') ? asked.slice(0, -'.json'.length) : asked;
  if (ids.includes(wanted)) return wanted;
  const latest = latestWord.exec(asked);
  if (latest !== null) {
    const results = newest();
    const found = results[Number(latest[1] ?? 0)];
    if (found !== undefined) return found;
    if (results.length === 0) throw UserError.of(`there is no result in ${directory}`, 'iotest run saves one');
    const there = results.length === 1 ? 'is 1 result' : `are ${results.length} results`;
    throw UserError.of(`there is no ${asked}: there ${there} in ${directory}`, 'iotest results list shows them');
  }
  const begun = wanted === '' ? [] : ids.filter((id) => id.startsWith(wanted));
  for (const [found, what, advice] of [
    [wanted === '' ? [] : labelled(asked), `have the label "${asked}"`, 'name one of them'],
    [begun, `begin with "${asked}"`, 'give more of the name'],
  ] as const) {
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      const shown = found.slice(0, candidatesMax).join(', ');
      const more = found.length > candidatesMax ? ` and ${found.length - candidatesMax} more` : '';
      throw UserError.of(`${found.length} results ${what}`, `${advice}: ${shown}${more}`);
    }
  }
  const near = suggest(wanted, ids);
  const advice = near === null ? 'iotest results list shows those that there are' : `did you mean "${near}"?`;
  throw UserError.of(`no result "${asked}" in ${directory}`, advice);
}

interface ToAccept {
  readonly entry: ListedResult;
  readonly setAside: SetAsideFolder | null;
}

/**
 * The result that a word names, in the folder or set aside in it: `latest` is the last of all.
 * @throws UserError when there is none or more than one, and for a result that can be no reference.
 */
export function findToAccept(directory: string, asked: string): ToAccept {
  const all = [null, ...setAsideFolders].flatMap((setAside): ToAccept[] => {
    const folder = setAside === null ? directory : path.join(directory, setAside);
    if (setAside !== null && !existsSync(folder)) return [];
    return listResults(folder).results.map((entry) => ({ entry, setAside }));
  });
  const newest = all.sort((a, b) => (a.entry.startedAt < b.entry.startedAt ? 1 : -1)).map(({ entry }) => entry.id);
  const labelled = (label: string) => all.filter(({ entry }) => entry.label === label).map(({ entry }) => entry.id);
  const id = idAmong(directory, newest.toSorted(), () => newest, asked, labelled);
  const found = all.find(({ entry }) => entry.id === id)!;
  const { interrupted, failedJobCount, identity } = found.entry;
  const trouble = interrupted
    ? 'it was interrupted'
    : failedJobCount > 0
      ? 'its jobs met errors'
      : identity === null
        ? 'it says nothing of its machine'
        : null;
  if (trouble === null) return found;
  throw UserError.of(`${id} can be no reference: ${trouble}`, 'accept a complete run of iotest');
}

/** Path of the file of an id that `findResultId` gave. */
export function resultPath(directory: string, id: string): string {
  return path.join(directory, `${id}.json`);
}

/**
 * What a word names where paths are taken too: a file or folder that exists, else a result of the folder by its name.
 * Returns a path. One that does not exist is returned as it is where the word can only be a path, so that whoever reads
 * it says so.
 * @throws UserError when a name fits none, or more than one.
 */
export function findResultPath(directory: string, asked: string): string {
  if (asked === '' || asked.includes('/') || existsSync(asked)) return asked;
  if (asked.endsWith('.json')) {
    const inFolder = path.join(directory, asked);
    return existsSync(inFolder) ? inFolder : asked;
  }
  if (!existsSync(directory)) {
    const advice = 'give a path, or name the folder of the result with --results DIR';
    throw UserError.of(`there is no file ${asked}, and no results folder ${directory}`, advice);
  }
  return resultPath(directory, findResultId(directory, asked));
}

/**
 * Removes a result, its label, and that it was accepted.
 * @throws UserError when the folder cannot be written to.
 */
export async function removeResult(directory: string, id: string): Promise<void> {
  try {
    await unlink(resultPath(directory, id));
    await removeLabel(directory, id);
    await removeAcceptance(directory, id);
  } catch (error) {
    throw writeError(error, `${resultPath(directory, id)} cannot be removed`, 'leave it there');
  }
}
