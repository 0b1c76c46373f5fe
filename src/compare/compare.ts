/**
 * Two sets of samples against each other, metric by metric: estimate of the ratio, its interval, p values, and what
 * could have been seen. All on logarithms, so that exchanging the sides turns ratios into their reciprocals and nothing
 * else. Nothing here knows tolerances or verdicts.
 */

import { evidenceGroups, holmByEvidence } from '../stats/holm.js';
import { median } from '../stats/median.js';
import { quantise } from '../stats/numbers.js';
import { rankSumEstimate, rankSumTest } from '../stats/rank-sum.js';
import { type Estimate, signedRankEstimate, signedRankTest, type TestResult } from '../stats/signed-rank.js';
import { curvesOf } from './curves.js';
import { detectableDifference, standardError } from './detectable.js';
import { betterOf, latencyPercents, metricLabel, samplesBeyondToReport, unitOf } from './metrics.js';
import type { JobSamples, LatencySample, Sample, SampleSet } from './samples.js';
import {
  type Comparison,
  directionNames,
  type JobComparison,
  type LatencyKind,
  type Metric,
  type MetricComparison,
  type MetricName,
} from './types.js';
import { workloadDifferences, workloadText } from './workload.js';

export interface CompareSettings {
  /** `history` is made by history.ts, `grouped` by `compareWithinRun`. */
  readonly design: 'paired' | 'independent';
  /** Merge the histograms into percentile curves: some ms for each repetition. */
  readonly curves?: boolean;
}

/** Confidence of the intervals, and 1 − the two-sided level of what could have been seen. */
export const confidence = 0.95;

export function compareSets(baseline: SampleSet, current: SampleSet, settings: CompareSettings): Comparison {
  const keys = [...baseline.jobs.keys()].filter((key) => current.jobs.has(key));
  const only = (some: SampleSet, other: SampleSet) =>
    [...some.jobs].flatMap(([key, job]) => (other.jobs.has(key) ? [] : [job.jobName]));
  const jobs = keys.map((key) => compareJob(baseline.jobs.get(key)!, current.jobs.get(key)!, settings));
  return {
    design: settings.design,
    baselineLabel: baseline.label,
    currentLabel: current.label,
    jobs: withDetectable(withAdjustedP(jobs)),
    onlyBaseline: only(baseline, current),
    onlyCurrent: only(current, baseline),
    notes: [...baseline.notes, ...current.notes],
  };
}

/**
 * Sets of one run, paired by repetition. A test of n pairs gives no p below 2^(1 − n), which after Holm's adjustment may
 * be too much for any difference, however large. Two groups of n can be told apart far sooner, so where the pairs cannot
 * tell anything they are taken as groups; what repetitions share then counts as noise. Counts alone decide that.
 */
export function compareWithinRun(
  baseline: SampleSet,
  current: SampleSet,
  settings: Omit<CompareSettings, 'design'> = {},
): Comparison {
  const paired = compareSets(baseline, current, { ...settings, design: 'paired' });
  if (canTell(paired)) return paired;
  const grouped = compareSets(baseline, current, { ...settings, design: 'independent' });
  return canTell(grouped) ? { ...grouped, design: 'grouped' } : paired;
}

function canTell({ jobs }: Comparison): boolean {
  return jobs.some(({ metrics }) => metrics.some(({ detectablePercent }) => detectablePercent !== null));
}

/** Fills `pAdjusted` in: Holm over all metrics of all jobs. */
export function withAdjustedP(jobs: readonly JobComparison[]): JobComparison[] {
  const tested = jobs.flatMap(({ metrics }) => metrics.filter(({ evidence }) => evidence !== null));
  const adjusted = holmByEvidence(tested.map(({ evidence, pValue }) => ({ key: evidence!.key, p: pValue! })));
  return jobs.map((job) => ({
    ...job,
    metrics: job.metrics.map((metric) => ({ ...metric, pAdjusted: adjusted[tested.indexOf(metric)] ?? null })),
  }));
}

