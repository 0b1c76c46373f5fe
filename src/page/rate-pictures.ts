/** Rates of jobs: side by side, against depth and latency, and as a matrix. */
import type { Direction } from '../job/per-direction.js';
import { formatBandwidthShort, formatIops, formatLatencyNs } from '../support/units.js';
import { axisFromZero, axisLogWide, axisOfAmounts, axisOfSteps, countMark, latencyMark } from './axis.js';
import { type Chart, drawBars, drawHeatMap, drawLines } from './chart.js';
import { latencyText, listed } from './latency-pictures.js';
import { blockText, type DirectionFigures, type RunGroup, totalCpuNs } from './runs.js';

export interface LabelledGroup {
  readonly label: string;
  readonly group: RunGroup;
}

/** Nothing where nothing was repeated. */
function mediansText(shown: readonly LabelledGroup[], more = ''): string {
  return shown.some(({ group }) => group.repetitionCount > 1) ? `, medians of the repetitions${more}` : '';
}

/** Those that have the direction, with its figures. */
function withFigures(all: readonly LabelledGroup[], direction: Direction) {
  return all.flatMap(({ label, group }) => {
    const figures = group.directions.find(({ name }) => name === direction);
    return figures === undefined ? [] : [{ label: barLabel(label, group), group, figures }];
  });
}

/** What failed or was interrupted is drawn, and neither crowned nor left unsaid. */
function barLabel(label: string, { trouble }: RunGroup): string {
  return trouble === null ? label : `${label} (not whole)`.trim();
}

/** More side by side are no picture any more. */
const barsMax = 24;

interface Drawn<T> {
  readonly bars: readonly T[];
  /** The best of all that are whole; null where none is. */
  readonly best: T | null;
  /** What is left out of the drawing, as a sentence; '' where nothing is. */
  readonly cut: string;
}

/** All of them in their order, or the best where they are too many. */
function drawnBars<T extends { readonly group: RunGroup }>(
  all: readonly T[],
  amountOf: (each: T) => number,
  better: 'more' | 'less',
): Drawn<T> {
  const sign = better === 'more' ? -1 : 1;
  const whole = all.filter(({ group }) => group.trouble === null).sort((a, b) => sign * (amountOf(a) - amountOf(b)));
  const best = whole[0] ?? null;
  if (all.length <= barsMax) return { bars: all, best, cut: '' };
  const bars = whole.slice(0, barsMax);
  const left = all.length - bars.length;
  return {
    bars,
    best,
    cut: ` Drawn: the ${bars.length} with the ${better === 'more' ? 'most' : 'least'}, of ${all.length}; the other ${left} are in the table.`,
  };
}

/** Bandwidths side by side, as throughput is asked for. null for fewer than two. */
export function bandwidthBars(
  id: string,
  subject: string,
  direction: Direction,
  all: readonly LabelledGroup[],
): Chart | null {
  const shown = withFigures(all, direction);
  if (shown.length < 2) return null;
  const { bars, best, cut } = drawnBars(shown, ({ figures }) => figures.bytesPerSecond, 'more');
  const most =
    best === null ? '' : ` The most: ${best.label} with ${formatBandwidthShort(best.figures.bytesPerSecond)}.`;
  const description = `Bandwidth of ${direction}s${mediansText(shown)}.${most}${cut}`;
  return {
    id,
    title: `Bandwidth of ${subject} (${direction}), side by side`,
    description,
    drawing: drawBars({
      axis: axisFromZero({
        label: 'bandwidth (MiB/s)',
        values: bars.map(({ figures }) => figures.bytesPerSecond / 2 ** 20),
        format: countMark,
      }),
      bars: bars.map(({ label, figures }) => ({
        label,
        parts: [figures.bytesPerSecond / 2 ** 20],
        text: formatBandwidthShort(figures.bytesPerSecond),
      })),
      description,
    }),
    legend: [],
    table: {
      head: ['', 'bandwidth', 'IOPS', 'mean latency'],
      rows: shown.map(({ label, figures }) => [
        label,
        formatBandwidthShort(figures.bytesPerSecond),
        formatIops(figures.iops),
        latencyText(figures.meanNs),
      ]),
    },
  };
}

