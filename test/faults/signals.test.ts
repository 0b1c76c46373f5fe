/** What each signal does, from the first moment of the program to its last: what it says, how it ends, what it leaves. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ended, ended, executable, scratchFolder, start } from '../cli/command.js';
import { cleanUp, documentIn, expectNoCrash, namesIn, watchBegin } from './fault-lab.js';

afterEach(cleanUp);

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
const statusOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

const nullJob = '[job]\nioengine=null\nsize=1g\nrw=randrw\nruntime=10m\ntime_based\n';

/** Until it hears signals: before that they do what they do to every program. Node catches some of them itself. */
async function hearsSignals(child: ChildProcess): Promise<void> {
  const last = 1n << BigInt(constants.signals.SIGUSR2 - 1);
  while (child.exitCode === null && child.signalCode === null) {
    const mask = /^SigCgt:\s+(\w+)/m.exec(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '0';
    if ((BigInt(`0x${mask}`) & last) !== 0n) return;
    await sleep(2);
  }
}

/** Starts a run of `nullJob` or of `files`, and waits until it measures. */
async function measuring(argv: readonly string[], files: Readonly<Record<string, string>> = { 'job.ini': nullJob }) {
  const cwd = scratchFolder(files);
  const { flags, hasBegun } = watchBegin();
  const child = start([...argv, ...flags], { cwd });
  const end = ended(child);
  await hasBegun();
  return { child, end, cwd };
}

/** Sockets that listen for connections. */
function listeners(child: ChildProcess): string[] {
  const inodes = new Set(
    fs.readdirSync(`/proc/${child.pid}/fd`).flatMap((descriptor) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${child.pid}/fd/${descriptor}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    (fs.existsSync(`/proc/net/${table}`) ? fs.readFileSync(`/proc/net/${table}`, 'utf8') : '')
      .split('\n')
      .filter((line) => inodes.has(line.trim().split(/\s+/)[9] ?? '')),
  );
}

describe('a wish to end', () => {
  it.each(stopSignals)(
    '%s: what was measured is printed and saved, and the status tells the signal',
    async (signal) => {
      const { child, end, cwd } = await measuring(['run', 'job.ini', '--format', 'json']);
      child.kill(signal);
      const result = await end;
      expectNoCrash(result);
      expect(result.status).toBe(statusOf(signal));
      expect(documentIn(result.stdout).iotest.interrupted).toBe(true);
      expect(namesIn(path.join(cwd, 'results')).filter((name) => name.endsWith('.json'))).toHaveLength(1);
    },
  );

  it.each(stopSignals)('%s in iotest fio: the output that fio gives, and its status', async (signal) => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    const child = start(['fio', '--write_iops_log=begun', '--log_avg_msec=50', 'job.ini'], { cwd });
    const end = ended(child);
    while (!namesIn(cwd).some((name) => fs.statSync(path.join(cwd, name)).size > 0 && name !== 'job.ini'))
      await sleep(20);
    child.kill(signal);
    const result = await end;
    expectNoCrash(result);
    expect(result.status).toBe(128);
    expect(result.stdout).toContain(`fio: terminating on signal ${constants.signals[signal]}`);
    expect(result.stdout).toMatch(/^job: \(groupid=0/m);
  });

  const verbs: readonly (readonly [name: string, argv: readonly string[]])[] = [
    ['check', ['check', 'job.ini']],
    ['run', ['run', 'job.ini']],
    ['sweep', ['sweep', 'job.ini', '--vary', 'iodepth=1,2']],
    ['gate', ['gate', '--ab', 'job.ini', 'other.ini']],
    ['characterize', ['characterize', 'data', '--quick']],
    ['probe', ['probe']],
    ['compare', ['compare', 'a.json', 'b.json']],
    ['report', ['report', 'a.json', '--output', 'page.html']],
    ['results list', ['results', 'list']],
  ];
  it.each(verbs)(
    'as soon as iotest %s hears it: a message, the status of the signal, nothing half made',
    async (_, argv) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        const cwd = scratchFolder({ 'job.ini': nullJob, 'other.ini': nullJob, 'a.json': '{}', 'b.json': '{}' });
        const child = start(argv, { cwd });
        const end = ended(child);
        await hearsSignals(child);
        child.kill(signal);
        const result = await end;
        expectNoCrash(result);
        // It may have been done already: then it has said all that it says.
        if (result.status === 0 || result.status === 2) continue;
        expect(result.status).toBe(statusOf(signal));
        expect(result.stderr).toMatch(/stop|ended by SIG/);
        expect(result.stdout).toBe('');
        expect(namesIn(cwd).filter((name) => !/^(a\.json|b\.json|job\.ini|other\.ini|results)$/.test(name))).toEqual(
          [],
        );
      }
    },
  );

  it('SIGTERM in a sweep and a gate: their own status tells it too', async () => {
    for (const argv of [
      ['sweep', 'job.ini', '--vary', 'iodepth=1,2'],
      ['gate', '--ab', 'job.ini', 'other.ini'],
    ]) {
      const job = `${nullJob}exec_prerun=touch begun\n`;
      const cwd = scratchFolder({ 'job.ini': job, 'other.ini': `${job}iodepth=2\n` });
      const child = start([...argv, '--allow-exec'], { cwd });
      const end = ended(child);
      while (!fs.existsSync(path.join(cwd, 'begun'))) await sleep(20);
      child.kill('SIGTERM');
      const result = await end;
      expectNoCrash(result);
      expect(result.status, result.stderr).toBe(143);
    }
  });

  it('does not come from SIGHUP where that was ignored (nohup)', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    const { flags, hasBegun } = watchBegin();
    const argv = [executable, 'run', 'job.ini', '--format', 'json', '--runtime', '2s', ...flags];
    const child = spawn('nohup', argv, { cwd, stdio: 'pipe' });
    const end = ended(child);
    await hasBegun();
    child.kill('SIGHUP');
    const result = await end;
    expect(result.status).toBe(0);
    expect(documentIn(result.stdout).iotest.interrupted).toBe(false);
  });
});

