import { describe, expect, it } from 'vitest';
import { createDraft } from '../../job/draft.js';
import { simulate } from '../../testing/simulated-run.js';

const { pacing, thinkTime, latencyTarget } = createDraft();
const all = (value: number) => ({ read: value, write: value, trim: value });

describe('thinktime', () => {
  it('pauses after every so many I/Os', () => {
    const { clock, reads } = simulate({
      ioCount: 12,
      serviceNs: () => 1000,
      job: { thinkTime: { ...thinkTime, pauseMs: 1, blockCount: 4 } },
    });
    expect(reads.count).toBe(12);
    // Three pauses: also after the last I/O, as in fio.
    expect(clock.nowNs()).toBe(12 * 1000 + 3e6);
  });
});

describe('max_latency', () => {
  it('ends the job with ETIMEDOUT', () => {
    const { errors, measured } = simulate({
      ioCount: 100,
      serviceNs: (index) => (index === 7 ? 5e6 : 1000),
      job: { latencyTarget: { ...latencyTarget, latencyMsMax: all(2) } },
    });
    expect(measured.ended).toBe('error');
    expect(errors.fatalError?.errno).toBe(110);
    expect(errors.fatalError?.reason).toContain('max_latency=2ms: a read of 4096 bytes');
  });
});

describe('rate_iops_min', () => {
  it('ends the job with EIO when a second falls below, but not in the first two', () => {
    const { errors, clock } = simulate({
      runtimeMs: 20_000,
      serviceNs: () => 10e6,
      job: { pacing: { ...pacing, iopsMin: all(200) } },
    });
    expect(errors.fatalError?.errno).toBe(5);
    expect(clock.nowNs()).toBeGreaterThanOrEqual(3e9);
    expect(clock.nowNs()).toBeLessThan(3.1e9);
  });

  it('lets a job pass that is fast enough', () => {
    const { errors } = simulate({
      runtimeMs: 5000,
      serviceNs: () => 1e6,
      job: { pacing: { ...pacing, iopsMin: all(900) } },
    });
    expect(errors.isFatal).toBe(false);
  });
});

describe('latency_target', () => {
  it('ends at the full depth when the target always holds', () => {
    const { pacing: made, measured } = simulate({
      depth: 16,
      runtimeMs: 60_000,
      serviceNs: () => 100_000,
      job: { latencyTarget: { ...latencyTarget, targetMs: 1, windowMs: 10 } },
    });
    expect(made.depthSearch!.depth).toBe(16);
    expect(measured.ended).toBe('done');
  });

  it('gives up with ETIMEDOUT when depth 1 is too slow', () => {
    const { errors } = simulate({
      depth: 16,
      runtimeMs: 60_000,
      serviceNs: () => 2e6,
      job: { latencyTarget: { ...latencyTarget, targetMs: 1, windowMs: 10 } },
    });
    expect(errors.fatalError?.errno).toBe(110);
  });
});