/** Rates side by side, from zero; whiskers span the repetitions. null for fewer than two. */
export function rateBars(
  id: string,
  subject: string,
  direction: Direction,
  all: readonly LabelledGroup[],
): Chart | null {
  const shown = withFigures(all, direction);
  if (shown.length < 2) return null;
  const { bars, best, cut } = drawnBars(shown, ({ figures }) => figures.iops, 'more');
  const most = best === null ? '' : ` The most: ${best.label} with ${formatIops(best.figures.iops)}.`;
  const description = `IOPS of ${direction}s${mediansText(shown, '; whiskers from the least to the greatest')}.${most}${cut}`;
  return {
    id,
    title: `IOPS of ${subject} (${direction}), side by side`,
    description,
    drawing: drawBars({
      axis: axisFromZero({
        label: 'IOPS',
        values: bars.map(({ figures }) => figures.iopsRange.high),
        format: countMark,
      }),
      bars: bars.map(({ label, group, figures }) => ({
        label,
        parts: [figures.iops],
        text: formatIops(figures.iops),
        interval: group.repetitionCount > 1 ? figures.iopsRange : undefined,
      })),
      description,
    }),
    legend: [],
    table: {
      head: ['', 'IOPS', 'least', 'greatest', 'bandwidth', 'mean latency'],
      rows: shown.map(({ label, figures }) => [
        label,
        formatIops(figures.iops),
        formatIops(figures.iopsRange.low),
        formatIops(figures.iopsRange.high),
        formatBandwidthShort(figures.bytesPerSecond),
        latencyText(figures.meanNs),
      ]),
    },
  };
}

/** CPU time per I/O by who spends it. null for fewer than two, or where nothing is known. */
export function costBars(id: string, subject: string, all: readonly LabelledGroup[]): Chart | null {
  const shown = all.flatMap(({ label, group }) =>
    group.cpuPerIo === null ? [] : [{ label: barLabel(label, group), group, cost: group.cpuPerIo }],
  );
  if (shown.length < 2) return null;
  const { bars, best, cut } = drawnBars(shown, ({ cost }) => totalCpuNs(cost), 'less');
  const least = best === null ? '' : ` The least: ${best.label} with ${formatLatencyNs(totalCpuNs(best.cost))}.`;
  const hasRing = shown.some(({ cost }) => cost.ringThreadNs > 0);
  const description = `CPU time per I/O in user space${hasRing ? ', in the kernel, and in kernel threads that work for the ring' : ' and in the kernel'}.${least}${cut}`;
  const legend = ['user', 'system', ...(hasRing ? ['ring threads'] : [])];
  return {
    id,
    title: `CPU per I/O of ${subject}`,
    description,
    drawing: drawBars({
      axis: axisFromZero({
        label: 'CPU time per I/O',
        values: bars.map(({ cost }) => totalCpuNs(cost)),
        format: latencyMark,
      }),
      bars: bars.map(({ label, cost }) => ({
        label,
        parts: [cost.userNs, cost.systemNs, ...(hasRing ? [cost.ringThreadNs] : [])],
        text: formatLatencyNs(totalCpuNs(cost)),
      })),
      description,
    }),
    legend,
    table: {
      head: ['', ...legend, 'together'],
      rows: shown.map(({ label, cost }) => [
        label,
        formatLatencyNs(cost.userNs),
        formatLatencyNs(cost.systemNs),
        ...(hasRing ? [formatLatencyNs(cost.ringThreadNs)] : []),
        formatLatencyNs(totalCpuNs(cost)),
      ]),
    },
  };
}

/** Jobs that differ in nothing but the depth: a line of a depth curve. */
interface Ladder {
  readonly label: string;
  readonly direction: Direction;
  /** By rising depth. */
  readonly steps: readonly { readonly depth: number; readonly figures: DirectionFigures }[];
}

