/**
 * What a page shows, drawn from result documents: for each job and variant its repetitions, with latencies that have
 * been merged. Takes fio's own JSON as well, which has percentiles but no histograms (json+ has bins).
 */

import { fioReadWrite } from '../compare/workload.js';
import { type Direction, directions } from '../job/per-direction.js';
import { medianInterval } from '../report/median-interval.js';
import type { FioDirection, FioJob, FioLatency, IotestJob, ResultDocument } from '../results/document.js';
import {
  bytesPerSecondOf,
  percentileNs,
  samplesBeyond,
  samplesBeyondMin,
  troubleOf,
  wholeRuns,
} from '../results/figures.js';
import { type Bin, bins, hasTail, meanNs, percentilesNs } from '../stats/histogram.js';
import { latencyOf } from '../stats/latencies.js';
import { mergeLatencyCounts } from '../stats/latency.js';
import { median } from '../stats/median.js';
import type { LatencyCounts } from '../stats/worker-report.js';
import { formatBandwidthShort, formatIops } from '../support/units.js';

export interface Subject {
  readonly label: string;
  readonly document: ResultDocument;
}

/** The workload as axes of charts need it; null where a plain fio document does not say. */
export interface Workload {
  /** `randread`. */
  readonly pattern: string;
  readonly engine: string;
  readonly depth: number | null;
  /** Of reads where they are read, else of writes or trims. */
  readonly blockBytes: number | null;
  readonly readPercent: number;
  readonly workers: number;
  readonly direct: boolean | null;
  /** What was asked for, as `1000 IOPS`; null without a rate. */
  readonly rate: string | null;
}

interface PercentilePoint {
  readonly percent: number;
  readonly ns: number;
}

export const summaryPercents = [50, 99, 99.9] as const;
type SummaryPercent = (typeof summaryPercents)[number];

interface OpenLoopFigures {
  readonly p99Ns: number | null;
  readonly maxNs: number | null;
  readonly curve: readonly PercentilePoint[];
}

/** One direction of a run group: medians over the repetitions, and all latencies together. */
export interface DirectionFigures {
  readonly name: Direction;
  readonly iops: number;
  readonly bytesPerSecond: number;
  readonly iopsRange: { readonly low: number; readonly high: number };
  /** Of the median at 95 % at least; null with fewer than six repetitions. */
  readonly iopsInterval: { readonly low: number; readonly high: number } | null;
  readonly ioCount: number;
  /** These are medians over the repetitions too (`figureDefinitions`). */
  readonly meanNs: number | null;
  readonly maxNs: number | null;
  readonly percentileNs: Readonly<Record<SummaryPercent, number | null>>;
  /** From the start that a rate intended; null without a rate. */
  readonly openLoop: OpenLoopFigures | null;
  /** Of all repetitions together; ascending; only such with 10 samples beyond. */
  readonly curve: readonly PercentilePoint[];
  /** Latencies in buckets; empty where only percentiles are known. */
  readonly bins: readonly Bin[];
}

export interface SeriesWindow {
  readonly startMs: number;
  readonly durationMs: number;
  readonly iops: number;
  readonly bytesPerSecond: number;
  readonly meanNs: number | null;
}

/** p99 of all I/Os of about a second. */
export interface P99Point {
  readonly endMs: number;
  readonly ns: number;
}

/** One job in one variant of one subject. */
export interface RunGroup {
  readonly subject: string;
  readonly jobName: string;
  readonly variant: string;
  readonly workload: Workload;
  readonly repetitionCount: number;
  readonly directions: readonly DirectionFigures[];
  /** ns per I/O, medians; null where it is not known. */
  readonly cpuPerIo: { readonly userNs: number; readonly systemNs: number; readonly ringThreadNs: number } | null;
  /** Of the last repetition, by direction; empty where there is none. */
  readonly series: Readonly<Partial<Record<Direction, readonly SeriesWindow[]>>>;
  /** Of the last repetition; empty where it is not known, or the job did not run alone. */
  readonly p99Series: readonly P99Point[];
  readonly errors: readonly string[];
  /** Why none of its runs is whole: it is shown, and crowned by nothing. null: some are. */
  readonly trouble: string | null;
}

interface Run {
  readonly fio: FioJob;
  readonly iotest: IotestJob | null;
  /** Of its step, where it was alone in that. */
  readonly p99Series: readonly P99Point[];
}

