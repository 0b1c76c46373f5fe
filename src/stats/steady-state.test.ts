import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SteadyStateOptions } from '../job/job.js';
import { fioSteadyState, sniaSteadyState } from '../results/fio-steady-state.js';
import { sampleJob } from '../testing/sample-result.js';
import { SteadyState } from './steady-state.js';

function options(given: Partial<SteadyStateOptions>): SteadyStateOptions {
  return { ...sampleJob().ending.steadyState, durationMs: 4000, intervalMs: 1000, ...given };
}

/** Gives the verdicts, one for each value, and the report at the end. */
function run(given: Partial<SteadyStateOptions>, values: readonly number[]) {
  const state = new SteadyState(options(given));
  const attained = values.map((value) =>
    state.add({ iops: value, bytesPerSecond: value * 10, latencyNs: 1_000_000 - value }),
  );
  return { attained, report: state.report() };
}

describe('the distance from the mean', () => {
  it('is judged as soon as the window is full', () => {
    const { attained, report } = run({ isSlope: false, limit: 10 }, [100, 104, 96, 100]);
    expect(attained).toEqual([false, false, false, true]);
    expect(report).toMatchObject({ isAttained: true, criterion: 4, maxDeviation: 4, slope: 0 });
    expect(report.bytesPerSecond).toEqual([1000, 1040, 960, 1000]);
  });

  it('rolls on until it is met, and stays as it was then', () => {
    const { attained, report } = run({ isSlope: false, limit: 2 }, [10, 50, 100, 100, 101, 100, 99, 7]);
    expect(attained).toEqual([false, false, false, false, false, true, true, true]);
    expect(report.iops).toEqual([100, 100, 101, 100]);
  });

  it('is compared as it is where the limit is no percentage', () => {
    const given = { isSlope: false, isPercent: false };
    const values = [1000, 1010, 990, 1000];
    expect(run({ ...given, limit: 10 }, values).attained.at(-1)).toBe(false);
    expect(run({ ...given, limit: 10.5 }, values).report).toMatchObject({ isAttained: true, criterion: 10 });
  });

  it('takes the figure that it is told to', () => {
    const given = { isSlope: false, isPercent: false, limit: 1e9 };
    expect(run({ ...given, figure: 'bw' }, [100, 104, 96, 100]).report.criterion).toBe(40);
    expect(run({ ...given, figure: 'lat' }, [100, 104, 97, 99]).report.criterion).toBe(4);
  });
});

describe('the slope', () => {
  it('is that of the line of least squares, per interval, of either sign', () => {
    const given = { isPercent: false, limit: 5 };
    expect(run(given, [10, 20, 30, 40]).report).toMatchObject({ isAttained: false, slope: 10, maxDeviation: 0 });
    expect(run(given, [40, 30, 20, 10]).report).toMatchObject({ isAttained: false, criterion: -10 });
    expect(run(given, [10, 14, 18, 22]).report).toMatchObject({ isAttained: true, slope: 4 });
  });

  it('is flat for what only swings', () => {
    expect(run({ limit: 1 }, [90, 110, 110, 90]).report).toMatchObject({ isAttained: true, criterion: 0 });
  });

  it('agrees with the sums that fio keeps, for any window', () => {
    const values = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(values, (window) => {
        const n = window.length;
        const sum = (of: (y: number, x: number) => number) => window.reduce((total, y, x) => total + of(y, x), 0);
        const slope =
          (sum((y, x) => x * y) - (sum((_, x) => x) * sum((y) => y)) / n) /
          (sum((_, x) => x * x) - sum((_, x) => x) ** 2 / n);
        const { report } = run({ durationMs: 8000, limit: 1e-9 }, window);
        expect(report.slope).toBeCloseTo(slope, 4);
        expect(report.criterion).toBeCloseTo((100 * slope * n) / sum((y) => y), 6);
      }),
    );
  });
});

