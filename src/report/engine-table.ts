/**
 * The closing table of a run with several engines: one block per job, engines side by side, each figure with its ratio
 * to the first engine's. Rows are figures and columns engines, so that statistics of repetitions find room as further
 * rows, and long engine names break over lines of the head.
 */

import { directions } from '../job/per-direction.js';
import type { IotestDocument } from '../results/document.js';
import { bytesPerSecondOf, cpuNsPerIo, percentileNs, wholeRuns } from '../results/figures.js';
import { latencyOf } from '../stats/latencies.js';
import { median } from '../stats/median.js';
import { printable } from '../support/printable.js';
import { formatLatencyNs } from '../support/units.js';
import { elementMeans } from './chain-text.js';
import { iopsText, rates, shownFigures } from './job-figures.js';
import { type JobPair, jobsWithIo, nameOf } from './job-text.js';
import { reportColumns } from './layout.js';
import { tableLines } from './table.js';
import type { Style } from './terminal.js';

/** One figure of one job on several engines; null where an engine has none. */
export interface Figure {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly format: (value: number) => string;
  readonly better: 'more' | 'less';
}

export interface EngineComparison {
  readonly jobName: string;
  readonly engineLabels: readonly string[];
  /** Runs per engine; figures are their medians. */
  readonly repetitionCount: number;
  readonly figures: readonly Figure[];
}

/** Jobs that ran in more than one variant, in the order of their first run. Empty when there are none. */
export function compareEngines(document: IotestDocument): EngineComparison[] {
  return jobsWithIo(document).flatMap((pairs) => {
    const labels = [...new Set(pairs.map((pair) => pair.iotest.variant))];
    if (labels.length < 2) return [];
    const byVariant = labels.map((label) => pairs.filter((pair) => pair.iotest.variant === label));
    return [
      {
        jobName: nameOf(pairs[0]!),
        engineLabels: labels,
        repetitionCount: Math.max(...byVariant.map((runs) => runs.length)),
        figures: figuresOf(byVariant),
      },
    ];
  });
}

/** @param all the runs of one job, for each variant its repetitions. */
export function figuresOf(all: readonly (readonly JobPair[])[]): Figure[] {
  const byVariant = all.map((runs) => wholeRuns(runs));
  const pairs = byVariant.flat();
  const shown = shownFigures(pairs[0]!.iotest);
  const used = directions.filter((name) => pairs.some(({ fio }) => fio[name].total_ios > 0));
  const figure = (
    name: string,
    better: Figure['better'],
    format: Figure['format'],
    value: (pair: JobPair) => number | null,
  ): Figure => ({ name, better, format, values: byVariant.map((runs) => median(runs.map(value))) });
  const perDirection = used.flatMap((name) => {
    const prefix = used.length > 1 ? `${name} ` : '';
    const ran = (value: (pair: JobPair) => number | null) => (pair: JobPair) =>
      pair.fio[name].total_ios > 0 ? value(pair) : null;
    const percentile =
      (percent: number, of: 'total' | 'openLoop' = 'total') =>
      (pair: JobPair) => {
        const histogram = pair.iotest.histograms[name]?.[of];
        return histogram === undefined ? null : percentileNs(latencyOf(histogram), percent);
      };
    return [
      figure(
        `${prefix}IOPS`,
        'more',
        (iops) => iopsText(iops, shown),
        ran(({ fio }) => fio[name].iops),
      ),
      figure(
        `${prefix}BW`,
        'more',
        (bytesPerSecond) => rates(bytesPerSecond, shown)[0],
        ran(({ fio }) => bytesPerSecondOf(fio[name])),
      ),
      figure(
        `${prefix}mean`,
        'less',
        formatLatencyNs,
        ran(({ fio }) => (fio[name].lat_ns.N > 0 ? fio[name].lat_ns.mean : null)),
      ),
      figure(`${prefix}p50`, 'less', formatLatencyNs, ran(percentile(50))),
      figure(`${prefix}p99`, 'less', formatLatencyNs, ran(percentile(99))),
      figure(`${prefix}p99.9`, 'less', formatLatencyNs, ran(percentile(99.9))),
      ...(pairs.some(({ iotest }) => iotest.histograms[name]?.openLoop !== undefined)
        ? [figure(`${prefix}open-loop p99`, 'less', formatLatencyNs, ran(percentile(99, 'openLoop')))]
        : []),
    ];
  });
  return [
    ...perDirection,
    ...elementFigures(byVariant),
    figure('CPU/IO', 'less', formatLatencyNs, ({ iotest }) => cpuNsPerIo(iotest)),
    figure('usr CPU/IO', 'less', formatLatencyNs, ({ iotest }) => iotest.cpu.perIo?.userNs ?? null),
    figure('sys CPU/IO', 'less', formatLatencyNs, ({ iotest }) => iotest.cpu.perIo?.systemNs ?? null),
    ...(pairs.some(({ iotest }) => iotest.cpu.ringThreadNs > 0)
      ? [figure('ring CPU/IO', 'less', formatLatencyNs, ({ iotest }) => iotest.cpu.perIo?.ringThreadNs ?? null)]
      : []),
  ];
}

