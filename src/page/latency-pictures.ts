/** Latencies of one job: how they are spread, and their percentiles, one series per variant and direction. */
import { formatCount, formatLatencyNs } from '../support/units.js';
import { axisFromZero, axisLog, axisLogWide, axisOfPercentiles, latencyMark } from './axis.js';
import { type Chart, drawLines, type Point } from './chart.js';
import type { DirectionFigures } from './runs.js';

/** One line of a chart: who, and what was measured. */
export interface LabelledFigures {
  readonly label: string;
  readonly figures: DirectionFigures;
}

/** Buckets of equal width on a logarithmic axis: 24 to a decade. */
const bucketsPerDecade = 24;

/** null when no series has a histogram. */
export function histogramChart(id: string, subject: string, all: readonly LabelledFigures[]): Chart | null {
  const shown = all.filter(({ figures }) => figures.bins.length > 0);
  if (shown.length === 0) return null;
  const shares = shown.map(({ label, figures }) => ({ label, points: sharesOf(figures) }));
  const points = shares.flatMap((series) => series.points);
  const x = axisLog({ label: 'latency (log)', values: points.map((point) => point.x), format: latencyMark });
  const y = axisFromZero({
    label: 'per cent of I/Os in a bucket',
    values: points.map((point) => point.y),
    format: (value) => `${Number(value.toPrecision(3))}%`,
  });
  const modes = shares.map((series) => {
    const peak = series.points.reduce((best, point) => (point.y > best.y ? point : best));
    return `${series.label} most often at ${formatLatencyNs(peak.x)}`;
  });
  const description = `Share of I/Os by latency, ${bucketsPerDecade} buckets to a decade: ${listed(modes)}.`;
  return {
    id,
    title: `How the latencies of ${subject} are spread`,
    description,
    drawing: drawLines({ x, y, series: shares.map((series) => ({ ...series, form: 'area' as const })), description }),
    legend: shares.map((series) => series.label),
    table: {
      head: ['series', 'I/Os', 'least', 'mean', 'greatest'],
      rows: shown.map(({ label, figures }) => [
        label,
        formatCount(figures.ioCount),
        formatLatencyNs(figures.bins[0]!.lowestNs),
        latencyText(figures.meanNs),
        latencyText(figures.maxNs),
      ]),
    },
  };
}

/** Middle of each bucket from the first used one to the last, per cent of all. */
function sharesOf({ bins }: DirectionFigures): Point[] {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const indexOf = (ns: number) => Math.floor(Math.log10(Math.max(1, ns)) * bucketsPerDecade);
  const counts = new Map<number, number>();
  for (const bin of bins) counts.set(indexOf(bin.lowestNs), (counts.get(indexOf(bin.lowestNs)) ?? 0) + bin.count);
  const [first, last] = [Math.min(...counts.keys()), Math.max(...counts.keys())];
  return Array.from({ length: last - first + 1 }, (_, offset) => ({
    x: 10 ** ((first + offset + 0.5) / bucketsPerDecade),
    y: ((counts.get(first + offset) ?? 0) / total) * 100,
  }));
}

const tablePercents = [50, 90, 99, 99.9, 99.99];

/** null when no series has percentiles. */
export function percentileChart(id: string, subject: string, all: readonly LabelledFigures[]): Chart | null {
  const shown = all.filter(({ figures }) => figures.curve.length > 1);
  if (shown.length === 0) return null;
  const points = shown.flatMap(({ figures }) => figures.curve);
  const x = axisOfPercentiles(points.map(({ percent }) => percent));
  const y = axisLogWide({ label: 'latency (log)', values: points.map(({ ns }) => ns), format: latencyMark });
  const at = (figures: DirectionFigures, percent: number) =>
    figures.curve.find((point) => Math.abs(point.percent - percent) < 1e-9)?.ns ?? null;
  const described = shown.map(({ label, figures }) => {
    const known = [50, 99].flatMap((percent) => {
      const ns = at(figures, percent);
      return ns === null ? [] : [`${formatLatencyNs(ns)} at ${percent} %`];
    });
    return `${label} ${known.length === 0 ? 'has too few I/Os for percentiles' : known.join(', ')}`;
  });
  const description = `Percentiles of the latency: ${listed(described)}.`;
  return {
    id,
    title: `The tail of ${subject}`,
    description,
    drawing: drawLines({
      x,
      y,
      series: shown.map(({ label, figures }) => ({
        label,
        form: figures.curve.length <= 20 ? ('line and marks' as const) : ('line' as const),
        points: figures.curve.map(({ percent, ns }) => ({ x: percent, y: ns })),
      })),
      description,
    }),
    legend: shown.map(({ label }) => label),
    table: {
      head: ['series', ...tablePercents.map((percent) => `p${percent}`), 'max'],
      rows: shown.map(({ label, figures }) => [
        label,
        ...tablePercents.map((percent) => latencyText(at(figures, percent))),
        latencyText(figures.maxNs),
      ]),
    },
  };
}

export function latencyText(ns: number | null): string {
  return ns === null ? '–' : formatLatencyNs(ns);
}

/** At most four, so that a description stays one. */
export function listed(texts: readonly string[]): string {
  return texts.length <= 4 ? texts.join('; ') : `${texts.slice(0, 4).join('; ')}; and ${texts.length - 4} more`;
}
