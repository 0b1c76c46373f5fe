/** A sweep as text, 80 columns wide: tables and small charts along the depth, and what they show in words. */

import { truncate, wrap } from '../report/layout.js';
import { plotLines, plotSeriesMax } from '../report/plot.js';
import { headerLines } from '../report/run-header.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import { warningLines } from '../report/warning-lines.js';
import type { IotestDocument } from '../results/document.js';
import { formatRun } from '../run/text.js';
import { printable } from '../support/printable.js';
import { formatBandwidthShort, formatDurationSeconds, formatIops, formatLatencyNs } from '../support/units.js';
import type { Warning } from '../support/warning.js';
import {
  type DepthFinding,
  depthOption,
  nearlyBest,
  type SweepCell,
  type SweepFigures,
  type SweepSeries,
  sweepCells,
  sweepSeries,
} from './curves.js';
import { isSweep, placeOf, type SweepDocument } from './document.js';
import { pointText } from './points.js';

/** A saved document as the verb that made it prints it. */
export function formatSaved(document: IotestDocument, warnings: readonly Warning[], style: Style): string {
  return isSweep(document) ? formatSweep(document, warnings, style) : formatRun(document, warnings, style);
}

/** Ends with a newline. Warnings come after the figures that they are about. */
export function formatSweep(document: SweepDocument, warnings: readonly Warning[], style: Style): string {
  const option = depthOption(document);
  const series = sweepSeries(document);
  const blocks = [
    headerLines(document, style),
    factsOf(document),
    ...(option === null ? plainTables(document, style) : depthBlocks(document, option, series, style)),
    series.length > 1 && option !== null ? summaryLines(series, option, style) : [],
    series.some(({ depthFixed }) => depthFixed === null) ? methodLines(document) : [],
    failedLines(document, style),
    warningLines(condensed(warnings), style),
    document.iotest.interrupted ? [style.caution('stopped: these are the points measured until then')] : [],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n').trimEnd())
    .join('\n\n')}\n`;
}

function factsOf({ iotest: { sweep, interrupted } }: SweepDocument): string[] {
  const count = sweep.axes.reduce((product, { values }) => product * values.length, 1);
  const points = interrupted ? `${sweep.points.length} of ${count} points` : `${count} points`;
  const times = sweep.repeat === 1 ? 'measured once' : `measured ${sweep.repeat} times`;
  return [
    ...sweep.axes.flatMap(({ option, values }) => wrap(printable(values.join(' ')), `sweep of ${printable(option)}: `)),
    `${points}, ${times}, in an order drawn from seed ${sweep.orderSeed}`,
  ];
}

// ----------------------------------------------------------------------------------------------------- along the depth

function depthBlocks(
  { iotest }: SweepDocument,
  option: string,
  series: readonly SweepSeries[],
  style: Style,
): string[][] {
  const families = new Map<string, SweepSeries[]>();
  for (const each of series) {
    const key = `${each.jobName}\n${each.direction}`;
    families.set(key, [...(families.get(key) ?? []), each]);
  }
  const hasRange = iotest.sweep.repeat > 1;
  return [...families.values()].flatMap((family) => [
    ...family.map((each) => seriesBlock(each, option, hasRange, style)),
    ...(style.charts ? chartBlocks(family, option, style) : []),
  ]);
}

function titleOf({ jobName, direction, fixed }: SweepSeries): string {
  const rest = pointText(fixed);
  return printable(`${jobName}, ${direction}${rest === '' ? '' : `, ${rest}`}`);
}

function seriesBlock(series: SweepSeries, option: string, hasRange: boolean, style: Style): string[] {
  const rows = series.steps.map(({ figures }) => [figures.values[option]!, ...figureCells(figures, hasRange)]);
  const head = [option, ...figureHead(hasRange)];
  return [style.heading(titleOf(series)), ...tableOf([head, ...rows], 1, style), ...findingLines(series, option)];
}

function findingLines(series: SweepSeries, option: string): string[] {
  if (series.depthFixed !== null) {
    const requests = series.depthFixed === 1 ? 'one request' : `${series.depthFixed} requests`;
    return wrap(`this engine has ${requests} in flight whatever ${option} says: the rows differ by noise alone`, '  ');
  }
  return [
    ...wrap(bestText(series, option), '  best  : '),
    ...(series.steps.length < 2
      ? []
      : [...wrap(kneeText(series, option), '  knee  : '), ...wrap(sufficientText(series, option), '  enough: ')]),
  ];
}

function figureHead(hasRange: boolean): string[] {
  return ['IOPS', ...(hasRange ? ['lowest', 'highest'] : []), 'BW', 'mean', 'p50', 'p99', 'p99.9'];
}

function figureCells(figures: SweepFigures, hasRange: boolean): string[] {
  const rates = figures.runs.map(({ iops }) => iops);
  return [
    formatIops(figures.iops),
    ...(hasRange ? [formatIops(Math.min(...rates)), formatIops(Math.max(...rates))] : []),
    formatBandwidthShort(figures.bytesPerSecond),
    ...[figures.meanNs, figures.p50Ns, figures.p99Ns, figures.p999Ns].map(latencyText),
  ];
}

function latencyText(ns: number | null): string {
  return ns === null ? '-' : formatLatencyNs(ns);
}

/** @param nameCount columns at the left that are no figures */
function tableOf(rows: readonly (readonly string[])[], nameCount: number, style: Style): string[] {
  const [first, ...lines] = tableLines({
    rows: rows.map((row) =>
      row.map((cell, index) => (index < nameCount ? truncate(printable(cell), 20, style.unicode) : cell)),
    ),
    align: rows[0]!.map(() => 'right' as const),
    indent: 2,
    gap: 2,
  });
  return [style.strong(first!), ...lines];
}

function bestText({ best, steps }: SweepSeries, option: string): string {
  const before = steps.at(-2);
  const isRising =
    before !== undefined && best === steps.at(-1) && before.figures.iops < nearlyBest * best.figures.iops;
  const hint = isRising ? '; it still rises there: measure deeper' : '';
  return `${formatIops(best.figures.iops)} IOPS at ${option}=${best.depth}${hint}`;
}

function kneeText({ knee }: SweepSeries, option: string): string {
  if (knee === null) return 'no latency was measured';
  return `${option}=${knee.depth}, where IOPS / mean latency is greatest${scatterText(knee)}`;
}

function sufficientText({ sufficient, best }: SweepSeries, option: string): string {
  const share = Math.round((1 - nearlyBest) * 100);
  const text = `${option}=${sufficient.depth} is the smallest within ${share} % of the best rate`;
  return `${sufficient.depth === best.depth ? `${text}, the best itself` : text}${scatterText(sufficient)}`;
}

/** What the repetitions say one by one, where they do not all say the same. */
function scatterText({ depth, perRepetition }: DepthFinding): string {
  if (perRepetition.length < 2) return '';
  if (perRepetition.every((each) => each === depth)) return ` (in each of ${perRepetition.length} repetitions)`;
  const counts = new Map<number, number>();
  for (const each of perRepetition) counts.set(each, (counts.get(each) ?? 0) + 1);
  const parts = [...counts].sort(([a], [b]) => a - b).map(([each, count]) => `${each} in ${count}`);
  return ` (repetitions by themselves: ${parts.join(', ')})`;
}

function chartBlocks(family: readonly SweepSeries[], option: string, style: Style): string[][] {
  const { jobName, direction } = family[0]!;
  const what = printable(`${jobName}, ${direction}`);
  const isAlone = family.length === 1;
  const blocks: string[][] = [];
  for (let start = 0; start < family.length; start += plotSeriesMax) {
    const part = family.slice(start, start + plotSeriesMax);
    const depths = [...new Set(part.flatMap(({ steps }) => steps.map(({ depth }) => depth)))].sort((a, b) => a - b);
    const isWide = depths[0]! > 0 && depths.at(-1)! / depths[0]! > 8;
    const rates = plotLines(
      {
        x: { scale: isWide ? 'log' : 'linear', format: String, ticks: depths },
        y: { scale: 'linear', fromZero: true, format: formatIops },
        series: part.map((series) => ({
          label: labelOf(series),
          points: series.steps.map(({ depth, figures }) => ({ x: depth, y: figures.iops })),
        })),
      },
      style,
    );
    const kinds = isAlone
      ? ([
          ['p50', (figures: SweepFigures) => figures.p50Ns],
          ['p99', (figures: SweepFigures) => figures.p99Ns],
          ['p99.9', (figures: SweepFigures) => figures.p999Ns],
        ] as const)
      : ([['p99', (figures: SweepFigures) => figures.p99Ns]] as const);
    const latencies = plotLines(
      {
        x: { scale: 'linear', fromZero: true, format: formatIops },
        y: { scale: 'log', format: formatLatencyNs },
        series: part.flatMap((series) =>
          kinds.map(([name, value]) => ({
            label: isAlone ? name : labelOf(series),
            points: series.steps.flatMap(({ figures }) => {
              const ns = value(figures);
              return ns === null ? [] : [{ x: figures.iops, y: ns }];
            }),
          })),
        ),
      },
      style,
    );
    if (rates.length > 0) blocks.push([style.strong(`${what}: IOPS by ${option}${isWide ? ' (log)' : ''}`), ...rates]);
    if (latencies.length > 0) {
      const which = isAlone ? 'latency' : 'p99 latency';
      blocks.push([style.strong(`${what}: ${which} (log) by the IOPS reached, deeper to the right`), ...latencies]);
    }
  }
  return blocks;
}

function labelOf({ fixed, jobName }: SweepSeries): string {
  const text = pointText(fixed);
  return printable(text === '' ? jobName : text);
}

function summaryLines(series: readonly SweepSeries[], option: string, style: Style): string[] {
  const atKnee = (each: SweepSeries) => each.steps.find(({ depth }) => depth === each.knee?.depth)?.figures ?? null;
  const rows = series.map((each) => [
    truncate(titleOf(each), 34, style.unicode),
    formatIops(each.best.figures.iops),
    ...(each.depthFixed === null
      ? [
          String(each.best.depth),
          String(each.sufficient.depth),
          each.knee === null ? '-' : String(each.knee.depth),
          latencyText(atKnee(each)?.p99Ns ?? null),
        ]
      : ['-', '-', '-', '-']),
  ]);
  const head = ['', 'best IOPS', 'at', 'enough', 'knee', 'p99 there'];
  const [first, ...lines] = tableLines({
    rows: [head, ...rows],
    align: ['left', 'right', 'right', 'right', 'right', 'right'],
    indent: 2,
    gap: 2,
  });
  return [style.heading(`all together, by ${option}`), style.strong(first!), ...lines];
}

function methodLines({ iotest: { sweep } }: SweepDocument): string[] {
  const method =
    'The knee is the measured point of greatest power, IOPS over mean latency (Kleinrock 1979): beyond it latency ' +
    'grows by more than the rate.';
  const noise =
    sweep.repeat === 1
      ? 'Each point was measured once, so nothing here tells a difference from noise: --repeat 5 shows how far each finding scatters.'
      : `Rates are medians of ${sweep.repeat} repetitions, percentiles of all their I/Os together.`;
  return [...wrap(method, ''), ...wrap(noise, '')];
}

// ------------------------------------------------------------------------------------------------------ without depth

function plainTables(document: SweepDocument, style: Style): string[][] {
  const { axes, repeat } = document.iotest.sweep;
  const options = axes.map(({ option }) => option);
  const families = new Map<string, SweepCell[]>();
  for (const cell of sweepCells(document)) {
    const key = `${cell.jobName}, ${cell.direction}`;
    families.set(key, [...(families.get(key) ?? []), cell]);
  }
  return [...families].map(([title, cells]) => [
    style.heading(printable(title)),
    ...tableOf(
      [
        [...options, ...figureHead(repeat > 1)],
        ...cells.map(({ figures }) => [
          ...options.map((option) => figures.values[option]!),
          ...figureCells(figures, repeat > 1),
        ]),
      ],
      options.length,
      style,
    ),
  ]);
}

// ------------------------------------------------------------------------------------------------------------ trouble

const failedShown = 10;

function failedLines({ iotest: { jobs } }: SweepDocument, style: Style): string[] {
  const failed = jobs.flatMap(({ jobName, engineLabel, errors }) =>
    errors.slice(0, 1).map(({ message }) => `${jobName} on ${engineLabel}: ${message}`),
  );
  const texts = [...new Set(failed)];
  const left = texts.length - failedShown;
  return [
    ...texts.slice(0, failedShown).flatMap((text) => wrap(printable(text), 'error: ').map(style.bad)),
    ...(left > 0 ? [style.bad(`and ${left} more like these`)] : []),
  ];
}

/** Of warnings of one kind, which many points have alike but for their figures, the first, and how many there are. */
function condensed(warnings: readonly Warning[]): Warning[] {
  const kinds = new Map<string, Warning[]>();
  for (const warning of warnings) kinds.set(warning.code, [...(kinds.get(warning.code) ?? []), warning]);
  return [...kinds.values()].map((alike) => {
    const texts = new Set(alike.map(({ jobName, message }) => `${jobName}: ${message}`));
    const [first] = alike;
    return texts.size === 1
      ? first!
      : { ...first!, message: `${first!.message} (and ${texts.size - 1} more of this kind; the result has all)` };
  });
}

/** One line for a run that has just been measured. */
export function formatPartLine(
  part: SweepDocument,
  doneCount: number,
  runCount: number,
  secondsLeft: number | null,
): string {
  const { values } = part.iotest.sweep.points[0]!;
  const { repetition } = placeOf(part);
  const cells = sweepCells(part);
  const jobNames = new Set(cells.map(({ jobName }) => jobName));
  const rates = cells.map(({ jobName, direction, figures }) => {
    const name = jobNames.size > 1 ? `${jobName} ` : '';
    const p99 = figures.p99Ns === null ? '' : ` p99 ${formatLatencyNs(figures.p99Ns)}`;
    return `${name}${direction} ${formatIops(figures.iops)} IOPS${p99}`;
  });
  const error = part.iotest.jobs.flatMap(({ errors }) => errors.map(({ message }) => `error: ${message}`))[0];
  const width = String(runCount).length;
  return printable(
    [
      `${String(doneCount).padStart(width)}/${runCount}`,
      pointText(values) + (part.iotest.sweep.repeat > 1 ? ` #${repetition + 1}` : ''),
      ...(cells.length === 0 && error === undefined ? ['no I/O was completed'] : rates.slice(0, 4)),
      ...(error === undefined ? [] : [error]),
      ...(secondsLeft === null || secondsLeft === 0 ? [] : [`eta ${formatDurationSeconds(secondsLeft)}`]),
    ].join('  '),
  );
}
