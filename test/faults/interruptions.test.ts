/** Signals, closed pipes and dying threads: what was measured is kept, nothing is left behind, and it ends soon. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CommandOptions,
  type Ended,
  ended,
  executable,
  iotest,
  scratchFolder,
  start,
  warmUpBriefly,
} from '../cli/command.js';
import { cleanUp, documentIn, expectNoCrash, flat, namesIn, watchBegin } from './fault-lab.js';

warmUpBriefly();

afterEach(cleanUp);

const longJob = (lines = '') =>
  `[job]\nfilename=data\nsize=8m\nrw=randread\niodepth=8\nruntime=10m\ntime_based\n${lines}\n`;

interface Interrupted extends Ended {
  /** From the first signal to the end. */
  readonly endingMs: number;
  readonly cwd: string;
}

/** Starts a long run, lets it measure for a while, then sends the signals, `gapMs` apart. */
async function interrupt(
  signals: readonly NodeJS.Signals[],
  argv: readonly string[] = [],
  { job = longJob(), gapMs = 50, ...options }: CommandOptions & { readonly job?: string; readonly gapMs?: number } = {},
): Promise<Interrupted> {
  const cwd = scratchFolder({ 'job.ini': job });
  const { flags, hasBegun } = watchBegin();
  const child = start(['run', 'job.ini', '--format', 'json', ...flags, ...argv], { cwd, ...options });
  const end = ended(child);
  await hasBegun();
  const begun = performance.now();
  for (const signal of signals) {
    child.kill(signal);
    await sleep(gapMs);
  }
  const result = await end;
  return { ...result, endingMs: performance.now() - begun, cwd };
}

function expectKept(end: Interrupted, status = 130): void {
  expectNoCrash(end);
  expect(end.status).toBe(status);
  // Generous, as the machine may be busy; the runtime would be 10 minutes.
  expect(end.endingMs).toBeLessThan(15_000);
  const document = documentIn(end.stdout);
  const [job] = document.iotest.jobs;
  expect(document.iotest.interrupted).toBe(true);
  expect(job!.ended).toBe('interrupted');
  expect(document.jobs[0]!.read.total_ios).toBeGreaterThan(0);
  expect(job!.histograms.read!.total.count).toBe(document.jobs[0]!.read.total_ios);
  const [saved, ...others] = namesIn(path.join(end.cwd, 'results'));
  expect(others).toEqual([]);
  documentIn(fs.readFileSync(path.join(end.cwd, 'results', saved!), 'utf8'));
  expect(namesIn(end.cwd)).toEqual(['data', 'job.ini', 'results']);
}

