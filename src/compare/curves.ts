/** Percentile curves of two sides: all repetitions of a side merged into one histogram, where there are histograms. */
import { decodeHistograms } from '../stats/encoded-histogram.js';
import { percentilesNs } from '../stats/histogram.js';
import { mergeLatencyCounts } from '../stats/latency.js';
import { median } from '../stats/median.js';
import type { JobSamples, LatencySample } from './samples.js';
import { type ComparedDirection, comparedDirections, type LatencyKind, type PercentileCurve } from './types.js';

const percents = [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.99, 99.995, 99.999];

/** Fewer samples beyond a percentile than this draw more of chance than of the disk. */
const samplesBeyondToDraw = 10;

type Curve = PercentileCurve['baseline'];

export function curvesOf(baseline: JobSamples, current: JobSamples, kind: LatencyKind): PercentileCurve[] {
  return comparedDirections.flatMap((direction) => {
    const curve = {
      direction,
      baseline: curveOf(baseline, direction, kind),
      current: curveOf(current, direction, kind),
    };
    return curve.baseline.length > 1 && curve.current.length > 1 ? [curve] : [];
  });
}

function curveOf({ samples }: JobSamples, direction: ComparedDirection, kind: LatencyKind): Curve {
  const latencies = samples.flatMap((sample) => sample.directions[direction]?.latency[kind] ?? []);
  const histograms = latencies.flatMap(({ histogram }) => histogram ?? []);
  if (histograms.length === 0) return curveOfPoints(latencies);
  const merged = mergeLatencyCounts(decodeHistograms(histograms));
  const shown = percents.filter((percent) => hasTail(merged.count, percent));
  const values = percentilesNs(merged, shown);
  return shown.map((percent, index) => ({ percent, ns: values[index]! }));
}

/** Documents of fio have percentiles alone; those of several runs are averaged by their median. */
function curveOfPoints(latencies: readonly LatencySample[]): Curve {
  const count = latencies.reduce((sum, latency) => sum + latency.count, 0);
  const known = [...new Set(latencies.flatMap(({ points }) => points.map(({ percent }) => percent)))];
  return known
    .filter((percent) => hasTail(count, percent))
    .sort((a, b) => a - b)
    .flatMap((percent) => {
      const values = latencies.flatMap(({ points }) => points.filter((point) => point.percent === percent));
      const ns = median(values.map((point) => point.ns));
      return ns === null ? [] : [{ percent, ns }];
    });
}

function hasTail(count: number, percent: number): boolean {
  return (count * Math.round((100 - percent) * 1000)) / 100_000 >= samplesBeyondToDraw;
}
