/**
 * A run against earlier ones of the same thing, when the old state cannot be run again. Earlier results count as one
 * sample each (the median of their repetitions), for what differs from day to day is not seen within one run.
 *
 * The figure is out of the ordinary when it lies beyond every earlier one, and farther from their median than
 * `historyLimitLog` of their noise (or of that which `--aa` measured here, if it is larger).
 */

import {
  type Column,
  column,
  describe,
  latencyKindOf,
  metricsOf,
  percentOf,
  usableValues,
  withAdjustedP,
} from '../compare/compare.js';
import type { JobSamples, SampleSet } from '../compare/samples.js';
import type { Comparison, JobComparison, LatencyKind, Metric, MetricComparison } from '../compare/types.js';
import { workloadDifferences, workloadText } from '../compare/workload.js';
import { median } from '../stats/median.js';
import { madToSigma, medianAbsoluteDeviation, quantise, standardDeviation } from '../stats/numbers.js';
import { rankSumTest } from '../stats/rank-sum.js';
import { studentQuantile } from '../stats/student.js';

export const historyWindowMax = 10;
export const historyWindowMin = 5;
export const historySigmas = 3;

/**
 * How far from the median of earlier results a figure may lie: three robust standard deviations, and not less than
 * the bound of a normal prediction at this one-sided level (Student's t). The MAD of five values alone is far too often
 * far too small.
 */
export function historyLimitLog(
  sigma: { readonly robust: number; readonly plain: number },
  count: number,
  level: number,
): number {
  if (count < 2) return Number.POSITIVE_INFINITY;
  const predicted = studentQuantile(1 - level, count - 1) * sigma.plain * Math.sqrt(1 + 1 / count);
  return Math.max(historySigmas * sigma.robust, predicted);
}

/** Noise known from elsewhere: standard deviation of the logarithm, or null. */
export type KnownNoise = (jobName: string, metric: Metric) => number | null;

/**
 * @param earlier newest first; the first `historyWindowMax` are used
 * @param label what the earlier ones are called together
 */
export function compareHistory(
  earlier: readonly SampleSet[],
  current: SampleSet,
  label: string,
  noise: KnownNoise = () => null,
): Comparison {
  const window = earlier.slice(0, historyWindowMax);
  const known = new Map(window.flatMap((set) => [...set.jobs].map(([key, job]) => [key, job.jobName] as const)));
  return {
    design: 'history',
    baselineLabel: label,
    currentLabel: current.label,
    jobs: withAdjustedP(
      [...current.jobs].flatMap(([key, job]) => {
        const past = window.flatMap((set) => set.jobs.get(key) ?? []);
        return past.length === 0 ? [] : [compareJob(past, job, noise)];
      }),
    ),
    onlyBaseline: [...known].flatMap(([key, name]) => (current.jobs.has(key) ? [] : [name])),
    onlyCurrent: [...current.jobs].flatMap(([key, job]) => (known.has(key) ? [] : [job.jobName])),
    notes: [...window.flatMap((set) => set.notes), ...current.notes],
  };
}

function compareJob(past: readonly JobSamples[], current: JobSamples, noise: KnownNoise): JobComparison {
  const newest = past[0]!;
  const differences = workloadDifferences(newest.workload, current.workload);
  const same = past.filter((job) => workloadDifferences(job.workload, current.workload).length === 0);
  const kind = latencyKindOf([...same, current]);
  const metrics = differences.length > 0 ? [] : metricsOf([...same, current]);
  return {
    jobName: current.jobName,
    workload: workloadText(current.workload),
    workloadDifferences: differences,
    latencyKind: kind,
    baselineCount: same.length,
    currentCount: current.samples.length,
    metrics: metrics.map((metric) => compareMetric(metric, same, current, kind, noise(current.jobName, metric))),
    curves: [],
  };
}

function compareMetric(
  metric: Metric,
  past: readonly JobSamples[],
  current: JobSamples,
  kind: LatencyKind,
  knownSigma: number | null,
): MetricComparison {
  const columns = {
    baseline: asOneColumn(past.map(({ samples }) => column(samples, metric, kind))),
    current: asOneColumn([column(current.samples, metric, kind)]),
  };
  const usable = { baseline: usableValues(columns.baseline), current: usableValues(columns.current) };
  const head = describe(metric, columns, usable);
  const nothing = {
    ratio: null,
    interval: null,
    pValue: null,
    pLower: null,
    pHigher: null,
    pAdjusted: null,
    detectablePercent: null,
    evidence: null,
  };
  if (usable.baseline.size === 0 || usable.current.size === 0) return { ...head, ...nothing };
  const logs = [...usable.baseline.values()].map((value) => quantise(Math.log(value)));
  const currentLog = quantise(Math.log(head.current!));
  const result = rankSumTest(logs, [currentLog]);
  const estimateLog = currentLog - median(logs)!;
  const sigmaLog = {
    robust: Math.max(madToSigma * medianAbsoluteDeviation(logs)!, knownSigma ?? 0),
    plain: Math.max(standardDeviation(logs), knownSigma ?? 0),
  };
  return {
    ...head,
    currentCount: current.samples.length,
    ratio: Math.exp(estimateLog),
    interval: null,
    pValue: result.pTwoSided,
    pLower: result.pLower,
    pHigher: result.pHigher,
    pAdjusted: null,
    detectablePercent: logs.length < 2 ? null : percentOf(historyLimitLog(sigmaLog, logs.length, 0.025)),
    evidence: {
      key: [...logs, currentLog].map((value) => quantise(value - logs[0]!)),
      estimateLog,
      errorLog: null,
      degrees: logs.length - 1,
      pMin: 1 / (logs.length + 1),
      sigmaLog,
      spreadPercent: percentOf(Math.max(...logs) - Math.min(...logs)),
    },
  };
}

/** Each column's median as one value; its number stands for the repetition. */
function asOneColumn(columns: readonly Column[]): Column {
  const beyond = columns.flatMap(({ samplesBeyond }) => samplesBeyond ?? []);
  return {
    repetitions: columns.map((_, index) => index),
    values: columns.map((each) => median([...usableValues(each).values()])),
    samplesBeyond: beyond.length === 0 ? null : Math.min(...beyond),
  };
}
