import fc from 'fast-check';
import { build, type JsHistogram } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { usedBuckets } from '../testing/sample-result.js';
import {
  bucketCount,
  bucketHighestNs,
  bucketIndex,
  bucketLowestNs,
  bucketMidNs,
  countsLength,
  emptyLatencyCounts,
  LatencyRecorder,
  latencyCounts,
  mergeLatencyCounts,
  percentileNs,
  percentileRank,
  sumsLength,
  trackableNsEnd,
} from './latency.js';
import type { LatencyCounts } from './worker-report.js';

/** Whole ns up to 2^43 − 1, each power of two as likely as the next. */
const nanoseconds = fc
  .tuple(fc.integer({ min: 0, max: 42 }), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }))
  // Rounding can carry 1 + fraction to 2.
  .map(([power, fraction]) => Math.min(Math.floor(2 ** power * (1 + fraction)) - (power === 0 ? 1 : 0), 2 ** 43 - 1));

const hdr = build({
  bitBucketSize: 64,
  autoResize: false,
  lowestDiscernibleValue: 1,
  highestTrackableValue: trackableNsEnd - 1,
  numberOfSignificantValueDigits: 3,
}) as JsHistogram;

function newRecorder(directionCount = 5) {
  return new LatencyRecorder(
    new Float64Array(new SharedArrayBuffer(8 * countsLength(directionCount))),
    new Float64Array(new SharedArrayBuffer(8 * sumsLength(directionCount))),
  );
}

function recorded(values: readonly number[], direction = 0): LatencyCounts {
  const recorder = newRecorder();
  for (const value of values) recorder.record(direction, value);
  return latencyCounts(recorder.counts, recorder.sums, direction);
}

describe('bucket geometry', () => {
  it("has HdrHistogram's buckets, and as many", () => {
    expect(bucketCount).toBe(hdr.countsArrayLength);
    fc.assert(
      fc.property(nanoseconds, (ns) => {
        expect(bucketIndex(ns)).toBe(hdr.countsArrayIndex(ns));
      }),
      { numRuns: 2000 },
    );
  });

  it("has HdrHistogram's bucket at both sides of each power of two and of the int32 limit", () => {
    for (let power = 0; power <= 42; power++) {
      for (const ns of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
        expect(bucketIndex(ns), `${ns} ns`).toBe(hdr.countsArrayIndex(ns));
      }
    }
  });

  it('joins the buckets without gap or overlap, each at most 1/1024 wide', () => {
    for (let index = 0; index < bucketCount; index++) {
      const [lowest, highest] = [bucketLowestNs(index), bucketHighestNs(index)];
      if (bucketIndex(lowest) !== index || bucketIndex(highest) !== index) expect.fail(`bucket ${index}`);
      if (index > 0 && lowest !== bucketHighestNs(index - 1) + 1) expect.fail(`gap before bucket ${index}`);
      if (highest - lowest > lowest / 1024) expect.fail(`bucket ${index} is too wide`);
      if (bucketMidNs(index) < lowest || bucketMidNs(index) > highest) expect.fail(`middle of bucket ${index}`);
    }
    expect(bucketHighestNs(bucketCount - 1)).toBe(trackableNsEnd - 1);
  });

  it('clamps what lies outside', () => {
    expect(bucketIndex(-1)).toBe(0);
    expect(bucketIndex(Number.NaN)).toBe(0);
    expect(bucketIndex(trackableNsEnd)).toBe(bucketCount - 1);
    expect(bucketIndex(Infinity)).toBe(bucketCount - 1);
    expect(bucketIndex(2047.9)).toBe(2047);
  });
});

