/**
 * The word that a level is as it shall be: a line beside a result, `ID.accepted`, with the moment and why. The reference
 * of `iotest gate` begins with the last result that has it; nothing else moves one.
 */
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, UserError } from '../support/errors.js';
import { linkOrRename } from '../system/output-file.js';
import { writeError } from './files.js';
import { labelSuffix, readLineBeside, removeLineBeside, writeLineBeside } from './labels.js';

export const acceptanceSuffix = '.accepted';

/** Folders in a folder of a baseline: what was found worse, and what nobody could decide. No reference is made of these. */
export const setAsideFolders = ['rejected', 'undecided'] as const;
export type SetAsideFolder = (typeof setAsideFolders)[number];

/** Does nothing where nobody accepted it. */
export function removeAcceptance(directory: string, id: string): Promise<void> {
  return removeLineBeside(directory, id, acceptanceSuffix);
}

/**
 * Accepts a result of a baseline's folder. One that was set aside comes back into the folder, with its label.
 * @param why words of whoever accepts it; may be empty
 * @throws UserError when the folder cannot be written to, or holds a file of that name already.
 */
export async function acceptResult(
  directory: string,
  id: string,
  setAside: SetAsideFolder | null,
  why: string,
): Promise<void> {
  if (setAside !== null) {
    const from = path.join(directory, setAside);
    await moveFile(path.join(from, `${id}.json`), path.join(directory, `${id}.json`));
    const label = path.join(from, id + labelSuffix);
    if (readLineBeside(from, id, labelSuffix) !== null) await moveFile(label, path.join(directory, id + labelSuffix));
  }
  const line = `${new Date().toISOString()} ${why}`;
  await writeLineBeside(directory, id, acceptanceSuffix, line, 'reason');
}

/** Never onto a file that is there. */
async function moveFile(from: string, to: string): Promise<void> {
  try {
    linkOrRename(from, to);
    await unlink(from).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      throw UserError.of(`${to} is there already`, `compare it with ${from}, and remove one`);
    throw writeError(error, `${from} cannot be moved to ${to}`, 'move it by hand');
  }
}
