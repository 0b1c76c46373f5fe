// fio's example job files, out of Debian's package fio-examples: fetched once into a folder below the temporary one.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with the examples, or null where the package cannot be had (no apt, no network). */
export function fioExamples() {
  const folder = join(tmpdir(), 'iotest-fio-examples');
  const examples = join(folder, 'usr/share/doc/fio/examples');
  if (existsSync(examples)) return examples;
  mkdirSync(folder, { recursive: true });
  const run = (command, words) =>
    spawnSync(command, words, { cwd: folder, stdio: 'ignore', timeout: 60_000 }).status === 0;
  if (!run('apt-get', ['download', 'fio-examples'])) return null;
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  return archive !== undefined && run('dpkg-deb', ['-x', archive, '.']) && existsSync(examples) ? examples : null;
}

// By itself it fetches them; the exit status says whether they are there.
if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = fioExamples() === null ? 1 : 0;
