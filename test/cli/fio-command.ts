/** The same words given to fio and to `iotest fio`, in a folder each, at the same time. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type Ended, ended, executable, scratchFolder } from './command.js';

export interface BothEnded {
  readonly fio: Ended;
  readonly ours: Ended;
  readonly fioFolder: string;
  readonly ourFolder: string;
}

export interface BothOptions {
  /** Made in both folders. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Made in both folders, sparse, of so many bytes. */
  readonly files?: Readonly<Record<string, number>>;
  readonly input?: string;
  /** Largest file that may be written, KiB: a write beyond it fails with EFBIG, for any user. */
  readonly fileKibMax?: number;
}

export async function fioBoth(words: readonly string[], options: BothOptions = {}): Promise<BothEnded> {
  const [fioFolder, ourFolder] = [0, 1].map(() => {
    const folder = scratchFolder(options.texts);
    for (const [name, bytes] of Object.entries(options.files ?? {})) {
      fs.writeFileSync(path.join(folder, name), '');
      fs.truncateSync(path.join(folder, name), bytes);
    }
    return folder;
  }) as [string, string];
  const [fio, ours] = await Promise.all([
    runWords('fio', words, fioFolder, options),
    runWords(executable, ['fio', ...words], ourFolder, options),
  ]);
  return { fio, ours, fioFolder, ourFolder };
}

function runWords(program: string, words: readonly string[], cwd: string, options: BothOptions): Promise<Ended> {
  const limit = options.fileKibMax === undefined ? '' : `trap '' XFSZ; ulimit -f ${options.fileKibMax}; `;
  const child = spawn('bash', ['-c', `${limit}exec "$0" "$@"`, program, ...words], {
    cwd,
    stdio: 'pipe',
    env: { ...process.env, NO_COLOR: '1', LANG: 'C.UTF-8' },
  });
  child.stdin.end(options.input ?? '');
  return ended(child);
}
