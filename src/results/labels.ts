/**
 * Labels of results: a line of text in a file of its own beside each, `ID.label`. They are no part of the result, so that
 * it never changes, and none of the index, so that they outlive it.
 */
import { randomBytes } from 'node:crypto';
import { rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../support/errors.js';
import { readInput } from '../system/input-file.js';
import { writeError, writeFlushed } from './files.js';

export const labelSuffix = '.label';

const labelLengthMax = 200;
/** In any encoding, with room for the blanks of a careless editor. */
const labelFileBytesMax = 4096;

/** null when there is none, or it cannot be read. */
export function readLabel(directory: string, id: string): string | null {
  const input = readInput(path.join(directory, id + labelSuffix), { bytesMax: labelFileBytesMax });
  if (!input.ok) return null;
  const text = oneLine(input.bytes.toString('utf8')).slice(0, labelLengthMax);
  return text === '' ? null : text;
}

/**
 * Gives a result a label, or takes it away with a text of blanks. A reader sees the old one or the new one.
 * @throws UserError when it is too long, or the folder cannot be written to.
 */
export async function writeLabel(directory: string, id: string, text: string): Promise<void> {
  const label = oneLine(text);
  if (label.length > labelLengthMax) {
    throw UserError.of(`the label has ${label.length} characters`, `use at most ${labelLengthMax}`);
  }
  const temporary = path.join(directory, `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    if (label === '') return await removeLabel(directory, id);
    await writeFlushed(temporary, `${label}\n`);
    await rename(temporary, path.join(directory, id + labelSuffix));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw writeError(error, `the label cannot be written in ${directory}`, 'copy the results to another folder');
  }
}

/** Does nothing when there is none. */
export async function removeLabel(directory: string, id: string): Promise<void> {
  await unlink(path.join(directory, id + labelSuffix)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
