import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manyNanoseconds } from '../testing/arbitraries.js';
import { sampleLatencies, sampleLatency } from '../testing/sample-result.js';
import { bins, meanNs, percentilesNs, stddevNs } from './histogram.js';
import { emptyLatencyCounts, percentileRank } from './latency.js';

describe('percentilesNs', () => {
  it('lies at most 0.1 % above the exact value, below 2.4 hours, and never above the maximum', () => {
    fc.assert(
      fc.property(manyNanoseconds, fc.double({ min: 0, max: 100, noNaN: true }), (values, percent) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[percentileRank(values.length, percent) - 1]!;
        const [found] = percentilesNs(sampleLatency(values), [percent]);
        expect(found).toBeGreaterThanOrEqual(exact);
        expect(found).toBeLessThanOrEqual(sorted.at(-1)!);
        if (exact < 2 ** 43) expect(found! - exact).toBeLessThanOrEqual(exact * 0.001);
      }),
    );
  });

  it('gives the exact maximum for p100, also beyond the last bucket', () => {
    fc.assert(
      fc.property(manyNanoseconds, (values) => {
        expect(percentilesNs(sampleLatency(values), [100])).toEqual([Math.max(...values)]);
      }),
      { numRuns: 30 },
    );
  });

  it('takes percentiles in any order', () => {
    const latency = sampleLatency(Array.from({ length: 1000 }, (_, index) => index + 1));
    expect(percentilesNs(latency, [99.9, 0, 50, 100, 99])).toEqual([999, 1, 500, 1000, 990]);
  });

  it('rises with the percentage', () => {
    const latency = sampleLatency(sampleLatencies(3000, 80_000));
    const values = percentilesNs(
      latency,
      Array.from({ length: 1001 }, (_, index) => index / 10),
    );
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  });

  it('is 0 without samples', () => {
    expect(percentilesNs(emptyLatencyCounts(), [50, 99])).toEqual([0, 0]);
  });
});

describe('mean and deviation', () => {
  it('has the exact mean, and the sample deviation within 0.1 %', () => {
    const values = sampleLatencies(5000, 100_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    const latency = sampleLatency(values);
    expect(meanNs(latency)).toBe(mean);
    expect(stddevNs(latency) / Math.sqrt(variance)).toBeCloseTo(1, 3);
  });

  it('divides by N − 1', () => {
    expect(stddevNs(sampleLatency([1, 2, 3, 4]))).toBeCloseTo(Math.sqrt(5 / 3), 12);
  });

  it('is 0 for one sample, for equal ones and for none', () => {
    for (const values of [[], [123_456_789], [99_999, 99_999, 99_999]]) {
      expect(stddevNs(sampleLatency(values)), `${values}`).toBe(0);
    }
  });
});

describe('bins', () => {
  it('sum to the count, ascend, and end with the exact maximum', () => {
    const latency = sampleLatency(sampleLatencies(2000, 70_000));
    const used = bins(latency);
    expect(used.reduce((sum, bin) => sum + bin.count, 0)).toBe(2000);
    expect(used.map((bin) => bin.valueNs)).toEqual(used.map((bin) => bin.valueNs).toSorted((a, b) => a - b));
    expect(used.at(-1)!.valueNs).toBe(latency.maxNs);
    expect(bins(emptyLatencyCounts())).toEqual([]);
  });
});
