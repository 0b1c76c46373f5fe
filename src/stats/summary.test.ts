import { describe, expect, it } from 'vitest';
import {
  sampleDirection,
  sampleLatencies,
  sampleLatency,
  sampleStartEpochMs,
  sampleWorkerReport,
  usedBuckets,
} from '../testing/sample-result.js';
import { summarise } from './summary.js';
import type { SeriesWindow, WorkerReport } from './worker-report.js';

const none = sampleDirection([]);

function reading(values: readonly number[], overrides: Partial<WorkerReport> = {}): WorkerReport {
  return sampleWorkerReport({ directions: { read: sampleDirection(values), write: none, trim: none }, ...overrides });
}

/** Windows with these read counts, 500 ms each but the last, whose width is given. */
function windows(readCounts: readonly number[], lastWidthMs = 500): SeriesWindow[] {
  return readCounts.map((count, index) => ({
    startNs: index * 500e6,
    endNs: index * 500e6 + (index === readCounts.length - 1 ? lastWidthMs : 500) * 1e6,
    ioCount: { read: count, write: 0, trim: 0 },
    byteCount: { read: count * 4096, write: 0, trim: 0 },
    totalNsSum: { read: count * 1000, write: 0, trim: 0 },
  }));
}

describe('one worker', () => {
  it('has totals over the measured time', () => {
    const { directions, runtimeNs, ioCount } = summarise([reading(sampleLatencies(3000, 1e5))], 500);
    expect(runtimeNs).toBe(2e9);
    expect(ioCount).toBe(3000);
    expect(directions.read).toMatchObject({ iops: 1500, bytesPerSecond: 1500 * 4096, runtimeNs: 2e9 });
    expect(directions.write).toMatchObject({ iops: 0, bytesPerSecond: 0, runtimeNs: 0, ioCount: 0 });
  });

  it('takes CPU per cent of the measured time, and CPU per I/O', () => {
    const cpu = { userCpuNs: 2e8, systemCpuNs: 6e8, ringThreadCpuNs: 1e9 };
    const summary = summarise([reading(sampleLatencies(1000, 1e5), cpu)], 500);
    expect(summary).toMatchObject({ userCpuPercent: 10, systemCpuPercent: 30 });
    expect(summary.cpuPerIo).toEqual({ userNs: 2e5, systemNs: 6e5, ringThreadNs: 1e6 });
    expect(summarise([reading([])], 500).cpuPerIo).toBeNull();
  });

  it('takes window statistics with the sample deviation, in I/Os and bytes per second', () => {
    const { read } = summarise([reading([1, 2], { series: windows([100, 200, 300]) })], 500).directions;
    expect(read.iopsWindows).toEqual({ min: 200, max: 600, mean: 400, stddev: 200, windowCount: 3 });
    expect(read.bytesPerSecondWindows).toMatchObject({ min: 200 * 4096, mean: 400 * 4096 });
  });

  it('leaves a short last window out and counts a stall as 0', () => {
    const short = summarise([reading([1], { series: windows([100, 100, 1], 20) })], 500).directions.read;
    expect(short.iopsWindows).toMatchObject({ min: 200, max: 200, windowCount: 2 });
    const stalled = summarise([reading([1], { series: windows([100, 0, 100]) })], 500).directions.read;
    expect(stalled.iopsWindows).toMatchObject({ min: 0, windowCount: 3 });
    const tooShort = summarise([reading([1], { series: windows([40], 200) })], 500).directions.read;
    expect(tooShort.iopsWindows).toEqual({ min: 0, max: 0, mean: 0, stddev: 0, windowCount: 0 });
  });

  it('takes IOPS from windows of their own where they have a width of their own', () => {
    const report = reading([1], { series: windows([100, 300]), iopsSeries: windows([400], 1000) });
    const { read } = summarise([report], 500, 1000).directions;
    expect(read.iopsWindows).toMatchObject({ min: 400, max: 400, windowCount: 1 });
    expect(read.bytesPerSecondWindows).toMatchObject({ min: 200 * 4096, max: 600 * 4096, windowCount: 2 });
  });

  it('has no windows for directions without I/O', () => {
    expect(summarise([reading([1], { series: windows([100]) })], 500).directions.write.iopsWindows.windowCount).toBe(0);
  });

  it('survives a report without time or I/O', () => {
    const summary = summarise([reading([], { elapsedNs: 0, series: [], depthLevels: [0, 0, 0, 0, 0, 0, 0] })], 500);
    expect(summary.directions.read).toMatchObject({ iops: 0, bytesPerSecond: 0 });
    expect(summary).toMatchObject({ userCpuPercent: 0, depthPercents: [0, 0, 0, 0, 0, 0, 0] });
  });
});

