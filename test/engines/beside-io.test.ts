/** The engines that do no I/O, as users run them: cpuio beside fio, exec with whatever may end it. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { executable, scratchFolder } from '../cli/command.js';
import { fioBoth } from '../cli/fio-command.js';
import { fioMissing } from '../differential/fio.js';

const missing = fioMissing();
const withFio = missing === null ? '' : ` [skipped: ${missing}]`;

interface Direction {
  readonly total_ios: number;
  readonly io_bytes: number;
  readonly iops: number;
  readonly runtime: number;
  readonly clat_ns: { readonly min: number; readonly mean: number; readonly N: number };
}

interface Job {
  readonly jobname: string;
  readonly error: number;
  readonly read: Direction;
  readonly usr_cpu: number;
  readonly job_runtime: number;
}

function jobsOf(text: string): Job[] {
  return (JSON.parse(text.slice(text.search(/^\{$/m))) as { jobs: Job[] }).jobs;
}

function fio(words: readonly string[], cwd = scratchFolder()) {
  const { status, stdout, stderr } = spawnSync(executable, ['fio', ...words], {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr: stderr.replace(/\s+/g, ' '), cwd };
}

describe('cpuio', { timeout: 120_000 }, () => {
  const json = '--output-format=json';

  it.each([
    [20, 'noop'],
    [80, 'noop'],
    [40, 'qsort'],
  ])('computes on %i%% of a CPU (%s)', (load, mode) => {
    const words = ['--name=c', '--ioengine=cpuio', `--cpuload=${load}`, `--cpumode=${mode}`, '--runtime=2', json];
    const { status, stdout, stderr } = fio([...words, '--cpuchunks=10000']);
    expect([status, stderr]).toEqual([0, '']);
    const [job] = jobsOf(stdout);
    expect(job!.error).toBe(0);
    // The share of time is right whatever else the machine does, but for late wake-ups; that of the CPU is no more.
    const share = (100 * job!.read.total_ios * job!.read.clat_ns.mean) / 1e6 / job!.job_runtime;
    expect(share).toBeGreaterThan(load / 10);
    expect(share).toBeLessThan(load + 10);
    expect(job!.usr_cpu).toBeGreaterThan(load / 20);
    expect(job!.usr_cpu).toBeLessThan(load + 10);
  });

  it.skipIf(missing !== null)(`is told as fio tells it${withFio}`, async () => {
    const words = ['--name=c', '--ioengine=cpuio', '--cpuload=100', '--cpuchunks=100000', '--runtime=1'];
    const { fio: theirs, ours } = await fioBoth(words);
    const kinds = (text: string) =>
      text
        .split('\n')
        .map((line) => line.split(':')[0]!.trim())
        .filter((line) => !line.startsWith('fio-'));
    expect([ours.status, ours.stderr]).toEqual([0, '']);
    expect(kinds(ours.stdout)).toEqual(kinds(theirs.stdout));
    expect(ours.stdout).toContain('c (noop): ioengine=cpuio, cpuload=100, cpucycle=100000');
    const both = await fioBoth([...words, json]);
    const shown = (text: string) => {
      const { io_bytes, iops, runtime, total_ios } = jobsOf(text)[0]!.read;
      return { io_bytes, iops, runtime, did: total_ios > 0 };
    };
    expect(shown(both.ours.stdout)).toEqual(shown(both.fio.stdout));
  });

  it('ends with the jobs that do I/O', () => {
    const io = ['--name=n', '--ioengine=null', '--size=1g', '--runtime=1', '--time_based'];
    for (const end of [['--runtime=50', '--exit_on_io_done=1'], ['--exit_on_io_done=0']]) {
      const { status, stdout } = fio([json, '--name=c', '--ioengine=cpuio', '--cpuload=10', ...end, ...io]);
      expect(status).toBe(0);
      const [computing] = jobsOf(stdout);
      expect(computing).toMatchObject({ jobname: 'c', error: 0 });
      expect(computing!.job_runtime).toBeLessThan(20_000);
    }
  });

  it('lasts no longer than its job, however long a stretch is', () => {
    const { status, stdout } = fio([
      ...['--name=c', '--ioengine=cpuio', '--cpuload=100', '--cpuchunks=60000000', '--runtime=1', json],
    ]);
    expect(status).toBe(0);
    expect(jobsOf(stdout)[0]!.job_runtime).toBeLessThan(20_000);
  });

  it('says in its report what was computed, and no rates', () => {
    const cwd = scratchFolder({ 'c.ini': '[c]\nioengine=cpuio\ncpuload=50\nruntime=1\n' });
    const { status, stdout } = spawnSync(executable, ['run', 'c.ini', '--no-save'], { cwd, encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^c: cpuio, 50% of a CPU, 50.0ms at a time\n {2}computed: \d+\.\d+% of a CPU, \d+ times$/m);
    expect(stdout).not.toMatch(/IOPS=|CPU\/IO/);
  });

  it.each([
    [['--verify=md5'], 'cpuio moves no data to a place from which it could be read back'],
    [['--cpumode=idle'], 'cpumode: "idle" is not one of its values'],
    [['--cpuchunks=0'], 'cpuchunks'],
  ])('%j is refused', (words, message) => {
    const { status, stderr } = fio(['--name=c', '--ioengine=cpuio', '--cpuload=10', '--runtime=1', ...words]);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

/** Notes in a file when it is told to end, and goes on; what it has started ignores that as well. */
const stubborn = `#!/bin/sh
trap 'echo told >> log' TERM
echo $$ > pids
while :; do sleep 0.1; done
`;

