import { describe, expect, it } from 'vitest';
import { UserError } from '../../support/errors.js';
import { parseJobFile } from '../expand.js';
import type { Job } from '../job.js';
import { printJobFile } from '../print.js';

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
      { read: true, write: false, verify: false },
      { read: [5, 28, 4], write: null, verify: null },
    ]);
    expect(errorsOf('ignore_error=,ENOSPC')).toEqual([
      { read: false, write: true, verify: false },
      { read: null, write: [28], verify: null },
    ]);
    expect(errorsOf('continue_on_error=all', 'ignore_error=EIO')).toEqual([
      { read: true, write: true, verify: true },
      { read: [5], write: null, verify: null },
    ]);
  });

  it('means nothing in a direction that continue_on_error switches off after it, as in fio', () => {
    expect(errorsOf('ignore_error=EIO,ENOSPC', 'continue_on_error=write')).toEqual([
      { read: false, write: true, verify: false },
      { read: null, write: [28], verify: null },
    ]);
  });

  it('is refused with what to write instead', () => {
    expect(problemOf(job('a', 'ignore_error=EIO,ENOSPCE'))).toEqual([
      3,
      18,
      'ignore_error: there is no error "ENOSPCE"',
      'did you mean "ENOSPC"?',
    ]);
    expect(problemOf(job('a', 'ignore_error=EIO,EIO,EILSEQ,EIO'))[2]).toBe('ignore_error: more than three lists');
    expect(problemOf(job('a', 'ignore_error=,'))[2]).toBe('ignore_error: names no error');
    expect(problemOf(job('a', 'ignore_error=0'))[2]).toBe('ignore_error: there is no error "0"');
  });
});

describe('steadystate', () => {
  const stateOf = (...lines: string[]) => parse(job('a', ...lines)).jobs[0]!.ending.steadyState;

  it('is a figure and a limit, absolute or in per cent', () => {
    const off = { figure: 'iops', isSnia: false, isSlope: true, limit: 0.01, isPercent: true };
    expect(stateOf()).toEqual({ ...off, durationMs: 0, rampMs: 0, intervalMs: 1000 });
    expect(stateOf('ss=bw:12')).toMatchObject({ figure: 'bw', isSlope: false, limit: 12, isPercent: false });
    expect(stateOf('ss=bw_slope:1m')).toMatchObject({ figure: 'bw', isSlope: true, limit: 1048576 });
    expect(stateOf('ss=iops:.1%')).toMatchObject({ figure: 'iops', limit: 0.1, isPercent: true });
    expect(stateOf('ss=lat:500')).toMatchObject({ figure: 'lat', limit: 500 });
    expect(stateOf('ss=lat_slope:2us')).toMatchObject({ figure: 'lat', limit: 2000 });
    const window = ['ss_dur=30', 'ss_ramp=5', 'ss_interval=10s'];
    expect(stateOf(...window)).toMatchObject({ durationMs: 30_000, rampMs: 5000, intervalMs: 10_000 });
  });

  it('is refused with what to write instead', () => {
    const message = (...lines: string[]) => problemOf(job('a', ...lines)).slice(2);
    expect(message('ss=iops')).toEqual(
      ['steadystate: has no limit', 'write iops:2%, or bw_slope:0.1%'].map((text) => text.replace('steadystate', 'ss')),
    );
    expect(message('ss=speed:2%')[0]).toBe('ss: "speed" is not one of its figures');
    expect(message('ss=iops:0%')[0]).toMatch('above 0');
    expect(message('ss_dur=10', 'ss_interval=500ms')[1]).toBe('write at least 1s');
    expect(message('ss_dur=10', 'ss_interval=4')).toEqual([
      'steadystate_duration: 10 s is not a multiple of steadystate_check_interval, 4 s',
      'write 12s',
    ]);
    expect(message('ss_dur=1')[1]).toBe('write 2s');
  });

  it('as the SNIA defines it has rounds, five in its window, and a runtime of at most 25', () => {
    const jobOf = (...lines: string[]) => parse(job('a', ...lines)).jobs[0]!;
    const plain = jobOf('steadystate=snia');
    expect(plain.ending.steadyState).toMatchObject({
      figure: 'iops',
      isSnia: true,
      durationMs: 50_000,
      intervalMs: 10_000,
    });
    expect(plain.schedule).toMatchObject({ runtimeMs: 260_000, timeBased: true });
    const lat = jobOf('ss=snia:lat', 'ss_interval=2', 'ss_ramp=3', 'runtime=20');
    expect(lat.ending.steadyState).toMatchObject({ figure: 'lat', durationMs: 10_000, intervalMs: 2000, rampMs: 3000 });
    expect(lat.schedule).toMatchObject({ runtimeMs: 20_000, timeBased: false });
    expect(jobOf('ss=snia', 'ss_dur=0').schedule.runtimeMs).toBeNull();
    for (const given of [plain, lat]) {
      const printed = parse(printJobFile({ globalOptions: {}, jobs: [given] })).jobs[0]!;
      expect([printed.ending, printed.schedule]).toEqual([given.ending, given.schedule]);
    }
  });

  it('as the SNIA defines it takes no limit and no other window', () => {
    expect(problemOf(job('a', 'ss=snia:2%'))[2]).toBe('ss: "2%" is not a figure that snia judges');
    expect(problemOf(job('a', 'ss=snia', 'ss_dur=30'))[2]).toBe(
      'steadystate_duration: the window of steadystate=snia is 5 rounds of steadystate_check_interval, 50 s, not 30 s',
    );
  });

  it('must be the same for all of a group', () => {
    const [a, b] = [job('a', 'ss_dur=10'), job('b', 'ss_dur=12')];
    expect(problemOf(`${a}\n${b}`)).toEqual([
      4,
      1,
      'its steadystate options are not those of "a", which is in the same group',
      'write new_group here, or the same options in both',
    ]);
    expect(parse(`${a}\n${b}\nnew_group`).jobs).toHaveLength(2);
  });

  it('warns of a runtime in which it cannot be found', () => {
    const { warnings } = parseJobFile(job('a', 'ss_dur=10', 'ss_ramp=500', 'runtime=10'), 'job.ini', settings);
    expect(warnings.map(({ code }) => code)).toEqual(['steady-state-hopeless']);
  });
});

