/**
 * What a run came to, at its end: a row for each job; of several variants also which one is best, by how much, and
 * whether that can be told.
 */
import { type BestVariant, bestVariants } from '../compare/best-variant.js';
import { distinctLabels } from '../compare/text.js';
import { directions } from '../job/per-direction.js';
import { besideIoWork, isBesideIo } from '../report/beside-io-text.js';
import { blockRange } from '../report/block-range.js';
import { figuresOf, ratioText } from '../report/engine-table.js';
import { type JobPair, nameOf, pairsByJob, statusLines } from '../report/job-text.js';
import { wrap } from '../report/layout.js';
import { steadyStateLines } from '../report/steady-state-text.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import { verifyLines } from '../report/verify-text.js';
import type { IotestDocument } from '../results/document.js';
import { troubleOf } from '../results/figures.js';
import { printable } from '../support/printable.js';

/** One direction of one job in one variant. */
interface Row {
  readonly name: string;
  readonly workload: string;
  readonly iops: number | null;
  readonly cells: readonly string[];
}

/** A job with its runs. */
interface Job {
  readonly name: string;
  readonly ways: readonly Way[];
  readonly best: BestVariant | null;
}

interface Way {
  readonly variant: string;
  readonly runs: readonly JobPair[];
}

/** More jobs than this are told as a ranking, or a line each with the rates of the variants. */
const rankedFrom = 12;

/** @param isWhole details stand above, which say how each job ended */
export function answerLines(document: IotestDocument, style: Style, isWhole = false): string[] {
  const jobs = jobsOf(document);
  const isCompared = jobs.some(({ ways }) => ways.length > 1);
  const repetitions = document.iotest.repetitions.length;
  const corner = repetitions > 1 ? `median of ${repetitions}` : '';
  const tables = !isCompared
    ? [[...titleOf(jobs, style), ...tableOf(rowsOf(jobs), corner, style)]]
    : jobs.length > rankedFrom
      ? [matrixLines(jobs, corner, style)]
      : jobs.map((job) => comparedLines(job, corner, style));
  const status = jobs.flatMap(({ name, ways }) =>
    ways.flatMap(({ variant, runs }) => {
      const who = ways.length > 1 ? `${name} ${variant}` : name;
      return runs.flatMap((run) =>
        statusOf(run, `${printable(who)}${runs.length > 1 ? `, repetition ${run.iotest.repetition + 1}` : ''}`, style),
      );
    }),
  );
  return [...tables.filter((lines) => lines.length > 0).flatMap((lines) => [...lines, '']), ...(isWhole ? [] : status)];
}

/** What else there is to know of a run before its figures are worth anything. */
function statusOf({ fio, iotest }: JobPair, who: string, style: Style): string[] {
  const found = [...verifyLines(iotest, style), ...steadyStateLines(fio, style, iotest.steadyState)];
  return [
    ...found.map((line, index) => (index === 0 ? `  ${who}: ${line.trimStart()}` : line)),
    ...statusLines(iotest, style, who),
  ];
}

function jobsOf(document: IotestDocument): Job[] {
  const best = bestVariants(document);
  const seen = new Map<string, number>();
  return pairsByJob(document).map((pairs): Job => {
    const { jobname } = pairs[0]!.fio;
    const occurrence = seen.get(jobname) ?? 0;
    seen.set(jobname, occurrence + 1);
    const variants = [...new Set(pairs.map(({ iotest }) => iotest.variant))];
    return {
      name: nameOf(pairs[0]!),
      ways: variants.map((variant) => ({ variant, runs: pairs.filter(({ iotest }) => iotest.variant === variant) })),
      best: variants.length > 1 ? (best.get(`${jobname}\n${occurrence}`) ?? null) : null,
    };
  });
}

function titleOf(jobs: readonly Job[], style: Style): string[] {
  return jobs.length > rankedFrom ? [style.heading(`${jobs.length} jobs, the most IOPS first`)] : [];
}

function rowsOf(jobs: readonly Job[]): Row[] {
  const rows = jobs.flatMap(({ name, ways }) => ways.flatMap(({ runs }) => rowsOfRuns(name, runs)));
  return jobs.length > rankedFrom ? rows.sort((a, b) => (b.iops ?? -1) - (a.iops ?? -1)) : rows;
}

const columns = ['IOPS', 'BW', 'p50', 'p99', 'open-loop p99'] as const;

/** A row for each direction, and one for syncs; of a job without I/O one that says so. */
function rowsOfRuns(name: string, runs: readonly JobPair[], first: readonly JobPair[] = runs): Row[] {
  const { engine } = runs[0]!.iotest.options;
  if (isBesideIo(engine)) return [withoutFigures(name, printable(besideIoWork(engine)))];
  const figures = figuresOf([runs, first]);
  const cell = (label: string) => {
    const figure = figures.find((each) => each.name === label);
    const value = figure?.values[0] ?? null;
    return value === null ? '' : figure!.format(value);
  };
  const value = (label: string, place: 0 | 1) => figures.find((each) => each.name === label)?.values[place] ?? null;
  const prefixes = figures.flatMap((figure) => (/^(\w+ )?IOPS$/.test(figure.name) ? [figure.name.slice(0, -4)] : []));
  const workload = printable(workloadText(runs[0]!));
  const failed = runs.every(({ fio, iotest }) => troubleOf(fio, iotest) !== null) ? ' (not whole)' : '';
  if (prefixes.length === 0) return [withoutFigures(`${name}${failed}`, workload)];
  return prefixes.map((prefix, index) => {
    const ratio = runs === first ? '' : ratioText(value(`${prefix}IOPS`, 0), value(`${prefix}IOPS`, 1));
    const cells = columns.map((column) => cell(`${prefix}${column}`));
    return {
      name: `${printable(`${name} ${prefix}`.trim())}${failed}`,
      workload,
      // What did not run to its end is not ranked.
      iops: failed === '' ? value(`${prefix}IOPS`, 0) : null,
      cells: [cells[0]!, ratio, ...cells.slice(1), index === 0 ? cell('CPU/IO') : ''],
    };
  });
}

