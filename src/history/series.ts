/**
 * The results of a folder as series: each figure of each job over the time of the runs. Results that a gate set aside
 * count as well, for they were measured like any other; runs that were interrupted or met errors do not.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { column, columnMedian, metricsOf } from '../compare/compare.js';
import { betterOf, isOpenLoop, largeBlockBytes, metricLabel, sameMetric, unitOf } from '../compare/metrics.js';
import { type JobSamples, type SampleSet, sampleSets } from '../compare/samples.js';
import type { LatencyKind, Metric, MetricName } from '../compare/types.js';
import { workloadText } from '../compare/workload.js';
import { type SetAsideFolder, setAsideFolders } from '../results/acceptance.js';
import type { ResultDocument } from '../results/document.js';
import { loadResult } from '../results/files.js';
import { type ListedResult, listResults, type SkippedFile } from '../results/index-file.js';
import { UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';

/** A result of the folder, or of one of those in it. */
export interface HistoryResult {
  readonly id: string;
  /** Path of its file. */
  readonly file: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly label: string | null;
  readonly isAccepted: boolean;
  /** null: it counts for references. */
  readonly setAside: SetAsideFolder | null;
}

export interface HistoryPoint {
  readonly result: HistoryResult;
  /** Median of the repetitions. */
  readonly value: number;
}

/** One figure of one job over time. */
export interface HistorySeries {
  readonly jobName: string;
  /** `randread 4096B`. */
  readonly workload: string;
  /** The engine, or the name of the variant where a result has several. */
  readonly variant: string;
  readonly metric: Metric;
  readonly label: string;
  readonly unit: ReturnType<typeof unitOf>;
  readonly better: 'more' | 'less';
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
}

export interface History {
  readonly folder: string;
  /** How many results are in the series. */
  readonly resultCount: number;
  readonly series: readonly HistorySeries[];
  /** Results that are in no series, and why. */
  readonly notes: readonly string[];
  readonly skipped: readonly SkippedFile[];
}

interface HistoryQuery {
  /** null: all. */
  readonly jobName: string | null;
  /** Empty: rates and the tail. */
  readonly metrics: readonly MetricName[];
}

/** @throws UserError when the folder is missing or cannot be read, or no result has the job. */
export async function readHistory(folder: string, { jobName, metrics }: HistoryQuery): Promise<History> {
  const { results, skipped } = resultsOf(folder);
  const complete = results.filter(({ entry }) => !entry.interrupted && entry.failedJobCount === 0);
  const wanted = jobName === null ? complete : complete.filter(({ entry }) => entry.jobs.includes(jobName));
  if (jobName !== null && wanted.length === 0) throw noSuchJob(folder, jobName, complete);
  const growing = new Map<string, Growing>();
  let resultCount = 0;
  for (const { entry, result } of wanted) {
    const document = await loadOrSkip(result, skipped);
    if (document === null) continue;
    resultCount++;
    for (const set of sampleSets(document, entry.engines.join(' '))) addSet(growing, set, result, jobName);
  }
  const left = results.length - complete.length;
  const some = left === 1 ? 'result is' : 'results are';
  return {
    folder,
    resultCount,
    series: [...growing.values()].flatMap((each) => finished(each, metrics)),
    notes: left === 0 ? [] : [`${left} ${some} left out: interrupted, or with jobs that met errors`],
    skipped,
  };
}

interface Found {
  readonly entry: ListedResult;
  readonly result: HistoryResult;
}

/** Oldest first, with those of the folders in it. */
function resultsOf(folder: string): { readonly results: Found[]; readonly skipped: SkippedFile[] } {
  const skipped: SkippedFile[] = [];
  const results = [null, ...setAsideFolders].flatMap((setAside) => {
    const place = setAside === null ? folder : join(folder, setAside);
    if (setAside !== null && !existsSync(place)) return [];
    const list = listResults(place);
    for (const each of list.skipped) {
      skipped.push({ ...each, file: setAside === null ? each.file : `${setAside}/${each.file}` });
    }
    return list.results.map((entry): Found => {
      const { id, startedAt, label, isAccepted } = entry;
      return { entry, result: { id, file: join(place, entry.file), startedAt, label, isAccepted, setAside } };
    });
  });
  const key = ({ result }: Found) => `${result.startedAt} ${result.id}`;
  return { results: results.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)), skipped };
}

/** More names than these nobody reads in an advice. */
const namesMax = 8;

