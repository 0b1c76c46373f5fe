/**
 * Where the I/Os go, against fio's write_iolog: the same offsets and lengths in the same order where the order is
 * defined, the same set where it is random. Ours are read from the system calls themselves (strace).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { executable, scratchFolder, warmUpBriefly } from '../cli/command.js';
import { fioMissing } from './fio.js';

warmUpBriefly();

function traceMissing(): string | null {
  const { error, status } = spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']);
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? null : 'strace may not trace here';
}

const missing = fioMissing() ?? traceMissing();

interface Access {
  readonly file: string;
  readonly operation: string;
  readonly offset: number;
  readonly byteCount: number;
}

const bytes = 1 << 18;

function fioAccesses(job: string): Access[] {
  const cwd = scratchFolder({ 'job.fio': `${job}\nwrite_iolog=log\n` });
  fs.writeFileSync(path.join(cwd, 'data'), Buffer.alloc(bytes, 1));
  execFileSync('fio', ['--output=/dev/null', 'job.fio'], { cwd, stdio: 'pipe' });
  const lines = fs.readFileSync(path.join(cwd, 'log'), 'utf8').split('\n');
  return lines.flatMap((line) => {
    // Version 3 has a time in front.
    const match = /(\S+) (read|write) (\d+) (\d+)$/.exec(line);
    if (match === null) return [];
    const [, file, operation, offset, byteCount] = match;
    return [
      { file: path.basename(file!), operation: operation!, offset: Number(offset), byteCount: Number(byteCount) },
    ];
  });
}

function ourAccesses(job: string): Access[] {
  const cwd = scratchFolder({ 'job.ini': job });
  fs.writeFileSync(path.join(cwd, 'data'), Buffer.alloc(bytes, 1));
  const words = ['-f', '--seccomp-bpf', '-y', '-s', '0', '-e', 'trace=pread64,pwrite64', '-o', 'trace'];
  const { status, stderr } = spawnSync(
    'strace',
    [...words, process.execPath, executable, 'run', 'job.ini', '--no-save', '--destructive', 'data'],
    {
      cwd,
      encoding: 'utf8',
    },
  );
  expect(status, stderr).toBe(0);
  const lines = fs.readFileSync(path.join(cwd, 'trace'), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const match = /p(read|write)64\(\d+<([^>]*)>, ""\.\.\., (\d+), (\d+)\)/.exec(line);
    if (match === null || path.dirname(match[2]!) !== fs.realpathSync(cwd)) return [];
    const [, operation, file, byteCount, offset] = match;
    return [
      { file: path.basename(file!), operation: operation!, offset: Number(offset), byteCount: Number(byteCount) },
    ];
  });
}

const job = (lines: string) => `[job]\nioengine=psync\nfilename=data\nsize=256k\nbs=4k\nthread\n${lines}`;
const byPlace = (a: Access, b: Access) => a.offset - b.offset || a.file.localeCompare(b.file);

describe(missing === null ? 'the same offsets as fio' : `the same offsets as fio [skipped: ${missing}]`, () => {
  it
    .skipIf(missing !== null)
    .each([
      'rw=read',
      'rw=write',
      'rw=read\noffset=64k\nsize=64k',
      'rw=read\nbs=12k',
      'rw=write\nbs=12k\nsize=96k',
      'rw=read\nloops=2',
      'rw=read\nio_size=400k',
      'rw=write\nio_size=100k\nnumber_ios=9',
    ])('in the same order: %s', (lines) => {
    const theirs = fioAccesses(job(lines));
    expect(theirs.length).toBeGreaterThan(5);
    expect(ourAccesses(job(lines))).toEqual(theirs);
  });

  it
    .skipIf(missing !== null)
    .each([
      'rw=randread',
      'rw=randwrite',
      'rw=randread\nbs=12k',
      'rw=randread\noffset=64k\nsize=128k',
      'rw=randread\nloops=2',
    ])('as a set, for the order is random: %s', (lines) => {
    const theirs = fioAccesses(job(lines));
    const ours = ourAccesses(job(lines));
    expect(theirs.length).toBeGreaterThan(5);
    expect(ours.toSorted(byPlace)).toEqual(theirs.toSorted(byPlace));
    expect(ours).not.toEqual(ours.toSorted(byPlace));
  });

  it.skipIf(missing !== null)('of each of several files', () => {
    const lines = 'rw=read\nnrfiles=3\nsize=96k';
    const perFile = (accesses: readonly Access[]) =>
      Object.fromEntries(
        ['job.0.0', 'job.0.1', 'job.0.2'].map((file) => [
          file,
          accesses.filter((access) => access.file === file && access.operation === 'read').map(({ offset }) => offset),
        ]),
      );
    const text = job(lines).replace('filename=data\n', '');
    const theirs = perFile(fioAccesses(text));
    expect(Object.values(theirs).flat()).toHaveLength(24);
    expect(perFile(ourAccesses(text))).toEqual(theirs);
  });
});