/** In the order in which they first ran. */
export function runGroups({ label, document }: Subject): RunGroup[] {
  const groups = new Map<string, Run[]>();
  const occurrences = new Map<string, number>();
  const p99 = p99OfJobs(document);
  document.jobs.forEach((fio, index) => {
    const iotest = document.iotest?.jobs[index] ?? null;
    const variant = iotest?.variant ?? '';
    const place = `${fio.jobname}\n${variant}\n${iotest?.repetition ?? 0}`;
    const occurrence = occurrences.get(place) ?? 0;
    occurrences.set(place, occurrence + 1);
    const key = `${fio.jobname}\n${variant}\n${occurrence}`;
    const runs = groups.get(key) ?? [];
    groups.set(key, runs);
    runs.push({ fio, iotest, p99Series: p99[index] ?? [] });
  });
  const globals = document['global options'] ?? {};
  return [...groups].map(([key, runs]) => groupOf(label, Number(key.split('\n')[2]), runs, globals));
}

/** By index of the job object; with gaps. */
function p99OfJobs({ iotest }: ResultDocument): P99Point[][] {
  const found: P99Point[][] = [];
  for (const { jobIndexes, p99 } of iotest?.steps ?? []) {
    if (p99 === undefined || jobIndexes.length !== 1) continue;
    found[jobIndexes[0]!] = p99.endMs.map((endMs, index) => ({ endMs, ns: p99.ns[index] ?? 0 }));
  }
  return found;
}

function groupOf(
  subject: string,
  occurrence: number,
  all: readonly Run[],
  globals: Readonly<Record<string, string>>,
): RunGroup {
  const { fio, iotest } = all[0]!;
  const runs = wholeRuns(all);
  const active = directions.filter((name) => runs.some((run) => run.fio[name].total_ios > 0));
  return {
    subject,
    jobName: occurrence === 0 ? fio.jobname : `${fio.jobname} (${occurrence + 1})`,
    variant: iotest?.variant ?? '',
    workload: iotest === null ? fioWorkload(fio, globals) : ourWorkload(iotest),
    repetitionCount: runs.length,
    directions: active.map((name) => directionOf(name, runs)),
    cpuPerIo: medianCost(runs.flatMap((run) => cpuPerIo(run) ?? [])),
    series: seriesOf(runs.at(-1)!.iotest, active),
    p99Series: runs.at(-1)!.p99Series,
    errors: all.flatMap(errorsOf),
    trouble: troubleOf(runs[0]!.fio, runs[0]!.iotest),
  };
}

type CpuPerIo = NonNullable<RunGroup['cpuPerIo']>;

export function totalCpuNs({ userNs, systemNs, ringThreadNs }: CpuPerIo): number {
  return userNs + systemNs + ringThreadNs;
}

/** That of the repetition with the median of the totals, so that its parts add up to it; the mean of the middle two. */
function medianCost(costs: readonly CpuPerIo[]): CpuPerIo | null {
  const sorted = [...costs].sort((a, b) => totalCpuNs(a) - totalCpuNs(b));
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) return null;
  const between = (part: keyof CpuPerIo) => (low[part] + high[part]) / 2;
  return { userNs: between('userNs'), systemNs: between('systemNs'), ringThreadNs: between('ringThreadNs') };
}

function errorsOf({ fio, iotest }: Run): string[] {
  if (iotest !== null) return iotest.errors.map(({ message }) => message);
  return fio.error === 0 ? [] : [`ended with error ${fio.error}`];
}

