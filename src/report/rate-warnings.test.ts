import { describe, expect, it } from 'vitest';
import type { FioJob, IotestJob } from '../results/document.js';
import { rateLines } from './open-loop-text.js';
import { rateNotHeld } from './rate-warnings.js';

const none = { read: 0, write: 0, trim: 0 };

/** A job of 1000 reads per second asked for, with 2 s of reads at `iops`. */
function subject(
  iops: number,
  given: { readonly meanNs?: number; readonly cpu?: number; readonly process?: string } = {},
) {
  const direction = (rate: number) => ({
    iops: rate,
    runtime: rate > 0 ? 2000 : 0,
    total_ios: rate * 2,
    bw: 0,
    bw_bytes: rate * 4096,
    lat_ns: { min: 0, max: 0, mean: given.meanNs ?? 1000, stddev: 0, N: rate * 2 },
  });
  const fio = { read: direction(iops), write: direction(0), trim: direction(0), usr_cpu: given.cpu ?? 0, sys_cpu: 0 };
  const options = {
    engine: { depth: 1 },
    measure: { kiloBase: 1024 },
    thinkTime: { pauseMs: 0 },
    pacing: { iops: { ...none, read: 1000 }, bytesPerSecond: none, process: given.process ?? 'linear' },
  };
  return {
    fio: fio as unknown as FioJob,
    iotest: { jobName: 'j', workerCount: 1, options } as unknown as IotestJob,
  };
}

describe('a rate that was not held', () => {
  it('is silent within a per cent', () => {
    expect(rateNotHeld(subject(991))).toBeNull();
  });

  it('is told with the queue as the reason where the latency fills it', () => {
    const warning = rateNotHeld(subject(500, { meanNs: 2e6 }))!;
    expect(warning.message).toBe(
      'reads came to 50.0 % of the rate asked for: at this latency it needs 2.0 I/Os in flight, and there are 1',
    );
    expect(warning.advice).toContain('raise iodepth');
  });

  it('is told with the CPU, or with the machine, as the reason otherwise', () => {
    expect(rateNotHeld(subject(500, { cpu: 99 }))!.message).toContain('used up its CPU');
    expect(rateNotHeld(subject(500))!.message).toContain('kept from running');
  });

  it('lets chance pass for a Poisson process', () => {
    expect(rateNotHeld(subject(950, { process: 'poisson' }))).toBeNull();
    expect(rateNotHeld(subject(900, { process: 'poisson' }))).not.toBeNull();
  });
});

it('the rate asked for and reached is a line of the report', () => {
  const { fio, iotest } = subject(998);
  expect(rateLines(iotest, fio.read, 'read')).toEqual([
    '    rate: asked for 1000 IOPS, linear; reached 998 IOPS (99.8 %)',
  ]);
});
