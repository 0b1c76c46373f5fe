/** Rates of jobs: side by side, against depth and latency, and as a matrix. */
import { type Direction, directions } from '../job/per-direction.js';
import { formatBandwidthShort, formatIops, formatLatencyNs } from '../support/units.js';
import { axisFromZero, axisLogWide, axisOfAmounts, axisOfSteps, countMark, latencyMark } from './axis.js';
import { type Chart, drawBars, drawHeatMap, drawLines } from './chart.js';
import { latencyText, listed } from './latency-pictures.js';
import { blockText, type DirectionFigures, type RunGroup } from './runs.js';

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
    return figures === undefined ? [] : [{ label, group, figures }];
  });
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
  const best = shown.reduce((found, each) =>
    each.figures.bytesPerSecond > found.figures.bytesPerSecond ? each : found,
  );
  const description = `Bandwidth of ${direction}s${mediansText(shown)}. The most: ${best.label} with ${formatBandwidthShort(best.figures.bytesPerSecond)}.`;
  return {
    id,
    title: `Bandwidth of ${subject} (${direction}), side by side`,
    description,
    drawing: drawBars({
      axis: axisFromZero({
        label: 'bandwidth (MiB/s)',
        values: shown.map(({ figures }) => figures.bytesPerSecond / 2 ** 20),
        format: countMark,
      }),
      bars: shown.map(({ label, figures }) => ({
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
  const best = shown.reduce((found, each) => (each.figures.iops > found.figures.iops ? each : found));
  const description = `IOPS of ${direction}s${mediansText(shown, '; whiskers from the least to the greatest')}. The most: ${best.label} with ${formatIops(best.figures.iops)}.`;
  return {
    id,
    title: `IOPS of ${subject} (${direction}), side by side`,
    description,
    drawing: drawBars({
      axis: axisFromZero({
        label: 'IOPS',
        values: shown.map(({ figures }) => figures.iopsRange.high),
        format: countMark,
      }),
      bars: shown.map(({ label, group, figures }) => ({
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
  const shown = all.flatMap(({ label, group }) => (group.cpuPerIo === null ? [] : [{ label, cost: group.cpuPerIo }]));
  if (shown.length < 2) return null;
  const sum = ({ userNs, systemNs, ringThreadNs }: (typeof shown)[number]['cost']) => userNs + systemNs + ringThreadNs;
  const least = shown.reduce((found, each) => (sum(each.cost) < sum(found.cost) ? each : found));
  const hasRing = shown.some(({ cost }) => cost.ringThreadNs > 0);
  const description = `CPU time per I/O in user space${hasRing ? ', in the kernel, and in kernel threads that work for the ring' : ' and in the kernel'}. The least: ${least.label} with ${formatLatencyNs(sum(least.cost))}.`;
  const legend = ['user', 'system', ...(hasRing ? ['ring threads'] : [])];
  return {
    id,
    title: `CPU per I/O of ${subject}`,
    description,
    drawing: drawBars({
      axis: axisFromZero({
        label: 'CPU time per I/O',
        values: shown.map(({ cost }) => sum(cost)),
        format: latencyMark,
      }),
      bars: shown.map(({ label, cost }) => ({
        label,
        parts: [cost.userNs, cost.systemNs, ...(hasRing ? [cost.ringThreadNs] : [])],
        text: formatLatencyNs(sum(cost)),
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
        formatLatencyNs(sum(cost)),
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

/** Mixes × block sizes of one subject, engine and depth, when there are two of each at least. */
export function matrixCharts(
  idStem: string,
  groups: readonly RunGroup[],
  what: 'iops' | 'bandwidth' = 'iops',
): Chart[] {
  const rateOf = (figures: DirectionFigures) => (what === 'iops' ? figures.iops : figures.bytesPerSecond);
  const format = what === 'iops' ? formatIops : formatBandwidthShort;
  const name = what === 'iops' ? 'IOPS' : 'Bandwidth';
  const families = new Map<string, RunGroup[]>();
  for (const group of groups) {
    const { engine, depth, workers, pattern, blockBytes } = group.workload;
    if (blockBytes === null) continue;
    const key = [group.subject, engine, depth, workers, pattern.startsWith('rand')].join(', ');
    families.set(key, [...(families.get(key) ?? []), group]);
  }
  return [...families.values()].flatMap((family, index) => {
    const mixes = [...new Set(family.map(({ workload }) => workload.readPercent))].sort((a, b) => b - a);
    const sizes = [...new Set(family.map(({ workload }) => workload.blockBytes!))].sort((a, b) => a - b);
    if (mixes.length < 2 || sizes.length < 2) return [];
    const rateAt = (mix: number, size: number) => {
      const found = family.find(({ workload }) => workload.readPercent === mix && workload.blockBytes === size);
      if (found === undefined) return null;
      return directions.reduce(
        (sum, direction) =>
          sum +
          found.directions
            .filter((figures) => figures.name === direction)
            .reduce((own, figures) => own + rateOf(figures), 0),
        0,
      );
    };
    const values = mixes.map((mix) => sizes.map((size) => rateAt(mix, size)));
    // Jobs that happen to differ in both are no matrix.
    if (values.flat().filter((value) => value === null).length * 4 > mixes.length * sizes.length) return [];
    const { engine, depth } = family[0]!.workload;
    const best = Math.max(...values.flat().map((value) => value ?? 0));
    const description = `${name} of reads and writes together for each mix and block size, ${engine} at depth ${depth}; the most is ${format(best)}.`;
    const columns = sizes.map(blockText);
    const rows = mixes.map((mix) => `${mix}/${100 - mix}`);
    return [
      {
        id: `${idStem}-${index}`,
        title: `${name} by mix and block size: ${family[0]!.subject}`,
        description,
        drawing: drawHeatMap({
          columnsLabel: 'block size',
          columns,
          rowsLabel: 'reads/writes (%)',
          rows,
          values,
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
      },
    ];
  });
}
