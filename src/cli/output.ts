/** Files that a command was told to write: looked at before a run, written whole after it, and what people are told. */
import { dirname, resolve } from 'node:path';
import '../machine/output-uses.js';
import { ExitCode, UserError } from '../support/errors.js';
import { errnoName, errnoOf } from '../system/errno.js';
import { checkOutput, writeOutput } from '../system/output-file.js';

/** @throws UserError before the run where `file` may not be written, or could not be after it. */
export function checkFile(file: string, flag: string): void {
  try {
    checkOutput(file, `${flag} ${file}`);
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    const message = `${flag} ${file} cannot be written: ${errnoName(number)} on ${dirname(resolve(file))}`;
    throw UserError.of(message, 'choose another file', ExitCode.failed);
  }
}

/** A reader of `path` sees the old file or the new one, never half of it. Throws `UserError`. */
export async function writeWhole(path: string, text: string | Uint8Array): Promise<void> {
  try {
    await writeOutput(path, text, path);
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    const advice = 'make room there, or name another file with --output';
    throw UserError.of(`${path} cannot be written: ${errnoName(number)}`, advice, ExitCode.failed);
  }
}
