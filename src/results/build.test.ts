import { describe, expect, it } from 'vitest';
import { decodeHistogram } from '../stats/encoded-histogram.js';
import {
  sampleDirection,
  sampleEnginesResult,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResult,
  sampleResultInput,
  sampleStep,
  sampleWarning,
  sampleWorkerReport,
  usedBuckets,
} from '../testing/sample-result.js';
import type { StepOutcome, WorkerOutcome } from '../worker/outcome.js';
import { buildResult } from './build.js';
import { serialiseResult } from './fio-json.js';
import { parseResult } from './parse.js';

function worker(overrides: Parameters<typeof sampleJob>[0], outcome: Partial<WorkerOutcome> = {}): WorkerOutcome {
  return sampleOutcome({ worker: samplePlannedWorker({ job: sampleJob(overrides) }), ...outcome });
}

function documentOf(...steps: StepOutcome['workers'][]) {
  return buildResult(sampleResultInput(steps.map((workers) => sampleStep({ workers }))));
}

describe('job objects', () => {
  it('are one per worker without group_reporting, one per group with it, as in fio', () => {
    const clones = (groupReporting: boolean) => [0, 1, 2].map((cloneIndex) => worker({ cloneIndex, groupReporting }));
    expect(documentOf(clones(false)).jobs).toHaveLength(3);
    const merged = documentOf(clones(true));
    expect(merged.jobs).toHaveLength(1);
    expect(merged.jobs[0]!.read.total_ios).toBe(6000);
    expect(merged.iotest.jobs[0]).toMatchObject({ workerCount: 3, seeds: [0x89, 0x89, 0x89] });
  });

  it('merge different jobs of one group under the name of the first', () => {
    const document = documentOf([
      worker({ name: 'a', groupReporting: true }),
      worker({ name: 'b', groupReporting: true }),
      worker({ name: 'c', groupReporting: true, groupIndex: 1 }),
    ]);
    expect(document.jobs.map((job) => [job.jobname, job.groupid])).toEqual([
      ['a', 0],
      ['c', 1],
    ]);
  });

  it('of different engine variants have groups of their own', () => {
    const document = sampleEnginesResult();
    expect(document.jobs.map((job) => job.groupid)).toEqual([0, 1]);
    expect(document.iotest.jobs.map((job) => job.engineLabel)).toEqual(['psync', 'io_uring+sqpoll']);
    expect(document.iotest.engines).toEqual(['psync', 'io_uring+sqpoll']);
    expect(document.iotest.steps.map((step) => step.jobIndexes)).toEqual([[0], [1]]);
    expect(document.iotest.repetitions).toEqual([
      { startedAt: '2026-11-22T12:00:00.000Z', elapsedMs: 4000, jobIndexes: [0, 1] },
    ]);
  });
});

