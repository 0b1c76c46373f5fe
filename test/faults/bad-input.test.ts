/** Requests that make no sense: exit status 2, every problem named with its place, and nothing touched. */
import { describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';
import { expectRefusal, flat, namesIn, runJob } from './fault-lab.js';

const job = '[job]\nioengine=psync\nrw=read\nsize=1m\nfilename=data\n';

interface Case {
  readonly what: string;
  readonly argv?: readonly string[];
  readonly job?: string;
  readonly says: readonly (string | RegExp)[];
  readonly advises: string | RegExp;
  readonly status?: number;
}

const cases: readonly Case[] = [
  { what: 'an unknown option', job: `${job}iodpeth=4\n`, says: ['stdin:6:1:', 'iodpeth'], advises: 'iodepth' },
  { what: 'an unknown option in --set', argv: ['--set', 'iodpeth=4'], says: ['--set:', 'iodpeth'], advises: 'iodepth' },
  {
    what: "an option of fio's that is not supported",
    job: `${job}cgroup=x\n`,
    says: ['stdin:6', 'cgroup'],
    advises: /./,
  },
  { what: 'an unknown engine', job: job.replace('psync', 'uring'), says: ['stdin:2', 'uring'], advises: 'io_uring' },
  { what: 'an unknown engine in --engine', argv: ['--engine', 'uring'], says: ['"uring"'], advises: 'io_uring' },
  { what: 'an unknown mode of an engine', argv: ['--engine', 'io_uring+pol'], says: ['pol'], advises: 'iopoll' },
  { what: 'a value that is none', job: `${job}bs=abc\n`, says: ['stdin:6', 'abc'], advises: 'digits' },
  { what: 'a value with a wrong suffix', job: `${job}bs=4x\n`, says: ['stdin:6', '4x'], advises: /./ },
  { what: 'no size', job: job.replace('size=1m\n', ''), says: ['needs a size', 'data'], advises: 'size=' },
  { what: 'depth 0', argv: ['--set', 'iodepth=0'], says: ['iodepth', 'too small'], advises: '1' },
  { what: 'depth 10^10', argv: ['--set', 'iodepth=10000000000'], says: ['iodepth', 'too large'], advises: '65536' },
  {
    what: 'a file too small for bs',
    argv: ['--set', 'bs=2m'],
    says: ['data', '2097152'],
    advises: 'bs of at most 1048576',
  },
  { what: 'no such section', argv: ['--section', 'nope'], says: ['"nope"'], advises: 'job' },
  { what: 'no job at all', job: '[global]\nrw=read\n', says: [/job/], advises: /./ },
  { what: 'a line outside of a section', job: `rw=read\n${job}`, says: ['stdin:1'], advises: /./ },
  {
    what: 'direct I/O through mmap',
    argv: ['--engine', 'mmap', '--set', 'direct=1'],
    says: ['mmap', 'direct'],
    advises: 'direct=0',
  },
  {
    what: 'polling without direct I/O',
    argv: ['--engine', 'io_uring+iopoll'],
    says: ['O_DIRECT'],
    advises: 'direct=1',
  },
  { what: 'a trim of a file', argv: ['--set', 'rw=trim'], says: ['data', 'block device'], advises: 'filename=' },
  { what: 'a directory as a file', argv: ['--set', 'filename=.'], says: ['directory'], advises: 'directory=.' },
  {
    what: 'a character device',
    argv: ['--set', 'filename=/dev/zero'],
    says: ['/dev/zero', 'neither'],
    advises: 'block device',
  },
  {
    what: 'a folder that is not there',
    argv: ['--set', 'filename=/dev/null/missing'],
    says: ['missing'],
    advises: 'below /dev',
  },
  {
    what: 'a permission for what is no device',
    argv: ['--set', 'rw=write', '--destructive', 'data'],
    says: ['--destructive data', 'no such device'],
    advises: 'block device',
  },
];

describe('a run that makes no sense', () => {
  it.each(cases)('is refused before anything is touched: $what', async ({ says, advises, status = 2, ...wrong }) => {
    const cwd = scratchFolder();
    const end = await runJob(wrong.job ?? job, wrong.argv, { cwd });
    expectRefusal(end, { status, says, advises });
    expect(namesIn(cwd)).toEqual([]);
  });

  it('is refused for a job file that is not there, or none', async () => {
    const cwd = scratchFolder({ 'binary.ini': '\u0000\u0001\u0002' });
    for (const [file, says] of [
      ['missing.ini', 'missing.ini'],
      ['.', 'directory'],
      ['binary.ini', 'binary.ini'],
    ] as const) {
      expectRefusal(await iotest(['run', file], { cwd }), { status: 2, says: [says], advises: /./ });
    }
    expect(namesIn(cwd)).toEqual(['binary.ini']);
  });

  it('hears of all its problems at once', async () => {
    const end = await runJob(`${job}iodpeth=4\nbs=abc\ncgroup=x\n`);
    expect(end.status).toBe(2);
    const said = flat(end.stderr);
    for (const what of ['stdin:6:1:', 'stdin:7', 'stdin:8', '3 problems']) expect(said).toContain(what);
  });

  it('is refused when the buffers would not fit in memory: 1 TB', async () => {
    const cwd = scratchFolder();
    const argv = ['--engine', 'io_uring', '--set', 'iodepth=65536', '--set', 'bs=16m', '--set', 'size=1g'];
    const begun = performance.now();
    const end = await runJob(job, argv, { cwd });
    expectRefusal(end, {
      status: 1,
      says: [/1099\d{9} bytes/, 'memory'],
      advises: 'reduce numjobs, iodepth, bs',
    });
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect(namesIn(cwd)).toEqual([]);
  });

  it('says it as JSON where JSON was asked for', async () => {
    const { stdout, stderr, status } = await runJob(`${job}iodpeth=4\n`, ['--format', 'json']);
    expect(status).toBe(2);
    expect(stderr).toBe('');
    const { error } = JSON.parse(stdout) as { error: { code: string; problems: { line: number; advice: string }[] } };
    expect(error.code).toBe('usage');
    expect(error.problems).toEqual([expect.objectContaining({ file: 'stdin', line: 6 })]);
    expect(error.problems[0]!.advice).toContain('iodepth');
  });
});
