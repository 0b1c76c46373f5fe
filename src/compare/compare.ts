/**
 * Two sets of samples against each other, metric by metric: estimate of the ratio, its interval, what the rule finds by
 * it, and p values. All on logarithms, so that exchanging the sides turns ratios into their reciprocals.
 */

import { samplesBeyond as countBeyond, samplesBeyondMin } from '../results/figures.js';
import { holmByMeasurement } from '../stats/holm.js';
import { median } from '../stats/median.js';
import { quantise } from '../stats/quantise.js';
import { rankSumEstimate, rankSumTest } from '../stats/rank-sum.js';
import { signedRankEstimate, signedRankTest, type TestResult } from '../stats/signed-rank.js';
import { curvesOf } from './curves.js';
import { betterOf, defaultTolerances, isOpenLoop, latencyPercents, metricLabel, unitOf } from './metrics.js';
import { answer, levelsFor, type RuleLevels } from './rule.js';
import type { JobSamples, LatencySample, Sample, SampleSet } from './samples.js';
import {
  type Comparison,
  comparedDirections,
  type Evidence,
  type JobComparison,
  type LatencyKind,
  type Metric,
  type MetricComparison,
  type MetricName,
} from './types.js';
import { type Workload, workloadDifferences, workloadText } from './workload.js';

export interface CompareSettings {
  /** `history` is made by gate/history.ts. */
  readonly design: 'paired' | 'independent';
  /** Merge the histograms into percentile curves: some ms for each repetition. */
  readonly curves?: boolean;
}

export function compareSets(baseline: SampleSet, current: SampleSet, settings: CompareSettings): Comparison {
  const keys = [...baseline.jobs.keys()].filter((key) => current.jobs.has(key));
  const only = (some: SampleSet, other: SampleSet) =>
    [...some.jobs].flatMap(([key, job]) => (other.jobs.has(key) ? [] : [job.jobName]));
  const jobs = keys.map((key) => compareJob(baseline.jobs.get(key)!, current.jobs.get(key)!, settings));
  return {
    design: settings.design,
    baselineLabel: baseline.label,
    currentLabel: current.label,
    jobs: withFindings(withAdjustedP(jobs)),
    onlyBaseline: only(baseline, current),
    onlyCurrent: only(current, baseline),
    failedCount: current.failedCount,
    notes: [...baseline.notes, ...current.notes],
  };
}

/** Fills `pAdjusted` in: Holm over all measurements of all jobs. */
export function withAdjustedP(jobs: readonly JobComparison[]): JobComparison[] {
  const tested = jobs.flatMap(({ jobName, metrics }) =>
    metrics.flatMap((metric) =>
      metric.pValue === null ? [] : [{ metric, measurement: `${jobName}\n${metric.measurement}`, p: metric.pValue }],
    ),
  );
  const adjusted = new Map(holmByMeasurement(tested).map((p, index) => [tested[index]!.metric, p]));
  return jobs.map((job) => ({
    ...job,
    metrics: job.metrics.map((metric) => ({ ...metric, pAdjusted: adjusted.get(metric) ?? null })),
  }));
}

/** What the rule finds of each metric, all measurements of the comparison being judged together. */
export function withFindings(jobs: readonly JobComparison[]): JobComparison[] {
  const measured = jobs.flatMap(({ jobName, metrics }) =>
    metrics.flatMap(({ measurement, evidence }) => (evidence === null ? [] : [`${jobName}\n${measurement}`])),
  );
  const levels = levelsFor(new Set(measured).size);
  return jobs.map((job) => ({
    ...job,
    metrics: job.metrics.map((metric) => withFinding(metric, defaultTolerances[metric.metric.name] ?? null, levels)),
  }));
}

