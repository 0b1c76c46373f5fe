/**
 * A run against earlier ones of the same thing, when the old state cannot be run again. Earlier results count as one
 * sample each (the median of their repetitions), for what differs from day to day is not seen within one run. The rule is
 * the same as for pairs; its interval is that of a prediction from the spread of earlier results (or of the noise that
 * `--aa` measured here, if that is larger).
 */

import {
  type Column,
  column,
  describe,
  idleLog,
  latencyKindOf,
  measurementOf,
  metricsOf,
  usableLogs,
  withAdjustedP,
  withFindings,
} from '../compare/compare.js';
import { betterOf } from '../compare/metrics.js';
import type { JobSamples, SampleSet } from '../compare/samples.js';
import type { Comparison, JobComparison, LatencyKind, Metric, MetricComparison } from '../compare/types.js';
import { workloadDifferences, workloadText } from '../compare/workload.js';
import { median } from '../stats/median.js';
import { rankSumTest } from '../stats/rank-sum.js';

export const historyWindowMax = 10;

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
    jobs: withFindings(
      withAdjustedP(
        [...current.jobs].flatMap(([key, job]) => {
          const past = window.flatMap((set) => set.jobs.get(key) ?? []);
          return past.length === 0 ? [] : [compareJob(past, job, noise)];
        }),
      ),
    ),
    failedCount: current.failedCount,
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
  const better = betterOf(metric.name);
  const columns = {
    baseline: mediansOf(
      past.map(({ samples }) => column(samples, metric, kind)),
      better,
    ),
    current: mediansOf([column(current.samples, metric, kind)], better),
  };
  const usable = { baseline: usableLogs(columns.baseline, better), current: usableLogs(columns.current, better) };
  const head = describe(metric, measurementOf(metric, current.workload), columns, usable);
  const [logs, currentLog] = [[...usable.baseline.values()], usable.current.get(0)];
  if (logs.length === 0 || currentLog === undefined) return head;
  const estimateLog = currentLog - median(logs)!;
  return {
    ...head,
    currentCount: current.samples.length,
    ratio: Math.exp(estimateLog),
    pValue: rankSumTest(logs, [currentLog]).pTwoSided,
    evidence: {
      kind: 'history',
      baseline: logs,
      current: currentLog,
      sigmaLogMin: knownSigma ?? 0,
      estimateLog,
      count: logs.length,
    },
  };
}

/** Each column's median as one value; its number stands for the repetition. */
function mediansOf(columns: readonly Column[], better: 'more' | 'less'): Column {
  const beyond = columns.flatMap(({ samplesBeyond }) => samplesBeyond ?? []);
  return {
    repetitions: columns.map((_, index) => index),
    values: columns.map((each) => {
      const log = median([...usableLogs(each, better).values()]);
      if (log === null) return null;
      return Math.abs(log) > idleLog / 3 ? 'idle' : Math.exp(log);
    }),
    samplesBeyond: beyond.length === 0 ? null : Math.min(...beyond),
  };
}
