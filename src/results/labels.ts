/**
 * Labels of results: a line of text in a file of its own beside each, `ID.label`. They are no part of the result, so that
 * it never changes, and none of the index, so that they outlive it.
 */
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import '../machine/output-uses.js';
import { UserError } from '../support/errors.js';
import { readInput } from '../system/input-file.js';
import { writeOutputNow } from '../system/output-file.js';
import { writeError } from './files.js';

export const labelSuffix = '.label';

const labelLengthMax = 200;
/** In any encoding, with room for the blanks of a careless editor. */
const labelFileBytesMax = 4096;

/** null when there is none, or it cannot be read. */
export function readLabel(directory: string, id: string): string | null {
  return readLineBeside(directory, id, labelSuffix);
}

/**
 * Gives a result a label, or takes it away with a text of blanks. A reader sees the old one or the new one.
 * @throws UserError when it is too long, or the folder cannot be written to.
 */
export function writeLabel(directory: string, id: string, text: string): Promise<void> {
  return writeLineBeside(directory, id, labelSuffix, text, 'label');
}

/** Does nothing when there is none. */
export function removeLabel(directory: string, id: string): Promise<void> {
  return removeLineBeside(directory, id, labelSuffix);
}

/** The line of the file that stands beside a result under this suffix. null when there is none, or it cannot be read. */
export function readLineBeside(directory: string, id: string, suffix: string): string | null {
  const input = readInput(path.join(directory, id + suffix), { bytesMax: labelFileBytesMax, links: false });
  if (!input.ok) return null;
  const text = oneLine(input.bytes.toString('utf8')).slice(0, labelLengthMax);
  return text === '' ? null : text;
}

/**
 * Writes it, or removes it with a text of blanks.
 * @param what what the line is called in messages: `label`
 * @throws UserError when it is too long, or the folder cannot be written to.
 */
export async function writeLineBeside(
  directory: string,
  id: string,
  suffix: string,
  text: string,
  what: string,
): Promise<void> {
  const line = oneLine(text);
  if (line.length > labelLengthMax) {
    throw UserError.of(`the ${what} has ${line.length} characters`, `use at most ${labelLengthMax}`);
  }
  const file = path.join(directory, id + suffix);
  try {
    if (line === '') return await removeLineBeside(directory, id, suffix);
    writeOutputNow(file, `${line}\n`, true);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw writeError(error, `the ${what} cannot be written in ${directory}`, 'copy the results to another folder');
  }
}

/** Does nothing when there is none. */
export async function removeLineBeside(directory: string, id: string, suffix: string): Promise<void> {
  await unlink(path.join(directory, id + suffix)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
