import { describe, expect, it } from 'vitest';
import { createDraft } from '../../job/draft.js';
import { sampleEngineOptions } from '../../testing/sample-result.js';
import { type SimulatedParts, type Simulation, simulate } from '../../testing/simulated-run.js';

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

  it('of a job that computes is in proportion to what was computed', () => {
    const engine = sampleEngineOptions({ name: 'cpuio', depth: 1, depthLow: 1 });
    const serviceMs = [50, 100, 10];
    const { clock } = simulate({
      ioCount: 3,
      serviceNs: (n) => serviceMs[n]! * 1e6,
      job: {
        thinkTime: { ...thinkTime, pauseMs: 150 },
        engine: { ...engine, compute: { ...engine.compute, chunkUs: 50_000 } },
      },
    });
    expect(clock.nowNs()).toBe(4 * 160e6);
  });

  const groups = (counts: 'issue' | 'complete') => {
    const issuedNs: number[] = [];
    simulate({
      depth: 8,
      ioCount: 32,
      serviceNs: () => 1000,
      job: { thinkTime: { ...thinkTime, pauseMs: 1, blockCount: 3, counts } },
      observer: ({ times }) => ({ completed: (slot) => issuedNs.push(times.issuedNs[slot]!) }),
    });
    return [...new Set(issuedNs)].map((ns) => issuedNs.filter((other) => other === ns).length);
  };

  it('counts what has completed: a full queue starts before the first pause', () => {
    expect(groups('complete')).toEqual([8, 8, 8, 8]);
  });

  it('or what was issued: no more than that start between two pauses', () => {
    expect(groups('issue')).toEqual([...Array(10).fill(3), 2]);
  });

  it('pauses after so much time of I/O', () => {
    const { clock, reads } = simulate({
      ioCount: 20,
      serviceNs: () => 1e6,
      job: { thinkTime: { ...thinkTime, pauseMs: 10, ioTimeMs: 5 } },
    });
    expect(reads.count).toBe(20);
    expect(clock.nowNs()).toBe(20e6 + 4 * 10e6);
  });

  it('or after so many I/Os, whichever comes first', () => {
    const run = (serviceMs: number) =>
      simulate({
        ioCount: 20,
        serviceNs: () => serviceMs * 1e6,
        job: { thinkTime: { ...thinkTime, pauseMs: 10, ioTimeMs: 5, blockCount: 4 } },
      }).clock.nowNs();
    expect(run(1)).toBe(20e6 + 5 * 10e6);
    expect(run(3)).toBe(60e6 + 10 * 10e6);
  });

  it('is made up for by a rate, or with rate_ignore_thinktime not', () => {
    const starts = (ignoresThinkTime: boolean) => {
      const issuedMs: number[] = [];
      simulate({
        ioCount: 30,
        serviceNs: () => 0,
        job: {
          pacing: { ...pacing, iops: all(1000), ignoresThinkTime },
          thinkTime: { ...thinkTime, pauseMs: 10, blockCount: 10 },
        },
        observer: ({ times }) => ({ completed: (slot) => issuedMs.push(times.issuedNs[slot]! / 1e6) }),
      });
      return issuedMs;
    };
    const from = (ms: number) => Array.from({ length: 10 }, (_, n) => ms + n);
    // Ten that were due in the pause start at its end; then the next pause.
    expect(starts(false)).toEqual([...from(0), ...Array(10).fill(19), ...Array(10).fill(29)]);
    expect(starts(true)).toEqual([...from(0), ...from(19), ...from(38)]);
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

  /** One server: an I/O waits for those before it. So many in flight take so many times `serviceMs`. */
  function serialRun(serviceMs: (nowMs: number) => number, given: Simulation) {
    let parts: SimulatedParts | undefined;
    let busyUntilNs = 0;
    return simulate({
      depth: 16,
      batchSubmit: 1,
      ...given,
      observer: (made) => {
        parts = made;
        return { completed: () => {} };
      },
      serviceNs: () => {
        const nowNs = parts!.clock.nowNs();
        busyUntilNs = Math.max(busyUntilNs, nowNs) + serviceMs(nowNs / 1e6) * 1e6;
        return busyUntilNs - nowNs;
      },
    });
  }

  it('finds the largest depth that holds, whichever it is, and keeps figures of that one alone', () => {
    for (let depth = 1; depth < 16; depth++) {
      const {
        pacing: made,
        measured,
        levels,
        reads,
      } = serialRun(() => 0.1, {
        runtimeMs: 60_000,
        job: { latencyTarget: { ...latencyTarget, targetMs: depth * 0.1 + 0.05, windowMs: 10 } },
      });
      expect(made.depthSearch!.depth).toBe(depth);
      expect(measured.ended).toBe('done');
      expect(reads.maxNs).toBeLessThanOrEqual((depth + 0.5) * 1e5);
      expect(levels.depth.at(31 - Math.clz32(depth))).toBeGreaterThan(0);
      // A search takes a dozen windows.
      expect(measured.elapsedNs).toBeLessThan(100e6);
    }
  });

  const follows = (serviceMs: (nowMs: number) => number) =>
    serialRun(serviceMs, {
      runtimeMs: 3000,
      job: { latencyTarget: { ...latencyTarget, targetMs: 1.05, windowMs: 10, keepsSearching: true } },
    });

  it('with latency_run follows a device that becomes slower', () => {
    const { pacing: made, measured } = follows((nowMs) => (nowMs < 1000 ? 0.1 : 0.3));
    expect(measured.ended).toBe('runtime');
    // Now and then it tries 4.
    expect([3, 4]).toContain(made.depthSearch!.depth);
  });

  it('with latency_run tries more again after three windows that held', () => {
    const { pacing: made, measured } = follows((nowMs) => (nowMs < 1000 ? 0.3 : 0.05));
    expect(measured.ended).toBe('runtime');
    expect(made.depthSearch!.depth).toBe(16);
  });

  it('forgives the share above latency_percentile', () => {
    const run = (percent: number) =>
      simulate({
        depth: 16,
        runtimeMs: 60_000,
        serviceNs: (index) => (index % 20 === 19 ? 3e6 : 1e5),
        job: { latencyTarget: { ...latencyTarget, targetMs: 1, windowMs: 100, percent } },
      });
    expect(run(90).pacing.depthSearch!.depth).toBe(16);
    expect(run(90).measured.ended).toBe('done');
    expect(run(100).errors.fatalError?.errno).toBe(110);
    // Of 100 I/Os 95 hold: too few at any depth. As in fio that ends nothing, the depth stays at one.
    const { pacing: made, measured } = run(99);
    expect(made.depthSearch!.depth).toBe(1);
    expect(measured.ended).toBe('runtime');
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