describe('SIGUSR1', () => {
  it('tells the totals so far on stderr, ends nothing, and opens no debugger', async () => {
    const { child, end } = await measuring(['run', 'job.ini', '--format', 'json', '--quiet', '--runtime', '3s']);
    for (let count = 0; count < 5; count++) {
      child.kill('SIGUSR1');
      await sleep(100);
      expect(listeners(child)).toEqual([]);
    }
    const result = await end;
    expectNoCrash(result);
    expect(result.status).toBe(0);
    expect(documentIn(result.stdout).iotest.interrupted).toBe(false);
    const told = result.stderr.split('\n').filter((line) => /^ {2}job \(null\): in /.test(line));
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]).toMatch(/ read \d+ I\/Os .* IOPS .*, mean .*; write \d+ I\/Os /);
    expect(result.stderr).not.toContain('ebugger');
  });

  it('dumps the whole output in iotest fio, as fio does: text and JSON', async () => {
    for (const [flags, count] of [
      [[], (stdout: string) => stdout.match(/^job: \(groupid=0/gm)!.length],
      [['--output-format=json'], (stdout: string) => stdout.match(/^\{$/gm)!.length],
    ] as const) {
      const cwd = scratchFolder({ 'job.ini': nullJob });
      const words = ['fio', '--write_iops_log=begun', '--log_avg_msec=50', ...flags, '--time_based', 'job.ini'];
      const child = start(words, { cwd });
      const end = ended(child);
      while (!namesIn(cwd).some((name) => name !== 'job.ini' && fs.statSync(path.join(cwd, name)).size > 0)) {
        await sleep(20);
      }
      child.kill('SIGUSR1');
      await sleep(300);
      child.kill('SIGINT');
      const result = await end;
      expectNoCrash(result);
      expect(count(result.stdout)).toBe(2);
    }
  });

  it('opens no debugger before anybody listens either, nor does --inspect in NODE_OPTIONS', async () => {
    // From the moment of the start on: it may be too early for anything but an end.
    for (let delayMs = 0; delayMs < 120; delayMs += 8) {
      const child = start(['--version']);
      const end = ended(child);
      await sleep(delayMs);
      child.kill('SIGUSR1');
      expect((await end).stderr).not.toContain('Debugger listening');
    }
    const run = ['run', 'job.ini', '--no-save', '--runtime', '1s'];
    const asked = start(run, {
      cwd: scratchFolder({ 'job.ini': nullJob }),
      environment: { NODE_OPTIONS: '--inspect=127.0.0.1:0' },
    });
    const end = ended(asked);
    await hearsSignals(asked);
    expect(listeners(asked)).toEqual([]);
    const { stderr, status } = await end;
    expect(stderr).not.toContain('Debugger listening');
    expect(status).toBe(0);
  });

  it('closes what Node opened where it is started by hand', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    const { flags, hasBegun } = watchBegin();
    const argv = ['--inspect=127.0.0.1:0', executable, 'run', 'job.ini', '--no-save', '--runtime', '2s', ...flags];
    const child = spawn(process.execPath, argv, { cwd, stdio: 'pipe' });
    const end: Promise<Ended> = ended(child);
    await hasBegun();
    expect(listeners(child)).toEqual([]);
    expect((await end).stderr).toContain('debugger of Node is closed');
  });
});
