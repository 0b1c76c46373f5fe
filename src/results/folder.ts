/** Results by the names that users give them, for every command that takes one, and removing them. */
import { existsSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { removeAcceptance } from '../results/acceptance.js';
import { UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';
import { writeError } from './files.js';
import { isResultName, listResults, namesIn } from './index-file.js';
import { removeLabel } from './labels.js';

/** Shown of many candidates. */
const candidatesMax = 5;

/** `latest`, or `latest~2`: the one that began last, or so many before it. */
const latestWord = /^latest(?:~(\d{1,9}))?$/;

/**
 * The id of one result: the stem of its file's name, the beginning of it that no other has, `latest`, or `latest~1` for
 * the one before it. Damaged files have ids too.
 * @throws UserError when there is none, or more than one.
 */
export function findResultId(directory: string, asked: string): string {
  const ids = namesIn(directory)
    .filter(isResultName)
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
  const wanted = asked.endsWith('.json') ? asked.slice(0, -'.json'.length) : asked;
  if (ids.includes(wanted)) return wanted;
  const latest = latestWord.exec(asked);
  if (latest !== null) {
    const { results } = listResults(directory);
    const found = results[Number(latest[1] ?? 0)];
    if (found !== undefined) return found.id;
    if (results.length === 0) throw UserError.of(`there is no result in ${directory}`, 'iotest run saves one');
    const there = results.length === 1 ? 'is 1 result' : `are ${results.length} results`;
    throw UserError.of(`there is no ${asked}: there ${there} in ${directory}`, 'iotest results list shows them');
  }
  const found = wanted === '' ? [] : ids.filter((id) => id.startsWith(wanted));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const shown = found.slice(0, candidatesMax).join(', ');
    const more = found.length > candidatesMax ? ` and ${found.length - candidatesMax} more` : '';
    throw UserError.of(`${found.length} results begin with "${asked}"`, `give more of the name: ${shown}${more}`);
  }
  const near = suggest(wanted, ids);
  const advice = near === null ? 'iotest results list shows those that there are' : `did you mean "${near}"?`;
  throw UserError.of(`no result "${asked}" in ${directory}`, advice);
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
