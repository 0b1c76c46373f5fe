import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import { type CharacterizeSettings, trackedJobs } from '../results/characterize-part.js';
import { leftOutTexts, type PlannedSection, plannedSections, preconditionSeconds } from './sections.js';

const facts = { direct: true, alignBytes: 512, synchronous: false };

function settings(given: Partial<CharacterizeSettings> = {}): CharacterizeSettings {
  return {
    target: '/srv/a',
    level: 'quick',
    scale: 1,
    sizeBytes: 2 ** 30,
    engines: ['io_uring', 'libaio', 'psync'],
    writes: true,
    ...given,
  };
}

function jobsOf({ jobText, section }: PlannedSection) {
  const known = {
    overrides: [{ key: 'filename', value: '/srv/a', label: 'TARGET' }],
    sections: [],
    environment: {},
    cpuCount: 2,
    pageBytes: 4096,
  };
  return parseJobFile(jobText, `${section}.ini`, known);
}

const minutes = (sections: readonly PlannedSection[]) => sections.reduce((sum, { seconds }) => sum + seconds, 0) / 60;

describe.each(['quick', 'default', 'pts'] as const)('the level %s', (level) => {
  const sections = plannedSections(settings({ level }), facts);

  it('has job files that are read without a warning', () => {
    for (const section of sections) {
      const { warnings, jobSet } = jobsOf(section);
      expect(warnings).toEqual([]);
      expect(jobSet.jobs.length).toBeGreaterThan(0);
    }
  });

  it('preconditions once, before all else', () => {
    const wanted = sections.map((section) => jobsOf(section).jobSet.jobs[0]!.target.precondition);
    expect(wanted[0]).toBe(level === 'quick' ? 'fill' : '2x');
    expect(new Set(wanted.slice(1))).toEqual(new Set(['none']));
  });

  it('tracks jobs that are in the matrix', () => {
    for (const writes of [true, false]) {
      const matrix = plannedSections(settings({ level, writes }), facts).find(({ section }) => section === 'matrix')!;
      const names = jobsOf(matrix).jobSet.jobs.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(trackedJobs({ writes })));
    }
  });

  it('writes nothing where only reads are allowed', () => {
    const all = plannedSections(settings({ level, writes: false }), facts).flatMap(
      (section) => jobsOf(section).jobSet.jobs,
    );
    expect(new Set(all.map(({ workload }) => workload.directions))).toEqual(new Set(['read']));
    expect(new Set(all.map(({ target }) => target.precondition))).toEqual(new Set(['none']));
  });

  it('leaves out blocks that the target cannot do', () => {
    const all = plannedSections(settings({ level }), { ...facts, alignBytes: 4096 }).flatMap(
      (section) => jobsOf(section).jobSet.jobs,
    );
    for (const { workload } of all) expect(workload.blockBytes.read % 4096).toBe(0);
  });
});

describe('the time that it takes', () => {
  it('is about five minutes, an hour, or days', () => {
    expect(minutes(plannedSections(settings(), facts))).toBeGreaterThan(4);
    expect(minutes(plannedSections(settings(), facts))).toBeLessThan(6);
    expect(minutes(plannedSections(settings({ level: 'default' }), facts))).toBeGreaterThan(50);
    expect(minutes(plannedSections(settings({ level: 'default' }), facts))).toBeLessThan(75);
    expect(minutes(plannedSections(settings({ level: 'pts' }), facts))).toBeGreaterThan(24 * 60);
  });

  it('is scaled, which is said', () => {
    const scaled = settings({ scale: 0.1 });
    // Starting workers takes as long as ever.
    expect(minutes(plannedSections(scaled, facts))).toBeLessThan(minutes(plannedSections(settings(), facts)) / 2);
    expect(leftOutTexts(scaled).join()).toContain('multiplied by 0.1');
    expect(leftOutTexts(settings())).toEqual([]);
  });

  it('counts the preconditioning of the region, where there is one', () => {
    expect(preconditionSeconds(settings(), 500e6)).toBe(1);
    expect(preconditionSeconds(settings({ level: 'default' }), 500e6)).toBe(2);
    expect(preconditionSeconds(settings({ writes: false }), 500e6)).toBe(0);
  });
});

it("with the SNIA's durations looks for steady states by minutes", () => {
  const [throughput] = plannedSections(settings({ level: 'pts' }), facts);
  const { ending, cloneCount, schedule } = jobsOf(throughput!).jobSet.jobs[0]!;
  expect(ending.steadyState).toMatchObject({ isSnia: true, figure: 'bw', intervalMs: 60_000 });
  expect([cloneCount, schedule.runtimeMs]).toEqual([4, 26 * 60_000]);
});

it('compares engines only where there are several', () => {
  const names = (engines: string[]) => plannedSections(settings({ engines }), facts).map(({ section }) => section);
  expect(names(['psync'])).not.toContain('engines');
  expect(plannedSections(settings(), facts).find(({ section }) => section === 'engines')).toMatchObject({
    engines: ['io_uring', 'libaio', 'psync'],
    repeat: 6,
  });
});

it('has workers in flight where the engine does one request at a time', () => {
  const load = plannedSections(settings({ engines: ['psync'], writes: false }), { ...facts, synchronous: true }).find(
    ({ section }) => section === 'load',
  );
  const { jobs } = jobsOf(load!).jobSet;
  expect(jobs.filter(({ cloneIndex }) => cloneIndex === 0).map(({ cloneCount }) => cloneCount)).toEqual([1, 2, 4, 8]);
});
