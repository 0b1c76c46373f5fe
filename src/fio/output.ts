/** Where the output goes: stdout as it comes, or a file that is replaced whole. */
import { checkFile, writeWhole } from '../cli/output.js';

export class FioOutput {
  readonly #path: string | null;
  #text = '';

  /** @param path null = stdout. Throws `UserError` when the file could not be written in the end. */
  constructor(path: string | null) {
    this.#path = path;
    if (path !== null) checkFile(path, '--output');
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
