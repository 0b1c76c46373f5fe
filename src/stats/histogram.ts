/**
 * Latency counts after the run: percentiles, spread, and HdrHistogram's encoding of them. The only place that knows
 * hdr-histogram-js. Bucket indexes are the same on both sides (latency.ts), so counts move over one to one.
 *
 * Percentiles: the value at p is that of the first bucket at which the cumulative count reaches p/100 × N, as in fio.
 * fio gives the middle of its bucket; we give the *largest* ns of ours, as HdrHistogram does ("p per cent were this
 * fast or faster" then always holds), and the exact maximum for the last bucket in use. So the error is at most
 * +1/1024 (below 0.1 %), p100 is the exact maximum, and no percentile lies above it.
 */

import { inflateSync } from 'node:zlib';
import { build, encodeIntoCompressedBase64, HistogramLogWriter, type JsHistogram } from 'hdr-histogram-js';
import { errorCode, UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { type EncodedHistogram, histogramEncoding } from './encoded-histogram.js';
import {
  bucketCount,
  bucketHighestNs,
  bucketLowestNs,
  bucketMidNs,
  emptyLatencyCounts,
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

/** As a histogram of hdr-histogram-js with 64-bit counts. Exact minimum and maximum are not in it. */
function toHdr(latency: LatencyCounts): JsHistogram {
  const histogram = build({
    bitBucketSize: 64,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: trackableNsEnd - 1,
    numberOfSignificantValueDigits: 3,
  }) as JsHistogram;
  for (let index = 0; index < latency.counts.length; index++) {
    const count = latency.counts[index]!;
    if (count > 0) histogram.recordValueWithCount(bucketLowestNs(index), count);
  }
  return histogram;
}

/** Counts as text that every HdrHistogram library reads, with the exact sum, minimum and maximum beside them. */
export function encodeHistogram(latency: LatencyCounts): EncodedHistogram {
  return {
    encoding: histogramEncoding,
    data: encodeIntoCompressedBase64(toHdr(latency)),
    count: latency.count,
    minNs: latency.minNs,
    maxNs: latency.maxNs,
    sumNs: latency.sumNs,
  };
}

/** HdrHistogram's V2: a head of ten 32-bit words, then at most nine bytes for each of our buckets. */
const headBytes = 40;
const inflatedBytesMax = headBytes + 9 * bucketCount;
/** As base64, where deflate made nothing shorter: it adds five bytes for each 16 KiB at most. */
const encodedLengthMax = Math.ceil(((8 + inflatedBytesMax * 1.01) * 4) / 3) + 4;
const compressedCookie = 0x1c849304;
const plainCookie = 0x1c849303;

/**
 * The counts again, exactly. Written out here, for the library allocates and walks what the data declares: a few bytes
 * can name billions of buckets. Nothing larger than a histogram of ours is inflated.
 * @throws UserError when the data is damaged, of another geometry, or does not hold `count` samples.
 */
export function decodeHistogram(encoded: EncodedHistogram): LatencyCounts {
  const counts = countsOf(inflated(encoded.data));
  const count = counts.reduce((sum, each) => sum + each, 0);
  if (count !== encoded.count) throw damaged(`it holds ${count} samples instead of ${encoded.count}`);
  if (count === 0) return { ...emptyLatencyCounts(), counts };
  return { counts, count, sumNs: encoded.sumNs, minNs: encoded.minNs, maxNs: encoded.maxNs };
}

/** One after the other, so that no more than one is in memory beside what is made of them. */
export function* decodeHistograms(encoded: Iterable<EncodedHistogram>): Generator<LatencyCounts> {
  for (const each of encoded) yield decodeHistogram(each);
}

function inflated(data: string): Buffer {
  if (data.length > encodedLengthMax) throw damaged('it is longer than any of ours');
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length < 8 || cookieOf(bytes) !== compressedCookie)
    throw damaged('it does not begin as one of HdrHistogram');
  const end = 8 + bytes.readUInt32BE(4);
  if (end > bytes.length) throw damaged('it is cut short');
  try {
    return inflateSync(bytes.subarray(8, end), { maxOutputLength: inflatedBytesMax });
  } catch (error) {
    const isLong = errorCode(error) === 'ERR_BUFFER_TOO_LARGE';
    throw damaged(isLong ? 'it inflates to more than any of ours' : 'its compressed part is damaged');
  }
}

/** Without the bits that name the size of a word. */
function cookieOf(bytes: Buffer): number {
  return (bytes.readUInt32BE(0) & ~0xf0) >>> 0;
}

/** Counts in ZigZag LEB128 of up to nine bytes; negative ones are so many empty buckets. */
function countsOf(bytes: Buffer): Float64Array {
  if (bytes.length < headBytes || cookieOf(bytes) !== plainCookie) throw damaged('it has no head');
  const end = headBytes + bytes.readUInt32BE(4);
  if (end > bytes.length) throw damaged('it is cut short');
  // Cookie, length, an offset that the library writes as 1 and ignores, digits; lowest, highest value, ratio of 64 bits.
  if (bytes.readInt32BE(12) !== 3 || bytes.readBigInt64BE(16) !== 1n) {
    throw damaged('it has other buckets than ours (3 digits from 1 ns)');
  }
  const counts = new Float64Array(bucketCount);
  let index = 0;
  for (let at = headBytes; at < end; ) {
    let [value, scale] = [0, 1];
    for (let byteCount = 1; ; byteCount++, scale *= 128) {
      if (at === end) throw damaged('it is cut short');
      const byte = bytes[at++]!;
      const isLast = byteCount === 9 || byte < 128;
      value += (byteCount === 9 ? byte : byte & 127) * scale;
      if (isLast) break;
    }
    const isSkip = value % 2 === 1;
    const next = index + (isSkip ? (value + 1) / 2 : 1);
    if (next > bucketCount || value > Number.MAX_SAFE_INTEGER) throw damaged('it has more buckets than ours');
    if (!isSkip) counts[index] = value / 2;
    index = next;
  }
  return counts;
}

function damaged(reason: string): UserError {
  return UserError.of(
    `a latency histogram of the result cannot be read: ${reason}`,
    'the file was changed or cut: run the job again',
  );
}

/** One interval of an `.hlog` file. */
export interface HistogramLogEntry {
  /** `job:randread/eng:io_uring/op:read`: no comma, no blank. */
  readonly tag: string;
  readonly startEpochMs: number;
  readonly durationMs: number;
  readonly latency: LatencyCounts;
}

/**
 * A histogram log (format 1.3), as HdrHistogram's log processors and analysers read it: times in seconds, values in ns,
 * the interval's maximum in ms.
 */
export function histogramLog(entries: readonly HistogramLogEntry[]): string {
  let text = '';
  const writer = new HistogramLogWriter((part) => {
    text += part;
  });
  writer.outputLogFormatVersion();
  const startEpochMs = entries.reduce((earliest, entry) => Math.min(earliest, entry.startEpochMs), Infinity);
  if (entries.length > 0) {
    // Not outputStartTime: it adds an empty line, which is none of the format's.
    const seconds = (startEpochMs / 1000).toFixed(3);
    writer.outputComment(`[StartTime: ${seconds} (seconds since epoch), ${new Date(startEpochMs).toISOString()}]`);
  }
  writer.outputLegend();
  for (const entry of entries) {
    const histogram = toHdr(entry.latency);
    histogram.tag = printable(entry.tag.replace(/[\s,]+/g, '_'));
    writer.outputIntervalHistogram(
      histogram,
      (entry.startEpochMs - startEpochMs) / 1000,
      (entry.startEpochMs - startEpochMs + entry.durationMs) / 1000,
      1e6,
    );
  }
  return text;
}
