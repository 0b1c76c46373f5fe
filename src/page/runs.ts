/**
 * What a page shows, drawn from result documents: for each job and variant its repetitions, with latencies that have
 * been merged. Takes fio's own JSON as well, which has percentiles but no histograms (json+ has bins).
 */

import { fioReadWrite } from '../compare/workload.js';
import { type Direction, directions } from '../job/per-direction.js';
import { medianInterval } from '../report/median-interval.js';
import type { FioDirection, FioJob, FioLatency, IotestJob, ResultDocument } from '../results/document.js';
import { decodeHistograms } from '../stats/encoded-histogram.js';
import { type Bin, bins, hasTail, meanNs, percentilesNs } from '../stats/histogram.js';
import { mergeLatencyCounts } from '../stats/latency.js';
import { median } from '../stats/median.js';

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
}

export interface PercentilePoint {
  readonly percent: number;
  readonly ns: number;
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
  readonly meanNs: number | null;
  readonly maxNs: number | null;
  /** Ascending; only such with 10 samples beyond. */
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
  runs: readonly Run[],
  globals: Readonly<Record<string, string>>,
): RunGroup {
  const { fio, iotest } = runs[0]!;
  const active = directions.filter((name) => runs.some((run) => run.fio[name].total_ios > 0));
  const costs = runs.flatMap((run) => cpuPerIo(run) ?? []);
  const cost = (value: (each: (typeof costs)[number]) => number) => median(costs.map(value)) ?? 0;
  return {
    subject,
    jobName: occurrence === 0 ? fio.jobname : `${fio.jobname} (${occurrence + 1})`,
    variant: iotest?.variant ?? '',
    workload: iotest === null ? fioWorkload(fio, globals) : ourWorkload(iotest),
    repetitionCount: runs.length,
    directions: active.map((name) => directionOf(name, runs)),
    cpuPerIo:
      costs.length === 0
        ? null
        : {
            userNs: cost(({ userNs }) => userNs),
            systemNs: cost(({ systemNs }) => systemNs),
            ringThreadNs: cost(({ ringThreadNs }) => ringThreadNs),
          },
    series: seriesOf(runs.at(-1)!.iotest, active),
    p99Series: runs.at(-1)!.p99Series,
    errors: runs.flatMap(errorsOf),
  };
}

function errorsOf({ fio, iotest }: Run): string[] {
  if (iotest !== null) return iotest.errors.map(({ message }) => message);
  return fio.error === 0 ? [] : [`ended with error ${fio.error}`];
}

function directionOf(name: Direction, runs: readonly Run[]): DirectionFigures {
  const ran = runs.filter(({ fio }) => fio[name].total_ios > 0);
  const rates = ran.map(({ fio }) => fio[name].iops);
  const histograms = ran.flatMap(({ iotest }) => iotest?.histograms[name]?.total ?? []);
  const merged = histograms.length === 0 ? null : mergeLatencyCounts(decodeHistograms(histograms));
  const latencies = ran.map(({ fio }) => fioLatencyOf(fio[name]));
  return {
    name,
    iops: median(rates) ?? 0,
    bytesPerSecond: median(ran.map(({ fio }) => fio[name].bw_bytes ?? fio[name].bw * 1024)) ?? 0,
    iopsRange: { low: Math.min(...rates), high: Math.max(...rates) },
    iopsInterval: medianInterval(rates),
    ioCount: ran.reduce((sum, { fio }) => sum + fio[name].total_ios, 0),
    meanNs: merged === null ? median(latencies.flatMap((each) => (each.N > 0 ? [each.mean] : []))) : meanNs(merged),
    maxNs: merged === null ? greatest(latencies.flatMap((each) => (each.N > 0 ? [each.max] : []))) : merged.maxNs,
    curve: merged === null ? curveOfFio(latencies) : curveOf(merged),
    bins: merged === null ? binsOfFio(latencies) : bins(merged),
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
  };
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
export function workloadText({ pattern, readPercent, blockBytes, depth, workers, direct }: Workload): string {
  const isMix = readPercent > 0 && readPercent < 100;
  return [
    `${pattern}${isMix ? ` ${readPercent}% reads` : ''}${blockBytes === null ? '' : ` ${blockText(blockBytes)}`}`,
    depth === null ? '' : `depth ${depth}`,
    workers === 1 ? '' : `${workers} workers`,
    direct === null ? '' : direct ? 'O_DIRECT' : 'buffered',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function greatest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