/** Ladders of at least three depths. Depth here is iodepth × workers: what is in flight at most. */
export function laddersOf(groups: readonly RunGroup[], labelOf: (group: RunGroup) => string): Ladder[] {
  const found = new Map<string, { label: string; direction: Direction; steps: Ladder['steps'][number][] }>();
  for (const group of groups) {
    const { depth, workers, ...rest } = group.workload;
    if (depth === null) continue;
    for (const figures of group.directions) {
      const key = JSON.stringify([group.subject, rest, figures.name]);
      const label = `${labelOf(group)}${group.directions.length > 1 ? ` ${figures.name}` : ''}`;
      const known = found.get(key) ?? { label, direction: figures.name, steps: [] };
      found.set(key, known);
      known.steps.push({ depth: depth * workers, figures });
    }
  }
  return [...found.values()]
    .map((ladder) => ({ ...ladder, steps: ladder.steps.sort((a, b) => a.depth - b.depth) }))
    .filter(({ steps }) => new Set(steps.map(({ depth }) => depth)).size >= 3);
}

/** The smallest depth that reaches 95 % of the best rate. */
export function sufficientDepth({ steps }: Ladder): number {
  const best = Math.max(...steps.map(({ figures }) => figures.iops));
  return steps.find(({ figures }) => figures.iops >= 0.95 * best)!.depth;
}

export function depthChart(id: string, ladders: readonly Ladder[]): Chart | null {
  if (ladders.length === 0) return null;
  const all = ladders.flatMap(({ steps }) => steps);
  const described = ladders.map(
    (ladder) => `${ladder.label}: depth ${sufficientDepth(ladder)} is within 5 % of its best`,
  );
  const description = `IOPS by requests in flight. ${listed(described)}.`;
  return {
    id,
    title: 'What depth buys',
    description,
    drawing: drawLines({
      x: axisOfSteps({ label: 'requests in flight (log)', values: all.map(({ depth }) => depth), format: String }),
      y: axisOfAmounts(
        'IOPS',
        ladders.map(({ steps }) => steps.map(({ figures }) => figures.iops)),
        countMark,
      ),
      series: ladders.map(({ label, steps }) => ({
        label,
        form: 'line and marks' as const,
        points: steps.map(({ depth, figures }) => ({ x: depth, y: figures.iops })),
      })),
      description,
    }),
    legend: ladders.map(({ label }) => label),
    table: ladderTable(ladders),
  };
}

/** Latency by the rate reached: the fairest picture of two devices, for it knows no depth. */
export function hockeyStick(id: string, ladders: readonly Ladder[], percent: 50 | 99 | 99.9): Chart | null {
  const at = (figures: DirectionFigures) =>
    figures.curve.find((point) => Math.abs(point.percent - percent) < 1e-9)?.ns ?? null;
  const lines = ladders
    .map(({ label, steps }) => ({
      label,
      points: steps.flatMap(({ figures }) => {
        const ns = at(figures);
        return ns === null ? [] : [{ x: figures.iops, y: ns }];
      }),
    }))
    .filter(({ points }) => points.length > 1);
  if (lines.length === 0) return null;
  const points = lines.flatMap((each) => each.points);
  const description = `p${percent} of the latency against the IOPS reached, one mark per depth, from left to right the deeper. Low and far to the right is good.`;
  return {
    id,
    title: `What a rate costs in latency (p${percent})`,
    description,
    drawing: drawLines({
      x: axisOfAmounts(
        'IOPS reached',
        lines.map((each) => each.points.map((point) => point.x)),
        countMark,
      ),
      y: axisLogWide({
        label: `p${percent} latency (log)`,
        values: points.map((point) => point.y),
        format: latencyMark,
      }),
      series: lines.map((each) => ({ ...each, form: 'line and marks' as const })),
      description,
    }),
    legend: lines.map((each) => each.label),
    table: ladderTable(ladders),
  };
}