/** Fills `detectablePercent` in, at the level that is left for each of so many metrics. */
function withDetectable(jobs: readonly JobComparison[]): JobComparison[] {
  const evidence = jobs.flatMap(({ metrics }) => metrics.flatMap((metric) => metric.evidence ?? []));
  const familySize = new Set(evidenceGroups(evidence)).size;
  const level = (1 - confidence) / 2 / familySize;
  const detectable = ({ evidence: own }: MetricComparison) =>
    own === null || own.errorLog === null || own.pMin > level
      ? null
      : percentOf(detectableDifference(own.errorLog, own.degrees, level));
  return jobs.map((job) => ({
    ...job,
    metrics: job.metrics.map((metric) => ({ ...metric, detectablePercent: detectable(metric) })),
  }));
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
      return compareMetric(metric, columns, settings.design);
    }),
    curves: settings.curves === true && differences.length === 0 ? curvesOf(baseline, current, kind) : [],
  };
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

/** Of all directions that have I/O on any side. */
export function metricsOf(sides: readonly JobSamples[]): Metric[] {
  const samples = sides.flatMap((side) => side.samples);
  const active = directionNames.filter((name) => samples.some(({ directions }) => directions[name] !== undefined));
  return [
    ...active.flatMap((direction) => perDirection.map((name) => ({ direction, name }))),
    ...(active.length > 0 ? [{ direction: null, name: 'cpu' as const }] : []),
  ];
}

