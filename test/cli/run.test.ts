import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseResult } from '../../src/results/parse.js';
import { ended, iotest, scratchFolder, start } from './command.js';

const nullJob = '[global]\nioengine=null\nsize=1g\nruntime=300ms\ntime_based\n\n[fast]\nrw=randread\niodepth=8\n';

/** Files of a folder, without those that tests put there. */
const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

describe('iotest run on the null engine', () => {
  it('prints a report for people and saves the run', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    const { stdout, stderr, status } = await iotest(['run', 'job.ini'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^fast: null, randread, 4096B, depth 8/m);
    expect(stdout).toMatch(/^ {2}read: IOPS=\d/m);
    expect(stdout).toContain('read latency histogram:');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toMatch(/NaN|undefined/);
    expect(stdout).not.toContain('\u001b');
    const [saved, ...others] = filesIn(join(cwd, 'results'));
    expect(others).toEqual([]);
    expect(stderr).toContain(`saved as results/${saved}`);
    const document = parseResult(readFileSync(join(cwd, 'results', saved!), 'utf8'), saved!);
    expect(document.iotest!.jobs[0]!.ended).toBe('runtime');
    expect(document.iotest!.commandLine).toEqual(['iotest', 'run', 'job.ini']);
    expect(document.jobs[0]!.read.total_ios).toBeGreaterThan(1000);
  });

  it('prints JSON alone on stdout, and saves nothing with --no-save', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    for (const format of ['json', 'json+']) {
      const { stdout, status } = await iotest(['run', 'job.ini', '--no-save', '--format', format], { cwd });
      expect(status).toBe(0);
      expect(stdout).toMatch(/^\{[\s\S]*\}\n$/);
      const document = parseResult(stdout, 'stdout');
      expect(document.jobs).toHaveLength(1);
      expect(document.jobs[0]!.read.clat_ns.bins !== undefined).toBe(format === 'json+');
    }
    expect(filesIn(join(cwd, 'results'))).toEqual([]);
  });

  it('writes --output whole, and then nothing to stdout', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob, 'out.json': 'old' });
    const argv = ['run', 'job.ini', '--no-save', '--format', 'json', '--output', 'out.json', '--quiet'];
    expect(await iotest(argv, { cwd })).toEqual({ stdout: '', stderr: '', status: 0 });
    expect(parseResult(readFileSync(join(cwd, 'out.json'), 'utf8'), 'out.json').jobs).toHaveLength(1);
    expect(filesIn(cwd).sort()).toEqual(['job.ini', 'out.json']);
  });

  it('reads a job from standard input, with options of the command line on top', async () => {
    const argv = [
      'run',
      '-',
      '--no-save',
      '--format=json',
      '--set',
      'iodepth=3',
      '--set',
      'numjobs=2',
      '--runtime',
      '200ms',
    ];
    const { stdout, status } = await iotest(argv, { input: nullJob });
    expect(status).toBe(0);
    const { jobs } = parseResult(stdout, 'stdout').iotest!;
    expect(jobs).toHaveLength(2);
    expect(jobs.map(({ options }) => [options.engine.depth, options.schedule.runtimeMs])).toEqual([
      [3, 200],
      [3, 200],
    ]);
  });

  it('runs the sections asked for', async () => {
    const job = `${nullJob}\n[other]\nrw=read\n`;
    const { stdout } = await iotest(['run', '-', '--no-save', '--format=json', '--section', 'other'], { input: job });
    expect(parseResult(stdout, 'stdout').jobs.map(({ jobname }) => jobname)).toEqual(['other']);
  });
});

const fileJob =
  '[global]\nfilename=data\nsize=1m\nbs=4k\ndirect=0\n\n[reads]\nrw=randread\nruntime=200ms\ntime_based\n';

