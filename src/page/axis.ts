/** Axes: from the values to be shown to a scale, its marks, and their texts. */
import { scaleLinear, scaleLog, scaleUtc } from 'd3-scale';
import { formatLatencyNs } from '../support/units.js';

interface AxisMark {
  /** 0 at the beginning of the axis, 1 at its end. */
  readonly share: number;
  readonly text: string;
}

export interface Axis {
  /** What is shown, and its unit: `latency`, `IOPS`. */
  readonly label: string;
  readonly marks: readonly AxisMark[];
  /** Where a value lies, 0 to 1; outside of the axis it is cut off at its ends. */
  readonly share: (value: number) => number;
}

interface AxisInput {
  readonly label: string;
  readonly values: readonly number[];
  readonly format: (value: number) => string;
}

/** From zero up: for amounts, whose ratios shall be seen as lengths. */
export function axisFromZero({ label, values, format }: AxisInput): Axis {
  const scale = scaleLinear()
    .domain([0, greatest(values)])
    .nice(5);
  return axisOf(label, scale.ticks(5), (value) => scale(value), format);
}

/** Between the least and the greatest value: for times, which have no zero of their own. */
export function axisBetween({ label, values, format }: AxisInput): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const scale = scaleLinear().domain(low < high ? [low, high] : [low, low + 1]);
  return axisOf(label, scale.ticks(6), (value) => scale(value), format);
}

const dayMs = 24 * 60 * 60 * 1000;

/** Up to this span, the part of `2026-11-30T23:09:05` that is shown. */
const dateParts = [
  [dayMs / 288, 11, 19],
  [dayMs, 11, 16],
  [4 * dayMs, 5, 16],
  [300 * dayMs, 5, 10],
  [Number.POSITIVE_INFINITY, 0, 7],
] as const;

/** From the first date to the last, in ms since 1970; in UTC, as exactly as the span asks. */
export function axisOfDates(label: string, dates: readonly number[]): Axis {
  const [first, last] = [Math.min(...dates), Math.max(...dates)];
  const scale = scaleUtc().domain(first < last ? [first, last] : [first, first + 1000]);
  const [, from, to] = dateParts.find(([spanMs]) => last - first <= spanMs)!;
  const format = (date: number) => new Date(date).toISOString().slice(from, to).replace('T', ' ');
  return axisOf(label, scale.ticks(4).map(Number), (date) => scale(date), format);
}

/** By magnitude; values of zero and less lie at the beginning. */
export function axisLog({ label, values, format }: AxisInput): Axis {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const [low, high] = positive.length === 0 ? [1, 10] : [Math.min(...positive), Math.max(...positive)];
  const scale = scaleLog().domain(low < high ? [low, high] : [low / 2, low * 2]);
  const [first, last] = scale.domain() as [number, number];
  return axisOf(label, logMarks(first, last), (value) => (value > 0 ? scale(value) : 0), format);
}

/** As `axisLog`, with some room before the least and beyond the greatest, so that marks of points are whole. */
export function axisLogWide(input: AxisInput): Axis {
  const positive = input.values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return axisLog(input);
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  const room = Math.max(1.05, (high / low) ** 0.06);
  return axisLog({ ...input, values: [low / room, high * room] });
}

/** Beyond this the smaller of two series would lie on the axis. */
const farApart = 12;

/** From zero up, unless series are so far apart that one of them would not be seen: then by magnitude, and the label says so. */
export function axisOfAmounts(
  label: string,
  series: readonly (readonly number[])[],
  format: AxisInput['format'],
): Axis {
  const heights = series.map((values) => Math.max(0, ...values.filter(Number.isFinite))).filter((height) => height > 0);
  const values = series.flat();
  return Math.max(...heights) > farApart * Math.min(...heights)
    ? axisLogWide({ label: `${label} (log)`, values, format })
    : axisFromZero({ label, values, format });
}

/** Powers of two, as depths and block sizes are: each value that occurs gets its mark. */
export function axisOfSteps({ label, values, format }: AxisInput): Axis {
  const steps = [...new Set(values)].sort((a, b) => a - b);
  const axis = axisLog({ label, values, format });
  const apart = Math.max(1, Math.ceil(steps.length / 9));
  return {
    ...axis,
    marks: steps
      .filter((_, index) => index % apart === 0)
      .map((value) => ({ share: axis.share(value), text: format(value) })),
  };
}

/** Percentiles by their distance from 100: as much room for 99 to 99.9 as for 90 to 99. */
export function axisOfPercentiles(percents: readonly number[]): Axis {
  const nines = (percent: number) => -Math.log10(1 - Math.min(percent, 99.9999) / 100);
  const last = Math.max(1, nines(Math.max(0, ...percents)));
  const marks = [0, 50, 90, 99, 99.9, 99.99, 99.999].filter((percent) => nines(percent) <= last + 1e-9);
  return {
    label: 'share of I/Os that were as fast or faster (axis by 1/(1−p))',
    marks: marks.map((percent) => ({ share: nines(percent) / last, text: `${percent}%` })),
    share: (percent) => cut(nines(percent) / last),
  };
}

function axisOf(
  label: string,
  ticks: readonly number[],
  share: (value: number) => number,
  format: (value: number) => string,
): Axis {
  return {
    label,
    marks: ticks.map((value) => ({ share: cut(share(value)), text: format(value) })),
    share: (value) => cut(share(value)),
  };
}

/** The fewer decades, the more of each. */
function logMarks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const steps = stepsOf(decades);
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of steps) {
      const value = Number((step * 10 ** power).toPrecision(6));
      if (value >= low * 0.999 && value <= high * 1.001) marks.push(value);
    }
  }
  if (marks.length > 0) return marks;
  return [low, high].map((value) => Number(value.toPrecision(3)));
}

function stepsOf(decades: number): number[] {
  if (decades > 4) return [1];
  if (decades > 1.5) return [1, 3];
  if (decades > 0.9) return [1, 2, 5];
  return decades > 0.4 ? [1, 1.5, 2, 3, 5, 7] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
}

function greatest(values: readonly number[]): number {
  const high = Math.max(0, ...values.filter(Number.isFinite));
  return high > 0 ? high : 1;
}

function cut(share: number): number {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}

/** For marks: `100us`, `1ms`; no digits that are zeros anyway. */
export function latencyMark(ns: number): string {
  return formatLatencyNs(ns)
    .replace(/(\.\d*?)0+(?=[a-z])/, '$1')
    .replace(/\.(?=[a-z])/, '');
}

const prefixes = ['', 'k', 'M', 'G', 'T'] as const;

/** For marks: `0`, `500`, `50k`, `1.5M`: no digits that are zeros anyway. */
export function countMark(value: number): string {
  const power =
    Math.abs(value) < 10_000 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(Math.abs(value)) / 3));
  return `${Number((value / 1000 ** power).toPrecision(4))}${prefixes[power]}`;
}