const isAlive = (pid: number): boolean => {
  try {
    // A zombie whose parent does not look is no running program.
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

async function until(isSo: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 600; tries++) {
    if (isSo()) return true;
    await sleep(50);
  }
  return false;
}

describe('exec', { timeout: 120_000 }, () => {
  const job = ['--name=e', '--ioengine=exec', '--allow-exec'];

  it.each([
    [['--name=e', '--ioengine=exec', '--program=/bin/true'], 'job "e" would run a command: /bin/true'],
    [[...job, '--program=no-such-program'], 'no-such-program is no program that can be run'],
    [[...job, '--program=/etc/passwd'], '/etc/passwd is no program that can be run'],
    [[...job, '--program=/bin/true', '--verify=md5'], 'exec moves no data'],
    [[...job, '--program=/bin/false'], 'its program ended with 1: /bin/false'],
    [[...job, '--program=sh', '--arguments=killer'], 'its program was ended by signal 9: sh killer'],
    [[...job, '--program=/bin/true', '--grace_time=60'], 'a job that is over waits no longer'],
  ])('%j fails, and says why', (words, message) => {
    const { status, stderr } = fio(words, scratchFolder({ killer: 'kill -9 $$' }));
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
  });

  it('runs the program to its end, with its words and into its files', () => {
    const { status, stderr, cwd } = fio([
      ...job,
      '--program=printf',
      '--arguments=%s,  runtime=%r name=%n',
      '--runtime=30',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(fs.readFileSync(path.join(cwd, 'e.stdout'), 'utf8')).toBe('runtime=30,name=e,');
    expect(fs.readFileSync(path.join(cwd, 'e.stderr'), 'utf8')).toBe('');
  });

  it('leaves the output where it goes by itself, when asked to', () => {
    const { status, stdout, cwd } = fio([...job, '--program=/bin/echo', '--arguments=here', '--std_redirect=0']);
    expect(status).toBe(0);
    expect(stdout).toContain('here\n');
    expect(fs.readdirSync(cwd)).toEqual([]);
  });

  it('takes no file that is in use for output', () => {
    const cwd = scratchFolder({ 'job.fio': '[e]\nioengine=exec\nprogram=/bin/true\n' });
    fs.symlinkSync('job.fio', path.join(cwd, 'e.stdout'));
    const { status, stderr } = fio(['--allow-exec', 'job.fio'], cwd);
    expect(status).not.toBe(0);
    expect(stderr).toContain('the job file itself');
    expect(fs.readFileSync(path.join(cwd, 'job.fio'), 'utf8')).toContain('program=/bin/true');
  });

  it('ends a program at the end of the job: told first, then killed', async () => {
    const cwd = scratchFolder({ stubborn });
    fs.chmodSync(path.join(cwd, 'stubborn'), 0o755);
    const { status, stdout } = fio([...job, '--program=./stubborn', '--runtime=1', '--grace_time=2'], cwd);
    expect([status, stdout.includes('err= 0')]).toEqual([0, true]);
    expect(fs.readFileSync(path.join(cwd, 'log'), 'utf8')).toBe('told\n');
    const pid = Number(fs.readFileSync(path.join(cwd, 'pids'), 'utf8'));
    expect(await until(() => !isAlive(pid))).toBe(true);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('leaves nothing behind after %s', async (signal) => {
    const cwd = scratchFolder({ stubborn });
    fs.chmodSync(path.join(cwd, 'stubborn'), 0o755);
    const words = ['fio', ...job, '--program=./stubborn', '--runtime=600', '--grace_time=1'];
    const child = spawn(executable, words, { cwd, stdio: 'ignore' });
    const hasEnded = new Promise((resolve) => child.on('exit', resolve));
    try {
      const pids = path.join(cwd, 'pids');
      expect(await until(() => fs.existsSync(pids) && fs.readFileSync(pids, 'utf8').endsWith('\n'))).toBe(true);
      const pid = Number(fs.readFileSync(pids, 'utf8'));
      expect(isAlive(pid)).toBe(true);
      child.kill(signal);
      await hasEnded;
      expect(await until(() => !isAlive(pid))).toBe(true);
    } finally {
      child.kill('SIGKILL');
      await hasEnded;
    }
  });
});