/** Mean latency of each element of chains, in the order of the first run that has them. */
function elementFigures(byVariant: readonly (readonly JobPair[])[]): Figure[] {
  const means = byVariant.map((runs) => runs.map(({ iotest }) => elementMeans(iotest)));
  const names = [...new Set(means.flat().flatMap((each) => [...each.keys()]))];
  return names
    .map((name): Figure => {
      const values = means.map((runs) => median(runs.map((each) => each.get(name) ?? null)));
      return { name: `${name} mean`, better: 'less', format: formatLatencyNs, values };
    })
    .filter(({ values }) => values.some((value) => value !== null));
}

/** `1.36x`; nothing where there is no ratio. */
export function ratioText(value: number | null, first: number | null): string {
  if (value === null || first === null || first === 0) return '';
  const ratio = value / first;
  return `${ratio.toFixed(ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0)}x`;
}

const nameColumns = 11;
const valueColumns = 9;
const ratioColumns = 5;
const gapColumns = 2;
const indentColumns = 2;

function enginesPerBlock(figures: readonly Figure[]): number {
  const names = Math.max(nameColumns, ...figures.map(({ name }) => name.length));
  const left = reportColumns - indentColumns - names - gapColumns - valueColumns;
  return 1 + Math.floor(left / (valueColumns + ratioColumns + 2 * gapColumns));
}

/** Tables of at most 80 columns. More engines than fit go below, the first engine again at the left. */
export function engineTableLines(comparisons: readonly EngineComparison[], style: Style): string[] {
  return comparisons.flatMap((comparison) => {
    const indexes = comparison.engineLabels.map((_, index) => index);
    const others = indexes.slice(1);
    const blocks: number[][] = [];
    const perBlock = enginesPerBlock(comparison.figures);
    for (let start = 0; start < others.length; start += perBlock - 1) {
      blocks.push([0, ...others.slice(start, start + perBlock - 1)]);
    }
    const runs = comparison.repetitionCount > 1 ? `medians of ${comparison.repetitionCount} runs, ` : '';
    const title = `${style.heading(printable(comparison.jobName))}: engines compared (${runs}x = ratio to ${comparison.engineLabels[0]})`;
    return [title, ...blocks.flatMap((block) => [...blockLines(comparison, block, style), ''])];
  });
}

function blockLines({ engineLabels, figures }: EngineComparison, block: readonly number[], style: Style): string[] {
  const heads = block.map((index) => engineLabels[index]!.split(/(?=\+)/));
  const headHeight = Math.max(...heads.map((head) => head.length));
  const headRows = Array.from({ length: headHeight }, (_, line) => [
    '',
    ...heads.flatMap((head, position) => (position === 0 ? [head[line] ?? ''] : [head[line] ?? '', ''])),
  ]);
  const rows = figures.map(({ name, values, format }) => [
    name,
    ...block.flatMap((index, position) => {
      const value = values[index]!;
      const text = value === null ? '-' : format(value);
      // Of single runs nothing is better or worse for certain: no colour says so.
      return position === 0 ? [text] : [text, ratioText(value, values[0]!)];
    }),
  ]);
  const align = ['left', ...block.flatMap((_, position) => (position === 0 ? ['right'] : ['right', 'right']))] as (
    | 'left'
    | 'right'
  )[];
  const strong = headRows.map((row) => row.map((cell) => (cell === '' ? '' : style.strong(cell))));
  return tableLines({ rows: [...strong, ...rows], align, indent: indentColumns, gap: gapColumns });
}