function directionOf(name: Direction, runs: readonly Run[]): DirectionFigures {
  const ran = runs.filter(({ fio }) => fio[name].total_ios > 0);
  const rates = ran.map(({ fio }) => fio[name].iops);
  const ours = ran.flatMap(({ iotest }) => iotest?.histograms[name] ?? []);
  const each = ours.map(({ total }) => latencyOf(total));
  const merged = each.length === 0 ? null : mergeLatencyCounts(each);
  const latencies = ran.map(({ fio }) => fioLatencyOf(fio[name])).filter(({ N }) => N > 0);
  const medianOf = (own: (one: LatencyCounts) => number | null, fio: (one: FioLatency) => number | null) =>
    median(merged === null ? latencies.map(fio) : each.map(own));
  const percentile = (percent: SummaryPercent) =>
    medianOf(
      (one) => percentileNs(one, percent),
      ({ percentile: known = {}, N }) =>
        samplesBeyond(N, percent) < samplesBeyondMin ? null : (known[percent.toFixed(6)] ?? null),
    );
  return {
    name,
    iops: median(rates) ?? 0,
    bytesPerSecond: median(ran.map(({ fio }) => bytesPerSecondOf(fio[name]))) ?? 0,
    iopsRange: { low: Math.min(...rates), high: Math.max(...rates) },
    iopsInterval: medianInterval(rates),
    ioCount: ran.reduce((sum, { fio }) => sum + fio[name].total_ios, 0),
    meanNs: medianOf(meanNs, ({ mean }) => mean),
    maxNs: medianOf(
      ({ maxNs }) => maxNs,
      ({ max }) => max,
    ),
    percentileNs: { 50: percentile(50), 99: percentile(99), 99.9: percentile(99.9) },
    openLoop: openLoopOf(ours.flatMap(({ openLoop }) => (openLoop === undefined ? [] : [latencyOf(openLoop)]))),
    curve: merged === null ? curveOfFio(latencies) : curveOf(merged),
    bins: merged === null ? binsOfFio(latencies) : bins(merged),
  };
}

function openLoopOf(each: readonly LatencyCounts[]): OpenLoopFigures | null {
  if (each.length === 0) return null;
  return {
    p99Ns: median(each.map((one) => percentileNs(one, 99))),
    maxNs: median(each.map(({ maxNs }) => maxNs)),
    curve: curveOf(mergeLatencyCounts(each)),
  };
}

const curvePercents = [
  ...Array.from({ length: 18 }, (_, index) => index * 5),
  ...[90, 91, 92, 93, 94, 95, 96, 97, 98, 98.5, 99, 99.2, 99.4, 99.6, 99.8],
  ...[99.9, 99.92, 99.94, 99.96, 99.98, 99.99, 99.995, 99.999],
];

function curveOf(latency: Parameters<typeof percentilesNs>[0]): PercentilePoint[] {
  const shown = curvePercents.filter((percent) => hasTail(latency.count, percent));
  const values = percentilesNs(latency, shown);
  return shown.map((percent, index) => ({ percent, ns: values[index]! }));
}

/** The latency of which fio gives percentiles: clat unless asked otherwise. */
function fioLatencyOf(direction: FioDirection): FioLatency {
  return direction.lat_ns.percentile !== undefined || direction.clat_ns.N === 0 ? direction.lat_ns : direction.clat_ns;
}

function curveOfFio(latencies: readonly FioLatency[]): PercentilePoint[] {
  const count = latencies.reduce((sum, { N }) => sum + N, 0);
  const percents = [...new Set(latencies.flatMap(({ percentile = {} }) => Object.keys(percentile)))];
  return percents
    .map((key) => ({
      percent: Number(key),
      ns: median(latencies.flatMap(({ percentile }) => percentile?.[key] ?? [])) ?? 0,
    }))
    .filter(({ percent }) => hasTail(count, percent))
    .sort((a, b) => a.percent - b.percent);
}

function binsOfFio(latencies: readonly FioLatency[]): Bin[] {
  const counts = new Map<number, number>();
  for (const { bins: own = {} } of latencies) {
    for (const [ns, count] of Object.entries(own)) counts.set(Number(ns), (counts.get(Number(ns)) ?? 0) + count);
  }
  return [...counts].sort(([a], [b]) => a - b).map(([ns, count]) => ({ lowestNs: ns, valueNs: ns, count }));
}

function cpuPerIo({ fio, iotest }: Run): { userNs: number; systemNs: number; ringThreadNs: number } | null {
  if (iotest !== null) return iotest.cpu.perIo;
  const count = directions.reduce((sum, name) => sum + fio[name].total_ios, 0);
  if (count === 0 || fio.job_runtime === undefined) return null;
  const perIo = (percent: number) => ((percent / 100) * fio.job_runtime! * 1e6) / count;
  return { userNs: perIo(fio.usr_cpu), systemNs: perIo(fio.sys_cpu), ringThreadNs: 0 };
}

