import { describe, expect, it } from 'vitest';
import { UserError } from '../../support/errors.js';
import { parseJobFile } from '../expand.js';
import { printJobFile } from '../print.js';

const settings = { overrides: [], sections: [], environment: {}, cpuCount: 4, pageBytes: 4096 };

function read(...options: string[]) {
  const { jobSet, warnings } = parseJobFile(`[j]\n${options.join('\n')}\n`, 'j.ini', settings);
  return { job: jobSet.jobs[0]!, jobSet, codes: warnings.map(({ code }) => code) };
}

function problemsOf(...options: string[]): string[] {
  try {
    read(...options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems.map(({ place, message }) => `${place?.line}: ${message}`);
  }
  throw new Error('accepted');
}

const all = (value: number) => ({ read: value, write: value, trim: value });

describe('rates', () => {
  it('are per direction: one value for all, and places left empty stay as they were', () => {
    expect(read('rate=1m').job.pacing.bytesPerSecond).toEqual(all(1 << 20));
    expect(read('rate_iops=10k,').job.pacing.iops).toEqual({ read: 10240, write: 0, trim: 0 });
    expect(read('rate_iops=,500').job.pacing.iops).toEqual({ read: 0, write: 500, trim: 500 });
    expect(read('rate_iops=1,2,3').job.pacing.iops).toEqual({ read: 1, write: 2, trim: 3 });
  });

  it('of both kinds together are an error, as in fio', () => {
    expect(problemsOf('rate=1m', 'rate_iops=100')).toEqual(['3: rate_iops: rate and rate_iops exclude each other']);
    expect(problemsOf('rate_min=1m', 'rate_iops_min=100')).toHaveLength(1);
  });

  it('below their own minimum are an error, as in fio', () => {
    expect(problemsOf('rate_iops=100', 'rate_iops_min=200,50')).toEqual([
      '3: rate_iops_min: the minimum of 200 exceeds the rate of 100 for reads',
    ]);
    expect(problemsOf('rate=1k', 'ratemin=2k')).toHaveLength(3);
    expect(read('rate_iops=100', 'rate_iops_min=100').codes).toEqual([]);
  });

  it('are no ranges', () => {
    expect(problemsOf('rate=1m-2m')[0]).toContain('is not a range here');
  });
});

describe('pauses', () => {
  it('are in microseconds, thinktime_iotime in seconds', () => {
    expect(
      read('thinktime=1500', 'thinktime_spin=1ms', 'thinktime_iotime=2', 'thinktime_blocks=8').job.thinkTime,
    ).toEqual({ pauseMs: 1.5, spinMs: 1, blockCount: 8, counts: 'complete', ioTimeMs: 2000, cycleCount: 0 });
  });

  it('have a note where a part has no whole, and a spin that is too long is cut', () => {
    expect(read('thinktime_blocks=8').codes).toEqual(['no-thinktime']);
    const { job, codes } = read('thinktime=10', 'thinktime_spin=20');
    expect(job.thinkTime.spinMs).toBe(0.01);
    expect(codes).toEqual(['spin-above-thinktime']);
  });
});

describe('latency limits', () => {
  it('are in microseconds', () => {
    const { job } = read(
      'max_latency=50ms,1500',
      'latency_target=500',
      'latency_window=10ms',
      'latency_percentile=99.9',
    );
    expect(job.latencyTarget).toEqual({
      latencyMsMax: { read: 50, write: 1.5, trim: 1.5 },
      targetMs: 0.5,
      windowMs: 10,
      percent: 99.9,
      keepsSearching: false,
    });
  });

  it('have a window of a second when none is given, and say so', () => {
    const { job, codes } = read('latency_target=500');
    expect(job.latencyTarget.windowMs).toBe(1000);
    expect(codes).toEqual(['no-latency-window']);
  });
});

describe('io_submit_mode=offload', () => {
  it('is accepted where the job has its parallelism by itself, with a note on where the latencies are', () => {
    const { job, codes } = read('ioengine=libaio', 'iodepth=32', 'io_submit_mode=offload');
    expect(job.pacing.submitMode).toBe('offload');
    expect(codes).toEqual(['submits-inline']);
  });

  it('is refused where fio would get its parallelism from it', () => {
    expect(problemsOf('ioengine=psync', 'iodepth=8', 'io_submit_mode=offload')).toEqual([
      '4: io_submit_mode: offload would make 8 threads for psync, and it has one here',
    ]);
  });
});

it('thinkcycles is a count of its own, beside thinktime', () => {
  expect(read('thinkcycles=100').job.thinkTime).toMatchObject({ cycleCount: 100, pauseMs: 0 });
  expect(read('thinkcycles=100').codes).toEqual([]);
  expect(problemsOf('thinkcycles=-1')).toHaveLength(1);
});

it('a printed job is the job', () => {
  const { jobSet } = read(
    ...['rate=1m,2m,3m', 'rate_min=1k', 'rate_process=poisson', 'rate_cycle=500', 'rate_ignore_thinktime=1'],
    ...[
      'thinktime=1ms',
      'thinktime_spin=10',
      'thinktime_blocks=4',
      'thinktime_blocks_type=issue',
      'thinktime_iotime=1s',
      'thinkcycles=500',
    ],
    ...['flow=8', 'flow_id=3', 'flow_sleep=100', 'max_latency=1s,2s,3s', 'latency_target=1ms', 'latency_window=1s'],
    ...['latency_percentile=99', 'latency_run=1', 'io_submit_mode=offload'],
  );
  const again = parseJobFile(printJobFile(jobSet), 'j.ini', settings).jobSet;
  for (const group of ['pacing', 'thinkTime', 'flow', 'latencyTarget'] as const) {
    expect(again.jobs[0]![group]).toEqual(jobSet.jobs[0]![group]);
  }
});
