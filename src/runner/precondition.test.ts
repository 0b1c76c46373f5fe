import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { makePlan } from '../plan/plan.js';
import { UserError } from '../support/errors.js';
import { sampleOutcome, sampleStep, sampleTarget, sampleWorkerReport } from '../testing/sample-result.js';
import { fillOutcome, fillSteps, settlingOutcome, settlingStep } from './precondition.js';

const pageBytes = 4096;

function plan(text: string, given: Partial<TargetFacts> = {}, destructive: readonly string[] = []) {
  const { jobSet } = parseJobFile(text, 'job.ini', {
    overrides: [],
    sections: [],
    environment: {},
    cpuCount: 2,
    pageBytes,
  });
  return makePlan([{ name: null, jobSet }], {
    engines: [],
    repeat: 1,
    destructive,
    inspect: (path) => sampleTarget({ path, realPath: path, ...given }),
    listFiles: () => [],
    allowExec: false,
    memoryAvailableBytes: 2 ** 33,
    drawSeed: () => 1,
    drawOrder: () => false,
  });
}

const global = '[global]\nioengine=io_uring\ndirect=1\nsize=64m\nrw=randread\nbs=4k\n';

describe('filling', () => {
  it('writes the whole region in sequence with large blocks, before a job of any kind', () => {
    const steps = fillSteps(plan(`${global}precondition=2x\n[a]\nfilename=/srv/a\nrate_iops=10\niodepth=4\n`));
    expect(steps).toHaveLength(1);
    const [worker] = steps[0]!.workers;
    expect(worker!.job.workload).toMatchObject({
      directions: 'write',
      random: false,
      loops: 2,
      blockBytes: { write: 131_072 },
    });
    expect(worker!.job.pacing.iops).toEqual({ read: 0, write: 0, trim: 0 });
    expect(worker).toMatchObject({ ioBytes: 2 * 64 * 2 ** 20, engine: { name: 'io_uring', depth: 16, depthLow: 16 } });
    expect(worker!.files).toMatchObject([{ path: '/srv/a', regionOffsetBytes: 0, regionBytes: 64 * 2 ** 20 }]);
  });

  it('writes a region that several jobs share once, as often as the one that wants most', () => {
    const jobs =
      '[a]\nfilename=/srv/a\nprecondition=fill\n[b]\nfilename=/srv/a\nprecondition=2x\nstonewall\n[c]\nfilename=/srv/a\n';
    const steps = fillSteps(plan(global + jobs));
    expect(steps.map(({ workers }) => [workers[0]!.job.name, workers[0]!.job.workload.loops])).toEqual([['a', 2]]);
  });

  it('writes parts of a file that differ each by itself', () => {
    const steps = fillSteps(
      plan(`${global}precondition=fill\noffset_increment=64m\nnumjobs=3\n[a]\nfilename=/srv/a\n`),
    );
    const offsets = steps.map(({ workers }) => workers[0]!.files[0]!.regionOffsetBytes / 2 ** 20);
    expect(offsets).toEqual([0, 64, 128]);
  });

  it('uses plain writes where the engine of the job is synchronous or mapped', () => {
    const steps = fillSteps(plan('[a]\nioengine=mmap\nfilename=/srv/a\nsize=64m\nprecondition=fill\n'));
    expect(steps[0]!.workers[0]).toMatchObject({ engineLabel: 'psync', engine: { name: 'psync', depth: 1 } });
  });

  it('takes smaller blocks for a small region', () => {
    const steps = fillSteps(plan(`${global}size=68k\nprecondition=fill\n[a]\nfilename=/srv/a\n`));
    expect(steps[0]!.workers[0]!.job.workload.blockBytes.write).toBe(68 * 1024);
  });

  it('is nothing where nobody asks for it', () => {
    expect(fillSteps(plan(`${global}[a]\nfilename=/srv/a\n`))).toEqual([]);
  });

  it('needs permission on a device, also for a job that only reads', () => {
    const job = `${global}precondition=fill\n[a]\nfilename=/dev/vdz\n`;
    expect(() => plan(job, { kind: 'block' })).toThrow(UserError);
    expect(() => plan(job, { kind: 'block' })).toThrow('would overwrite the block device');
    expect(fillSteps(plan(job, { kind: 'block' }, ['/dev/vdz']))).toHaveLength(1);
    expect(() => plan(job, { kind: 'block', uses: [{ device: 'vdz1', by: 'mounted at /' }] }, ['/dev/vdz'])).toThrow(
      'refusing to overwrite',
    );
    expect(() => plan(job, { kind: 'block', readOnly: true }, ['/dev/vdz'])).toThrow('read-only');
  });

  it('is told with what was written and how it ended', () => {
    const step = fillSteps(plan(`${global}precondition=2x\n[a]\nfilename=/srv/a\n`))[0]!;
    const report = sampleWorkerReport();
    const directions = { ...report.directions, write: { ...report.directions.write, byteCount: 12_345 } };
    const outcomeOf = (given: Parameters<typeof sampleOutcome>[0]) => ({
      ...sampleStep({ workers: [sampleOutcome({ worker: step.workers[0]!, ...given })] }),
      elapsedMs: 7,
    });
    const done = fillOutcome(outcomeOf({ report: { ...report, directions } }), false);
    expect(done).toMatchObject({ mode: '2x', jobNames: ['a'], writtenBytes: 12_345, elapsedMs: 7, ended: 'done' });
    expect(done.regions).toEqual([{ path: '/srv/a', offsetBytes: 0, bytes: 64 * 2 ** 20 }]);
    const failure = { place: null, message: 'gone', advice: null };
    expect(fillOutcome(outcomeOf({ report: null, failure }), false).ended).toBe('failed');
    expect(fillOutcome(outcomeOf({ report }), true).ended).toBe('interrupted');
  });
});