describe('LatencyRecorder', () => {
  it('agrees with HdrHistogram and with the sorted values themselves', () => {
    fc.assert(
      fc.property(
        fc.array(nanoseconds, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (values, percent) => {
          const latency = recorded(values);
          hdr.reset();
          for (const value of values) hdr.recordValue(value);
          latency.counts.forEach((count, index) => {
            if (count !== hdr.getCountAtIndex(index)) expect.fail(`bucket ${index}`);
          });
          const sorted = values.toSorted((a, b) => a - b);
          expect(latency.count).toBe(values.length);
          expect(latency.minNs).toBe(sorted[0]);
          expect(latency.maxNs).toBe(sorted.at(-1));
          expect(latency.sumNs).toBe(values.reduce((sum, value) => sum + value, 0));
          const exact = sorted[percentileRank(values.length, percent) - 1]!;
          const found = percentileNs(latency.counts, latency.count, percent)!;
          expect(found).toBeGreaterThanOrEqual(exact);
          expect(found - exact).toBeLessThanOrEqual(exact * 0.001);
        },
      ),
    );
  });

  it.each([
    ['just below the int32 limit', 2 ** 31 - 1],
    ['at the int32 limit', 2 ** 31],
    ['3 s', 3e9],
    ['just above the uint32 limit', 2 ** 32 + 5],
    ["beyond fio's cap of 17.2 s", 17_300_000_000],
    ['an hour', 3.6e12],
  ])('keeps a stall: %s', (_, ns) => {
    const latency = recorded([1000, ns]);
    expect(latency).toMatchObject({ count: 2, minNs: 1000, maxNs: ns, sumNs: ns + 1000 });
    expect(latency.counts[hdr.countsArrayIndex(ns)]).toBe(1);
    const found = percentileNs(latency.counts, 2, 100)!;
    expect(found / ns).toBeGreaterThanOrEqual(1);
    expect(found / ns).toBeLessThanOrEqual(1.001);
  });

  it('counts what is longer than 2.4 hours in the last bucket and keeps its exact maximum', () => {
    const latency = recorded([500, 2 ** 43, 2 ** 45 + 12_345]);
    expect(latency.counts[bucketCount - 1]).toBe(2);
    expect(latency).toMatchObject({ count: 3, maxNs: 2 ** 45 + 12_345 });
  });

  it('counts a clock that stepped back as 0 and cuts fractions off', () => {
    expect(recorded([-1, -3e9, Number.NaN])).toMatchObject({ count: 3, minNs: 0, maxNs: 0, sumNs: 0 });
    expect(recorded([1999.9, 5e9 + 0.5])).toMatchObject({ minNs: 1999, maxNs: 5e9, sumNs: 5e9 + 1999 });
  });

  it('keeps directions apart, also in the slow path', () => {
    const recorder = newRecorder();
    [10, 3e9, 30, 4e9, 50].forEach((ns, direction) => {
      recorder.record(direction, ns);
    });
    [10, 3e9, 30, 4e9, 50].forEach((ns, direction) => {
      const latency = latencyCounts(recorder.counts, recorder.sums, direction);
      expect(latency).toMatchObject({ count: 1, minNs: ns, maxNs: ns, sumNs: ns });
      expect(latency.counts[bucketIndex(ns)]).toBe(1);
    });
  });

  it('forgets everything at reset and starts empty on used memory', () => {
    const recorder = newRecorder();
    recorder.record(1, 77);
    recorder.reset();
    const empty = { count: 0, minNs: 0, maxNs: 0, sumNs: 0 };
    expect(latencyCounts(recorder.counts, recorder.sums, 1)).toMatchObject(empty);
    recorder.record(1, 88);
    expect(latencyCounts(recorder.counts, recorder.sums, 1)).toMatchObject({ count: 1, minNs: 88, maxNs: 88 });
    const second = new LatencyRecorder(recorder.counts, recorder.sums);
    expect(latencyCounts(second.counts, second.sums, 1)).toMatchObject(empty);
  });

  it('counts past 2^32 per bucket', () => {
    const recorder = newRecorder();
    recorder.counts[bucketIndex(42)] = 2 ** 32 - 1;
    recorder.record(0, 42);
    expect(recorder.counts[bucketIndex(42)]).toBe(2 ** 32);
  });

  it('gives counts that agree with the buckets when the thread died between two stores', () => {
    const recorder = newRecorder();
    recorder.counts[bucketIndex(42)] = 1;
    expect(latencyCounts(recorder.counts, recorder.sums, 0)).toMatchObject({ count: 1, minNs: 0 });
  });
});

describe('mergeLatencyCounts', () => {
  const latencies = fc.array(nanoseconds, { maxLength: 40 }).map((values) => recorded(values));

  it('gives what recording everything in one place gives, in any order and grouping', () => {
    const values = fc.array(nanoseconds, { maxLength: 40 });
    fc.assert(
      fc.property(values, values, (left, right) => {
        const merged = mergeLatencyCounts([recorded(left), recorded(right)]);
        expect(usedBuckets(merged)).toEqual(usedBuckets(recorded([...left, ...right])));
      }),
      { numRuns: 30 },
    );
    fc.assert(
      fc.property(latencies, latencies, latencies, (a, b, c) => {
        const grouped = usedBuckets(mergeLatencyCounts([a, mergeLatencyCounts([b, c])]));
        expect(usedBuckets(mergeLatencyCounts([mergeLatencyCounts([a, b]), c]))).toEqual(grouped);
        expect(usedBuckets(mergeLatencyCounts([c, a, b]))).toEqual(grouped);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves out what was not measured', () => {
    const measured = recorded([5, 6]);
    expect(mergeLatencyCounts([emptyLatencyCounts(), measured])).toEqual(measured);
    expect(mergeLatencyCounts([emptyLatencyCounts(), emptyLatencyCounts()]).counts).toHaveLength(0);
  });
});

describe('percentileNs', () => {
  it('has nothing to say without samples', () => {
    expect(percentileNs(new Float64Array(bucketCount), 0, 99)).toBeNull();
  });

  it('takes the first bucket at which the cumulative count reaches the rank', () => {
    const latency = recorded(Array.from({ length: 1000 }, (_, index) => index + 1));
    expect(percentileNs(latency.counts, 1000, 50)).toBe(500);
    expect(percentileNs(latency.counts, 1000, 99.9)).toBe(999);
    expect(percentileNs(latency.counts, 1000, 0)).toBe(1);
    expect(percentileNs(latency.counts, 1000, 100)).toBe(1000);
  });

  it('survives a total that ran ahead of the counts', () => {
    expect(percentileNs(recorded([7]).counts, 3, 99)).toBe(7);
  });
});