it('has a ramp of one kind', () => {
  expect(parse(job('a', 'ramp_size=1m')).jobs[0]!.schedule.rampBytes).toBe(1048576);
  expect(problemOf(job('a', 'ramp_size=1m', 'ramp_time=1')).slice(2)).toEqual([
    'ramp_size: a ramp has either a size or a time (ramp_time)',
    'leave one of them out',
  ]);
});

describe('precondition', () => {
  it('is none unless asked for', () => {
    const modes = [[], ['precondition=fill'], ['precondition=2x'], ['precondition=until-steady']].map(
      (lines) => parse(job('a', ...lines)).jobs[0]!.target.precondition,
    );
    expect(modes).toEqual(['none', 'fill', '2x', 'until-steady']);
  });

  it('has rounds of ten seconds unless they are given', () => {
    const intervalOf = (...lines: string[]) => parse(job('a', ...lines)).jobs[0]!.ending.steadyState.intervalMs;
    expect([intervalOf('precondition=until-steady'), intervalOf('precondition=until-steady', 'ss_interval=2')]).toEqual(
      [10_000, 2000],
    );
  });

  it.each([
    ['ioengine=null', 'precondition: the engine null does no I/O'],
    ['ioengine=net', 'precondition: the engine net has a connection, and no region to write'],
    ['ioengine=filecreate', 'precondition: the engine filecreate works on files, not on their data'],
    ['file_append=1', 'precondition: there is no region to write before a job with file_append=1'],
    ['fill_device=1', 'precondition: there is no region to write before a job with fill_device=1'],
  ])('is refused with %s', (option, message) => {
    expect(problemOf(job('a', 'precondition=2x', option))[2]).toBe(message);
  });
});
