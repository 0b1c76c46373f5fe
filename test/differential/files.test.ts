/** Which files a job makes, names, opens and leaves behind, against fio: the same names, sizes, permissions and counts. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { executable, iotest, scratchFolder } from '../cli/command.js';
import { fioMissing, runBoth, totals } from './fio.js';

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

/** Every file below a folder: size, permissions, and whether its first block holds anything but zeros. */
function filesIn(folder: string): Record<string, unknown> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'job.fio');
  return Object.fromEntries(
    names.sort().map((name) => {
      const full = path.join(folder, name);
      const stat = fs.statSync(full);
      const mode = (stat.mode & 0o777).toString(8);
      return [name, stat.isDirectory() ? { mode } : { mode, bytes: stat.size, holdsData: holdsData(full) }];
    }),
  );
}

function holdsData(file: string): boolean {
  return fs
    .readFileSync(file)
    .subarray(0, 4096)
    .some((byte) => byte !== 0);
}

/** Sections that run at the same time; where they share a file, none minds what the other does. */
const cases: Readonly<Record<string, string>> = {
  pattern: 'filename_format=sub/deep/$JobName-$JOBNUM.$filenum.$clientuid.x\nnrfiles=2\nnumjobs=2',
  append: 'filename=longer\nfile_append=1',
  'append new': 'filename=new\nfile_append=1',
  'append twice': 'filename=twice\nfile_append=1\nnumjobs=2',
  'on open': 'create_on_open=1',
  only: 'create_only=1',
  'only, read': 'create_only=1\nrw=read',
  'at once': 'create_serialize=0\nnumjobs=2\nrw=read',
  'no fsync': 'create_fsync=0\nrw=read',
  'pre read': 'pre_read=1\nrw=randread\nfilename=longer',
  'existing only': 'allow_file_create=0\nfilename=longer\noverwrite=1',
  closed: 'fsync_on_close=1',
  hinted: 'fadvise_hint=random\nrw=read',
  short: 'write_hint=short',
  'both directories': 'directory=one:two\nnumjobs=3',
  'fixed size': 'filesize=96k\nsize=1m\nnrfiles=3',
  'less than the files': 'filesize=96k\nsize=100k\nnrfiles=3\nrw=read',
  'behind an offset': 'filesize=96k\noffset=32k\nnrfiles=2',
  'percentages of two': 'filename=other:shorter\nsize=50%\nrw=read',
  'all of a folder': 'opendir=one\nrw=read',
  'gone at the end': 'unlink=1',
};

function batch(): string {
  const sections = Object.entries(cases).map(([name, lines]) => `[${name}]\n${lines}\n`);
  // A size would be one of the files' that are there.
  const sized = sections.map((text) => (/size=|opendir/.test(text) ? text : `${text}size=128k\n`));
  return `[global]\nioengine=psync\nbs=4k\nrw=write\n${sized.join('')}`;
}

describe('files', () => {
  itWithFio(withFio(`of ${Object.keys(cases).length} kinds are made, used and left as fio does`), async () => {
    const files = {
      longer: 300_000,
      other: 300_000,
      shorter: 65_536,
      'one/a': 20_480,
      'one/sub/b': 8192,
      'two/c': 4096,
    };
    const both = await runBoth(batch(), { files });
    expect(filesIn(both.ourFolder)).toEqual(filesIn(both.fioFolder));
    for (const name of Object.keys(cases)) {
      const counts = [both.fio, both.ours].map((document) =>
        totals({ ...document, jobs: document.jobs.filter(({ jobname }) => jobname === name) }),
      );
      expect({ name, ...counts[1] }).toEqual({ name, ...counts[0] });
    }
  });

  itWithFio(withFio('with a range of sizes are within it, and whole blocks'), async () => {
    const job = '[job]\nrw=write\nbs=4k\nnrfiles=20\nfilesize=16k-256k\n';
    const both = await runBoth(job);
    for (const folder of [both.fioFolder, both.ourFolder]) {
      const sizes = fs
        .readdirSync(folder)
        .filter((name) => name.startsWith('job.0'))
        .map((name) => fs.statSync(path.join(folder, name)).size);
      expect(sizes).toHaveLength(20);
      expect(new Set(sizes).size).toBeGreaterThan(5);
      for (const size of sizes) {
        expect(size % 4096).toBe(0);
        expect(size).toBeGreaterThanOrEqual(16 << 10);
        expect(size).toBeLessThanOrEqual(256 << 10);
      }
    }
  });

  itWithFio(withFio('that may not be made are refused by both'), async () => {
    for (const lines of ['rw=read\nsize=64k\nallow_file_create=0', 'rw=write\nsize=64k\ndirectory=nowhere']) {
      const job = `[job]\n${lines}\n`;
      expect(spawnSync('fio', ['-'], { cwd: scratchFolder(), input: job }).status).not.toBe(0);
      const ours = await iotest(['run', '-', '--no-save'], { input: job });
      expect(ours.status).toBe(2);
      expect(ours.stderr).toMatch(/allow_file_create=0 forbids|no such\s+directory/);
    }
  });
});

/** Calls of a traced run, with their arguments as strace writes them. */
function calls(names: string, argv: readonly string[], job: string): string[] {
  const cwd = scratchFolder({ job });
  fs.writeFileSync(path.join(cwd, 'data'), Buffer.alloc(1 << 16, 1));
  execFileSync('strace', ['-f', '--seccomp-bpf', '-y', '-e', `trace=${names}`, '-o', 'trace', ...argv, 'job'], {
    cwd,
    stdio: 'pipe',
  });
  const text = fs.readFileSync(path.join(cwd, 'trace'), 'utf8');
  // A call that another thread's call falls into is written in two pieces.
  return [...text.matchAll(/^\d+\s+(\w+)\(\d+<[^>]*\/(\w+)>(.*?)(?:\)\s+= 0| <unfinished)/gm)].map(
    ([, call, file, rest]) => `${call}(${file}${rest})`,
  );
}

const untraceable =
  missing ??
  (spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']).status === 0
    ? null
    : 'strace may not trace here');

describe('what the kernel is told', () => {
  it.skipIf(untraceable !== null)(
    untraceable === null ? 'of the pattern to come, as by fio' : `of the pattern to come [skipped: ${untraceable}]`,
    () => {
      const hints = ['rw=read', 'rw=randread', 'fadvise_hint=random', 'fadvise_hint=sequential', 'fadvise_hint=0'];
      const sections = hints.map((lines, index) => `[job${index}]\nstonewall\noffset=${index * 4}k\n${lines}\n`);
      const job = `[global]\nfilename=data\ninvalidate=0\nsize=32k\nthread=1\n${sections.join('')}`;
      const theirs = calls('fadvise64', ['fio', '--output=/dev/null'], job);
      // What fio 3.33 does not know yet stands apart.
      const more = `${job}[last]\nstonewall\nfadvise_hint=noreuse\nrw=write\nend_syncfs=1\n`;
      const ours = calls(
        'fadvise64,syncfs',
        [process.execPath, executable, 'run', '--no-save', '--destructive', 'data'],
        more,
      );
      const flushes = (call: string) => call.includes('DONTNEED');
      expect(ours.slice(0, -2)).toEqual(theirs.filter((call) => !flushes(call)));
      expect(ours.slice(-2)).toEqual(['fadvise64(data, 0, 32768, POSIX_FADV_NOREUSE)', 'syncfs(data)']);
      expect(theirs).toHaveLength(4);
    },
  );
});
