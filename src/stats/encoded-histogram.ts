/**
 * Latency counts as text that every HdrHistogram library reads: its V2 encoding, and its logs. Bucket indexes are the
 * same on both sides (latency.ts), so counts move over one to one. What is written hdr-histogram-js writes; what is read is
 * read here, for the library allocates and walks whatever a few bytes declare.
 */

import { inflateSync } from 'node:zlib';
import { build, encodeIntoCompressedBase64, HistogramLogWriter, type JsHistogram } from 'hdr-histogram-js';
import type { Described, Zod } from '../support/described.js';
import { errorCode, UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { bucketCount, bucketLowestNs, emptyLatencyCounts, trackableNsEnd } from './latency.js';
import type { LatencyCounts } from './worker-report.js';

const histogramEncoding = 'HdrHistogram V2 compressed base64';

/** The exact sum, minimum and maximum stand beside `data`, which holds them to 1/1024 only. */
export const encodedHistogram = (z: Zod) => {
  const amount = z.number().nonnegative();
  return z.object({
    encoding: z.literal(histogramEncoding),
    data: z.string(),
    count: amount,
    minNs: amount,
    maxNs: amount,
    sumNs: amount,
  });
};

export type EncodedHistogram = Described<typeof encodedHistogram>;

/** HdrHistogram's V2: a head of ten 32-bit words, then at most nine bytes for each of our buckets. */
const headBytes = 40;
const significantDigits = 3;
const inflatedBytesMax = headBytes + 9 * bucketCount;
/** As base64, where deflate made nothing shorter: it adds five bytes for each 16 KiB at most. */
const encodedLengthMax = Math.ceil(((8 + inflatedBytesMax * 1.01) * 4) / 3) + 4;
const compressedCookie = 0x1c849304;
const plainCookie = 0x1c849303;

/** As a histogram of hdr-histogram-js with 64-bit counts. Exact minimum and maximum are not in it. */
function toHdr(latency: LatencyCounts): JsHistogram {
  const histogram = build({
    bitBucketSize: 64,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: trackableNsEnd - 1,
    numberOfSignificantValueDigits: significantDigits,
  }) as JsHistogram;
  for (let index = 0; index < latency.counts.length; index++) {
    const count = latency.counts[index]!;
    if (count > 0) histogram.recordValueWithCount(bucketLowestNs(index), count);
  }
  return histogram;
}

/** With the exact sum, minimum and maximum beside the text. */
export function encodeHistogram(latency: LatencyCounts): EncodedHistogram {
  const { count, minNs, maxNs, sumNs } = latency;
  return { encoding: histogramEncoding, data: encodeIntoCompressedBase64(toHdr(latency)), count, minNs, maxNs, sumNs };
}

/**
 * The counts again, exactly. The data may declare billions of buckets in a few bytes: nothing larger than a histogram of
 * ours is inflated.
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
  if (bytes.readInt32BE(12) !== significantDigits || bytes.readBigInt64BE(16) !== 1n) {
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
    const beginMs = entry.startEpochMs - startEpochMs;
    writer.outputIntervalHistogram(histogram, beginMs / 1000, (beginMs + entry.durationMs) / 1000, 1e6);
  }
  return text;
}
