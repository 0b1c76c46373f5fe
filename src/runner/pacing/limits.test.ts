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

  describe('on a device that takes a millisecond per request in flight', () => {
    const windowMs = 500;
    const search = (given: {
      percent?: number;
      keepsSearching?: boolean;
      runtimeMs?: number;
      slowness?: (ns: number) => number;
    }) => {
      const { runtimeMs = 60_000, slowness = () => 1, ...options } = given;
      /** [when, in flight] of each request. */
      const issued: [number, number][] = [];
      let clockNs = () => 0;
      const run = simulate({
        depth: 32,
        runtimeMs,
        serviceNs: (_, inFlightCount) => {
          issued.push([clockNs(), inFlightCount]);
          return inFlightCount * slowness(clockNs()) * 1e6;
        },
        observer: ({ clock }) => {
          clockNs = clock.nowNs;
          return { completed: () => {} };
        },
        job: { latencyTarget: { ...latencyTarget, targetMs: 10.5, windowMs, percent: 90, ...options } },
      });
      return { ...run, issued };
    };

    /** The largest depth seen in each stretch of half a window: a depth tried for a whole window covers one of them. */
    const depthsTried = (issued: readonly [number, number][]): number[] => {
      const largest: number[] = [];
      for (const [ns, inFlightCount] of issued) {
        const half = Math.floor(ns / (windowMs * 5e5));
        largest[half] = Math.max(largest[half] ?? 0, inFlightCount);
      }
      return largest.filter((depth, index) => depth !== largest[index - 1]);
    };

    it('finds the depth, one window for each that it tries', () => {
      const { pacing: made, measured, issued, clock, levels, reads } = search({});
      expect(made.depthSearch!.depth).toBe(10);
      expect(measured.ended).toBe('done');
      expect(depthsTried(issued)).toEqual([1, 2, 4, 8, 16, 12, 10, 11, 10]);
      // Nine windows and the last one, each a little longer for what is awaited; the figures are of the last one alone.
      expect(clock.nowNs()).toBeGreaterThan(10 * windowMs * 1e6);
      expect(clock.nowNs()).toBeLessThan(10.5 * windowMs * 1e6);
      expect(measured.elapsedNs).toBeGreaterThanOrEqual(windowMs * 1e6);
      expect(measured.elapsedNs).toBeLessThan(1.1 * windowMs * 1e6);
      expect(reads.maxNs).toBeLessThanOrEqual(10.5e6);
      expect(levels.depth.slice(4)).toEqual(new Float64Array(3));
    });

    it('measures anew when the last window misses the target, so that no other depth is in the figures', () => {
      const { pacing: made, measured, issued, reads, levels } = search({ slowness: (ns) => (ns > 4.7e9 ? 1.2 : 1) });
      expect(depthsTried(issued)).toEqual([1, 2, 4, 8, 16, 12, 10, 11, 10, 9, 8]);
      expect(made.depthSearch!.depth).toBe(8);
      expect(measured.ended).toBe('done');
      expect(measured.elapsedNs).toBeLessThan(1.1 * windowMs * 1e6);
      expect(reads.maxNs).toBeLessThanOrEqual(10.5e6);
      expect(levels.depth.slice(4)).toEqual(new Float64Array(3));
    });

    it('goes on to the end of the runtime with latency_run=1', () => {
      const { pacing: made, measured, clock } = search({ keepsSearching: true, runtimeMs: 20_000 });
      expect(measured.ended).toBe('runtime');
      expect(clock.nowNs()).toBeGreaterThanOrEqual(20e9);
      expect([10, 11]).toContain(made.depthSearch!.depth);
    });

    it('ends with the runtime when the search is not over', () => {
      const { measured, clock, pacing: made } = search({ runtimeMs: 2200 });
      expect(measured.ended).toBe('runtime');
      expect(clock.nowNs()).toBeLessThan(2.3e9);
      expect(made.depthSearch!.depth).toBe(16);
    });

    it('judges each late I/O at once when all must be in time', () => {
      const { pacing: made, measured, clock } = search({ percent: 100 });
      expect(made.depthSearch!.depth).toBe(10);
      expect(measured.ended).toBe('done');
      // 16, 12 and 11 fail with their first I/Os: no window is spent on them.
      expect(clock.nowNs()).toBeLessThan(8 * windowMs * 1e6);
    });
  });
});
