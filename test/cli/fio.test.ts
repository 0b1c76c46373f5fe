/** `iotest fio` from outside: what scripts written for fio rely on. Beside fio itself: test/differential/fio-output.test.ts. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { executable, iotest, scratchFolder } from './command.js';

const fio = (words: readonly string[], options: Parameters<typeof iotest>[1] = {}) =>
  iotest(['fio', ...words], options);
const job = ['--name=a', '--ioengine=null', '--size=1m'];

describe('a link named fio', () => {
  it('behaves as fio', () => {
    const folder = scratchFolder();
    fs.symlinkSync(executable, path.join(folder, 'fio'));
    const environment = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const run = (line: string) => spawnSync('sh', ['-c', line], { cwd: folder, env: environment, encoding: 'utf8' });
    expect(run('fio --version').stdout).toMatch(/^fio-3\.\d+-iotest-\d+\.\d+\.\d+\n$/);
    const end = run(`fio ${job.join(' ')} --output-format=json`);
    expect(end.stderr).toBe('');
    expect(end.stdout).toMatch(/^\{\n[\s\S]*\n\}\n$/);
    expect(JSON.parse(end.stdout)).toMatchObject({ jobs: [{ jobname: 'a', 'job options': { name: 'a' } }] });
  });
});

describe('nothing is run', () => {
  it.each([
    [['--version'], /^fio-3\./],
    [['--help'], /--output-format=LIST/],
    [['--cmdhelp=bs'], /alias: blocksize\n/],
    [['--cmdhelp=all'], /iodepth: /],
    [['--enghelp'], /^Available IO engines:\n\tio_uring\n/],
    [['--enghelp=null'], /^IO engine null has no options\n/],
    [['--enghelp=io_uring,hipri'], /hipri: /],
    [['--debug=?'], /parse/],
    [['--parse-only', ...job], /^$/],
    [['--parse-only'], /^$/],
    [['--showcmd', ...job], /^fio --name=a --ioengine=null --size=1m\n$/],
  ])('%j', async (words, text) => {
    const end = await fio(words);
    expect([end.status, end.stderr]).toEqual([0, '']);
    expect(end.stdout).toMatch(text);
  });

  it('without a job', async () => {
    const end = await fio([]);
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('No job(s) defined');
    expect(end.stdout).toContain('--output-format=LIST');
  });
});

describe('mistakes', () => {
  it('are told all at once, with their place, and status 1', async () => {
    const end = await fio(['--name=a', '--rw=foo', '--bs=4x', '--size=1m']);
    expect([end.status, end.stdout]).toEqual([1, '']);
    expect(end.stderr).toMatch(/^--rw: rw: "foo".*\n {4}--rw=foo\n {9}\^/m);
    expect(end.stderr).toMatch(/^--bs: bs: "4x"/m);
  });

  it('name the section that is not there', async () => {
    const end = await fio(['--section=b', '-'], { input: '[a]\nioengine=null\nsize=1m\n' });
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('no section "b"');
  });

  it.each([['write'], ['randtrim'], ['randrw']])('--readonly keeps rw=%s from running', async (rw) => {
    const end = await fio([...job, `--rw=${rw}`, '--readonly']);
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('read-only');
  });

  it('--warnings-fatal makes doubts errors', async () => {
    const words = [...job, '--time_based'];
    expect((await fio(words)).status).toBe(0);
    const end = await fio([...words, '--warnings-fatal']);
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('time_based');
  });
});

describe('runs', () => {
  it('take jobs of the command line, of files and of standard input, in that order', async () => {
    const cwd = scratchFolder({ 'one.fio': '[one]\nrw=write\n[other]\n', 'two.fio': '[global]\nsize=8k\n[two]\n' });
    const words = ['--ioengine=null', '--size=4k', '--name=cli', '--section=cli', '--section=one', '--section=two'];
    const end = await fio([...words, '--section=stdin', '--output-format=json', 'one.fio', 'two.fio', '-'], {
      cwd,
      input: '[stdin]\nioengine=null\nsize=4k\n',
    });
    // The second file has defaults of its own: without the command line's engine it makes a file.
    expect([end.stderr, end.status]).toEqual(['', 0]);
    const { jobs } = JSON.parse(end.stdout) as { jobs: { jobname: string; groupid: number }[] };
    expect(jobs.map(({ jobname, groupid }) => [jobname, groupid])).toEqual([
      ['cli', 0],
      ['one', 0],
      ['two', 1],
      ['stdin', 2],
    ]);
    expect(fs.existsSync(path.join(cwd, 'two.0.0'))).toBe(true);
  });

  it('print several formats, and save nothing unless asked', async () => {
    const cwd = scratchFolder();
    const end = await fio([...job, '--output-format=terse,json+,normal'], { cwd });
    expect(end.stdout).toMatch(/^3;fio-3/m);
    expect(end.stdout).toMatch(/^\{$/m);
    expect(end.stdout).toMatch(/"bins" : \{/);
    expect(end.stdout).toMatch(/^Run status group 0/m);
    expect(fs.readdirSync(cwd)).toEqual([]);
    expect((await fio([...job, '--results=kept'], { cwd })).status).toBe(0);
    expect(fs.readdirSync(path.join(cwd, 'kept'))).not.toEqual([]);
  });

  it('count the jobs that failed as exit status', async () => {
    const cwd = scratchFolder();
    const words = ['--size=1m', '--rw=write', '--directory=missing', '--name=a', '--numjobs=2', '--name=b'];
    const end = await fio(words, { cwd });
    expect(end.status).toBeGreaterThan(0);
    expect(end.stderr).not.toBe('');
  });
});