describe("the SNIA's definition", () => {
  const snia = { isSnia: true, isSlope: false, durationMs: 5000 };

  it('rolls over the rounds until both criteria hold, and keeps all of them', () => {
    const { attained, report } = run(snia, [500, 300, 130, 105, 100, 98, 101]);
    expect(attained).toEqual([false, false, false, false, false, false, false]);
    const longer = run(snia, [500, 300, 130, 105, 100, 98, 101, 99]);
    expect(longer.attained.at(-1)).toBe(true);
    expect(longer.report.rounds).toEqual([500, 300, 130, 105, 100, 98, 101, 99]);
    expect(longer.report).toMatchObject({ isAttained: true, maxDeviation: 7, iops: [105, 100, 98, 101, 99] });
    expect(report.isAttained).toBe(false);
  });

  it('gives up after 25 rounds', () => {
    const state = new SteadyState(options(snia));
    const add = (iops: number) => state.add({ iops, bytesPerSecond: 0, latencyNs: 0 });
    for (let round = 0; round < 25; round++) {
      expect(state.isOver).toBe(false);
      expect(add(round % 2 === 0 ? 100 : 200)).toBe(false);
    }
    expect(state.isOver).toBe(true);
    for (let round = 0; round < 5; round++) expect(add(100)).toBe(false);
    expect(state.report().rounds).toHaveLength(25);
  });

  it('is in a part of our own, and readable to readers of fio', () => {
    const job = sampleJob({ ending: { ...sampleJob().ending, steadyState: options({ ...snia, figure: 'bw' }) } });
    const { report } = run({ ...snia, figure: 'bw' }, [100, 104, 96, 100, 100]);
    expect(fioSteadyState(job, report)).toMatchObject({
      ss: 'snia:bw',
      attained: 1,
      criterion: '8.000000%',
      max_deviation: 80,
    });
    expect(sniaSteadyState(job, report).steadyState).toEqual({
      figure: 'bw',
      isAttained: true,
      roundMs: 1000,
      rounds: [1000, 1040, 960, 1000, 1000],
      window: { mean: 1000, rangePercent: 8, excursionPercent: expect.closeTo(1.6, 9) as number },
    });
    expect(sniaSteadyState(job, null).steadyState).toMatchObject({ isAttained: false, rounds: [], window: null });
    expect(sniaSteadyState(sampleJob(), null)).toEqual({});
  });
});

it('is not attained by a job that does nothing', () => {
  expect(run({ limit: 50 }, [0, 0, 0, 0]).report).toMatchObject({ isAttained: false, criterion: 0 });
});

describe('as fio writes it', () => {
  const job = (given: Partial<SteadyStateOptions>) =>
    sampleJob({ ending: { ...sampleJob().ending, steadyState: options(given) } });

  it('with the window, and latencies where these were judged', () => {
    const given = { figure: 'lat', isSlope: false, limit: 5 } as const;
    const { report } = run(given, [100, 104, 96, 100]);
    expect(fioSteadyState(job(given), report)).toEqual({
      ss: 'lat:5.000000%',
      duration: 4,
      attained: 1,
      criterion: '0.000400%',
      max_deviation: 4,
      slope: 0,
      data: {
        bw_mean: 1000,
        iops_mean: 100,
        lat_mean: 999_900,
        lat_ns: [999_900, 999_896, 999_904, 999_900],
        iops: [100, 104, 96, 100],
        bw: [1000, 1040, 960, 1000],
      },
    });
  });

  it('with zeros where the window was not full, or the job did not run', () => {
    const given = { figure: 'bw', isPercent: false, limit: 12 } as const;
    const some = fioSteadyState(job(given), run(given, [40, 50]).report)!;
    expect(some).toMatchObject({ ss: 'bw_slope:12.000000', attained: 0, criterion: '0.000000' });
    expect(some.data).toEqual({ bw_mean: 225, iops_mean: 22, iops: [40, 50, 0, 0], bw: [400, 500, 0, 0] });
    expect(fioSteadyState(job(given), null)!.data.iops).toEqual([0, 0, 0, 0]);
    expect(fioSteadyState(job({ durationMs: 0 }), null)).toBeNull();
  });
});
