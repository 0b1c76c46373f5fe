import { describe, expect, it } from 'vitest';
import type { EndingOptions } from '../job/job.js';
import { sampleJob } from '../testing/sample-result.js';
import { endsOf, type ScheduledWorker, StepSchedule, stepEnd, stepSeconds, waitsForOf } from './step-schedule.js';

interface Given extends Partial<EndingOptions> {
  readonly waitFor?: string;
  readonly group?: number;
  readonly runtimeMs?: number | null;
  readonly delayMs?: { min: number; max: number };
}

function worker(name: string, given: Given = {}): ScheduledWorker {
  const { waitFor = null, group = 0, runtimeMs = 1000, delayMs = { min: 0, max: 0 }, ...ending } = given;
  const job = sampleJob();
  return {
    job: {
      name,
      groupIndex: group,
      engine: job.engine,
      schedule: { ...job.schedule, waitFor, runtimeMs, startDelayMs: delayMs },
      ending: { ...job.ending, ...ending },
    },
  };
}

describe('who starts when', () => {
  it('lets everyone begin who waits for nobody', () => {
    const schedule = new StepSchedule([worker('a'), worker('b'), worker('c', { waitFor: 'a' })]);
    expect(schedule.takeReady()).toEqual([0, 1]);
    expect(schedule.takeReady()).toEqual([]);
  });

  it('waits for all clones of a job, and lets all clones of the one that waits begin', () => {
    const schedule = new StepSchedule([
      worker('a'),
      worker('a'),
      worker('b', { waitFor: 'a' }),
      worker('b', { waitFor: 'a' }),
      worker('c', { waitFor: 'b' }),
    ]);
    schedule.takeReady();
    schedule.noteEnd(0, false);
    expect(schedule.takeReady()).toEqual([]);
    schedule.noteEnd(1, true);
    expect(schedule.takeReady()).toEqual([2, 3]);
    schedule.noteEnd(3, false);
    expect(schedule.takeReady()).toEqual([]);
    schedule.noteEnd(2, false);
    expect(schedule.takeReady()).toEqual([4]);
  });

  it('takes a job of an earlier step for ended', () => {
    expect(new StepSchedule([worker('b', { waitFor: 'a' })]).takeReady()).toEqual([0]);
  });

  it('draws a delay once, out of its range', () => {
    const draws = [0, 0.5, 0.999];
    const workers = draws.map(() => worker('a', { delayMs: { min: 100, max: 300 } }));
    const schedule = new StepSchedule(workers, () => draws.shift()!);
    expect([0, 1, 2].map((index) => Math.round(schedule.startDelayMs(index)))).toEqual([100, 200, 300]);
  });
});

describe('whom the end of one ends', () => {
  const step = (ending: Given) => {
    const schedule = new StepSchedule([
      worker('a', { ...ending, group: 0 }),
      worker('b', { ...ending, group: 0 }),
      worker('c', { ...ending, group: 1 }),
      worker('d', { ...ending, group: 1, waitFor: 'c' }),
    ]);
    schedule.takeReady();
    return schedule;
  };

  it('nobody, when nothing is said', () => {
    expect(step({}).noteEnd(0, true)).toEqual({ others: [], endsLaterSteps: false });
  });

  it('its group', () => {
    const schedule = step({ exitAll: true });
    expect(schedule.noteEnd(0, false)).toEqual({ others: [1], endsLaterSteps: false });
    // One of the group that has not begun does not begin.
    expect(schedule.noteEnd(2, false)).toEqual({ others: [3], endsLaterSteps: false });
    expect(schedule.takeReady()).toEqual([3]);
  });

  it('all that run, and not what waits', () => {
    const schedule = step({ exitAll: true, exitWhat: 'stonewall' });
    expect(schedule.noteEnd(0, false)).toEqual({ others: [1, 2], endsLaterSteps: false });
  });

  it('everything, later steps too', () => {
    expect(step({ exitAll: true, exitWhat: 'all' }).noteEnd(0, false)).toEqual({
      others: [1, 2, 3],
      endsLaterSteps: true,
    });
  });

  it('on an error only, where it is asked for that', () => {
    expect(step({ exitAllOnError: true }).noteEnd(0, false).others).toEqual([]);
    expect(step({ exitAllOnError: true }).noteEnd(0, true).others).toEqual([1]);
  });

  it('nobody, when it never began', () => {
    const schedule = step({ exitAll: true, exitWhat: 'all' });
    expect(schedule.noteEnd(3, false)).toEqual({ others: [], endsLaterSteps: false });
  });
});

describe('jobs that compute beside others', () => {
  const computing = (name: string, endsWithIo: boolean, runtimeMs: number | null): ScheduledWorker => {
    const { job } = worker(name, { runtimeMs });
    return {
      job: { ...job, engine: { ...job.engine, name: 'cpuio', compute: { ...job.engine.compute, endsWithIo } } },
    };
  };
  const step = () => {
    const schedule = new StepSchedule([
      computing('a', false, null),
      computing('b', true, 1000),
      computing('c', false, 1000),
      worker('io'),
      worker('more'),
    ]);
    schedule.takeReady();
    return schedule;
  };

  it('end with the last job that does I/O, where they have no time of their own or are asked to', () => {
    const schedule = step();
    expect(schedule.noteEnd(4, false).others).toEqual([]);
    expect(schedule.noteEnd(3, true).others).toEqual([0, 1]);
  });

  it('wait for nobody where none does I/O', () => {
    const schedule = new StepSchedule([computing('a', true, 1000), computing('b', true, 2000)]);
    schedule.takeReady();
    expect(schedule.noteEnd(0, false).others).toEqual([]);
  });
});

describe('how long it takes', () => {
  const chain = [
    worker('a', { runtimeMs: 2000 }),
    worker('b', { runtimeMs: 5000 }),
    worker('c', { waitFor: 'a', runtimeMs: 4000 }),
  ];

  it('adds what waits for each other', () => {
    expect(endsOf(waitsForOf(chain), [2, 5, 4])).toEqual([2, 5, 6]);
    expect(stepSeconds(chain)).toBe(6);
  });

  it('is not known where a part is not', () => {
    expect(endsOf(waitsForOf(chain), [null, 5, 4])).toEqual([null, 5, null]);
    expect(stepEnd(chain, [null, 5, null])).toBeNull();
  });

  it('is the shortest job’s where its end ends the others', () => {
    const group = chain.map(({ job }) => ({ job: { ...job, ending: { ...job.ending, exitAll: true } } }));
    expect(stepSeconds(group)).toBe(2);
    const two = [worker('a', { exitAll: true, runtimeMs: 3000 }), worker('b', { exitAll: true, group: 1 })];
    expect(stepSeconds(two)).toBe(3);
    const all = [
      worker('a', { exitAll: true, runtimeMs: 3000 }),
      worker('b', { exitAll: true, exitWhat: 'all', group: 1 }),
    ];
    expect(stepSeconds(all)).toBe(1);
  });
});
