import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { BusyCounters } from '../machine/noise.js';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import { sampleOutcome, sampleResultInput, sampleStep, sampleWorkerReport } from '../testing/sample-result.js';
import type { StepOutcome } from '../worker/outcome.js';
import { documentOf, exitCodeOf } from './document.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const failure: Problem = { place: null, message: 'cannot open /srv/bench/data', advice: 'check the path' };

function run(steps: readonly StepOutcome[], interrupted = false) {
  const { outcome, plan } = sampleResultInput(steps);
  return documentOf({
    outcome: { ...outcome, interrupted },
    plan,
    machine: { loadAverage: '9.00 0.00 0.00', cpuCount: 1 },
    jobFile: { path: 'sample.ini', text: '' },
    commandLine: ['iotest', 'run', 'sample.ini'],
    root,
  });
}

function errorOf(act: () => unknown): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const measured = sampleOutcome();
const failed = sampleOutcome({ report: null, failure });

describe('documentOf', () => {
  it('adds what was found after the run, and the version of liburing in use', () => {
    const { iotest } = run([sampleStep({ workers: [measured] })]);
    expect(iotest.warnings.map(({ code }) => code)).toContain('busy-machine');
    expect(iotest.tool).toMatchObject({ name: 'iotest', liburing: '2.3' });
  });

  it('gives no result when no worker measured anything: each failure once', () => {
    const error = errorOf(() => run([sampleStep({ workers: [failed, failed] })]));
    expect(error.problems).toEqual([failure]);
    expect(error.exitCode).toBe(ExitCode.failed);
  });

  it('gives no result when stopped before anything was measured', () => {
    expect(errorOf(() => run([], true)).exitCode).toBe(ExitCode.interrupted);
  });
});

describe('exitCodeOf', () => {
  it('is 0 for a run that went well', () => {
    expect(exitCodeOf(run([sampleStep({ workers: [measured] })]))).toBe(ExitCode.ok);
  });

  it('is 1 when a job met an error or a worker failed', () => {
    const report = sampleWorkerReport({ error: { errno: 5, during: 'read of 4096 bytes' }, ended: 'error' });
    expect(exitCodeOf(run([sampleStep({ workers: [sampleOutcome({ report })] })]))).toBe(ExitCode.failed);
    expect(exitCodeOf(run([sampleStep({ workers: [measured, failed] })]))).toBe(ExitCode.failed);
  });

  it('is 130 when interrupted, whatever else happened', () => {
    expect(exitCodeOf(run([sampleStep({ workers: [measured, failed] })], true))).toBe(ExitCode.interrupted);
  });
});

describe('noise', () => {
  const counters = (epochMs: number, busy: number, total: number): BusyCounters => ({
    epochMs,
    loadAverage: 9,
    cpu: { busy, steal: 0, total },
    ioPressureUs: 0,
    cpuPressureUs: 0,
    disks: [],
    own: { cpuMs: 0, cpuWaitUs: 0, readBytes: 0 },
  });
  const measure = (busyAfter: number) => {
    const { outcome, plan } = sampleResultInput([sampleStep({ workers: [measured] })]);
    const machine = { loadAverage: '9.00 0.00 0.00', cpuCount: 1 };
    return documentOf({
      outcome,
      plan,
      machine,
      surroundings: {
        machine,
        fingerprint: [],
        isBuffered: false,
        readings: {
          before: [counters(0, 0, 0), counters(200, 0, 40)],
          after: [counters(9000, 900, 1000), counters(9200, 900 + busyAfter, 1040)],
        },
      },
      jobFile: { path: 'sample.ini', text: '' },
      commandLine: ['iotest'],
      root,
    }).iotest;
  };

  it('is one warning, and goes before what the load average says', () => {
    const { noise, warnings } = measure(20);
    expect(noise).toMatchObject({
      isNoisy: true,
      reasons: ['other work used 50 % of the CPUs right after the run'],
    });
    expect(warnings.filter(({ code }) => code === 'noisy').map(({ message }) => message)).toEqual([
      'something else was at work: other work used 50 % of the CPUs right after the run',
    ]);
    expect(warnings.map(({ code }) => code)).not.toContain('busy-machine');
  });

  it('is no warning where all is quiet, though the load average still shows a run before', () => {
    const { noise, warnings } = measure(0);
    expect(noise).toMatchObject({ isNoisy: false, reasons: [] });
    expect(warnings.map(({ code }) => code)).not.toContain('noisy');
    expect(warnings.map(({ code }) => code)).not.toContain('busy-machine');
  });
});