describe('running until steady', () => {
  const text = `${global}[a]\nfilename=/srv/a\nrw=randwrite\nprecondition=until-steady\nss_interval=2\nnumber_ios=5\n[b]\nfilename=/srv/b\n`;

  it('runs the jobs that want it as they are, by rounds, without an end of their own', () => {
    const step = settlingStep(plan(text).steps[0]!)!;
    expect(step.workers).toHaveLength(1);
    const { job, ioBytes, logs } = step.workers[0]!;
    expect(job.name).toBe('a');
    expect(job.workload).toMatchObject({ directions: 'write', random: true, ioCountMax: null });
    expect(job.schedule).toMatchObject({ runtimeMs: 52_000, timeBased: true });
    expect(job.ending.steadyState).toMatchObject({
      isSnia: true,
      figure: 'iops',
      intervalMs: 2000,
      durationMs: 10_000,
    });
    expect([ioBytes, logs]).toEqual([null, null]);
    expect(settlingStep(plan(`${global}[a]\nfilename=/srv/a\n`).steps[0]!)).toBeNull();
  });

  it('is told with the rounds of each job', () => {
    const { workers } = settlingStep(plan(text).steps[0]!)!;
    const state = {
      criterion: 1,
      maxDeviation: 1,
      slope: 0,
      iops: [],
      bytesPerSecond: [],
      latencyNs: [],
      rounds: [1, 2],
    };
    const outcome = (isAttained: boolean, interrupted = false) =>
      settlingOutcome(
        sampleStep({ workers: [sampleOutcome({ worker: workers[0]!, steadyState: { ...state, isAttained } })] }),
        interrupted,
      );
    expect(outcome(true)).toMatchObject({
      mode: 'until-steady',
      ended: 'steady',
      settled: [{ steadyState: { rounds: [1, 2] } }],
    });
    expect(outcome(false).ended).toBe('not steady');
    expect(outcome(false, true).ended).toBe('interrupted');
  });
});
