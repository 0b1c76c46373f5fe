/** Runs the same job with fio and with iotest, in a folder each, at the same time. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { ResultDocument } from '../../src/results/document.js';
import { parseResult } from '../../src/results/parse.js';
import { ended, iotest, scratchFolder } from '../cli/command.js';

/** Why there is nothing to compare with; null when fio is here. */
export function fioMissing(): string | null {
  const { error, status } = spawnSync('fio', ['--version']);
  return error === undefined && status === 0 ? null : 'fio is not installed';
}

export interface Compared {
  readonly fio: ResultDocument;
  readonly ours: ResultDocument;
  /** As they were printed. */
  readonly fioText: string;
  readonly ourText: string;
  readonly fioFolder: string;
  readonly ourFolder: string;
}

/**
 * `files` are made in both folders, of that many bytes; `argv` is for iotest. Fails when either program does, or with
 * `fails` when either does not: then fio writes its messages before its document.
 */
export async function runBoth(
  job: string,
  {
    files = {},
    argv = [],
    fails = false,
  }: {
    readonly files?: Readonly<Record<string, number>>;
    readonly argv?: readonly string[];
    readonly fails?: boolean;
  } = {},
): Promise<Compared> {
  const [fioFolder, ourFolder] = [0, 1].map(() => {
    const folder = scratchFolder();
    for (const [name, bytes] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), Buffer.alloc(bytes));
    }
    return folder;
  }) as [string, string];
  fs.writeFileSync(path.join(fioFolder, 'job.fio'), job);
  // fio asks nobody.
  const permitted = Object.keys(files).flatMap((name) => ['--destructive', name]);
  const words = ['run', '-', '--no-save', '--format', 'json', ...permitted, ...argv];
  // Each mostly waits: they run at the same time.
  const [fio, end] = await Promise.all([
    ended(spawn('timeout', ['60', 'fio', '--output-format=json', 'job.fio'], { cwd: fioFolder, stdio: 'pipe' })),
    iotest(words, { cwd: ourFolder, input: job }),
  ]);
  // fio's status is the number of jobs that failed.
  if (fails) expect(fio.status, fio.stderr).toBeGreaterThan(0);
  else expect(fio.status, fio.stderr).toBe(0);
  const text = fio.stdout.slice(fio.stdout.search(/^\{$/m));
  expect(end.status, end.stderr).toBe(fails ? 1 : 0);
  return {
    fio: parseResult(text, 'fio'),
    ours: parseResult(end.stdout, 'iotest'),
    fioText: text,
    ourText: end.stdout,
    fioFolder,
    ourFolder,
  };
}

/** Sums over all jobs of a document: clones are listed in another order by fio. */
export function totals(document: ResultDocument): Record<string, number> {
  const sum = (pick: (job: ResultDocument['jobs'][number]) => number) =>
    document.jobs.reduce((all, job) => all + pick(job), 0);
  return {
    readCount: sum((job) => job.read.total_ios),
    readBytes: sum((job) => job.read.io_bytes),
    writeCount: sum((job) => job.write.total_ios),
    writeBytes: sum((job) => job.write.io_bytes),
    syncCount: sum((job) => job.sync?.total_ios ?? 0),
  };
}