describe('a signal', () => {
  for (const engine of ['psync', 'libaio', 'io_uring', 'io_uring+sqpoll', 'mmap', 'null']) {
    it(`SIGINT: ${engine} drains, reports, saves, and exits with 130`, async () => {
      const isNull = engine === 'null';
      const cwdJob = isNull ? `${longJob()}[lay-out]\nioengine=psync\nfilename=data\nsize=8m\nrw=read\n` : longJob();
      // The null engine touches no file; a second job shows when the run has begun.
      if (isNull)
        return expectKeptNull(
          await interrupt(['SIGINT'], [], { job: cwdJob.replace('[job]\n', '[job]\nioengine=null\n') }),
        );
      expectKept(await interrupt(['SIGINT'], ['--engine', engine]));
    });
  }

  function expectKeptNull(end: Interrupted): void {
    expectNoCrash(end);
    expect(end.status).toBe(130);
    expect(documentIn(end.stdout).iotest.jobs[0]!.ended).toBe('interrupted');
  }

  it('SIGTERM and SIGHUP: the same', async () => {
    expectKept(await interrupt(['SIGTERM']), 143);
    expectKept(await interrupt(['SIGHUP']), 129);
  });

  it('twice: leaves at once, still with what was measured', async () => {
    const end = await interrupt(['SIGINT', 'SIGINT'], ['--engine', 'io_uring']);
    expectKept(end);
    expect(end.stderr).toContain('stopping');
  });

  it('many in a row change nothing', async () => {
    const signals = Array.from({ length: 8 }, () => 'SIGINT' as const);
    const end = await interrupt(signals, ['--engine', 'libaio'], { gapMs: 5 });
    expectNoCrash(end);
    expect(end.status).toBe(130);
    documentIn(end.stdout);
  });

  it('while several jobs and engines are still to come: they are not begun', async () => {
    const end = await interrupt(['SIGINT'], ['--engine', 'psync', '--engine', 'pvsync'], { job: longJob('numjobs=2') });
    expectNoCrash(end);
    expect(end.status).toBe(130);
    const { iotest: part } = documentIn(end.stdout);
    expect(part.jobs.map(({ engineLabel, ended: how }) => `${engineLabel} ${how}`)).toEqual([
      'psync interrupted',
      'psync interrupted',
    ]);
  });

  it('while a file is laid out: the file is gone again', async () => {
    const cwd = scratchFolder({
      'job.ini': '[job]\nfilename=data\nsize=20g\nrw=read\nioengine=psync\nfallocate=none\n',
    });
    const child = start(['run', 'job.ini'], { cwd });
    const end = ended(child);
    const data = path.join(cwd, 'data');
    const giveUp = performance.now() + 30_000;
    while (!fs.existsSync(data) && performance.now() < giveUp) await sleep(5);
    await sleep(50);
    child.kill('SIGINT');
    const result = await end;
    expectNoCrash(result);
    expect(result.status).toBe(130);
    expect(namesIn(cwd).filter((name) => name !== 'results')).toEqual(['job.ini']);
  });

  it('while a file is lengthened: it is as it was', async () => {
    const content = 'x'.repeat(1 << 20);
    const cwd = scratchFolder({
      data: content,
      'job.ini': '[job]\nfilename=data\nsize=20g\nrw=read\nioengine=psync\nfallocate=none\n',
    });
    const data = path.join(cwd, 'data');
    const child = start(['run', 'job.ini', '--destructive', 'data'], { cwd });
    const end = ended(child);
    const giveUp = performance.now() + 30_000;
    while (fs.statSync(data).size === 1 << 20 && performance.now() < giveUp) await sleep(5);
    child.kill('SIGINT');
    const result = await end;
    expectNoCrash(result);
    expect(result.status).toBe(130);
    expect(fs.readFileSync(data, 'utf8')).toBe(content);
  });

  it('SIGKILL: nothing half written is taken for a result, and the next run is not disturbed', async () => {
    const killed = await interrupt(['SIGKILL'], ['--engine', 'io_uring+sqpoll']);
    expect(killed.status).toBe(null);
    expect(namesIn(path.join(killed.cwd, 'results')).filter((name) => name.endsWith('.json'))).toEqual([]);
    const again = await iotest(['run', 'job.ini', '--runtime', '300ms', '--format', 'json'], { cwd: killed.cwd });
    expectNoCrash(again);
    expect(again.status).toBe(0);
    expect(documentIn(again.stdout).jobs[0]!.read.total_ios).toBeGreaterThan(0);
  });
});

