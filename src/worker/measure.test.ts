import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulatedBlockBytes as blockBytes, simulate } from '../testing/simulated-run.js';
import { Command, controlCommand } from './shared-state.js';

describe('a run on a simulated clock', () => {
  it('measures a constant device exactly', () => {
    const { measured, reads, shared, engine, levels } = simulate({ runtimeMs: 10_000 });
    expect(reads).toEqual({ count: 100_000, sumNs: 100_000 * 100_000, minNs: 100_000, maxNs: 100_000 });
    expect(shared.totals[0]).toBe(100_000 * blockBytes);
    expect(measured).toMatchObject({ elapsedNs: 10e9, ended: 'runtime' });
    expect(engine.issuedCount).toBe(100_000);
    expect(Array.from(levels.depth)).toEqual([100_000, 0, 0, 0, 0, 0, 0]);
  });

  it('has twenty equal windows of half a second in ten seconds', () => {
    const { measured } = simulate({ runtimeMs: 10_000, depth: 4 });
    expect(measured.series).toHaveLength(20);
    for (const window of measured.series) expect(window.ioCount.read).toBe(20_000);
    expect(measured.series.at(-1)!.endNs).toBe(10e9);
  });

  it('counts in windows of two widths at once', () => {
    const { measured, reads } = simulate({ runtimeMs: 2100, depth: 4, iopsWindowMs: 300 });
    expect(measured.series.map(({ endNs }) => endNs)).toEqual([0.5e9, 1e9, 1.5e9, 2e9, 2.1e9]);
    expect(measured.iopsSeries!.map(({ endNs }) => endNs / 1e8)).toEqual([3, 6, 9, 12, 15, 18, 21]);
    for (const series of [measured.series, measured.iopsSeries!]) {
      expect(series.reduce((sum, { ioCount }) => sum + ioCount.read, 0)).toBe(reads.count);
    }
    for (const window of measured.iopsSeries!) expect(window.ioCount.read).toBe(12_000);
  });

  it('keeps one series where both widths are the same', () => {
    expect(simulate({ runtimeMs: 600 }).measured.iopsSeries).toBeNull();
  });

  it('places percentiles where the script put them', () => {
    // Of every 1000 requests: 989 take 100 µs, 10 take 1 ms, 1 takes 20 ms.
    const serviceNs = (index: number): number => (index % 1000 === 0 ? 20e6 : index % 100 === 1 ? 1e6 : 100e3);
    const { percentile, reads } = simulate({ serviceNs, ioCount: 100_000 });
    expect(reads.maxNs).toBe(20e6);
    const near = (ns: number, expected: number): void =>
      expect(Math.abs(ns - expected)).toBeLessThanOrEqual(expected / 1000);
    near(percentile(50), 100e3);
    near(percentile(98.8), 100e3);
    near(percentile(99.5), 1e6);
    near(percentile(99.95), 20e6);
  });

  it('keeps stalls beyond 2^31 ns and beyond fio’s 17 s', () => {
    const { reads, measured } = simulate({ serviceNs: (index) => (index === 5 ? 60e9 : 1000), ioCount: 10 });
    expect(reads.count).toBe(10);
    expect(reads.maxNs).toBe(60e9);
    expect(measured.elapsedNs).toBe(60e9 + 9 * 1000);
  });

  it('leaves the ramp out, and does the whole amount after it', () => {
    const { reads, measured, engine } = simulate({ rampMs: 1000, ioCount: 500 });
    expect(reads.count).toBe(500);
    expect(measured.elapsedNs).toBe(500 * 100_000);
    expect(engine.issuedCount).toBeGreaterThan(500);
  });

  it('adds the ramp to the runtime', () => {
    const { measured, clock } = simulate({ rampMs: 3000, runtimeMs: 2000 });
    expect(measured.elapsedNs).toBe(2e9);
    expect(clock.nowNs()).toBe(5e9);
  });

  it('stops at the command, drains, and reports what was measured', () => {
    const { measured, reads, loop } = simulate({
      depth: 8,
      runtimeMs: 1000,
      onMeasureStart: (control) => {
        control[controlCommand] = Command.stop;
      },
    });
    expect(measured.ended).toBe('interrupted');
    expect(loop.inFlightCount).toBe(0);
    expect(reads.count).toBe(0);
  });

  it('cancels what a dead device never answers', () => {
    const { engine, loop, measured } = simulate({
      depth: 2,
      serviceNs: () => Number.POSITIVE_INFINITY,
      runtimeMs: 100,
    });
    expect(engine.cancelCount).toBe(1);
    expect(measured.abandonedCount).toBe(2);
    expect(loop.inFlightCount).toBe(0);
    expect(measured.ended).toBe('runtime');
  });

  it('times submission by itself when asked, and the parts add up', () => {
    const { reads, submission, completion } = simulate({ depth: 4, timesSubmission: true, ioCount: 1000 });
    expect(submission!.sums[0]).toBe(1000);
    expect(completion!.sums[1]! + submission!.sums[1]!).toBe(reads.sumNs);
  });
});

