import fc from 'fast-check';
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  HistogramLogReader,
  type JsHistogram,
} from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { manyNanoseconds } from '../testing/arbitraries.js';
import { sampleLatencies, sampleLatency, usedBuckets } from '../testing/sample-result.js';
import { decodeHistogram, encodeHistogram, histogramLog } from './encoded-histogram.js';
import { percentilesNs } from './histogram.js';
import { bucketCount, bucketIndex, trackableNsEnd } from './latency.js';
import type { LatencyCounts } from './worker-report.js';

describe('encoding', () => {
  it('gives the counts back as they were', () => {
    fc.assert(
      fc.property(manyNanoseconds, (values) => {
        const latency = sampleLatency(values);
        expect(usedBuckets(decodeHistogram(encodeHistogram(latency)))).toEqual(usedBuckets(latency));
      }),
      { numRuns: 50 },
    );
  });

  it('survives JSON, no samples, and more than 2^32 in a bucket', () => {
    const huge: LatencyCounts = { ...sampleLatency([1000]), count: 2 ** 40, sumNs: 1000 * 2 ** 40 };
    huge.counts[bucketIndex(1000)] = 2 ** 40;
    for (const latency of [sampleLatency([]), huge]) {
      const copy = JSON.parse(JSON.stringify(encodeHistogram(latency)));
      expect(usedBuckets(decodeHistogram(copy))).toEqual(usedBuckets(latency));
    }
  });

  it('is what the library writes of the same counts, bucket by bucket', () => {
    fc.assert(
      fc.property(manyNanoseconds, (values) => {
        const latency = sampleLatency(values);
        const foreign = build({
          bitBucketSize: 64,
          autoResize: false,
          highestTrackableValue: trackableNsEnd - 1,
          numberOfSignificantValueDigits: 3,
        }) as JsHistogram;
        for (const value of values) foreign.recordValue(Math.min(value, trackableNsEnd - 1));
        const encoded = { ...encodeHistogram(latency), data: encodeIntoCompressedBase64(foreign) };
        expect(usedBuckets(decodeHistogram(encoded))).toEqual(usedBuckets(latency));
        const [ours, theirs] = [encodeHistogram(latency).data, encoded.data].map((data) =>
          (decodeFromCompressedBase64(data, 64) as JsHistogram).outputPercentileDistribution(),
        );
        expect(ours).toBe(theirs);
      }),
      { numRuns: 50 },
    );
  });

  it('is read by the library on its own, with the same percentiles', () => {
    const latency = sampleLatency(sampleLatencies(4000, 90_000));
    const foreign = decodeFromCompressedBase64(encodeHistogram(latency).data, 64) as JsHistogram;
    expect(foreign.totalCount).toBe(4000);
    const percents = [1, 10, 50, 90, 99, 99.9];
    expect(percents.map((percent) => foreign.getValueAtPercentile(percent))).toEqual(percentilesNs(latency, percents));
  });

  it('says so when the data is damaged, cut or does not belong', () => {
    const good = encodeHistogram(sampleLatency([10, 20, 30]));
    const other = encodeHistogram(sampleLatency([10, 20]));
    for (const data of ['', 'no base64 !', good.data.slice(0, 20), `AAAA${good.data}`, other.data]) {
      expect(() => decodeHistogram({ ...good, data }), data).toThrow(UserError);
    }
    expect(() => decodeHistogram({ ...good, data: other.data })).toThrow(/2 samples instead of 3/);
  });
});

describe('histogramLog', () => {
  it("is read by the library's log reader", () => {
    const latency = sampleLatency([1_000_000, 2_000_000, 5_000_000_000]);
    const text = histogramLog([
      { tag: 'job:a job,x/op:read', startEpochMs: 1_700_000_000_000, durationMs: 1000, latency },
      { tag: 'job:b/op:write', startEpochMs: 1_700_000_001_000, durationMs: 500, latency: sampleLatency([7]) },
    ]);
    expect(text.split('\n')[0]).toBe('#[Histogram log format version 1.3]');
    expect(text).not.toContain('\n\n');
    const reader = new HistogramLogReader(text, 64);
    const first = reader.nextIntervalHistogram() as JsHistogram;
    expect(first.tag).toBe('job:a_job_x/op:read');
    expect(first.totalCount).toBe(3);
    expect(first.startTimeStampMsec).toBe(1_700_000_000_000);
    const second = reader.nextIntervalHistogram() as JsHistogram;
    expect(second.totalCount).toBe(1);
    expect(second.endTimeStampMsec - second.startTimeStampMsec).toBe(500);
    expect(reader.nextIntervalHistogram()).toBeNull();
    expect(latency.counts).toHaveLength(bucketCount);
  });
});