function withoutFigures(name: string, workload: string): Row {
  return { name: printable(name), workload, iops: null, cells: ['no I/O', '', '', '', '', '', ''] };
}

const head = ['IOPS', '', 'BW', 'p50', 'p99', 'open-loop p99', 'CPU/IO'];

/** Columns that no row has are left out; names get the room that is left, and so do the workloads. */
function tableOf(rows: readonly Row[], corner: string, style: Style): string[] {
  const used = head.flatMap((_, index) => (rows.some(({ cells }) => cells[index] !== '') ? [index] : []));
  const widthOf = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length));
  const widths = used.map((index) => widthOf([head[index]!, ...rows.map(({ cells }) => cells[index]!)]));
  const room = style.columns - widths.reduce((sum, width) => sum + width + gap, indent);
  const names = distinctLabels(
    rows.map(({ name }) => name),
    Math.max(12, room),
    style.unicode,
  );
  const workloadColumns = widthOf(rows.map(({ workload }) => workload));
  const hasWorkload = workloadColumns > 0 && widthOf([corner, ...names]) + gap + workloadColumns <= room;
  const isIops = (index: number) => index === 0;
  return tableLines({
    rows: [
      [style.faint(corner), ...(hasWorkload ? [''] : []), ...used.map((index) => style.faint(head[index]!))],
      ...rows.map(({ cells, workload }, row) => [
        names[row]!,
        ...(hasWorkload ? [style.faint(workload)] : []),
        ...used.map((index) => (isIops(index) ? style.strong(cells[index]!) : cells[index]!)),
      ]),
    ],
    align: ['left', ...(hasWorkload ? (['left'] as const) : []), ...used.map(() => 'right' as const)],
    indent,
    gap,
  });
}

/** As it is asked for: `randread 4k QD32`; one request at a time needs no depth. */
function workloadText({ iotest: { options } }: JobPair): string {
  const { workload, engine, target } = options;
  const names = { read: 'read', write: 'write', trim: 'trim', readwrite: 'rw', trimwrite: 'trimwrite' } as const;
  const sizes = new Set(
    directions
      .filter((name) => workload.directions.includes(name))
      .map((name) => {
        const { min, max } = blockRange(workload, name);
        return min === max ? sizeText(min) : `${sizeText(min)}-${sizeText(max)}`;
      }),
  );
  return [
    `${workload.random ? 'rand' : ''}${names[workload.directions]}`,
    [...sizes].join('/'),
    ...(engine.depth > 1 ? [`QD${engine.depth}`] : []),
    ...(target.direct ? [] : ['buffered']),
  ].join(' ');
}

function sizeText(bytes: number): string {
  const power = bytes % 2 ** 20 === 0 ? 2 : bytes % 1024 === 0 ? 1 : 0;
  return `${bytes / 1024 ** power}${['', 'k', 'm'][power]}`;
}

const indent = 2;
const gap = 2;

function comparedLines({ name, ways, best }: Job, corner: string, style: Style): string[] {
  const rows = ways.flatMap(({ variant, runs }) =>
    rowsOfRuns(ways.length > 1 ? variant : name, runs, ways[0]!.runs).map((row) => ({ ...row, workload: '' })),
  );
  if (ways.length < 2) return tableOf(rows, corner, style);
  const sentence = best?.sentence ?? 'fewer than two ran to their end, so there is nothing to compare';
  // What has one request in flight, whatever is asked for, says nothing of the depth.
  const deepest = ways.reduce((most, way) => (depthOf(way) > depthOf(most) ? way : most));
  const what = printable(workloadText(deepest.runs[0]!));
  const lines = wrap(`${printable(name)} (${what}): ${sentence}`, '', style.columns);
  return [...lines.map(style.heading), ...tableOf(rows, corner, style)];
}

const depthOf = ({ runs }: Way) => runs[0]!.iotest.options.engine.depth;

/** A line for each job with the rates of the variants. */
function matrixLines(jobs: readonly Job[], corner: string, style: Style): string[] {
  const variants = [...new Set(jobs.flatMap(({ ways }) => ways.map(({ variant }) => variant)))];
  const rows = jobs.flatMap(({ name, ways, best }) => {
    const byVariant = variants.map((variant) => {
      const way = ways.find((each) => each.variant === variant);
      return way === undefined ? [] : rowsOfRuns(name, way.runs);
    });
    const longest = byVariant.reduce((most, each) => (each.length > most.length ? each : most));
    return longest.map((row, index) => [
      row.name,
      ...byVariant.map((each) => each[index]?.cells[0] ?? '-'),
      best?.label == null ? 'cannot be told' : printable(best.label),
    ]);
  });
  return [
    style.heading(`${jobs.length} jobs, IOPS`),
    ...tableLines({
      rows: [[corner, ...variants.map(printable), 'best'], ...rows],
      align: ['left', ...variants.map(() => 'right' as const), 'left'],
      indent,
      gap,
    }),
  ];
}
