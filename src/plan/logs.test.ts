import { describe, expect, it } from 'vitest';
import { createDraft } from '../job/draft.js';
import type { Job, LogOptions } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { UserError } from '../support/errors.js';
import { sampleJob, samplePlannedWorker, sampleTarget } from '../testing/sample-result.js';
import { Findings } from './findings.js';
import { LogPlanner, logSuffix } from './logs.js';

const kinds: Readonly<Record<string, TargetFacts['kind']>> = {
  '.': 'directory',
  '/srv': 'directory',
  '/dev': 'directory',
  '/dev/vdb': 'block',
  '/dev/null': 'other',
  '/srv/folder_bw.1.log': 'directory',
  '/srv/bench/data': 'file',
};
const inspect = (path: string): TargetFacts => sampleTarget({ path, realPath: path, kind: kinds[path] ?? 'missing' });

function jobWith(logs: Partial<LogOptions>, overrides: Partial<Job> = {}): Job {
  return sampleJob({ logs: { ...createDraft().logs, ...logs }, ...overrides });
}

function planOf(jobs: readonly Job[], folder = '') {
  const findings = new Findings();
  const planner = new LogPlanner({ folder, inspect, findings });
  const planned = jobs.map((job, workerIndex) =>
    planner.plan({ job, workerIndex, files: samplePlannedWorker({ job }).files, suffix: '' }),
  );
  let problems: string[] = [];
  try {
    findings.throwIfAny();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems = error.problems.map(({ message }) => message);
  }
  return { planned, problems, warnings: findings.warnings.map(({ code }) => code) };
}

const pathsOf = (logs: Partial<LogOptions>, overrides: Partial<Job> = {}) =>
  planOf([jobWith(logs, overrides)]).planned[0]!.files.map(({ path }) => path);

describe('files of logs', () => {
  it('are none when none are asked for', () => {
    expect(planOf([jobWith({ averageMs: 100, offset: true })]).planned).toEqual([null]);
  });

  it('are named after the option, else after the job', () => {
    expect(pathsOf({ bandwidth: 'a', iops: '', latency: 'c', histogram: 'd' })).toEqual([
      'a_bw.1.log',
      'randread_iops.1.log',
      'c_lat.1.log',
      'c_clat.1.log',
      'd_clat_hist.1.log',
    ]);
    expect(pathsOf({ iops: '' }, { name: 'a/b' })).toEqual(['a_b_iops.1.log']);
  });

  it('are numbered through the run, or shared', () => {
    const jobs = [jobWith({ iops: 'x' }), jobWith({ iops: 'x' })];
    expect(planOf(jobs).planned.map((logs) => logs!.files[0]!.path)).toEqual(['x_iops.1.log', 'x_iops.2.log']);
    const shared = jobs.map((job) => ({ ...job, logs: { ...job.logs, perJob: false } }));
    const { planned, problems } = planOf(shared);
    expect(planned.map((logs) => logs!.files[0])).toEqual(
      [0, 1].map(() => ({ kind: 'iops', path: 'x_iops.log', adds: true })),
    );
    expect(problems).toEqual([]);
  });

  it('lie in the folder for logs, unless they say where', () => {
    const { planned } = planOf([jobWith({ iops: 'x' })], '/srv');
    expect(planned[0]!.files[0]!.path).toBe('/srv/x_iops.1.log');
  });

  it('are only those of latencies that are measured', () => {
    const { measure } = sampleJob();
    expect(pathsOf({ latency: 'x' }, { measure: { ...measure, total: false, submission: true } })).toEqual([
      'x_clat.1.log',
      'x_slat.1.log',
    ]);
    expect(pathsOf({ latency: 'x' }, { measure: { ...measure, completion: false } })).toEqual(['x_lat.1.log']);
  });
});

describe('what cannot be written is refused beforehand', () => {
  it.each([
    [{ bandwidth: '/srv/folder' }, 'the log /srv/folder_bw.1.log cannot be written: it is a directory'],
    [{ iolog: '/dev/vdb' }, 'the log /dev/vdb cannot be written: it is a device'],
    [{ iolog: '/dev/null' }, 'the log /dev/null cannot be written: it is a device'],
    [{ bandwidth: '/dev/x' }, 'the log /dev/x_bw.1.log cannot be written: it is below /dev'],
    [{ bandwidth: '/none/x' }, 'the log /none/x_bw.1.log cannot be written: there is no directory /none'],
    [{ iolog: '/srv/bench/data' }, 'the log /srv/bench/data is also a target of the job'],
    [{ issueTime: true, latency: 'x' }, 'log_issue_time needs write_lat_log and log_offset'],
    [{ issueTime: true, offset: true, bandwidth: 'x' }, 'log_issue_time needs write_lat_log and log_offset'],
  ])('%j', (logs, problem) => {
    expect(planOf([jobWith(logs)]).problems).toEqual([problem]);
  });

  it('two recordings, or two logs, in one file', () => {
    expect(planOf([jobWith({ iolog: 'x' }), jobWith({ iolog: 'x' })]).problems).toHaveLength(1);
    expect(planOf([jobWith({ iolog: 'x_iops.2.log' }), jobWith({ iops: 'x' })]).problems).toHaveLength(1);
  });

  it('names that an iolog cannot hold', () => {
    const findings = new Findings();
    const planner = new LogPlanner({ folder: '', inspect, findings });
    const file = samplePlannedWorker().files[0]!;
    const files = [
      { ...file, path: '/srv/a b' },
      { ...file, path: `/srv/${'x'.repeat(300)}` },
    ];
    planner.plan({ job: jobWith({ iolog: 'log' }), workerIndex: 0, files, suffix: '' });
    expect(() => findings.throwIfAny()).toThrow(/blanks end a name/);
  });

  it('but a histogram that will be empty is only warned of', () => {
    expect(planOf([jobWith({ histogram: '' })]).warnings).toEqual(['log-empty']);
    expect(planOf([jobWith({ histogram: '', histogramMs: 100 })]).warnings).toEqual([]);
  });
});

it('tells variants and repetitions apart', () => {
  expect(logSuffix(null, 1, 0)).toBe('');
  expect(logSuffix('io_uring+sqpoll', 1, 0)).toBe('-io_uring+sqpoll');
  expect(logSuffix('my job/deep', 3, 2)).toBe('-my_job_deep-3');
  expect(logSuffix(null, 3, 0)).toBe('-1');
});
