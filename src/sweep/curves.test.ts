import { describe, expect, it } from 'vitest';
import { sampleSweep, sampleSweepParts } from '../testing/sample-sweep.js';
import { sweepSeries } from './curves.js';
import { mergeSweep } from './document.js';

const depths = [1, 2, 4, 8, 16, 32, 64];

describe('sweepSeries', () => {
  it('has a line for each engine, by rising depth, with rates and latencies of each point', () => {
    const series = sweepSeries(sampleSweep({ depths: [16, 1, 4], engines: ['io_uring', 'libaio'] }));
    expect(series.map(({ fixed, steps }) => [fixed.engine, steps.map(({ depth }) => depth)])).toEqual([
      ['io_uring', [1, 4, 16]],
      ['libaio', [1, 4, 16]],
    ]);
    const { figures } = series[0]!.steps[2]!;
    expect(figures.iops).toBeCloseTo((16 * 200 + 16) / 2, 0);
    expect(figures.p50Ns! / (16e9 / figures.iops)).toBeCloseTo(1, 1);
    expect(figures.p99Ns).not.toBeNull();
    // 3216 I/Os have 3 beyond p99.9: too few to say anything.
    expect(figures.p999Ns).toBeNull();
  });

  it('finds the knee where a device saturates, and the depth that is enough', () => {
    // With Little's law power is rate²/depth: greatest at the last depth at which the rate still grows as the depth.
    const [series] = sweepSeries(sampleSweep({ depths }));
    expect(series!.knee!.depth).toBe(16);
    expect(series!.sufficient.depth).toBe(16);
    expect(series!.best.depth).toBe(64);
    expect(series!.depthFixed).toBeNull();
  });

  it('finds a knee below the depth that is enough, where the rate keeps creeping up', () => {
    const ioCount = (depth: number) => Math.round((4000 * depth) / (depth + 6));
    const [series] = sweepSeries(sampleSweep({ depths, ioCount }));
    // The rate depth/(depth+6) has its greatest power at depth 6: of 4 and 8 it is the larger here.
    expect([4, 8]).toContain(series!.knee!.depth);
    expect(series!.sufficient.depth).toBe(64);
  });

  it('says what each repetition by itself would have found', () => {
    const ioCount = (depth: number, _: string, repetition: number) =>
      depth <= 8 ? depth * 200 : repetition === 0 ? 1650 : 1900;
    const [series] = sweepSeries(sampleSweep({ depths: [4, 8, 16], repeat: 3, ioCount }));
    expect(series!.sufficient).toEqual({ depth: 16, perRepetition: [8, 16, 16] });
    expect(series!.steps[2]!.figures.iops).toBeCloseTo(950, 0);
    expect(series!.steps[2]!.figures.runs.map(({ iops }) => Math.round(iops))).toEqual([825, 950, 950]);
  });

  it('counts only repetitions in which all depths were measured', () => {
    const parts = sampleSweepParts({ depths: [1, 2, 4], repeat: 2 });
    const [series] = sweepSeries(mergeSweep(parts.slice(0, -1), true));
    expect(series!.sufficient.perRepetition).toHaveLength(1);
    expect(series!.steps[2]!.figures.runs).toHaveLength(1);
  });

  it('sees that an engine has no depth', () => {
    const [series] = sweepSeries(sampleSweep({ depths: [1, 2, 4], ioCount: () => 500, depthOf: () => 1 }));
    expect(series!.depthFixed).toBe(1);
  });
});
