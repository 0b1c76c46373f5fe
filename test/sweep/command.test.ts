/** `iotest sweep` from outside. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseResult } from '../../src/results/parse.js';
import type { SweepDocument } from '../../src/sweep/document.js';
import { ended, iotest, scratchFolder, start, warmUpBriefly } from '../cli/command.js';

warmUpBriefly();

const job = '[global]\nioengine=null\nsize=1g\nruntime=50ms\ntime_based\n\n[fast]\nrw=randread\n';
const matrix = ['--vary', 'iodepth=1,2,4..8', '--vary', 'engine=null'];

const namesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);
const sweepOf = (cwd: string) => namesIn(join(cwd, 'results')).find((name) => name.endsWith('.sweep'));

function savedSweep(cwd: string): SweepDocument {
  const [name, ...others] = namesIn(join(cwd, 'results')).filter((each) => each.endsWith('.json'));
  expect(others).toEqual([]);
  return parseResult(readFileSync(join(cwd, 'results', name!), 'utf8'), name!) as SweepDocument;
}

describe('iotest sweep', () => {
  it('measures every point, tells what depth buys, and leaves one result for all commands', async () => {
    const cwd = scratchFolder({ 'job.ini': job });
    const argv = ['sweep', 'job.ini', ...matrix, '--vary', 'bs=4k,8k', '--order-seed', '5', '--charts'];
    const { stdout, stderr, status } = await iotest(argv, { cwd });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^8 points; about \d\dm:\d\ds$/m);
    expect(stderr).toMatch(/^1\/8 {2}iodepth=\d engine=null bs=\dk {2}read \S+ IOPS p99 \S+ {2}eta /m);
    expect(stdout).toMatch(/^fast, read, engine=null bs=8k$/m);
    expect(stdout).toMatch(/^ {2}enough: iodepth=\d/m);
    expect(stdout).toContain('IOPS by iodepth');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toMatch(/NaN|undefined/);

    expect(sweepOf(cwd)).toBeUndefined();
    const document = savedSweep(cwd);
    expect(document.iotest.sweep.axes.map(({ option }) => option)).toEqual(['iodepth', 'engine', 'bs']);
    expect(document.iotest.sweep.points.map(({ values }) => `${values.iodepth} ${values.bs}`)).toEqual(
      ['1', '2', '4', '8'].flatMap((depth) => [`${depth} 4k`, `${depth} 8k`]),
    );
    for (const { values, jobs } of document.iotest.sweep.points) {
      const { options } = document.iotest.jobs[jobs[0]!.jobIndexes[0]!]!;
      expect(String(options.engine.depth)).toBe(values.iodepth);
      expect(`${options.workload.blockBytes.read / 1024}k`).toBe(values.bs);
    }
    const shown = await iotest(['results', 'show', 'latest'], { cwd });
    expect(shown.stdout).toMatch(/^ {2}enough: iodepth=\d/m);
    expect(shown.stdout).not.toContain('IOPS by iodepth');
    const rows = await iotest(['results', 'export', 'latest', '--format', 'csv'], { cwd });
    expect(rows.stdout.trim().split('\n')).toHaveLength(9);
    const page = await iotest(['report', join('results', namesIn(join(cwd, 'results'))[0]!), '-o', 'page.html'], {
      cwd,
    });
    expect(page).toMatchObject({ status: 0 });
    expect(readFileSync(join(cwd, 'page.html'), 'utf8')).toContain('What depth buys');
  });

  it('measures points in the drawn order, each repetition all of them', async () => {
    const cwd = scratchFolder({ 'job.ini': job });
    const argv = ['sweep', 'job.ini', '--vary', 'iodepth=1,2,4', '--repeat', '2', '--order-seed', '3'];
    const planned = await iotest([...argv, '--dry-run'], { cwd });
    expect(namesIn(join(cwd, 'results'))).toEqual([]);
    const order = [...planned.stdout.matchAll(/^ {2}iodepth=(\d) {2}repetition (\d)$/gm)].map(
      ([, depth, repetition]) => [depth, Number(repetition) - 1],
    );
    expect(order).toHaveLength(6);
    const { stdout, status } = await iotest([...argv, '--format', 'json', '--no-save', '--quiet'], { cwd });
    expect(status).toBe(0);
    expect(namesIn(join(cwd, 'results'))).toEqual([]);
    const { iotest: own } = parseResult(stdout, 'stdout') as SweepDocument;
    const byTime = own.jobs.toSorted((a, b) => a.startedEpochMs! - b.startedEpochMs!);
    expect(byTime.map(({ options, repetition }) => [String(options.engine.depth), repetition])).toEqual(order);
    expect(own.repetitions).toHaveLength(2);
    // The same I/O at every point of a repetition, another in the next.
    expect(new Set(own.jobs.map(({ seeds, repetition }) => `${repetition} ${seeds}`)).size).toBe(2);
  });

  it('refuses bad values before anything starts, all at once', async () => {
    const cwd = scratchFolder({ 'job.ini': job });
    const argv = ['sweep', 'job.ini', '--vary', 'iodepth=1,x', '--vary', 'bs=4q,4k', '--vary', 'engine=io_urin'];
    const { stdout, stderr, status } = await iotest([...argv, '--vary', 'rwmixred=1'], { cwd });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('--vary iodepth: iodepth: "x" is not a number');
    expect(stderr).toContain('--vary bs: bs: "4q" has an unknown suffix "q"');
    expect(stderr).toContain('did you mean "rwmixread"?');
    expect(stderr).toContain('did you mean "io_uring"?');
    expect(stderr).toContain('4 problems');
    expect(namesIn(join(cwd, 'results'))).toEqual([]);
    const logs = await iotest(['sweep', 'job.ini', ...matrix, '--set', 'write_bw_log=a'], { cwd });
    expect(logs.stderr).toContain(
      'fast writes logs, and each point of the sweep would overwrite those of the one before',
    );
    expect(logs.status).toBe(2);
  });

  it('says what a job that fails met, and goes on with the others', async () => {
    const cwd = scratchFolder({ 'job.ini': `${job}[broken]\nioengine=psync\nfilename=none/data\nrw=read\nsize=4k\n` });
    const argv = ['sweep', 'job.ini', '--section', 'broken', '--vary', 'bs=1k,2k', '--set', 'allow_file_create=0'];
    const { stderr, status } = await iotest(argv, { cwd });
    expect([1, 2]).toContain(status);
    expect(stderr).not.toMatch(/ at .*\.js:\d/);
    expect(stderr).toContain('none');
  });
});

describe('a sweep that was stopped', () => {
  const slow = job.replace('50ms', '400ms');

  async function stopped(cwd: string, signal: NodeJS.Signals) {
    const child = start(['sweep', 'job.ini', ...matrix], { cwd });
    const end = ended(child);
    const partsIn = () => {
      const name = sweepOf(cwd);
      return name === undefined ? [] : namesIn(join(cwd, 'results', name)).filter((each) => each.endsWith('.json'));
    };
    while (partsIn().length === 0 && child.exitCode === null) await sleep(10);
    child.kill(signal);
    const result = await end;
    return { ...result, parts: partsIn() };
  }

  it('reports what it has, keeps it, and goes on from there', async () => {
    const cwd = scratchFolder({ 'job.ini': slow });
    const { status, stdout, stderr, parts } = await stopped(cwd, 'SIGINT');
    expect(status).toBe(130);
    expect(stdout).toContain('stopped: these are the points measured until then');
    expect(parts.length).toBeGreaterThan(0);
    expect(parts.length).toBeLessThan(4);
    const folder = join(cwd, 'results', sweepOf(cwd)!);
    const id = sweepOf(cwd)!.replace('.sweep', '');
    expect(stderr).toContain(`iotest sweep --resume ${id}`);
    expect((await iotest(['results', 'list'], { cwd })).stdout).toBe('no results\n');
    const kept = parts.map((name) => parseResult(readFileSync(join(folder, name), 'utf8'), name));

    const resumed = await iotest(['sweep', '--resume', id.slice(0, 12)], { cwd });
    expect(resumed.status).toBe(0);
    expect(resumed.stderr).toContain(`4 points, ${parts.length} of them done before`);
    expect(existsSync(folder)).toBe(false);
    const whole = savedSweep(cwd);
    expect(whole.iotest.sweep.id).toBe(id);
    expect(whole.iotest.interrupted).toBe(false);
    expect(whole.jobs).toHaveLength(4);
    for (const { jobs } of kept) {
      expect(whole.jobs.find(({ jobname }) => jobname === jobs[0]!.jobname)!.read).toEqual(jobs[0]!.read);
    }
  });

  it('goes on after kill -9, and measures again what was damaged', async () => {
    const cwd = scratchFolder({ 'job.ini': slow });
    const { parts } = await stopped(cwd, 'SIGKILL');
    const file = join(cwd, 'results', sweepOf(cwd)!, parts[0]!);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 1000));
    const { status, stderr } = await iotest(['sweep', 'job.ini', ...matrix, '--resume', 'latest'], { cwd });
    expect(status).toBe(0);
    expect(stderr).toContain('it is measured again');
    expect(savedSweep(cwd).jobs).toHaveLength(4);
  });

  it('does not go on as another one', async () => {
    const cwd = scratchFolder({ 'job.ini': slow });
    await stopped(cwd, 'SIGINT');
    const before = statSync(join(cwd, 'results', sweepOf(cwd)!)).mtimeMs;
    const argv = ['sweep', '--resume', 'latest', '--vary', 'iodepth=1,2', '--repeat', '2', '--runtime', '1s'];
    const flags = await iotest(argv, { cwd });
    expect(flags.status).toBe(2);
    expect(flags.stderr).toContain('--vary iodepth was 1,2,4,8, and is 1,2');
    expect(flags.stderr).toContain('--vary engine was null, and is not given');
    expect(flags.stderr).toContain('--repeat was 1, and is 2');
    expect(flags.stderr).toContain('--runtime was not given, and is 1s');
    writeFileSync(join(cwd, 'job.ini'), slow.replace('randread', 'read'));
    const file = await iotest(['sweep', '--resume', 'latest'], { cwd });
    expect(file.stderr).toContain('the job file has changed, first in line 8: "rw=randread" then, "rw=read" now');
    expect(file.status).toBe(2);
    expect(before).toBeGreaterThan(0);
    const unknown = await iotest(['sweep', '--resume', 'nothing'], { cwd });
    expect(unknown.stderr).toContain('there is no unfinished sweep "nothing"');
    expect(unknown.status).toBe(2);
  });
});