describe('the iotest part', () => {
  it('keeps the histograms exactly', () => {
    const values = sampleLatencies(500, 90_000);
    const directions = { read: sampleDirection(values), write: sampleDirection([]), trim: sampleDirection([]) };
    const document = documentOf([worker({}, { report: sampleWorkerReport({ directions }) })]);
    const { read, write } = document.iotest.jobs[0]!.histograms;
    expect(usedBuckets(decodeHistogram(read!.total))).toEqual(usedBuckets(directions.read.total));
    expect(read).not.toHaveProperty('completion');
    expect(write).toBeUndefined();
  });

  it('has the effective options, the granted facts and the ruler', () => {
    const [first, second] = sampleEnginesResult().iotest.jobs;
    expect(first!.options.engine).toMatchObject({ name: 'psync', depth: 1 });
    expect(second!.options.engine).toMatchObject({ name: 'io_uring', sqpoll: true });
    expect(second!.engine).toMatchObject({ setupFlags: expect.arrayContaining(['SQPOLL']), wakeupCount: 24 });
    expect(second!.clock).toEqual({ readNs: 62, loopNsPerIo: 85 });
    expect(second!.cpu.perIo).toEqual({ userNs: 60_000, systemNs: 200_000, ringThreadNs: 950_000 });
  });

  it('says how latency is defined', () => {
    expect(sampleResult().iotest.jobs[0]!.latencyDefinition).toMatch(/as fio's lat/);
    const completion = sampleDirection([8000]).total;
    const read = sampleDirection([9000], { completion, submission: sampleDirection([1000]).total });
    const directions = { read, write: sampleDirection([]), trim: sampleDirection([]) };
    const timed = documentOf([worker({}, { report: sampleWorkerReport({ directions }) })]).iotest.jobs[0]!;
    expect(timed.latencyDefinition).toMatch(/until the kernel had taken/);
    expect(timed.histograms.read).toHaveProperty('completion');
    expect(timed.histograms.read).toHaveProperty('submission');
  });

  it('hashes the job file and tells warnings of a job and of the run apart', () => {
    const warnings = [sampleWarning, { ...sampleWarning, jobName: null, code: 'noisy' }];
    const { iotest } = sampleResult({ warnings });
    expect(iotest.jobFile!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(iotest.warnings).toHaveLength(2);
    expect(iotest.jobs[0]!.warnings).toEqual([sampleWarning]);
  });
});

describe('failures', () => {
  it('are in both parts: errno for fio’s readers, a sentence with advice for people', () => {
    const document = sampleEnginesResult();
    expect(document.jobs.map((job) => job.error)).toEqual([0, 5]);
    const job = document.iotest.jobs[1]!;
    expect(job.ended).toBe('error');
    expect(job.errors).toHaveLength(1);
    expect(job.errors[0]).toMatchObject({ cloneIndex: 1, errno: 5 });
    expect(job.errors[0]!.message).toMatch(/^read of 4096 bytes at offset 8192 of \/srv\/bench\/data: EIO, /);
    expect(job.errors[0]!.advice).toMatch(/dmesg/);
  });

  it('of a worker that measured nothing give zeros and an error that is not 0', () => {
    const failure = { place: null, message: 'the worker ended without a report', advice: 'look at dmesg' };
    const document = documentOf([worker({}, { report: null, failure })]);
    expect(document.jobs[0]).toMatchObject({ error: 5, job_start: 0, usr_cpu: 0 });
    expect(document.jobs[0]!.read.total_ios).toBe(0);
    expect(document.iotest.jobs[0]).toMatchObject({
      ended: 'failed',
      engine: null,
      clock: null,
      errors: [{ errno: null, message: failure.message, advice: failure.advice }],
    });
    expect(parseResult(serialiseResult(document), 'x.json').iotest!.jobs[0]!.ended).toBe('failed');
  });

  it('of one clone leave the figures of the others', () => {
    const failure = { place: null, message: 'died', advice: null };
    const document = documentOf([
      worker({ groupReporting: true }),
      worker({ groupReporting: true, cloneIndex: 1 }, { report: null, failure }),
    ]);
    expect(document.jobs[0]).toMatchObject({ error: 5 });
    expect(document.jobs[0]!.read.total_ios).toBe(2000);
    expect(document.iotest.jobs[0]).toMatchObject({ ended: 'failed', workerCount: 2 });
  });
});

describe('the document', () => {
  it.each([
    ['small', sampleResult()],
    ['rich', sampleEnginesResult()],
  ])('is read back as it was written: %s', (_, document) => {
    const back = parseResult(serialiseResult(document), 'sample.json');
    expect(back.iotest).toEqual(JSON.parse(JSON.stringify(document.iotest)));
    expect(back.jobs.map((job) => job.jobname)).toEqual(document.jobs.map((job) => job.jobname));
  });

  it('says when the run ended, as fio does', () => {
    const document = sampleResult();
    expect(document.timestamp_ms).toBe(Date.UTC(2026, 10, 22, 12) + 2345);
    expect(document.timestamp).toBe(Math.floor(document.timestamp_ms! / 1000));
    expect(document.time).toMatch(/^Sun Nov 22 \d\d:00:02 2026$|^\w{3} Nov 2[123] \d\d:\d\d:02 2026$/);
  });

  it('has no disk_util without a disk, as fio', () => {
    expect(documentOf([worker({})])).not.toHaveProperty('disk_util');
    expect(sampleResult().disk_util).toHaveLength(1);
  });
});
