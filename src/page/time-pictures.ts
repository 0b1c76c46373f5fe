/** What a job did over time: IOPS or bandwidth, mean latency, and p99 second by second. */

import { median } from '../stats/median.js';
import { formatBandwidthShort, formatIops, formatLatencyNs } from '../support/units.js';
import { axisBetween, axisOfAmounts, countMark, latencyMark } from './axis.js';
import { type Chart, drawLines, type Point } from './chart.js';
import { listed } from './latency-pictures.js';
import type { P99Point, SeriesWindow } from './runs.js';

/** Many windows on few pixels are averaged, so that a page of long runs stays small. */
const windowsMax = 240;

export interface LabelledSeries {
  readonly label: string;
  /** Of the last of so many repetitions. */
  readonly repetitionCount: number;
  readonly windows: readonly SeriesWindow[];
}

interface LabelledP99 {
  readonly label: string;
  readonly repetitionCount: number;
  readonly points: readonly P99Point[];
}

const kinds = {
  iops: { name: 'IOPS', axis: 'IOPS', mark: countMark, text: formatIops },
  bandwidth: {
    name: 'Bandwidth',
    axis: 'bandwidth (MiB/s)',
    mark: countMark,
    text: (mebibytes: number) => formatBandwidthShort(mebibytes * 2 ** 20),
  },
  mean: { name: 'Mean latency', axis: 'mean latency', mark: latencyMark, text: formatLatencyNs },
  p99: { name: '99th percentile of the latency', axis: 'p99 latency', mark: latencyMark, text: formatLatencyNs },
} as const;

/** IOPS, bandwidth or the mean latency, over time. null without windows. */
export function timeChart(
  id: string,
  subject: string,
  what: 'iops' | 'bandwidth' | 'mean',
  all: readonly LabelledSeries[],
): Chart | null {
  const lines = all.map(({ windows, ...rest }) => ({ ...rest, points: pointsOf(joined(windows), what) }));
  return chartOf(id, subject, what, lines, 'in windows over the measured time, without the ramp');
}

/** p99 of each second, of all I/Os of the job. null without. */
export function p99Chart(id: string, subject: string, all: readonly LabelledP99[]): Chart | null {
  const lines = all.map(({ points, ...rest }) => ({ ...rest, points: highest(points) }));
  return chartOf(
    id,
    subject,
    'p99',
    lines,
    'of all I/Os, second by second; of long runs the highest of several seconds',
  );
}

/** Averages would hide what a percentile is looked at for. */
function highest(points: readonly P99Point[]): Point[] {
  const size = Math.max(1, Math.ceil(points.length / windowsMax));
  const shown = Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const own = points.slice(index * size, (index + 1) * size);
    return { x: own[0]!.endMs / 1000, y: Math.max(...own.map(({ ns }) => ns)) };
  });
  const step = median(shown.slice(1).map(({ x }, index) => x - shown[index]!.x)) ?? 0;
  // Where seconds are missing nothing was completed: a line across them would say that it was, and how fast.
  return shown.flatMap((point, index) => {
    const before = shown[index - 1];
    return before !== undefined && point.x - before.x > 1.8 * step
      ? [{ x: before.x + step, y: Number.NaN }, point]
      : [point];
  });
}

function chartOf(
  id: string,
  subject: string,
  what: keyof typeof kinds,
  all: readonly { readonly label: string; readonly repetitionCount: number; readonly points: readonly Point[] }[],
  how: string,
): Chart | null {
  const lines = all.filter(({ points }) => points.length > 1);
  if (lines.length === 0) return null;
  const { name, axis, mark, text } = kinds[what];
  const points = lines.flatMap((each) => each.points);
  const isMeasured = (point: Point) => Number.isFinite(point.y);
  const x = axisBetween({ label: 'time (s)', values: [0, ...points.map((point) => point.x)], format: countMark });
  const y = axisOfAmounts(
    axis,
    lines.map((each) => each.points.filter(isMeasured).map((point) => point.y)),
    mark,
  );
  const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;
  const spans = lines.map((each) => {
    const [low, high] = range(each.points.filter(isMeasured).map((point) => point.y));
    return `${each.label === '' ? '' : `${each.label} `}between ${text(low)} and ${text(high)}`;
  });
  const repetitions = Math.max(...lines.map(({ repetitionCount }) => repetitionCount));
  const which = repetitions > 1 ? `, of the last of ${repetitions} repetitions` : '';
  const gaps = points.every(isMeasured) ? '' : ' Where the line has a gap nothing was completed.';
  const description = `${name} ${how}${which}: ${listed(spans)}.${gaps}`;
  const form = what === 'iops' || what === 'bandwidth' ? ('steps' as const) : ('line' as const);
  return {
    id,
    title: `${name} of ${subject} over time`,
    description,
    drawing: drawLines({ x, y, series: lines.map((each) => ({ ...each, form })), description }),
    legend: lines.map((each) => each.label),
    table: {
      head: ['series', 'windows', 'least', 'median', 'greatest'],
      rows: lines.map((each) => {
        const values = each.points.filter(isMeasured).map((point) => point.y);
        const [low, high] = range(values);
        return [each.label, String(values.length), text(low), text(median(values)!), text(high)];
      }),
    },
  };
}

function joined(windows: readonly SeriesWindow[]): SeriesWindow[] {
  const size = Math.ceil(windows.length / windowsMax);
  if (size <= 1) return [...windows];
  const groups: SeriesWindow[] = [];
  for (let start = 0; start < windows.length; start += size) {
    const own = windows.slice(start, start + size);
    const durationMs = own.reduce((sum, window) => sum + window.durationMs, 0);
    const weighted = (value: (window: SeriesWindow) => number) =>
      own.reduce((sum, window) => sum + value(window) * window.durationMs, 0) / durationMs;
    const timed = own.filter((window) => window.meanNs !== null);
    const ioCount = timed.reduce((sum, window) => sum + window.iops * window.durationMs, 0);
    groups.push({
      startMs: own[0]!.startMs,
      durationMs,
      iops: weighted((window) => window.iops),
      bytesPerSecond: weighted((window) => window.bytesPerSecond),
      meanNs:
        ioCount === 0
          ? null
          : timed.reduce((sum, window) => sum + window.meanNs! * window.iops * window.durationMs, 0) / ioCount,
    });
  }
  return groups;
}

/** Rates hold from the beginning of a window to its end; a mean stands in its middle, and is missing where nothing was completed. */
function pointsOf(windows: readonly SeriesWindow[], what: 'iops' | 'bandwidth' | 'mean'): Point[] {
  if (what === 'mean') {
    return windows.map(({ startMs, durationMs, meanNs }) => ({
      x: (startMs + durationMs / 2) / 1000,
      y: meanNs ?? Number.NaN,
    }));
  }
  const last = windows.at(-1);
  if (last === undefined) return [];
  const rateOf = ({ iops, bytesPerSecond }: SeriesWindow) => (what === 'iops' ? iops : bytesPerSecond / 2 ** 20);
  const begins = windows.map((window) => ({ x: window.startMs / 1000, y: rateOf(window) }));
  return [...begins, { x: (last.startMs + last.durationMs) / 1000, y: rateOf(last) }];
}
