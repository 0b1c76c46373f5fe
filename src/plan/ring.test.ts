import { describe, expect, it } from 'vitest';
import type { UserError } from '../support/errors.js';
import { sampleEngineOptions, sampleJob, samplePlannedWorker } from '../testing/sample-result.js';
import { Findings } from './findings.js';
import { checkRing, checkSharedThreads } from './ring.js';

function problemsOf(check: (findings: Findings) => void): string[] {
  const findings = new Findings();
  check(findings);
  try {
    findings.throwIfAny();
    return [];
  } catch (error) {
    return (error as UserError).problems.map(({ message, advice }) => `${message} | ${advice}`);
  }
}

const sharing = { sqpoll: true, sharesSqThread: true };
const workerOf = (name: string, engine: Parameters<typeof sampleEngineOptions>[0]) =>
  samplePlannedWorker({ job: { ...sampleJob(), name }, engine: sampleEngineOptions(engine) });

describe('options of the SQPOLL thread', () => {
  it('are refused where there is no such thread, each by name', () => {
    const engine = sampleEngineOptions({ sqThreadIdleMs: 5, sharesSqThread: true });
    const found = problemsOf((findings) => checkRing({ ...sampleJob(), engine }, findings));
    expect(found).toEqual([
      expect.stringMatching(/^sq_thread_idle is about .*add sqthread_poll=1/),
      expect.stringMatching(/^sq_thread_share is about .*add sqthread_poll=1/),
    ]);
  });

  it('are fine with one', () => {
    const engine = sampleEngineOptions({ ...sharing, sqThreadIdleMs: 5 });
    expect(problemsOf((findings) => checkRing({ ...sampleJob(), engine }, findings))).toEqual([]);
  });

  it('must be the same for all that share it', () => {
    const workers = [workerOf('one', { ...sharing, sqpollCpu: 0 }), workerOf('two', { ...sharing, sqpollCpu: 1 })];
    expect(problemsOf((findings) => checkSharedThreads(workers, findings))[0]).toMatch(/"one" and "two".*the same/);
    const alike = [workerOf('one', sharing), workerOf('two', sharing)];
    expect(problemsOf((findings) => checkSharedThreads(alike, findings))).toEqual([]);
  });

  it('warns of a job that shares with nobody', () => {
    const findings = new Findings();
    checkSharedThreads([workerOf('one', sharing), workerOf('two', { sqpoll: true })], findings);
    expect(findings.warnings.map(({ code }) => code)).toEqual(['sq-thread-not-shared']);
  });
});
