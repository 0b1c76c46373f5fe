/** Making directories. */
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../support/errors.js';
import { describeErrno, errnoOf } from './errno.js';

/** With its parents, level by level: Node's `recursive` never returns below /proc, where mkdir(2) always says ENOENT. */
function makeDirectories(directory: string, mode: number): void {
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectories(parent, mode);
  try {
    fs.mkdirSync(directory, { mode });
  } catch (error) {
    // Another job may have made it meanwhile.
    if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** The directories of a file that is to be made. @param shown what the file is called. Throws `UserError`. */
export function makeFolders(filePath: string, shown = filePath): void {
  try {
    makeDirectories(path.dirname(filePath), 0o700);
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    const { name, meaning, advice } = describeErrno(number);
    throw UserError.of(`cannot make the directory of ${shown}: ${meaning} (${name})`, advice, 1);
  }
}
