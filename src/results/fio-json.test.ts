import { describe, expect, it } from 'vitest';
import { percentilesNs } from '../stats/histogram.js';
import type { DirectionReport, WorkerReport } from '../stats/worker-report.js';
import {
  sampleDirection,
  sampleEngineOptions,
  sampleEnginesResult,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResult,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { buildResult } from './build.js';
import type { FioJob } from './document.js';
import { fioDisks, serialiseResult, withBins } from './fio-json.js';

const none = sampleDirection([]);

function jobOf(job = sampleJob(), report: Partial<WorkerReport> = {}, engine = job.engine): FioJob {
  const worker = samplePlannedWorker({ job, engine, engineLabel: engine.name });
  const outcome = sampleOutcome({ worker, report: sampleWorkerReport(report) });
  const input = sampleResultInput([sampleStep({ engineLabel: engine.name, workers: [outcome] })]);
  return buildResult(input).jobs[0]!;
}

function reading(read: DirectionReport): Partial<WorkerReport> {
  return { directions: { read, write: none, trim: none } };
}

describe('numbers of a job', () => {
  it('has fio’s units: bytes, KiB, ms, I/Os per second', () => {
    const { read } = jobOf(sampleJob(), reading(sampleDirection(sampleLatencies(3001, 1e5))));
    expect(read).toMatchObject({
      io_bytes: 3001 * 4096,
      io_kbytes: 3001 * 4,
      bw_bytes: 1500.5 * 4096,
      bw: 1500.5 * 4,
      iops: 1500.5,
      runtime: 2000,
      total_ios: 3001,
    });
  });

  it('gives unused directions zeros and no runtime', () => {
    const { trim } = jobOf();
    expect(trim).toMatchObject({ io_bytes: 0, runtime: 0, iops: 0, bw_samples: 0 });
    expect(trim.clat_ns).toEqual({ min: 0, max: 0, mean: 0, stddev: 0, N: 0 });
  });

  it('gives the one latency as lat and clat when submission was not timed, percentiles where they are asked for', () => {
    const { read } = jobOf(sampleJob(), reading(sampleDirection([1000, 2000, 9000])));
    expect(read.slat_ns.N).toBe(0);
    expect(read.lat_ns).toEqual({ min: 1000, max: 9000, mean: 4000, stddev: expect.closeTo(4358.9, 0), N: 3 });
    const { percentile, ...clat } = read.clat_ns;
    expect(clat).toEqual(read.lat_ns);
    expect(Object.keys(percentile!).slice(-5)).toEqual([
      '99.000000',
      '99.500000',
      '99.900000',
      '99.950000',
      '99.990000',
    ]);
    expect(percentile!['50.000000']).toBe(2000);
    expect(percentile!['99.990000']).toBe(9000);
  });

  it('keeps submission, completion and total apart when they were timed', () => {
    const measure = { ...sampleJob().measure, submission: true, submissionPercentiles: true, totalPercentiles: true };
    const parts = { completion: sampleDirection([8000]).total, submission: sampleDirection([1000]).total };
    const { read } = jobOf(sampleJob({ measure }), reading(sampleDirection([9000], parts)));
    expect([read.slat_ns.mean, read.clat_ns.mean, read.lat_ns.mean]).toEqual([1000, 8000, 9000]);
    expect([read.slat_ns, read.clat_ns, read.lat_ns].every((latency) => latency.percentile !== undefined)).toBe(true);
  });

  it('leaves out what the job disabled', () => {
    const measure = { ...sampleJob().measure, total: false, completion: false, bandwidth: false };
    const { read } = jobOf(sampleJob({ measure }));
    expect(read.lat_ns.N + read.clat_ns.N).toBe(0);
    // As fio: disable_bw is about a log, and kubestr and others read these.
    expect(read).toMatchObject({ bw_samples: 4, iops_samples: 4, bw_mean: 4000 });
    expect(read.total_ios).toBe(2000);
  });

  it('sorts percentiles ascending whatever the list says', () => {
    const measure = { ...sampleJob().measure, percentiles: [99.9, 5, 50] };
    const { read } = jobOf(sampleJob({ measure }));
    expect(Object.keys(read.clat_ns.percentile!)).toEqual(['5.000000', '50.000000', '99.900000']);
  });

  it('has the group’s share in bw_agg', () => {
    const two = [0, 1].map((cloneIndex) =>
      sampleOutcome({ worker: samplePlannedWorker({ job: sampleJob({ cloneIndex }) }) }),
    );
    const { jobs } = buildResult(sampleResultInput([sampleStep({ workers: two })]));
    expect(jobs.map((job) => Math.round(job.read.bw_agg))).toEqual([50, 50]);
  });

  it('has errors passed over only where they are allowed', () => {
    expect(Object.keys(jobOf())).not.toContain('total_err');
    const job = sampleJob({ continueOnError: { read: true, write: false, verify: false } });
    const tolerated = jobOf(job, { toleratedErrorCount: 3, firstToleratedErrno: 5 });
    expect(tolerated).toMatchObject({ total_err: 3, first_error: 5, error: 5 });
    // One that ended the job counts where it could have been passed over, as in fio.
    const fatal = { error: { errno: 28, during: 'read' }, fatalIsCounted: true };
    expect(jobOf(job, fatal)).toMatchObject({ total_err: 1, first_error: 28, error: 28 });
    expect(jobOf(job, { ...fatal, fatalIsCounted: false })).toMatchObject({ total_err: 0, first_error: 0, error: 28 });
  });
});

describe('job options', () => {
  it('echo what was set, and nothing else, as in fio', () => {
    expect(jobOf()['job options']).toEqual({
      ioengine: 'io_uring',
      iodepth: '8',
      rw: 'randread',
    });
  });

  it('have effective values for what was not typed anywhere', () => {
    const workload = { ...sampleJob().workload, directions: 'readwrite' as const };
    const job = sampleJob({
      typedOptions: {},
      workload: { ...workload, blockBytes: { read: 4096, write: 8192, trim: 512 } },
    });
    const outcome = sampleOutcome({ worker: samplePlannedWorker({ job }) });
    const input = sampleResultInput([sampleStep({ workers: [outcome] })]);
    const plan = { ...input.plan, jobSet: { ...input.plan.jobSet, globalOptions: {} } };
    const document = buildResult({ ...input, plan });
    expect(document.jobs[0]!['job options']).toMatchObject({ rw: 'randrw', bs: '4096,8192,512', iodepth: '8' });
    expect(document).not.toHaveProperty('global options');
  });

  it('name the engine in effect with its modes', () => {
    const engine = sampleEngineOptions({ sqpoll: true, fixedBuffers: true, fixedFiles: true });
    expect(jobOf(sampleJob(), {}, engine)['job options']).toMatchObject({
      sqthread_poll: '',
      fixedbufs: '',
      registerfiles: '',
    });
    const typedOptions = { ioengine: 'io_uring', hipri: '', sqthread_poll: '1', rw: 'randread' };
    const options = jobOf(sampleJob({ typedOptions }), {}, sampleEngineOptions({ name: 'psync', depth: 1 }))[
      'job options'
    ];
    expect(options).toMatchObject({ ioengine: 'psync' });
    expect(Object.keys(options!)).not.toContain('hipri');
    expect(Object.keys(options!)).not.toContain('sqthread_poll');
  });
});

describe('fioDisks', () => {
  it('adds steps up and weights utilisation by their durations', () => {
    const use = {
      ...{ name: 'vda', readIos: 10, writeIos: 1, readSectors: 80, writeSectors: 8, readMerges: 0, writeMerges: 2 },
      ...{ readTicksMs: 5, writeTicksMs: 6, inQueueMs: 11 },
    };
    const steps = [
      { diskUse: [{ ...use, utilPercent: 90 }], durationMs: 3000 },
      { diskUse: [{ ...use, utilPercent: 50 }], durationMs: 1000 },
    ];
    expect(fioDisks(steps)).toEqual([
      {
        ...{ name: 'vda', read_ios: 20, write_ios: 2, read_sectors: 160, write_sectors: 16, read_merges: 0 },
        ...{ write_merges: 4, read_ticks: 10, write_ticks: 12, in_queue: 22, util: 80 },
      },
    ]);
  });
});

describe('withBins', () => {
  it('adds bins where percentiles are; they sum to N and give the percentiles back', () => {
    const document = withBins(sampleEnginesResult());
    for (const job of document.jobs) {
      for (const latency of [job.read.clat_ns, job.write.clat_ns, job.sync!.lat_ns]) {
        const sum = Object.values(latency.bins!).reduce((total, count) => total + count, 0);
        expect(sum).toBe(latency.N);
        for (const value of Object.values(latency.percentile!)) expect(latency.bins).toHaveProperty(String(value));
      }
      expect(job.read.lat_ns.bins).toBeUndefined();
      expect(job.trim.clat_ns.bins).toBeUndefined();
    }
  });

  it('gives priorities bins that add up to those of all, whichever has the slowest I/O', () => {
    const [quick, slow] = [
      [1000, 2000, 300_001],
      [2000, 900_001, 70_000_003],
    ];
    const report: Partial<WorkerReport> = {
      ...reading(sampleDirection([...quick, ...slow])),
      priorities: {
        own: 0,
        read: [
          { priority: 0, latency: sampleDirection(quick).total },
          { priority: 1 << 13, latency: sampleDirection(slow).total },
        ],
        write: null,
      },
    };
    const worker = samplePlannedWorker();
    const outcome = sampleOutcome({ worker, report: sampleWorkerReport(report) });
    const document = withBins(buildResult(sampleResultInput([sampleStep({ workers: [outcome] })])));
    const { clat_ns: all, prios } = document.jobs[0]!.read;
    const sums: Record<string, number> = {};
    for (const part of prios!) {
      for (const [name, count] of Object.entries(part.clat_ns!.bins!)) sums[name] = (sums[name] ?? 0) + count;
    }
    expect(prios).toHaveLength(2);
    expect(sums).toEqual(all.bins);
    expect(Object.keys(sums).at(-1)).toBe('70000003');
  });

  it('leaves the document it was given as it was', () => {
    const document = sampleEnginesResult();
    const before = JSON.stringify(document);
    withBins(document);
    expect(JSON.stringify(document)).toBe(before);
  });
});

describe('serialiseResult', () => {
  it('lays the text out as fio does', () => {
    const lines = serialiseResult(sampleResult()).split('\n');
    expect(lines[0]).toBe('{');
    expect(lines.at(-2)).toBe('}');
    expect(lines.at(-1)).toBe('');
    expect(lines[1]).toBe('  "fio version" : "fio-3.42-iotest-0.1.0",');
    expect(lines).toContain('  "jobs" : [');
    expect(lines).toContain('      "jobname" : "randread",');
    expect(lines).toContain('        "iops" : 1000.000000,');
    expect(lines).toContain('        "io_bytes" : 8192000,');
    expect(lines).toContain('        "bw_mean" : 4000.000000,');
    expect(lines).toContain('      "usr_cpu" : 6.000000,');
    expect(lines).toContain('        ">=64" : 0.000000');
    expect(lines).toContain('      "util" : 92.500000');
  });

  it('is JSON and loses nothing but digits that fio does not print', () => {
    const document = withBins(sampleEnginesResult());
    const back = JSON.parse(serialiseResult(document));
    expect(back.iotest).toEqual(JSON.parse(JSON.stringify(document.iotest)));
    expect(Object.keys(back)).toEqual(Object.keys(document));
    const rounded = (value: unknown): unknown => {
      if (typeof value === 'number') return Number(value.toFixed(6));
      if (Array.isArray(value)) return value.map(rounded);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rounded(member)]));
    };
    expect(back.jobs).toEqual(rounded(document.jobs));
  });

  it('escapes what job files may hold', () => {
    const name = 'quote " backslash \\ tab \t umlaut ü';
    const document = buildResult(
      sampleResultInput([
        sampleStep({ workers: [sampleOutcome({ worker: samplePlannedWorker({ job: sampleJob({ name }) }) })] }),
      ]),
    );
    expect(JSON.parse(serialiseResult(document)).jobs[0].jobname).toBe(name);
  });
});

describe('percentiles', () => {
  it('of merged clones are those of all their latencies', () => {
    const document = sampleEnginesResult();
    const values = [...sampleLatencies(1400, 100_000, 1), ...sampleLatencies(1400, 100_000, 2)];
    const [p99] = percentilesNs(sampleDirection(values).total, [99]);
    expect(document.jobs[0]!.read.clat_ns.percentile!['99.000000']).toBe(p99);
  });
});