/** The values of one metric on one side, in the order of the samples. */
export interface Column {
  readonly repetitions: readonly number[];
  readonly values: readonly (number | null)[];
  /** For percentiles, in the repetition that has the fewest. */
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

function latencyOf(sample: Sample, { direction }: Metric, kind: LatencyKind): LatencySample | null {
  return direction === null ? null : (sample.directions[direction]?.latency[kind] ?? null);
}

function figureOf(sample: Sample, metric: Metric, kind: LatencyKind): number | null {
  const { direction, name } = metric;
  if (direction === null) return sample.cpuNsPerIo;
  if (name === 'iops') return sample.directions[direction]?.iops ?? null;
  if (name === 'bw') return sample.directions[direction]?.bytesPerSecond ?? null;
  const latency = latencyOf(sample, metric, kind);
  if (latency === null) return null;
  if (name === 'mean') return latency.meanNs;
  if (name === 'max') return latency.maxNs;
  const beyond = samplesBeyond(sample, metric, kind);
  return beyond !== null && beyond < samplesBeyondToReport ? null : (latency.percentileNs[name] ?? null);
}

function samplesBeyond(sample: Sample, metric: Metric, kind: LatencyKind): number | null {
  const percent = latencyPercents[metric.name];
  const count = latencyOf(sample, metric, kind)?.count;
  if (percent === undefined || count === undefined) return null;
  // 1000 × (1 − 99.9 %) is 1, not 0.9999999999999432.
  return Math.floor((count * Math.round((100 - percent) * 1000)) / 100_000);
}

export interface Columns {
  readonly baseline: Column;
  readonly current: Column;
}

export function compareMetric(metric: Metric, columns: Columns, design: CompareSettings['design']): MetricComparison {
  const usable = {
    baseline: usableValues(columns.baseline),
    current: usableValues(columns.current),
  };
  const head = describe(metric, columns, usable);
  if (usable.baseline.size === 0 || usable.current.size === 0) return { ...head, ...nothing };
  const test = design === 'paired' ? testPairs(usable) : testGroups(usable);
  if (test === null) return { ...head, ...nothing, note: 'no repetition has it on both sides' };
  const { estimate, result, degrees } = test;
  const { interval } = estimate;
  return {
    ...head,
    baselineCount: test.baselineCount,
    currentCount: test.currentCount,
    ratio: Math.exp(estimate.value),
    interval:
      interval === null
        ? null
        : { low: Math.exp(interval.low), high: Math.exp(interval.high), confidence: interval.confidence },
    pValue: result.pTwoSided,
    pLower: result.pLower,
    pHigher: result.pHigher,
    pAdjusted: null,
    detectablePercent: null,
    evidence: {
      key: test.key,
      estimateLog: estimate.value,
      errorLog: standardError(estimate, degrees),
      degrees,
      pMin: test.pMin,
      sigmaLog: null,
      spreadPercent: Math.max(spreadPercent(usable.baseline), spreadPercent(usable.current)),
    },
  };
}

/** A difference of logarithms as per cent. */
export function percentOf(difference: number): number {
  return Math.expm1(difference) * 100;
}

const nothing = {
  ratio: null,
  interval: null,
  pValue: null,
  pLower: null,
  pHigher: null,
  pAdjusted: null,
  detectablePercent: null,
  evidence: null,
} as const;

type Usable = Readonly<Record<'baseline' | 'current', ReadonlyMap<number, number>>>;

/** By repetition; logarithms need values above 0. */
export function usableValues({ repetitions, values }: Column): Map<number, number> {
  const usable = new Map<number, number>();
  values.forEach((value, index) => {
    if (value !== null && Number.isFinite(value) && value > 0) usable.set(repetitions[index]!, value);
  });
  return usable;
}

/** What stands in a comparison whether it could be tested or not. */
export function describe(metric: Metric, columns: Columns, usable: Usable) {
  const beyond = [columns.baseline.samplesBeyond, columns.current.samplesBeyond].filter((count) => count !== null);
  return {
    metric,
    label: metricLabel(metric),
    unit: unitOf(metric.name),
    better: betterOf(metric.name),
    baseline: median([...usable.baseline.values()]),
    current: median([...usable.current.values()]),
    baselineCount: usable.baseline.size,
    currentCount: usable.current.size,
    samplesBeyond: beyond.length === 0 ? null : Math.min(...beyond),
    note: whyMissing(columns, usable),
  };
}

function whyMissing(columns: Columns, usable: Usable): string | null {
  const missing = (['baseline', 'current'] as const).filter((side) => usable[side].size === 0);
  if (missing.length === 0) return null;
  const where = missing.length === 2 ? 'on both sides' : missing[0] === 'baseline' ? 'in the baseline' : 'in current';
  const beyond = missing.flatMap((side) => columns[side].samplesBeyond ?? []);
  if (beyond.some((count) => count < samplesBeyondToReport)) {
    return `fewer than ${samplesBeyondToReport} I/Os beyond it ${where}`;
  }
  const isZero = missing.some((side) => columns[side].values.some((value) => value !== null));
  return isZero ? `not above 0 ${where}, so there is no ratio` : `missing ${where}`;
}

interface Tested {
  readonly estimate: Estimate;
  readonly result: TestResult;
  readonly degrees: number;
  readonly pMin: number;
  readonly key: readonly number[];
  readonly baselineCount: number;
  readonly currentCount: number;
}

function testPairs({ baseline, current }: Usable): Tested | null {
  const differences = [...baseline].flatMap(([repetition, value]) => {
    const other = current.get(repetition);
    return other === undefined ? [] : [quantise(Math.log(other) - Math.log(value))];
  });
  const count = differences.length;
  if (count === 0) return null;
  return {
    estimate: signedRankEstimate(differences, confidence),
    result: signedRankTest(differences),
    degrees: count - 1,
    pMin: 0.5 ** count,
    key: differences,
    baselineCount: count,
    currentCount: count,
  };
}

function testGroups({ baseline, current }: Usable): Tested {
  const left = [...baseline.values()].map((value) => quantise(Math.log(value)));
  const right = [...current.values()].map((value) => quantise(Math.log(value)));
  return {
    estimate: rankSumEstimate(left, right, confidence),
    result: rankSumTest(left, right),
    degrees: left.length + right.length - 2,
    pMin: smallestRankSumP(left.length, right.length),
    key: [...left, ...right].map((value) => quantise(value - left[0]!)),
    baselineCount: left.length,
    currentCount: right.length,
  };
}

/** 1 / (m + n choose m). */
function smallestRankSumP(m: number, n: number): number {
  let p = 1;
  for (let k = 1; k <= Math.min(m, n); k++) p *= k / (Math.max(m, n) + k);
  return p;
}

function spreadPercent(values: ReadonlyMap<number, number>): number {
  return (Math.max(...values.values()) / Math.min(...values.values()) - 1) * 100;
}
