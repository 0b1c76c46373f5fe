/**
 * What begins each pass over the files, against fio's system calls (strace): where the page cache is dropped (d), files
 * are synced (s), and how much is read and written between. A sync that comes before all I/O is ours alone: what is dirty
 * could not leave the cache. A drop that no I/O follows is fio's alone: it opens a file to sync it.
 */
import { spawnSync } from 'node:child_process';
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
const bytes = 1 << 20;

/** One letter each: d, s, r, w. */
function calls(command: readonly string[], options: string, files: readonly string[]): string {
  const cwd = fs.realpathSync(scratchFolder());
  for (const file of files) fs.writeFileSync(path.join(cwd, file), Buffer.alloc(bytes, 1));
  const watched = files.flatMap((file) => ['-P', path.join(cwd, file)]);
  const words = [
    '-f',
    '--seccomp-bpf',
    '-s',
    '0',
    ...watched,
    '-e',
    'trace=fadvise64,fsync,pread64,pwrite64',
    '-o',
    'trace',
  ];
  const job = ['--name=a', `--filename=${files.join(':')}`, '--size=1m', '--bs=64k', '--thread', ...options.split(' ')];
  const { status, stderr } = spawnSync('strace', [...words, ...command, ...job, '--output=out'], {
    cwd,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  const lines = fs.readFileSync(path.join(cwd, 'trace'), 'utf8').split('\n');
  const letters = lines.map((line) => {
    if (/DONTNEED/.test(line)) return 'd';
    const call = /^\d+\s+(fsync|pread64|pwrite64)\(/.exec(line)?.[1];
    return call === undefined ? '' : { fsync: 's', pread64: 'r', pwrite64: 'w' }[call]!;
  });
  return letters.join('');
}

/** What both must have alike. */
function essence(letters: string): string {
  return letters
    .replace(/^[sd]+/, 'd')
    .replace(/d+(?=s|$)/g, '')
    .replace(/([rwd])\1*/g, (run, letter: string) => (letter === 'd' ? 'd' : `${letter}${run.length} `));
}

const ours = [process.execPath, executable, 'fio'];

describe(missing === null ? 'what begins a pass' : `what begins a pass [skipped: ${missing}]`, () => {
  it.skipIf(missing !== null).each([
    ['--rw=read --loops=5', 'dr16 dr16 dr16 dr16 dr16 '],
    ['--rw=read --loops=3 --direct=1', 'dr16 dr16 dr16 '],
    ['--rw=randread --loops=3', 'dr16 dr16 dr16 '],
    ['--rw=write --loops=3 --end_fsync=1', 'dw16 sdw16 sdw16 s'],
    ['--rw=write --io_size=3m --end_fsync=1', 'dw16 sdw16 sdw16 s'],
    ['--rw=read --io_size=512k --loops=3', 'dr16 dr8 '],
    ['--rw=randread --norandommap --loops=3', 'dr48 '],
    ['--rw=randwrite --norandommap --io_size=3m --end_fsync=1', 'dw48 s'],
    ['--rw=read:64k --loops=2', 'dr32 '],
  ] as const)('is the same for %s', (options, expected) => {
    expect(essence(calls(['fio'], options, ['f']))).toBe(expected);
    expect(essence(calls(ours, options, ['f']))).toBe(expected);
  });

  it.skipIf(missing !== null).each([
    ['--rw=read --loops=2 --invalidate=0', 'r32 '],
    ['--rw=randread --loops=2 --pre_read=1', ''],
  ])('nothing where nothing is dropped: %s', (options) => {
    for (const command of [['fio'], ours]) expect(calls(command, options, ['f'])).not.toContain('d');
  });

  it
    .skipIf(missing !== null)
    .each([
      '--rw=read',
      '--rw=randread',
      '--rw=randread --bsrange=64k-64k',
      '--rw=write',
      '--rw=randread --number_ios=20',
    ])('drops the cache at each pass of a job that time ends: %s', (options) => {
    const timed = `${options} --time_based --runtime=1 --thinktime=8000`;
    for (const command of [['fio'], ours]) {
      const [first, ...others] = calls(command, timed, ['f'])
        .replace(/^[sd]+/, '')
        .split('d');
      expect(first).toHaveLength(16);
      expect(others.length).toBeGreaterThan(0);
      for (const pass of others.slice(0, -1)) expect(pass).toHaveLength(16);
    }
  });

  it.skipIf(missing !== null)('drops each file of a job that time ends, where all are done', () => {
    const options = '--rw=read --time_based --runtime=1 --thinktime=8000';
    const passes = calls(ours, options, ['f', 'g'])
      .replace(/^[sd]+/, '')
      .split('dd');
    expect(passes.length).toBeGreaterThan(1);
    for (const pass of passes.slice(0, -1)) expect(pass).toHaveLength(16);
  });

  it.skipIf(missing !== null)('leaves the cache alone within a pass that goes past it', () => {
    const options = '--rw=read --time_based --runtime=1 --thinktime=8000 --direct=1';
    for (const command of [['fio'], ours]) {
      expect(calls(command, options, ['f']).replace(/^[sd]+/, '')).not.toContain('d');
    }
  });
});
