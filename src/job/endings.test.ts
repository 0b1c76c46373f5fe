import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { parseJobFile } from './expand.js';
import type { Job } from './job.js';
import { printJobFile } from './print.js';

const settings = { overrides: [], sections: [], environment: {}, cpuCount: 8, pageBytes: 4096 };
const parse = (text: string, sections: string[] = []) =>
  parseJobFile(text, 'job.ini', { ...settings, sections }).jobSet;
const job = (name: string, ...lines: string[]) => [`[${name}]`, 'size=1m', ...lines].join('\n');

function problemOf(text: string, sections: string[] = []) {
  try {
    parse(text, sections);
  } catch (error) {
    if (error instanceof UserError) {
      const { place, message, advice } = error.problems[0]!;
      return [place?.line, place?.column, message, advice];
    }
    throw error;
  }
  throw new Error('no problem');
}

describe('wait_for', () => {
  it('names a job above, by its name', () => {
    const { jobs } = parse(`${job('a', 'numjobs=2', 'name=first')}\n${job('b', 'wait_for=first', 'numjobs=2')}`);
    expect(jobs.map(({ schedule }) => schedule.waitFor)).toEqual([null, null, 'first', 'first']);
  });

  it('is refused with what to write instead', () => {
    const above = `${job('writers')}\n${job('other')}\n`;
    expect(problemOf(`${above}${job('c', 'wait_for=writer')}`)).toEqual([
      7,
      10,
      'wait_for: there is no job "writer" above',
      'did you mean "writers"?',
    ]);
    expect(problemOf(`${above}${job('c', 'wait_for=nothing')}`)[3]).toBe('above are writers, other');
    expect(problemOf(job('a', 'wait_for=b'))[3]).toBe('there is none');
    expect(problemOf(`${job('a', 'wait_for=b')}\n${job('b')}`)[2]).toBe('wait_for: the job "b" stands below');
    expect(problemOf(job('a', 'wait_for=a'))[2]).toBe('wait_for: a job cannot wait for itself');
    expect(problemOf(`${job('a')}\n${job('a')}\n${job('b', 'wait_for=a')}`)[2]).toBe('wait_for: 2 jobs are called "a"');
  });

  it('needs that job to be among the sections that are chosen', () => {
    const text = `${job('a')}\n${job('b', 'wait_for=a')}`;
    expect(problemOf(text, ['b'])[2]).toBe('wait_for: there is no job "a" above');
    expect(parse(text, ['a', 'b']).jobs).toHaveLength(2);
  });
});

describe('exitall', () => {
  it('holds for all as soon as one job has it', () => {
    const { jobs } = parse(`${job('a')}\n${job('b', 'exitall', 'exit_what=all')}`);
    expect(jobs.map(({ ending }) => [ending.exitAll, ending.exitWhat])).toEqual([
      [true, 'group'],
      [true, 'all'],
    ]);
  });

  it('can be switched off, where fio takes exitall=0 for on', () => {
    expect(parse(job('a', 'exitall=0')).jobs[0]!.ending.exitAll).toBe(false);
  });
});

it('prints files in which jobs wait for each other so that they read the same', () => {
  const text = [
    job('a', 'numjobs=2'),
    job('b', 'wait_for=a', 'exit_what=stonewall', 'exitall_on_error'),
    job('c', 'wait_for=b', 'exitall', 'startdelay=1-2'),
  ].join('\n');
  const bare = (jobs: readonly Job[]) => jobs.map(({ source: _, typedOptions: __, ...rest }) => rest);
  const { jobs } = parse(text);
  expect(bare(parse(printJobFile({ globalOptions: {}, jobs })).jobs)).toEqual(bare(jobs));
});

describe('ignore_error', () => {
  const errorsOf = (...lines: string[]) => {
    const { continueOnError, errors } = parse(job('a', ...lines)).jobs[0]!;
    return [continueOnError, errors.ignoredErrnos];
  };

  it('lists errors for reads, then for writes, and has them counted', () => {
    expect(errorsOf('ignore_error=EIO:28:0x4')).toEqual([
      { read: true, write: false },
      { read: [5, 28, 4], write: null },
    ]);
    expect(errorsOf('ignore_error=,ENOSPC')).toEqual([
      { read: false, write: true },
      { read: null, write: [28] },
    ]);
    expect(errorsOf('continue_on_error=all', 'ignore_error=EIO')).toEqual([
      { read: true, write: true },
      { read: [5], write: null },
    ]);
  });

  it('means nothing in a direction that continue_on_error switches off after it, as in fio', () => {
    expect(errorsOf('ignore_error=EIO,ENOSPC', 'continue_on_error=write')).toEqual([
      { read: false, write: true },
      { read: null, write: [28] },
    ]);
  });

  it('is refused with what to write instead', () => {
    expect(problemOf(job('a', 'ignore_error=EIO,ENOSPCE'))).toEqual([
      3,
      18,
      'ignore_error: there is no error "ENOSPCE"',
      'did you mean "ENOSPC"?',
    ]);
    expect(problemOf(job('a', 'ignore_error=EIO,EIO,EILSEQ'))[2]).toMatch('verification, which is not supported yet');
    expect(problemOf(job('a', 'ignore_error=,'))[2]).toBe('ignore_error: names no error');
    expect(problemOf(job('a', 'ignore_error=0'))[2]).toBe('ignore_error: there is no error "0"');
  });
});