/** Without tolerance the interval stands, and nothing is found by it. */
export function withFinding(metric: MetricComparison, tolerance: number | null, levels: RuleLevels): MetricComparison {
  const { evidence, better } = metric;
  const found = evidence === null ? null : answer(evidence, better, tolerance ?? 0, levels);
  if (found === null) return { ...metric, tolerance };
  const { finding, estimateLog, intervalLog, detectableLog } = found;
  const { low, high, confidence } = intervalLog;
  return {
    ...metric,
    tolerance,
    // A mean of idle repetitions and others is no figure of either.
    ratio: ratioOf(
      Math.abs(estimateLog) > idleLog / 30 && hasIdle(metric) ? Math.sign(estimateLog) * idleLog : estimateLog,
    ),
    interval: { low: ratioOf(low), high: ratioOf(high), confidence },
    finding: tolerance === null ? null : finding,
    detectablePercent: tolerance === null ? null : percentOf(detectableLog),
  };
}

function compareJob(baseline: JobSamples, current: JobSamples, settings: CompareSettings): JobComparison {
  const differences = workloadDifferences(baseline.workload, current.workload);
  const kind = latencyKindOf([baseline, current]);
  const metrics = differences.length > 0 ? [] : metricsOf([baseline, current]);
  return {
    jobName: current.jobName,
    workload: workloadText(current.workload),
    workloadDifferences: differences,
    latencyKind: kind,
    baselineCount: baseline.samples.length,
    currentCount: current.samples.length,
    metrics: metrics.map((metric) => {
      const columns = {
        baseline: column(baseline.samples, metric, kind),
        current: column(current.samples, metric, kind),
      };
      return compareMetric(metric, measurementOf(metric, current.workload), columns, settings.design);
    }),
    curves: settings.curves === true && differences.length === 0 ? curvesOf(baseline, current, kind) : [],
  };
}

/** Bandwidth of blocks of one size is IOPS in another unit. */
export function measurementOf({ direction, name }: Metric, { blockBytes }: Workload): string {
  const isIops = name === 'bw' && direction !== null && typeof blockBytes[direction] === 'number';
  return `${direction ?? 'job'} ${isIops ? 'iops' : name}`;
}

/** Total latency where both sides know it, else what both know: fio writes percentiles of the completion by default. */
export function latencyKindOf(sides: readonly JobSamples[]): LatencyKind {
  const knows = (kind: LatencyKind) =>
    sides.every(({ samples }) =>
      samples.some(({ directions }) =>
        Object.values(directions).some(({ latency }) => latency[kind]?.percentileNs.p50 !== undefined),
      ),
    );
  return !knows('total') && knows('completion') ? 'completion' : 'total';
}

