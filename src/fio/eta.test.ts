import { describe, expect, it } from 'vitest';
import { sampleJob } from '../testing/sample-result.js';
import { type EtaInput, formatFioEta } from './eta.js';

const job = sampleJob();
const mixed = sampleJob({ workload: { ...job.workload, directions: 'readwrite', random: false } });
const none = { read: 0, write: 0, trim: 0 };
const base: EtaInput = {
  workers: [
    { job, fileCount: 1, phase: 'measuring' },
    { job, fileCount: 2, phase: 'measuring' },
  ],
  elapsedSeconds: 6,
  secondsLeft: 2,
  iops: { ...none, read: 261_000 },
  bytesPerSecond: { ...none, read: 261_000 * 4096 },
};

describe('the line of progress', () => {
  it('is that of fio', () =>
    expect(formatFioEta(base)).toBe('Jobs: 2 (f=3): [r(2)][75.0%][r=1020MiB/s][r=261k IOPS][eta 00m:02s]'));

  it('says what each job does', () => {
    const phases = ['ended', 'ended', 'measuring', 'draining', 'ramp', 'waiting', 'preparing', 'not started'] as const;
    const workers = phases.map((phase) => ({ job: mixed, fileCount: 1, phase }));
    expect(formatFioEta({ ...base, workers })).toContain('Jobs: 3 (f=2): [_(2),M(1),f(1),/(1),I(1),P(2)]');
  });

  it('knows no end in the ramp, nor without a bound', () => {
    const workers = [{ job, fileCount: 1, phase: 'ramp' as const }];
    expect(formatFioEta({ ...base, workers })).toContain('[-.-%]');
    expect(formatFioEta({ ...base, secondsLeft: null })).toMatch(/\[-\.-%\].*\[eta --\]$/);
  });

  it('is short in the first seconds, and when nothing runs', () => {
    expect(formatFioEta({ ...base, elapsedSeconds: 2 })).toBe('Jobs: 2 (f=3)');
    expect(formatFioEta({ ...base, workers: [] })).toBe('Jobs: 0 (f=0)');
  });

  it('has the limits of the jobs that run, in I/Os or in bytes', () => {
    const { pacing } = job;
    const limited = sampleJob({
      workload: { ...job.workload, directions: 'readwrite' },
      pacing: { ...pacing, iops: { read: 4000, write: 3000, trim: 9 }, iopsMin: { ...none, write: 500 } },
    });
    const inBytes = sampleJob({
      pacing: { ...pacing, bytesPerSecond: { ...none, read: 1 << 20 }, bytesPerSecondMin: { ...none, read: 1 << 19 } },
    });
    const line = (...jobs: (typeof job)[]) =>
      formatFioEta({ ...base, workers: jobs.map((each) => ({ job: each, fileCount: 1, phase: 'measuring' })) });
    expect(line(limited, limited)).toMatch(/^Jobs: 2 \(f=2\), 1000-14000 IOPS: \[m\(2\)\]/);
    expect(line(limited, inBytes)).toMatch(/^Jobs: 2 \(f=2\), 512KiB\/s-1024KiB\/s: /);
    const ramping = { job: limited, fileCount: 1, phase: 'ramp' as const };
    expect(formatFioEta({ ...base, workers: [ramping], elapsedSeconds: 2 })).toBe('Jobs: 1 (f=0)');
  });

  it('has bits when asked for, and both directions', () => {
    const inBits = sampleJob({ measure: { ...mixed.measure, rateUnit: 'bits', kiloBase: 1000 } });
    const workers = [{ job: inBits, fileCount: 1, phase: 'measuring' as const }];
    const both = { iops: { ...none, read: 5, write: 7 }, bytesPerSecond: { ...none, read: 1e6, write: 2e6 } };
    expect(formatFioEta({ ...base, workers, ...both })).toContain('[r=8000kbit/s,w=16.0Mbit/s][r=5,w=7 IOPS]');
  });
});
