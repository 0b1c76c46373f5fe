/**
 * Latency counts after the run: percentiles and spread.
 *
 * Percentiles: the value at p is that of the first bucket at which the cumulative count reaches p/100 × N, as in fio.
 * fio gives the middle of its bucket; we give the *largest* ns of ours, as HdrHistogram does ("p per cent were this
 * fast or faster" then always holds), and the exact maximum for the last bucket in use. So the error is at most
 * +1/1024 (below 0.1 %), p100 is the exact maximum, and no percentile lies above it.
 */

import {
  bucketCount,
  bucketHighestNs,
  bucketLowestNs,
  bucketMidNs,
  percentileRank,
  trackableNsEnd,
} from './latency.js';
import type { LatencyCounts } from './worker-report.js';

/** With fewer samples beyond a percentile it says more about chance than about the device. */
const samplesBeyondMin = 10;

/** Whether enough of `count` samples lie beyond the percentile; the margin is for binary fractions, as in 1 - 0.9. */
export function hasTail(count: number, percent: number): boolean {
  return count * (1 - percent / 100) >= samplesBeyondMin - 1e-6;
}

/** One bucket in use: its value is what percentiles report for it. */
export interface Bin {
  readonly lowestNs: number;
  /** Largest ns of the bucket; of the last one in use the exact maximum. */
  readonly valueNs: number;
  readonly count: number;
}

/** The buckets in use, ascending. */
export function bins(latency: LatencyCounts): Bin[] {
  const used: Bin[] = [];
  for (let index = 0; index < latency.counts.length; index++) {
    const count = latency.counts[index]!;
    if (count > 0) used.push({ lowestNs: bucketLowestNs(index), valueNs: bucketHighestNs(index), count });
  }
  const last = used.pop();
  if (last !== undefined) used.push({ ...last, valueNs: latency.maxNs });
  return used;
}

/**
 * Latencies at the given percentiles (0…100, any order), ns; 0 each when there are no samples.
 * See the head of this file for the definition and its error.
 */
export function percentilesNs(latency: LatencyCounts, percents: readonly number[]): number[] {
  const used = bins(latency);
  const ascending = percents.map((percent, place) => ({ percent, place })).sort((a, b) => a.percent - b.percent);
  const values = new Array<number>(percents.length).fill(0);
  let binIndex = 0;
  let cumulative = used[0]?.count ?? 0;
  for (const { percent, place } of ascending) {
    const rank = percentileRank(latency.count, percent);
    while (cumulative < rank && binIndex < used.length - 1) cumulative += used[++binIndex]!.count;
    values[place] = used[binIndex]?.valueNs ?? 0;
  }
  return values;
}

/** Exact mean, ns; 0 without samples. */
export function meanNs(latency: LatencyCounts): number {
  return latency.count === 0 ? 0 : latency.sumNs / latency.count;
}

/**
 * Sample standard deviation, ns, from the middles of the buckets around the exact mean: within 0.05 % of each value.
 * 0 with fewer than two samples.
 */
export function stddevNs(latency: LatencyCounts): number {
  if (latency.count < 2) return 0;
  const mean = meanNs(latency);
  let squares = 0;
  for (let index = 0; index < latency.counts.length; index++) {
    const count = latency.counts[index]!;
    if (count === 0) continue;
    // A middle outside [min, max] would be worse than the bound; matters for few samples and for the last bucket.
    const beyond = index === bucketCount - 1 && latency.maxNs >= trackableNsEnd;
    const value = beyond ? latency.maxNs : Math.min(Math.max(bucketMidNs(index), latency.minNs), latency.maxNs);
    squares += count * (value - mean) ** 2;
  }
  return Math.sqrt(squares / (latency.count - 1));
}
