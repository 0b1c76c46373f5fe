/** Where a result is to go, and whether it can. */
import { accessSync, constants, existsSync, mkdtempSync, rmdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { checkFile } from '../cli/output.js';
import { ExitCode, UserError } from '../support/errors.js';
import { Errno, errnoName, errnoOf } from '../system/errno.js';

export interface Destinations {
  readonly format: string;
  readonly output?: string | undefined;
  readonly results: string;
  readonly 'no-save': boolean;
  readonly 'no-color': boolean;
  readonly quiet: boolean;
  /** Absent: there is nothing more to say. */
  readonly verbose?: boolean | undefined;
  readonly charts?: boolean | undefined;
  readonly ascii?: boolean | undefined;
}

/** Throws `UserError` before the run where the result could not be kept after it. */
export function checkDestinations({ output, results, 'no-save': noSave }: Destinations): void {
  if (output !== undefined) checkFile(output, '--output');
  if (!noSave) {
    const advice = 'choose another folder with --results DIR, or use --no-save';
    checkWritable(nearestExisting(resolve(results)), `the results folder ${results}`, advice);
  }
}

/** Of a short run of one job, and its entry in the index. */
const resultBytes = 128 * 1024;

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

function checkWritable(directory: string, what: string, advice: string): void {
  try {
    if (!statSync(directory).isDirectory())
      throw UserError.of(`${what} cannot be written: ${directory} is no directory`, advice);
    accessSync(directory, constants.W_OK | constants.X_OK);
    // Root may write anywhere, and still not be able to: what makes a folder there knows.
    rmdirSync(mkdtempSync(join(directory, '.iotest-')));
    const { blocks, bavail, bsize } = statfsSync(directory);
    // Some have no number of blocks at all (ramfs).
    if (blocks > 0 && bavail * bsize < resultBytes) throw Object.assign(new Error('full'), { errno: Errno.ENOSPC });
  } catch (error) {
    if (error instanceof UserError) throw error;
    const number = errnoOf(error);
    if (number === null) throw error;
    throw UserError.of(`${what} cannot be written: ${errnoName(number)} on ${directory}`, advice, ExitCode.failed);
  }
}
