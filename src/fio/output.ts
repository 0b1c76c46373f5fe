/** Where the output goes: stdout as it comes, or a file that is replaced whole. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeWhole } from '../run/deliver.js';
import { ExitCode, UserError } from '../support/errors.js';
import { errnoName, errnoOf } from '../system/errno.js';

export class FioOutput {
  readonly #path: string | null;
  #text = '';

  /** @param path null = stdout. Throws `UserError` when the file could not be written in the end. */
  constructor(path: string | null) {
    this.#path = path;
    if (path !== null) checkFile(path);
  }

  get isFile(): boolean {
    return this.#path !== null;
  }

  write(text: string): void {
    if (this.#path === null) process.stdout.write(text);
    else this.#text += text;
  }

  /** Brings the file up to date. A reader never sees half of it. */
  async flush(): Promise<void> {
    if (this.#path !== null) await writeWhole(this.#path, this.#text);
  }
}

function checkFile(path: string): void {
  const folder = dirname(resolve(path));
  try {
    if (existsSync(path) && statSync(path).isDirectory()) {
      throw UserError.of(`--output ${path} is a directory`, 'name a file in it');
    }
    // A pipe or /dev/null is written in place.
    if (existsSync(path) && !statSync(path).isFile()) accessSync(path, constants.W_OK);
    else accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const number = errnoOf(error);
    if (number === null) throw error;
    const message = `--output ${path} cannot be written: ${errnoName(number)} on ${folder}`;
    throw UserError.of(message, 'choose another file', ExitCode.failed);
  }
}
