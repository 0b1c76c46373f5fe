/** Results by the names that users give them, and removing them. */
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';
import { writeError } from './result-files.js';
import { isResultName, listResults, namesIn } from './result-index.js';
import { removeLabel } from './result-labels.js';

/** Shown of many candidates. */
const candidatesMax = 5;

/**
 * The id of one result: the stem of its file's name, the beginning of it that no other has, or `latest`.
 * Damaged files have ids too.
 * @throws UserError when there is none, or more than one.
 */
export function findResultId(directory: string, asked: string): string {
  const ids = namesIn(directory)
    .filter(isResultName)
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
  const wanted = asked.endsWith('.json') ? asked.slice(0, -'.json'.length) : asked;
  if (ids.includes(wanted)) return wanted;
  if (asked === 'latest') {
    const [newest] = listResults(directory).results;
    if (newest === undefined) throw UserError.of(`there is no result in ${directory}`, 'iotest run saves one');
    return newest.id;
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
 * Removes a result and its label.
 * @throws UserError when the folder cannot be written to.
 */
export async function removeResult(directory: string, id: string): Promise<void> {
  try {
    await unlink(resultPath(directory, id));
    await removeLabel(directory, id);
  } catch (error) {
    throw writeError(error, `${resultPath(directory, id)} cannot be removed`, 'leave it there');
  }
}
