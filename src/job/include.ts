/** The files that `include` names: looked up and read as fio does. */
import { realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { errnoName, errnoOf } from '../system/errno.js';
import { readInput } from '../system/input-file.js';
import { guardFile } from '../system/output-file.js';
import type { IncludedFile, Includes } from './ini.js';

/** Longer than any list of options. */
const bytesMax = 2 ** 20;

export const includes: Includes = { read: readInclude, identityOf };

/** From the working directory first, then from the folder of the including file (fio's init.c). */
function readInclude(name: string, includingFile: string): IncludedFile {
  const paths = isAbsolute(name) ? [name] : [...new Set([name, join(dirname(includingFile), name)])];
  try {
    const found = paths.flatMap((path) => {
      const facts = statSync(path, { throwIfNoEntry: false });
      return facts === undefined ? [] : [{ path, facts }];
    });
    const [first, second] = found;
    if (first === undefined) {
      const message = `there is no file ${name} to include`;
      return { ok: false, message, advice: `looked for ${paths.join(' and ')}` };
    }
    const { path, facts } = first;
    const input = readInput(path, { bytesMax, pipes: true });
    if (!input.ok) {
      return {
        ok: false,
        message: `${path} is no list of options: it ${input.problem}`,
        advice: 'name a file with options, one a line, that this user may read',
      };
    }
    const doubt =
      second === undefined || isSameFile(facts, second.facts)
        ? null
        : {
            message: `there is a ${name} in the working directory and one beside ${includingFile}; the former is read, as in fio`,
            advice: 'write the whole path',
          };
    guardFile(path, 'a file that the jobs include');
    return { ok: true, path, text: input.bytes.toString('utf8'), doubt };
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    return { ok: false, message: `${name} cannot be read: ${errnoName(number)}`, advice: 'check its permissions' };
  }
}

function isSameFile(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function identityOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Standard input, or gone in the meantime.
    return path;
  }
}