function seriesOf(iotest: IotestJob | null, active: readonly Direction[]): RunGroup['series'] {
  if (iotest === null) return {};
  const { startMs, durationMs, directions } = iotest.series;
  return Object.fromEntries(
    active.flatMap((name) => {
      const columns = directions[name];
      if (columns === undefined || startMs.length < 2) return [];
      const windows = startMs.map((start, index) => ({
        startMs: start,
        durationMs: durationMs[index]!,
        iops: (columns.ioCount[index]! * 1000) / durationMs[index]!,
        bytesPerSecond: (columns.byteCount[index]! * 1000) / durationMs[index]!,
        meanNs: columns.meanNs[index] ?? null,
      }));
      // The last one may be a sliver, whose rates mean nothing.
      return [[name, windows.filter((window) => window.durationMs >= iotest.series.windowMs / 2)]];
    }),
  );
}

function ourWorkload({ options, engineLabel, workerCount }: IotestJob): Workload {
  const { directions, random, blockBytes, readPercent } = options.workload;
  const words = { read: 'read', write: 'write', trim: 'trim', readwrite: 'rw', trimwrite: 'trimwrite' } as const;
  return {
    pattern: `${random ? 'rand' : ''}${words[directions]}`,
    engine: engineLabel,
    depth: options.engine.depth,
    blockBytes:
      directions === 'write' ? blockBytes.write : directions.startsWith('trim') ? blockBytes.trim : blockBytes.read,
    readPercent: directions === 'readwrite' ? readPercent : directions === 'read' ? 100 : 0,
    workers: workerCount,
    direct: options.target.direct,
    rate: rateText(options.pacing, workerCount),
  };
}

/** Of all workers together; where directions differ, each. */
function rateText(pacing: IotestJob['options']['pacing'] | undefined, workers: number): string | null {
  if (pacing === undefined) return null;
  const texts = directions.flatMap((name) => [
    ...(pacing.iops[name] > 0 ? [`${formatIops(pacing.iops[name] * workers)} IOPS`] : []),
    ...(pacing.bytesPerSecond[name] > 0 ? [formatBandwidthShort(pacing.bytesPerSecond[name] * workers)] : []),
  ]);
  return texts.length === 0 ? null : [...new Set(texts)].join(' and ');
}

/** From the options as typed, for they are all that fio tells. */
function fioWorkload(fio: FioJob, globals: Readonly<Record<string, string>>): Workload {
  const options = { ...globals, ...fio['job options'] };
  const { readWrite, readPercent } = fioReadWrite(options);
  return {
    pattern: readWrite,
    engine: options.ioengine ?? 'psync',
    depth: numberOrNull(options.iodepth ?? '1'),
    blockBytes: bytesOf(options.bs ?? '4k'),
    readPercent: readPercent ?? (readWrite.includes('read') ? 100 : 0),
    workers: numberOrNull(options.numjobs ?? '1') ?? 1,
    direct: options.direct === undefined ? null : options.direct !== '0',
    rate: null,
  };
}

function numberOrNull(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function bytesOf(text: string): number | null {
  const found = /^(\d+)([kmg]?)b?$/i.exec(text.split(/[,-]/)[0]!.trim());
  if (found === null) return null;
  return Number(found[1]) * 1024 ** ['', 'k', 'm', 'g'].indexOf(found[2]!.toLowerCase());
}

/** `4KiB`, `1MiB`: no digits that are zeros anyway. */
export function blockText(bytes: number): string {
  const power = bytes >= 2 ** 20 ? 2 : bytes >= 1024 ? 1 : 0;
  return `${Number((bytes / 1024 ** power).toPrecision(4))}${['B', 'KiB', 'MiB'][power]}`;
}

/** `randread 4KiB, depth 32, 2 workers`. */
export function workloadText({ pattern, readPercent, blockBytes, depth, workers, direct, rate }: Workload): string {
  const isMix = readPercent > 0 && readPercent < 100;
  return [
    `${pattern}${isMix ? ` ${readPercent}% reads` : ''}${blockBytes === null ? '' : ` ${blockText(blockBytes)}`}`,
    depth === null ? '' : `depth ${depth}`,
    workers === 1 ? '' : `${workers} workers`,
    direct === null ? '' : direct ? 'O_DIRECT' : 'buffered',
    rate === null ? '' : `${rate} asked for`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
