/**
 * The latency recorder of the hot loop, and the geometry of its buckets.
 *
 * Buckets are those of HdrHistogram with 3 significant digits and a unit of 1 ns: 2048 buckets of 1 ns, then 1024
 * buckets for each further power of two, so a bucket is never wider than 1/1024 of its values. With
 * m = 21 − clz32(v | 2047), which is 0 below 2048 and grows by one with each power of two,
 *
 *     index = (m << 10) + (v >>> m)        v:      0 … 2047 │ 2048 … 4095 │ 4096 … 8191 │ …
 *                                          index:  0 … 2047 │ 2048 … 3071 │ 3072 … 4095 │ …
 *                                          width:         1 │           2 │           4 │ …
 *
 * Recording this way costs a few ns; the library's own `recordValue` costs over 100. `histogram.ts` turns the counts
 * into the library's histograms after the run.
 *
 * Counts are doubles: exact to 2^53, where 32-bit counts would wrap silently. They live in memory that the caller
 * hands in, so that another thread can read them while they grow, and after the recording thread died.
 */
import type { LatencyCounts } from './worker-report.js';

/** Latencies of 2^43 ns (2.4 hours) and more share the last bucket; their maximum stays exact. */
export const trackableNsEnd = 2 ** 43;
/** The last bucket is that of 2^43 − 1: m = 32. */
export const bucketCount = (32 << 10) + 2048;
/** Columns of `LatencyRecorder`'s sums, per direction. */
export const sumColumnCount = 4;

const countColumn = 0;
const sumColumn = 1;
const minColumn = 2;
const maxColumn = 3;
/** `| 0` is right below this and turns numbers negative from here on. */
const smallNsEnd = 2 ** 31;

/** Doubles that the recorder's counts need. */
export function countsLength(directionCount: number): number {
  return directionCount * bucketCount;
}

/** Doubles that the recorder's sums need. */
export function sumsLength(directionCount: number): number {
  return directionCount * sumColumnCount;
}

/** The bucket of a latency. Fractions are cut off; negative values belong to bucket 0, values of 2^43 on to the last. */
export function bucketIndex(ns: number): number {
  if (!(ns >= 0)) return 0;
  if (ns < smallNsEnd) return smallBucketIndex(ns | 0);
  return largeBucketIndex(ns);
}

function smallBucketIndex(ns: number): number {
  const magnitude = 21 - Math.clz32(ns | 2047);
  return (magnitude << 10) + (ns >>> magnitude);
}

/** From 2^31 on, in doubles: the upper 32 of 52 bits give the magnitude, a division the place within it. */
function largeBucketIndex(ns: number): number {
  if (ns >= trackableNsEnd) return bucketCount - 1;
  const magnitude = 41 - Math.clz32(ns / 1048576);
  return magnitude * 1024 + Math.floor(ns / 2 ** magnitude);
}

/** The smallest latency of a bucket, ns. */
export function bucketLowestNs(index: number): number {
  if (index < 2048) return index;
  const magnitude = (index >>> 10) - 1;
  return (index - magnitude * 1024) * 2 ** magnitude;
}

/** The largest whole latency of a bucket, ns. (The last bucket may hold larger ones: see `trackableNsEnd`.) */
export function bucketHighestNs(index: number): number {
  if (index < 2048) return index;
  return bucketLowestNs(index) + 2 ** ((index >>> 10) - 1) - 1;
}

/** The middle of a bucket, ns. */
export function bucketMidNs(index: number): number {
  return (bucketLowestNs(index) + bucketHighestNs(index)) / 2;
}

/** Records latencies per direction (an `Operation` of engines/engine.ts). Allocates and throws nothing while recording. */
export class LatencyRecorder {
  readonly counts: Float64Array;
  readonly sums: Float64Array;

  /**
   * Starts empty: clears what an earlier recorder left in the arrays.
   * @param counts directionCount × `bucketCount`: how many latencies fell into each bucket.
   * @param sums directionCount × 4: count, sum, minimum (∞ while empty) and maximum in ns.
   */
  constructor(counts: Float64Array, sums: Float64Array) {
    this.counts = counts;
    this.sums = sums;
    this.reset();
  }

  /** Counts one latency. Fractions of a ns are cut off; negative values (a clock that stepped back) count as 0. */
  record(direction: number, ns: number): void {
    if (!(ns >= 0 && ns < smallNsEnd)) {
      this.recordUnusual(direction, ns);
      return;
    }
    const value = ns | 0;
    const magnitude = 21 - Math.clz32(value | 2047);
    const index = direction * bucketCount + (magnitude << 10) + (value >>> magnitude);
    this.counts[index] = this.counts[index]! + 1;
    const sums = this.sums;
    const row = direction << 2;
    sums[row] = sums[row]! + 1;
    sums[row + 1] = sums[row + 1]! + value;
    if (value < sums[row + 2]!) sums[row + 2] = value;
    if (value > sums[row + 3]!) sums[row + 3] = value;
  }