describe('batches', () => {
  it('submit no more at once than iodepth_batch', () => {
    const { levels } = simulate({ depth: 32, batchSubmit: 4, ioCount: 3200, completionsMin: 32 });
    // All submissions of requests are of 4 (level 1–4); none larger.
    expect(levels.submit[1]).toBe(800);
    expect(Array.from(levels.submit.subarray(2))).toEqual([0, 0, 0, 0, 0]);
  });

  it('stay whole by themselves where submission completes at once', () => {
    const { levels } = simulate({ depth: 32, batchSubmit: null, ioCount: 3200, serviceNs: () => 0 });
    // 2, 4, 8, 16, 2 (the rest of the first filling), then 32 each time.
    expect(levels.submit[4]).toBeGreaterThanOrEqual(98);
  });

  it('shrink by themselves where they would be a convoy', () => {
    const serviceNs = (index: number): number => 90_000 + ((index * 7919) % 20_000);
    const { levels } = simulate({ depth: 32, batchSubmit: null, ioCount: 32_000, serviceNs });
    expect(levels.submit[4]! + levels.submit[3]! + levels.submit[2]!).toBeLessThan(10);
    expect(levels.submit[1]).toBeGreaterThan(7000);
  });

  it('wait for iodepth_batch_complete_min', () => {
    const { levels } = simulate({ depth: 16, completionsMin: 16, ioCount: 1600, serviceNs: (index) => 1000 + index });
    expect(levels.complete[3]).toBe(100);
  });

  it('refill only at iodepth_low once full', () => {
    const { levels } = simulate({
      depth: 16,
      depthLow: 4,
      ioCount: 1600,
      serviceNs: (index) => 1000 + (index % 16) * 10,
    });
    // The first batch fills 16, each later one 12: nothing is submitted singly.
    expect(levels.submit[1]).toBeLessThanOrEqual(1);
    expect(levels.submit[3]! + levels.submit[2]!).toBeGreaterThan(100);
  });
});

describe('errors', () => {
  const eio = (at: number) => (index: number, byteCount: number) => (index === at ? -5 : byteCount);

  it('end the job at the first one, naming it', () => {
    const { measured, errors, reads } = simulate({ result: eio(10), ioCount: 100, depth: 1 });
    expect(measured.ended).toBe('error');
    expect(errors.fatalError).toMatchObject({ errno: 5, byteCount: blockBytes, operation: 0 });
    expect(reads.count).toBe(10);
  });

  it('are counted and passed over when continue_on_error allows', () => {
    const { measured, errors, reads, shared } = simulate({
      result: eio(10),
      ioCount: 100,
      tolerated: { read: true, write: false, verify: false },
    });
    expect(measured.ended).toBe('done');
    expect(errors.toleratedCount).toBe(1);
    expect(reads.count).toBe(99);
    expect(shared.totals[2]).toBe(1);
  });

  it('other than the data’s own are final even then', () => {
    const { measured } = simulate({
      result: (index, byteCount) => (index === 3 ? -28 : byteCount),
      ioCount: 10,
      tolerated: { read: true, write: true, verify: false },
    });
    expect(measured.ended).toBe('error');
  });

  it('EAGAIN and EINTR are repeated and cost nothing but time', () => {
    const { reads, engine } = simulate({
      result: (index, byteCount) => (index % 3 === 0 ? (index % 2 === 0 ? -11 : -4) : byteCount),
      ioCount: 300,
      depth: 4,
    });
    expect(reads.count).toBe(300);
    expect(engine.issuedCount).toBeGreaterThan(300);
  });

  it('short transfers are continued to the end of the block, and counted', () => {
    const { reads, shared, measured } = simulate({
      result: (index, byteCount) => (index % 2 === 0 ? Math.max(512, byteCount / 2) : byteCount),
      ioCount: 100,
    });
    expect(reads.count).toBe(100);
    expect(shared.totals[0]).toBe(100 * blockBytes);
    expect(shared.totals[1]).toBeGreaterThan(0);
    expect(measured.ended).toBe('done');
  });

  it('nothing transferred at all is EIO: the end of the file', () => {
    const { errors } = simulate({ result: (index, byteCount) => (index === 2 ? 0 : byteCount), ioCount: 10 });
    expect(errors.fatalError?.errno).toBe(5);
  });
});

describe('any run', () => {
  it('completes what it issued, once, at any depth and service time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 500 }),
        (depth, batchSubmit, completionsMin, depthLow, times, ioCount) => {
          const { reads, loop, shared, engine, measured } = simulate({
            depth,
            batchSubmit: Math.min(batchSubmit, depth),
            completionsMin,
            depthLow: Math.min(depthLow, depth),
            serviceNs: (index) => times[index % times.length]!,
            ioCount,
          });
          expect(engine.issuedCount).toBe(ioCount);
          expect(reads.count).toBe(ioCount);
          expect(shared.total.counts.reduce((sum, count) => sum + count, 0)).toBe(ioCount);
          expect(loop.inFlightCount).toBe(0);
          expect(measured.ended).toBe('done');
        },
      ),
      { numRuns: 60 },
    );
  });
});
