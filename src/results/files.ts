/** Results on disk: one file per run, written whole or not at all, and never in the place of another. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ExitCode, errorCode, UserError } from '../support/errors.js';
import { readInput } from '../system/input-file.js';
import { guardFile, writeNewFile } from '../system/output-file.js';
import type { IotestDocument, ResultDocument } from './document.js';
import { serialiseResult } from './fio-json.js';

/** Far above any result: one job takes some 12 KB, and what JSON takes in memory can be twenty times its text. */
export const resultBytesMax = 64 * 2 ** 20;

/**
 * Saves a result as `<directory>/<YYYYMMDD-HHMMSS>-<job file stem>-<6 hex digits>.json` (start of the run, local time).
 * The directory is made when it is missing. Nothing is overwritten, and no temporary file is left.
 * @returns the path of the file.
 * @throws UserError when the directory cannot be made or written to (read-only, full, not a directory).
 */
export async function saveResult(document: IotestDocument, directory: string): Promise<string> {
  const text = serialiseResult(document);
  try {
    await makeDirectory(directory);
    // Six hex digits make a clash within one second unlikely.
    return writeNewFile(directory, () => resultFileName(document, randomBytes(3).toString('hex')), text);
  } catch (error) {
    throw saveError(error, directory);
  }
}

/**
 * Reads a result: ours, or fio's JSON.
 * @throws UserError when the file cannot be read, or is no result (all problems at once).
 */
export async function loadResult(file: string): Promise<ResultDocument> {
  // Loaded here, for a run only writes, and need not wait for the schema.
  const { parseResult } = await import('./parse.js');
  return parseResult(readText(file), file);
}

/** Level by level: Node's `recursive` answers ENOENT where the truth is EROFS or EACCES. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    const parent = path.dirname(directory);
    if (errorCode(error) !== 'ENOENT' || parent === directory) throw error;
    await makeDirectory(parent);
    await mkdir(directory).catch((reason: unknown) => {
      if (errorCode(reason) !== 'EEXIST') throw reason;
    });
  }
}

/** `20261122-120000-sample-1f0a9c.json`. */
export function resultFileName(document: IotestDocument, suffix: string): string {
  const { jobFile, startedAt } = document.iotest;
  return `${resultStem(jobFile?.path ?? 'job', new Date(startedAt))}-${suffix}.json`;
}

/** `20261122-120000-sample`: when it began, in local time, and what of. */
export function resultStem(jobFilePath: string, date: Date): string {
  const stem = path.basename(jobFilePath, path.extname(jobFilePath));
  const plain = stem.replace(/[^A-Za-z0-9_.+-]+/g, '-').replace(/^[.-]+/, '');
  return `${timeStem(date)}-${plain.slice(0, 80) || 'job'}`;
}

/** `20261122-120000`, in local time. */
export function timeStem(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

function readText(file: string): string {
  const advice = 'give the path of a result file of iotest or of fio --output-format=json';
  const input = readInput(file, { bytesMax: resultBytesMax, pipes: true });
  if (input.ok) {
    guardFile(file, 'a result that is read here');
    return input.bytes.toString('utf8');
  }
  const { code, problem } = input;
  if (code === 'ENOENT') throw UserError.of(`there is no file ${file}`, advice);
  if (code === 'EACCES') throw UserError.of(`${file} may not be read`, 'check its permissions');
  throw UserError.of(`${file} ${problem}`, advice);
}

function saveError(error: unknown, directory: string): UserError {
  if (error instanceof UserError) return error;
  const elsewhere = 'name another directory with --results DIR, or leave the saving off with --no-save';
  return writeError(error, `the result cannot be saved in ${directory}`, elsewhere);
}

/**
 * A failed write as an error for people.
 * @param what what did not work: `the result cannot be saved in results`.
 * @param elsewhere what can be done where the place itself cannot be mended.
 */
export function writeError(error: unknown, what: string, elsewhere: string): UserError {
  const code = errorCode(error) ?? String(error);
  const reasons: Record<string, readonly [reason: string, advice: string]> = {
    EACCES: ['this user may not write there', `change its permissions, or ${elsewhere}`],
    EPERM: ['this user may not write there', `change its permissions, or ${elsewhere}`],
    EROFS: ['the file system is read-only', elsewhere],
    ENOSPC: ['the file system is full', `make room, or ${elsewhere}`],
    EDQUOT: ['the disk quota is used up', `make room, or ${elsewhere}`],
    ENOTDIR: ['the path leads to a file, not a directory', elsewhere],
    ENOENT: ['the path leads nowhere', elsewhere],
    ENAMETOOLONG: ['the path is too long', elsewhere],
    EIO: ['the disk below it failed', `look at dmesg, and ${elsewhere}`],
  };
  const [reason, advice] = reasons[code] ?? [code, elsewhere];
  return UserError.of(`${what}: ${reason}`, advice, ExitCode.failed);
}