  /** Stalls beyond 2.1 s, and negative values. Apart, so that `record` stays small enough to be inlined. */
  private recordUnusual(direction: number, ns: number): void {
    const value = ns > 0 ? Math.floor(ns) : 0;
    const index = direction * bucketCount + bucketIndex(value);
    this.counts[index] = this.counts[index]! + 1;
    const sums = this.sums;
    const row = direction * sumColumnCount;
    sums[row + countColumn] = sums[row + countColumn]! + 1;
    sums[row + sumColumn] = sums[row + sumColumn]! + value;
    sums[row + minColumn] = Math.min(sums[row + minColumn]!, value);
    sums[row + maxColumn] = Math.max(sums[row + maxColumn]!, value);
  }

  /** Forgets everything, as at the end of the ramp. Directions that were not used are not touched: their memory stays unreal. */
  reset(): void {
    const sums = this.sums;
    for (let row = 0, first = 0; row < sums.length; row += sumColumnCount, first += bucketCount) {
      if (sums[row + countColumn]! > 0) this.counts.fill(0, first, first + bucketCount);
      sums.fill(0, row, row + sumColumnCount);
      sums[row + minColumn] = Infinity;
    }
  }
}

/**
 * A recorder's counts of one direction, copied out, as reports carry them. Works on the memory alone, also when the
 * recording thread died between two stores: the count is that of the buckets, so it always agrees with them.
 */
export function latencyCounts(counts: Float64Array, sums: Float64Array, direction: number): LatencyCounts {
  const own = counts.slice(direction * bucketCount, (direction + 1) * bucketCount);
  const row = direction * sumColumnCount;
  // Copied with the buckets: whoever records may go on meanwhile.
  const sumNs = sums[row + sumColumn]!;
  const minNs = sums[row + minColumn]!;
  const maxNs = sums[row + maxColumn]!;
  let count = 0;
  for (let index = 0; index < bucketCount; index++) count += own[index]!;
  return {
    counts: own,
    count,
    sumNs,
    minNs: count === 0 || minNs === Infinity ? 0 : minNs,
    maxNs: count === 0 ? 0 : maxNs,
  };
}

/** What stands for a latency that was not measured. */
export function emptyLatencyCounts(): LatencyCounts {
  return { counts: new Float64Array(0), count: 0, sumNs: 0, minNs: 0, maxNs: 0 };
}

function unusedBuckets(): Float64Array {
  return new Float64Array(bucketCount);
}

/**
 * All latencies of several parts together; exact. Not measured anywhere gives not measured. The count is that of the
 * buckets, also where a part of a thread that died disagrees with its own.
 */
export function mergeLatencyCounts(parts: Iterable<LatencyCounts>): LatencyCounts {
  let counts: Float64Array | null = null;
  let [count, sumNs, minNs, maxNs] = [0, 0, Infinity, 0];
  for (const part of parts) {
    if (part.counts.length === 0) continue;
    counts ??= unusedBuckets();
    for (let index = 0; index < bucketCount; index++) {
      counts[index] = counts[index]! + part.counts[index]!;
      count += part.counts[index]!;
    }
    sumNs += part.sumNs;
    if (part.count > 0) minNs = Math.min(minNs, part.minNs);
    maxNs = Math.max(maxNs, part.maxNs);
  }
  if (counts === null) return emptyLatencyCounts();
  return { counts, count, sumNs, minNs: minNs === Infinity ? 0 : minNs, maxNs };
}

/**
 * How many of `total` samples lie at or below the given percentile: the smallest whole number ≥ percent/100 × total,
 * at least 1. The product is taken a hair lower, since 99.9/100 × 1000 is a little over 999 in binary.
 */
export function percentileRank(total: number, percent: number): number {
  return Math.max(1, Math.ceil(((percent * total) / 100) * (1 - 2 ** -50)));
}

/**
 * A percentile straight from counts, for live figures: the largest ns of the first bucket at which the cumulative count
 * reaches the rank. `percentilesNs` (histogram.ts) is for results: it knows the exact maximum.
 * @param counts one direction's, length `bucketCount`; may be the difference of two readings.
 * @param total the sum of `counts`. @returns null when there are no samples.
 */
export function percentileNs(counts: Float64Array, total: number, percent: number): number | null {
  if (!(total > 0)) return null;
  const rank = percentileRank(total, percent);
  let cumulative = 0;
  let last = 0;
  for (let index = 0; index < bucketCount; index++) {
    const here = counts[index]!;
    if (here <= 0) continue;
    last = index;
    cumulative += here;
    if (cumulative >= rank) break;
  }
  return bucketHighestNs(last);
}