describe('iotest run on a file', () => {
  it('compares engines in one table', async () => {
    const cwd = scratchFolder({ 'job.ini': fileJob });
    const argv = ['run', 'job.ini', '--engine', 'psync', '--engine', 'pvsync2'];
    const { stdout, status } = await iotest([...argv, '--verbose'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toContain('reads: engines compared (x = ratio to psync)');
    expect(stdout).toMatch(/^ {2}IOPS +\S+ +\S+ +[\d.]+x$/m);
    expect(stdout).toMatch(/^ {2}sys CPU\/IO /m);
    expect(stdout).toContain('read latency histogram:');
  });

  it('ends with the answer: which engine came first, and a row for each; the saved result has the rest', async () => {
    const cwd = scratchFolder({ 'job.ini': fileJob });
    const argv = ['run', 'job.ini', '--engine', 'psync', '--engine', 'pvsync2', '--quiet'];
    const { stdout, status } = await iotest(argv, { cwd });
    expect(status).toBe(0);
    const blocks = stdout.trimEnd().split('\n\n');
    expect(blocks.at(-1)).toMatch(
      /^reads \(randread 4k buffered\): \w+ came\sfirst\swith\s\S+\sIOPS,[\s\S]*\n +IOPS +BW +p50 +p99 +CPU\/IO\n {2}psync +.*\n {2}pvsync2 +\S+ +[\d.]+x .*$/,
    );
    expect(blocks.at(-2)).toMatch(/^warning: .*$/m);
    expect(stdout).not.toContain('histogram');
    expect(stdout.split('\n').length).toBeLessThan(25);
    const saved = await iotest(['results', 'show', 'latest'], { cwd });
    expect(saved.stdout).toContain('read latency histogram:');
  });

  it('says what it overwrites before it does, and what it leaves behind afterwards', async () => {
    const cwd = scratchFolder({
      'job.ini': '[w]\nfilename=data\nsize=2m\nrw=write\nbs=4k\n',
      data: 'x'.repeat(2 << 20),
    });
    const child = start(['run', 'job.ini', '--destructive', 'data', '--no-save'], { cwd });
    let wasWhole: boolean | null = null;
    child.stderr!.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('overwrites the existing file')) wasWhole ??= true;
    });
    const over = await ended(child);
    expect([over.status, wasWhole]).toEqual([0, true]);
    expect(over.stderr.indexOf('overwrites the existing file data')).toBeGreaterThanOrEqual(0);
    expect(over.stderr).not.toContain('left there');
    const made = scratchFolder({ 'job.ini': fileJob });
    const { stderr } = await iotest(['run', 'job.ini', '--no-save'], { cwd: made });
    expect(stderr).toContain('left there for the next run: data, 1024KiB (unlink=1 deletes at the end)');
    const unlinked = await iotest(['run', 'job.ini', '--no-save', '--set', 'unlink=1'], {
      cwd: scratchFolder({ 'job.ini': fileJob }),
    });
    expect(unlinked.stderr).not.toContain('left there');
  });

  /** Signals a run that would take ten minutes; on a slow machine again, later, until it had measured something. */
  async function interrupted(argv: readonly string[], signals: readonly NodeJS.Signals[]) {
    for (const waitMs of [500, 3000, 15_000]) {
      const cwd = scratchFolder({ 'job.ini': fileJob });
      const child = start(['run', 'job.ini', '--runtime', '10m', '--format', 'json', ...argv], { cwd });
      const end = ended(child);
      // The file is laid out inside the run, so from then on a signal is the run's to handle.
      const data = join(cwd, 'data');
      while (child.exitCode === null && !(existsSync(data) && statSync(data).size === 2 ** 20)) await sleep(20);
      await sleep(waitMs);
      for (const signal of signals) child.kill(signal);
      const result = await end;
      // That of one of them: which comes first is the kernel's affair.
      expect(signals.map((signal) => 128 + constants.signals[signal])).toContain(result.status);
      if (!result.stdout.includes('stopped before anything was measured')) return { ...result, cwd };
    }
    throw new Error('the run measured nothing in 15 s');
  }

  it('stops at Ctrl-C, and reports and saves what was measured', async () => {
    const { stdout, stderr, cwd } = await interrupted([], ['SIGINT']);
    expect(stderr).toContain('stopping');
    expect(parseResult(stdout, 'stdout').iotest!.interrupted).toBe(true);
    expect(filesIn(join(cwd, 'results'))).toHaveLength(1);
  });

  it('leaves at the second signal, and still reports', async (context) => {
    const probe = JSON.parse((await iotest(['probe', '--format', 'json'])).stdout) as {
      io_uring: { available: boolean };
    };
    if (!probe.io_uring.available) context.skip('io_uring is not available here');
    const { stdout } = await interrupted(['--engine', 'io_uring'], ['SIGINT', 'SIGTERM']);
    expect(parseResult(stdout, 'stdout').iotest!.interrupted).toBe(true);
  });

  it('ends with 1 and what to do when no job can start', async () => {
    const cwd = scratchFolder({ 'job.ini': '[a]\nfilename=job.ini/data\nsize=1m\nrw=randread\n' });
    const { stdout, stderr, status } = await iotest(['run', 'job.ini'], { cwd });
    expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
    expect(stderr).toMatch(/job\.ini.*\n {2}→ /);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(filesIn(cwd)).toEqual(['job.ini']);
  });

  it('says so before the run when the result could not be kept', async () => {
    const cwd = scratchFolder({ 'job.ini': fileJob, plain: '' });
    for (const argv of [
      ['--output', 'missing/out.json'],
      ['--results', 'plain/results'],
      ['--output', '.'],
    ]) {
      const { stdout, stderr, status } = await iotest(['run', 'job.ini', ...argv], { cwd });
      expect(stdout).toBe('');
      expect(stderr).toContain(argv[1]);
      expect(status).toBeGreaterThan(0);
    }
    expect(existsSync(join(cwd, 'data'))).toBe(false);
  });

  it('check opens nothing, and says what run would do', async () => {
    const cwd = scratchFolder({ 'job.ini': fileJob });
    const text = await iotest(['check', 'job.ini'], { cwd });
    expect(text.status).toBe(0);
    expect(text.stdout).toContain('[reads]\n');
    expect(text.stdout).toMatch(/^step 1 of 1: psync, 1 worker$/m);
    expect(text.stdout).toContain('make data, written up to 1024KiB\n');
    const json = await iotest(['check', 'job.ini', '--format', 'json', '--engine', 'io_uring+sqpoll'], { cwd });
    const plan = JSON.parse(json.stdout) as { steps: { engineLabel: string }[]; jobs: unknown[] };
    expect(plan.steps.map(({ engineLabel }) => engineLabel)).toEqual(['io_uring+sqpoll']);
    expect(filesIn(cwd)).toEqual(['job.ini']);
  });

  it('prints a job file with check that means the same', async () => {
    const cwd = scratchFolder({ 'job.ini': fileJob });
    const plan = async (file: string) =>
      (JSON.parse((await iotest(['check', file, '--format', 'json'], { cwd })).stdout) as { steps: unknown }).steps;
    const { stdout: expanded } = await iotest(['check', 'job.ini', '--format', 'ini'], { cwd });
    const again = JSON.parse((await iotest(['check', '-', '--format', 'json'], { cwd, input: expanded })).stdout) as {
      steps: { workers: { job: { workload: unknown } }[] }[];
    };
    const first = (await plan('job.ini')) as typeof again.steps;
    expect(again.steps[0]!.workers[0]!.job.workload).toEqual(first[0]!.workers[0]!.job.workload);
  });
});