const perDirection: readonly MetricName[] = ['iops', 'bw', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max'];
const perRatedDirection: readonly MetricName[] = [...perDirection, 'open-p50', 'open-p99'];

/** Of all directions that have I/O on any side. */
export function metricsOf(sides: readonly JobSamples[]): Metric[] {
  const samples = sides.flatMap((side) => side.samples);
  const active = comparedDirections.filter((name) => samples.some(({ directions }) => directions[name] !== undefined));
  const isRated = (direction: (typeof comparedDirections)[number]) =>
    samples.some(({ directions }) => (directions[direction]?.openLoop ?? null) !== null);
  return [
    ...active.flatMap((direction) =>
      (isRated(direction) ? perRatedDirection : perDirection).map((name) => ({ direction, name })),
    ),
    ...(active.length > 0 ? [{ direction: null, name: 'cpu' as const }] : []),
  ];
}

/** A repetition without a single I/O in a direction that others have: worse than any value. */
export type Value = number | 'idle' | null;

/** The values of one metric on one side, in the order of the samples. */
export interface Column {
  readonly repetitions: readonly number[];
  readonly values: readonly Value[];
  /** For percentiles, in the repetition that has the fewest of those with I/O. */
  readonly samplesBeyond: number | null;
}

export function column(samples: readonly Sample[], metric: Metric, kind: LatencyKind): Column {
  const beyond = samples.flatMap((sample) => samplesBeyond(sample, metric, kind) ?? []);
  return {
    repetitions: samples.map(({ repetition }) => repetition),
    values: samples.map((sample) => figureOf(sample, metric, kind)),
    samplesBeyond: beyond.length === 0 ? null : Math.min(...beyond),
  };
}

function latencyOf(sample: Sample, { direction, name }: Metric, kind: LatencyKind): LatencySample | null {
  const figures = direction === null ? undefined : sample.directions[direction];
  return (isOpenLoop(name) ? figures?.openLoop : figures?.latency[kind]) ?? null;
}

function figureOf(sample: Sample, metric: Metric, kind: LatencyKind): Value {
  const { direction, name } = metric;
  if (direction === null) return sample.cpuNsPerIo;
  const figures = sample.directions[direction];
  if (figures === undefined) return 'idle';
  if (name === 'iops') return figures.iops;
  if (name === 'bw') return figures.bytesPerSecond;
  const latency = latencyOf(sample, metric, kind);
  if (latency === null) return null;
  if (name === 'mean') return latency.meanNs;
  if (name === 'max') return latency.maxNs;
  const beyond = samplesBeyond(sample, metric, kind);
  return beyond !== null && beyond < samplesBeyondMin ? null : (latency.percentileNs[name] ?? null);
}

function samplesBeyond(sample: Sample, metric: Metric, kind: LatencyKind): number | null {
  const percent = latencyPercents[metric.name];
  const count = latencyOf(sample, metric, kind)?.count;
  if (percent === undefined || count === undefined) return null;
  return countBeyond(count, percent);
}

export interface Columns {
  readonly baseline: Column;
  readonly current: Column;
}

export function compareMetric(
  metric: Metric,
  measurement: string,
  columns: Columns,
  design: CompareSettings['design'],
): MetricComparison {
  const better = betterOf(metric.name);
  const usable = { baseline: usableLogs(columns.baseline, better), current: usableLogs(columns.current, better) };
  const head = describe(metric, measurement, columns, usable);
  if (usable.baseline.size === 0 || usable.current.size === 0) return head;
  const test = design === 'paired' ? testPairs(usable) : testGroups(usable);
  if (test === null) return { ...head, note: 'no repetition has it on both sides' };
  return {
    ...head,
    baselineCount: test.baselineCount,
    currentCount: test.currentCount,
    ratio: ratioOf(test.evidence.estimateLog),
    pValue: test.result.pTwoSided,
    evidence: test.evidence,
  };
}

/** A difference of logarithms as per cent. */
export function percentOf(difference: number): number {
  return (ratioOf(difference) - 1) * 100;
}

/** The logarithm that stands for nothing done: farther than any figure is from another (a ns from a century). */
export const idleLog = 100;

/** Out of a logarithm; of those that idle repetitions decided, nothing or infinitely many. */
function ratioOf(log: number): number {
  if (log > idleLog / 3) return Number.POSITIVE_INFINITY;
  return log < -idleLog / 3 ? 0 : Math.exp(log);
}

function hasIdle({ baselineIdleCount, currentIdleCount }: MetricComparison): boolean {
  return baselineIdleCount + currentIdleCount > 0;
}

type Usable = Readonly<Record<'baseline' | 'current', ReadonlyMap<number, number>>>;

/** Logarithms by repetition. They need values above 0; an idle repetition has the worst there is. */
export function usableLogs({ repetitions, values }: Column, better: 'more' | 'less'): Map<number, number> {
  const usable = new Map<number, number>();
  values.forEach((value, index) => {
    if (value === 'idle') usable.set(repetitions[index]!, better === 'more' ? -idleLog : idleLog);
    else if (value !== null && Number.isFinite(value) && value > 0) {
      usable.set(repetitions[index]!, quantise(Math.log(value)));
    }
  });
  return usable;
}

/** The median as a figure: idle repetitions have no latency, and a rate of 0. */
export function columnMedian({ values }: Column, name: MetricName): number | null {
  const isRate = name === 'iops' || name === 'bw';
  return median(
    values.flatMap((value) => {
      if (value === 'idle') return isRate ? [0] : [];
      return value !== null && Number.isFinite(value) && value > 0 ? [value] : [];
    }),
  );
}

/** What stands in a comparison before anything is tested. */
export function describe(metric: Metric, measurement: string, columns: Columns, usable: Usable): MetricComparison {
  const beyond = [columns.baseline.samplesBeyond, columns.current.samplesBeyond].filter((count) => count !== null);
  const idle = ({ values }: Column) => values.filter((value) => value === 'idle').length;
  return {
    metric,
    measurement,
    label: metricLabel(metric),
    unit: unitOf(metric.name),
    better: betterOf(metric.name),
    baseline: columnMedian(columns.baseline, metric.name),
    current: columnMedian(columns.current, metric.name),
    baselineCount: usable.baseline.size,
    currentCount: usable.current.size,
    baselineIdleCount: idle(columns.baseline),
    currentIdleCount: idle(columns.current),
    samplesBeyond: beyond.length === 0 ? null : Math.min(...beyond),
    note: whyMissing(columns, usable),
    ratio: null,
    interval: null,
    finding: null,
    tolerance: null,
    pValue: null,
    pAdjusted: null,
    detectablePercent: null,
    evidence: null,
  };
}

function whyMissing(columns: Columns, usable: Usable): string | null {
  const missing = (['baseline', 'current'] as const).filter((side) => usable[side].size === 0);
  if (missing.length === 0) return null;
  const where = missing.length === 2 ? 'on both sides' : missing[0] === 'baseline' ? 'in the baseline' : 'in current';
  const beyond = missing.flatMap((side) => columns[side].samplesBeyond ?? []);
  if (beyond.some((count) => count < samplesBeyondMin)) return `too few I/Os in a repetition to have it ${where}`;
  const isZero = missing.some((side) => columns[side].values.some((value) => value !== null));
  return isZero ? `not above 0 ${where}, so there is no ratio` : `missing ${where}`;
}

interface Tested {
  readonly evidence: Evidence;
  readonly result: TestResult;
  readonly baselineCount: number;
  readonly currentCount: number;
}

/** A pair of which both did nothing tells nothing. */
function testPairs(usable: Usable): Tested | null {
  const pairs = [...usable.baseline].flatMap(([repetition, before]) => {
    const after = usable.current.get(repetition);
    if (after === undefined || (Math.abs(after) === idleLog && after === before)) return [];
    return [{ before, after, difference: clamped(quantise(after - before)) }];
  });
  const count = pairs.length;
  if (count === 0) return null;
  const differences = pairs.map(({ difference }) => difference);
  const sides = { baseline: pairs.map(({ before }) => before), current: pairs.map(({ after }) => after) };
  const estimateLog = signedRankEstimate(differences, 0).value;
  return {
    evidence: { kind: 'pairs', differences, ...sides, estimateLog, count },
    result: signedRankTest(differences),
    baselineCount: count,
    currentCount: count,
  };
}

/** Whatever an idle repetition is compared with, it is as far away. */
function clamped(difference: number): number {
  return Math.abs(difference) > idleLog / 2 ? Math.sign(difference) * idleLog : difference;
}

function testGroups(usable: Usable): Tested {
  const [baseline, current] = [[...usable.baseline.values()], [...usable.current.values()]];
  const estimateLog = clamped(rankSumEstimate(baseline, current, 0).value);
  return {
    evidence: { kind: 'groups', baseline, current, estimateLog, count: Math.min(baseline.length, current.length) },
    result: rankSumTest(baseline, current),
    baselineCount: baseline.length,
    currentCount: current.length,
  };
}