function ladderTable(ladders: readonly Ladder[]): Chart['table'] {
  const at = (figures: DirectionFigures, percent: number) =>
    figures.curve.find((point) => point.percent === percent)?.ns ?? null;
  return {
    head: ['series', 'in flight', 'IOPS', 'p50', 'p99'],
    rows: ladders.flatMap(({ label, steps }) =>
      steps.map(({ depth, figures }) => [
        label,
        String(depth),
        formatIops(figures.iops),
        latencyText(at(figures, 50)),
        latencyText(at(figures, 99)),
      ]),
    ),
  };
}

interface MixMatrix {
  readonly subject: string;
  readonly engine: string;
  readonly depth: number | null;
  /** `65/35`: reads and writes, per cent. */
  readonly rows: readonly string[];
  /** Block sizes. */
  readonly columns: readonly string[];
  /** Of reads and writes together; null = not measured. */
  readonly values: readonly (readonly (number | null)[])[];
}

/** Mixes × block sizes of one subject, engine and depth, when there are two of each at least. */
export function mixMatrices(
  groups: readonly RunGroup[],
  rateOf: (figures: DirectionFigures) => number = ({ iops }) => iops,
): MixMatrix[] {
  const families = new Map<string, RunGroup[]>();
  for (const group of groups) {
    const { engine, depth, workers, pattern, blockBytes } = group.workload;
    if (blockBytes === null) continue;
    const key = [group.subject, engine, depth, workers, pattern.startsWith('rand')].join(', ');
    families.set(key, [...(families.get(key) ?? []), group]);
  }
  return [...families.values()].flatMap((family) => {
    const mixes = [...new Set(family.map(({ workload }) => workload.readPercent))].sort((a, b) => b - a);
    const sizes = [...new Set(family.map(({ workload }) => workload.blockBytes!))].sort((a, b) => a - b);
    if (mixes.length < 2 || sizes.length < 2) return [];
    const rateAt = (mix: number, size: number) => {
      const found = family.find(({ workload }) => workload.readPercent === mix && workload.blockBytes === size);
      if (found === undefined) return null;
      return found.directions.reduce((sum, figures) => sum + rateOf(figures), 0);
    };
    const values = mixes.map((mix) => sizes.map((size) => rateAt(mix, size)));
    // Jobs that happen to differ in both are no matrix.
    if (values.flat().filter((value) => value === null).length * 4 > mixes.length * sizes.length) return [];
    const { engine, depth } = family[0]!.workload;
    const rows = mixes.map((mix) => `${mix}/${100 - mix}`);
    return [{ subject: family[0]!.subject, engine, depth, rows, columns: sizes.map(blockText), values }];
  });
}

/** One for each family of jobs, all with one scale, so that they can be looked at side by side. */
export function matrixCharts(
  idStem: string,
  groups: readonly RunGroup[],
  what: 'iops' | 'bandwidth' = 'iops',
): Chart[] {
  const format = what === 'iops' ? formatIops : formatBandwidthShort;
  const name = what === 'iops' ? 'IOPS' : 'Bandwidth';
  const matrices = mixMatrices(groups, (figures) => (what === 'iops' ? figures.iops : figures.bytesPerSecond));
  const greatest = (values: MixMatrix['values']) => Math.max(...values.flat().map((value) => value ?? 0));
  const scaleMax = Math.max(...matrices.map(({ values }) => greatest(values)));
  return matrices.map(({ subject, engine, depth, rows, columns, values }, index) => {
    const scale = matrices.length > 1 ? `; darkest is ${format(scaleMax)} in all of these` : '';
    const description = `${name} of reads and writes together for each mix and block size, ${engine} at depth ${depth}; the most is ${format(greatest(values))}${scale}.`;
    return {
      id: `${idStem}-${index}`,
      title: `${name} by mix and block size: ${subject}`,
      description,
      drawing: drawHeatMap({
        columnsLabel: 'block size',
        columns,
        rowsLabel: 'reads/writes (%)',
        rows,
        values,
        scaleMax,
        format,
        description,
      }),
      legend: [],
      table: {
        head: ['reads/writes', ...columns],
        rows: rows.map((row, rowIndex) => [
          row,
          ...values[rowIndex]!.map((value) => (value === null ? '–' : format(value))),
        ]),
      },
    };
  });
}
