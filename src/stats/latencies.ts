/** Decoded histograms of a result. Decoding takes some ms each, and several parts of a report look at the same one. */
import { decodeHistogram, type EncodedHistogram } from './encoded-histogram.js';
import type { LatencyCounts } from './worker-report.js';

/** Those that were looked at last: each takes 272 KiB, and a sweep has thousands. */
const decoded = new Map<EncodedHistogram, LatencyCounts>();
const keptMax = 100;

/** Throws `UserError` when the data is damaged. */
export function latencyOf(histogram: EncodedHistogram): LatencyCounts {
  const latency = decoded.get(histogram) ?? decodeHistogram(histogram);
  decoded.delete(histogram);
  decoded.set(histogram, latency);
  if (decoded.size > keptMax) decoded.delete(decoded.keys().next().value!);
  return latency;
}