describe('nobody reads', () => {
  const job = '[job]\nioengine=null\nsize=1g\nrw=randread\nruntime=300ms\ntime_based\n';

  it('stdout closed early: quiet, and the run is saved', async () => {
    for (const format of ['text', 'json+']) {
      const cwd = scratchFolder({ 'job.ini': job });
      const child = start(['run', 'job.ini', '--format', format], { cwd });
      child.stdout!.destroy();
      const end = await ended(child);
      expectNoCrash(end);
      expect(end.stderr).not.toContain('EPIPE');
      expect(namesIn(path.join(cwd, 'results'))).toHaveLength(1);
    }
  });

  it('iotest run … | head -1 gives one line', () => {
    const cwd = scratchFolder({ 'job.ini': job });
    const script = `"${executable}" run job.ini --format json+ | head -1`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8' });
    expect(stdout).toBe('{\n');
    expectNoCrash({ stdout, stderr, status: 0 });
    expect(namesIn(path.join(cwd, 'results'))).toHaveLength(1);
  });

  it('stderr closed: the result still comes', async () => {
    const cwd = scratchFolder({ 'job.ini': job });
    const child = start(['run', 'job.ini', '--format', 'json'], { cwd });
    child.stderr!.destroy();
    const end = await ended(child);
    expect(end.status).toBe(0);
    documentIn(end.stdout);
  });

  it('stdout is a full disk (/dev/full): an error, not a success', async ({ skip }) => {
    if (!fs.existsSync('/dev/full')) skip('there is no /dev/full here');
    const cwd = scratchFolder({ 'job.ini': job });
    const full = fs.openSync('/dev/full', 'w');
    const child = spawn(executable, ['run', 'job.ini', '--format', 'json'], { cwd, stdio: ['ignore', full, 'pipe'] });
    fs.closeSync(full);
    let stderr = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    expectNoCrash({ stdout: '', stderr, status: 1 });
    expect(stderr).toMatch(/ENOSPC|no space/i);
    expect(status).toBe(1);
    expect(namesIn(path.join(cwd, 'results'))).toHaveLength(1);
  });
});

describe('a worker that dies', () => {
  /**
   * Loaded into every thread before anything else (NODE_OPTIONS). The recorder calls `Math.clz32` for each latency, so
   * after a while that call can strike the thread of the job "victim" down in the middle of its measured time.
   */
  const assassin = (strike: string) => `
    const { isMainThread, parentPort } = require('node:worker_threads');
    const arm = ({ planned, buffer }) => {
      if (planned.job.name !== 'victim' || planned.engine.name === 'null') return;
      const clz32 = Math.clz32;
      // Word 1 is the phase, 3 is measuring (shared-state.ts).
      const control = new Int32Array(buffer, 0, 2);
      let calls = 0;
      Math.clz32 = (number) => {
        if (control[1] === 3 && ++calls > 2000) {
          Math.clz32 = clz32;
          ${strike}
        }
        return clz32(number);
      };
    };
    if (!isMainThread) {
      const once = parentPort.once.bind(parentPort);
      parentPort.once = (name, listener) => once(name, (input) => {
        arm(input);
        listener(input);
      });
    }`;
  const job =
    '[global]\nioengine=psync\nsize=4m\nrw=randread\nruntime=1\ntime_based\n[victim]\nfilename=a\n[other]\nfilename=b\n';

  for (const [how, strike, says] of [
    ['throws', "throw new Error('struck down');", 'struck down'],
    ['vanishes', 'process.exit(7);', 'victim'],
  ] as const) {
    it(`${how}: said with its name, the others are measured, what it had counted is kept`, async () => {
      const cwd = scratchFolder({ 'job.ini': job, 'assassin.cjs': assassin(strike) });
      const environment = { NODE_OPTIONS: `--require=${path.join(cwd, 'assassin.cjs')}` };
      const begun = performance.now();
      const result = await iotest(['run', 'job.ini', '--format', 'json'], { cwd, environment });
      expect(performance.now() - begun).toBeLessThan(40_000);
      expect(result.status).toBe(1);
      expect(result.stderr + result.stdout).not.toMatch(/^\s+at .*[:(/]/m);
      const document = documentIn(result.stdout);
      const [victim, other] = document.iotest.jobs;
      expect(victim!.ended).toBe('failed');
      expect(flat(JSON.stringify(victim!.errors))).toContain(says);
      expect(document.jobs[0]!.read.total_ios).toBeGreaterThan(0);
      expect(victim!.histograms.read!.total.count).toBe(document.jobs[0]!.read.total_ios);
      expect(other!.ended).toBe('runtime');
      expect(document.jobs[1]!.read.total_ios).toBeGreaterThan(0);
      expect(namesIn(path.join(cwd, 'results'))).toHaveLength(1);
      const text = await iotest(['run', 'job.ini', '--no-save'], { cwd, environment });
      expect(text.status).toBe(1);
      expect(text.stderr + text.stdout).not.toMatch(/^\s+at .*[:(/]/m);
      expect(flat(text.stderr + text.stdout)).toMatch(/victim.*(died|ended)/);
    });
  }
});