function noSuchJob(folder: string, jobName: string, results: readonly Found[]): UserError {
  const names = [...new Set(results.flatMap(({ entry }) => entry.jobs))];
  const near = suggest(jobName, names);
  const some = `${names.slice(0, namesMax).join(', ')}${names.length > namesMax ? ', …' : ''}`;
  const advice = near !== null ? `did you mean "${near}"?` : names.length === 0 ? null : `jobs there: ${some}`;
  return UserError.of(`no result in ${folder} has a job "${jobName}"`, advice);
}

/** null where the file went away, or became unreadable, since the folder was listed. */
async function loadOrSkip({ file }: HistoryResult, skipped: SkippedFile[]): Promise<ResultDocument | null> {
  try {
    return await loadResult(file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    skipped.push({ file, message: error.message, advice: error.problems[0]?.advice ?? null });
    return null;
  }
}

// ---------------------------------------------------------------------------------------------------------- series

type Figures = Readonly<Record<LatencyKind, number | null>>;

/** All figures of one job of one workload. Samples are let go at once: those of a thousand results would not fit. */
interface Growing {
  readonly jobName: string;
  readonly workload: string;
  readonly variant: string;
  readonly blockBytes: JobSamples['workload']['blockBytes'];
  readonly metrics: { readonly metric: Metric; readonly points: { result: HistoryResult; figures: Figures }[] }[];
}

function addSet(all: Map<string, Growing>, set: SampleSet, result: HistoryResult, jobName: string | null): void {
  for (const job of set.jobs.values()) {
    if (jobName !== null && plainName(job.jobName) !== plainName(jobName)) continue;
    const workload = workloadText(job.workload);
    const key = JSON.stringify([job.jobName, set.label, workload]);
    const known = all.get(key) ?? {
      jobName: job.jobName,
      workload,
      variant: set.label,
      blockBytes: job.workload.blockBytes,
      metrics: [],
    };
    all.set(key, known);
    for (const metric of metricsOf([job])) addFigures(known, job, metric, result);
  }
}

/** Without the number among clones: `randread (2)`. */
function plainName(name: string): string {
  return name.replace(/ \(\d+\)$/, '');
}

function addFigures(growing: Growing, job: JobSamples, metric: Metric, result: HistoryResult): void {
  const medianOf = (kind: LatencyKind) => columnMedian(column(job.samples, metric, kind), metric.name);
  let entry = growing.metrics.find((each) => sameMetric(each.metric, metric));
  if (entry === undefined) {
    entry = { metric, points: [] };
    growing.metrics.push(entry);
  }
  entry.points.push({ result, figures: { total: medianOf('total'), completion: medianOf('completion') } });
}

function finished(growing: Growing, asked: readonly MetricName[]): HistorySeries[] {
  const { jobName, workload, variant, metrics } = growing;
  return metrics.flatMap(({ metric, points }): HistorySeries[] => {
    if (!isShown(growing, metric, asked)) return [];
    const values = valuesOf(points);
    if (values.length === 0) return [];
    const { name } = metric;
    const facts = { metric, label: metricLabel(metric), unit: unitOf(name), better: betterOf(name) };
    return [{ jobName, workload, variant, ...facts, points: values }];
  });
}

/**
 * Unless others are asked for: the rate, and p99, or p50 where some result has too few I/Os for a p99. Where a rate is
 * set, latencies count from the start that it intended.
 */
function isShown(growing: Growing, { name, direction }: Metric, asked: readonly MetricName[]): boolean {
  if (asked.length > 0) return asked.includes(name);
  if (direction === null) return false;
  const isLarge = (growing.blockBytes[direction] ?? 0) >= largeBlockBytes;
  const valuesOfAll = (tail: MetricName) =>
    growing.metrics
      .find((each) => sameMetric(each.metric, { direction, name: tail }))
      ?.points.map(({ figures }) => figures.total ?? figures.completion) ?? [];
  const hasRate = growing.metrics.some(({ metric }) => metric.direction === direction && isOpenLoop(metric.name));
  const [p50, p99] = hasRate ? (['open-p50', 'open-p99'] as const) : (['p50', 'p99'] as const);
  const tails = valuesOfAll(p99);
  const hasTail = tails.length > 0 && tails.every((value) => value !== null);
  return name === (isLarge ? 'bw' : 'iops') || name === (hasTail ? p99 : p50);
}

/** Total latency, unless more results know that of the completion: mixed kinds would look like a change. */
function valuesOf(points: Growing['metrics'][number]['points']): HistoryPoint[] {
  const of = (kind: LatencyKind) =>
    points.flatMap(({ result, figures }) => (figures[kind] === null ? [] : [{ result, value: figures[kind] }]));
  const [total, completion] = [of('total'), of('completion')];
  return completion.length > total.length ? completion : total;
}