describe('latency shares', () => {
  it('puts each latency below its bound, as fio names them', () => {
    const values = [1, 3, 999, 1000, 1999, 2000, 49_000, 999_000, 1_000_000, 150_000_000, 1_999_000_000, 2_100_000_000];
    const { ns, us, ms } = summarise([reading(values)], 500).latencyShares;
    const counts = (shares: readonly number[]) =>
      Object.fromEntries(
        [...shares.entries()].filter(([, share]) => share > 0).map(([at, share]) => [at, Math.round(share * 0.12)]),
      );
    expect(counts(ns)).toEqual({ 0: 1, 1: 1, 9: 1 });
    expect(counts(us)).toEqual({ 0: 2, 1: 1, 4: 1, 9: 1 });
    expect(counts(ms)).toEqual({ 0: 1, 6: 1, 10: 1, 11: 1 });
  });

  it('sums to 100 over all directions', () => {
    const directions = {
      read: sampleDirection(sampleLatencies(700, 1e5)),
      write: sampleDirection(sampleLatencies(300, 5e6)),
      trim: sampleDirection([1e9]),
    };
    const { ns, us, ms } = summarise([sampleWorkerReport({ directions })], 500).latencyShares;
    expect([...ns, ...us, ...ms].reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 9);
  });

  it('uses completion latency where it was measured', () => {
    const read = sampleDirection([5_000_000], { completion: sampleLatency([5_000]) });
    const { us, ms } = summarise(
      [sampleWorkerReport({ directions: { read, write: none, trim: none } })],
      500,
    ).latencyShares;
    expect(us[2]).toBe(100);
    expect(ms.every((share) => share === 0)).toBe(true);
  });
});

describe('several workers', () => {
  const left = sampleLatencies(1000, 1e5, 1);
  const right = sampleLatencies(500, 4e5, 2);

  it('merges latencies exactly, takes the longest runtime, and adds CPU', () => {
    const reports = [reading(left, { elapsedNs: 2e9 }), reading(right, { elapsedNs: 1e9 })];
    const merged = summarise(reports, 500);
    expect(usedBuckets(merged.directions.read.total)).toEqual(usedBuckets(sampleLatency([...left, ...right])));
    expect(merged).toMatchObject({ runtimeNs: 2e9, workerTimeNs: 3e9, ioCount: 1500 });
    expect(merged.directions.read.iops).toBe(750);
    expect(merged.userCpuPercent).toBeCloseTo(6, 9);
    expect(merged.voluntarySwitchCount).toBe(2200);
  });

  it('adds windows that lie over each other, so the mean is the sum of the means', () => {
    const reports = [reading([1], { series: windows([100, 300]) }), reading([1], { series: windows([300, 100]) })];
    const { iopsWindows } = summarise(reports, 500).directions.read;
    expect(iopsWindows).toEqual({ min: 800, max: 800, mean: 800, stddev: 0, windowCount: 2 });
  });

  it('moves a worker that started later by whole windows', () => {
    const late = reading([1], { series: windows([10]), startedEpochMs: sampleStartEpochMs + 990 });
    const merged = summarise([reading([1], { series: windows([100, 100, 100]) }), late], 500);
    expect(merged.series.directions.read?.ioCount).toEqual([100, 100, 110]);
    expect(merged.series.startMs).toEqual([0, 500, 990]);
  });

  it('keeps a series with columns of equal length and only used directions', () => {
    const { series } = summarise([reading(left), reading(right)], 500);
    expect(Object.keys(series.directions)).toEqual(['read']);
    expect(series.startMs).toEqual([0, 500, 1000, 1500]);
    expect(series.directions.read!.ioCount.reduce((sum, count) => sum + count, 0)).toBe(1500);
    expect(series.directions.read!.meanNs).toHaveLength(4);
  });

  it('adds up level counts before taking per cents', () => {
    const levels = (first: number, second: number) => [first, second, 0, 0, 0, 0, 0];
    const reports = [reading([1], { depthLevels: levels(30, 10) }), reading([1], { depthLevels: levels(0, 60) })];
    expect(summarise(reports, 500).depthPercents).toEqual([30, 70, 0, 0, 0, 0, 0]);
  });
});
