import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../runner/outcome.js';
import { ExitCode, type Problem, UserError } from '../../support/errors.js';
import { sampleOutcome, sampleResultInput, sampleStep, sampleWorkerReport } from '../../testing/sample-result.js';
import { documentOf, exitCodeOf } from './run-document.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
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
