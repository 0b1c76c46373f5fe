/** Decoded histograms of a result. Decoding takes some ms each, and several parts of a report look at the same one. */

import type { EncodedHistogram } from '../stats/encoded-histogram.js';
import { decodeHistogram } from '../stats/histogram.js';
import type { LatencyCounts } from '../stats/worker-report.js';

const decoded = new WeakMap<EncodedHistogram, LatencyCounts>();

/** Throws `UserError` when the data is damaged. */
export function latencyOf(histogram: EncodedHistogram): LatencyCounts {
  const known = decoded.get(histogram);
  if (known !== undefined) return known;
  const latency = decodeHistogram(histogram);
  decoded.set(histogram, latency);
  return latency;
}
