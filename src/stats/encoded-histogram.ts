/**
 * Latency counts as text that every HdrHistogram library reads: its V2 encoding, and its logs. Bucket indexes are the
 * same on both sides (latency.ts), so counts move over one to one.
 */

import { deflateSync, inflateSync } from 'node:zlib';
import type { Described, Zod } from '../support/described.js';
import { errorCode, UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { bucketCount, emptyLatencyCounts, trackableNsEnd } from './latency.js';
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
/** Of a cookie: counts take as few bytes as each needs. */
const variableWords = 0x10;

/** With the exact sum, minimum and maximum beside the text. */
export function encodeHistogram(latency: LatencyCounts): EncodedHistogram {
  const { count, minNs, maxNs, sumNs } = latency;
  return { encoding: histogramEncoding, data: encodedText(latency.counts), count, minNs, maxNs, sumNs };
}

function encodedText(counts: Float64Array): string {
  const numbers = encodedCounts(counts);
  const plain = Buffer.alloc(headBytes + numbers.length);
  plain.writeInt32BE(plainCookie | variableWords, 0);
  plain.writeInt32BE(numbers.length, 4);
  plain.writeInt32BE(significantDigits, 12);
  plain.writeBigInt64BE(1n, 16);
  plain.writeBigInt64BE(BigInt(trackableNsEnd - 1), 24);
  plain.writeDoubleBE(1, 32);
  plain.set(numbers, headBytes);
  const deflated = deflateSync(plain);
  const head = Buffer.alloc(8);
  head.writeInt32BE(compressedCookie | variableWords, 0);
  head.writeInt32BE(deflated.length, 4);
  return Buffer.concat([head, deflated]).toString('base64');
}

/** Up to the last bucket in use; a row of empty ones is one negative number. In ZigZag LEB128, the least bits first. */
function encodedCounts(counts: Float64Array): number[] {
  const bytes: number[] = [];
  const put = (zigZag: number): void => {
    let rest = zigZag;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  };
  let emptyCount = 0;
  for (const count of counts) {
    if (count === 0) {
      emptyCount++;
      continue;
    }
    if (emptyCount > 0) put(emptyCount === 1 ? 0 : 2 * emptyCount - 1);
    emptyCount = 0;
    put(2 * count);
  }
  return bytes.length === 0 ? [0] : bytes;
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
  // Cookie, length, an offset that hdr-histogram-js writes as 1 and ignores, digits; lowest, highest value, ratio of 64 bits.
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
  const startEpochMs = entries.reduce((earliest, entry) => Math.min(earliest, entry.startEpochMs), Infinity);
  const seconds = (ms: number): string => (ms / 1000).toFixed(3);
  const lines = ['#[Histogram log format version 1.3]'];
  if (entries.length > 0) {
    const date = new Date(startEpochMs).toISOString();
    lines.push(`#[StartTime: ${seconds(startEpochMs)} (seconds since epoch), ${date}]`);
  }
  lines.push('"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"');
  for (const { tag, startEpochMs: beginMs, durationMs, latency } of entries) {
    const figures = [seconds(beginMs - startEpochMs), seconds(durationMs), (latency.maxNs / 1e6).toFixed(3)];
    const name = printable(tag.replace(/[\s,]+/g, '_'));
    lines.push(`Tag=${name},${figures.join(',')},${encodedText(latency.counts)}`);
  }
  return `${lines.join('\n')}\n`;
}
