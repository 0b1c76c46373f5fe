/** What is compared and what comes of it: data alone, which reports lay out and scripts read. */

import type { FieldDifference } from '../results/fingerprint.js';

/** As users name them in `--tolerance`. */
export const metricNames = ['iops', 'bw', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max', 'cpu'] as const;
export type MetricName = (typeof metricNames)[number];

export const directionNames = ['read', 'write', 'trim', 'mixed'] as const;
export type DirectionName = (typeof directionNames)[number];

export interface Metric {
  /** null: of the whole job, as CPU per I/O. `mixed`: of all I/O, where a result does not tell directions apart. */
  readonly direction: DirectionName | null;
  readonly name: MetricName;
}

/** Which latency percentiles and means are of: both sides use the same. */
export type LatencyKind = 'total' | 'completion';

/** How the samples of the two sides belong together. */
export type Design =
  /** Sample i of one side ran next to sample i of the other. */
  | 'paired'
  /** The same, taken as two groups: so few pairs could not tell any difference from chance. */
  | 'grouped'
  /** Two groups of repetitions, run apart. */
  | 'independent'
  /** Earlier results, each one sample, and the median of the current one. */
  | 'history';

/** One figure of one job on both sides. Ratios are current / baseline. */
export interface MetricComparison {
  readonly metric: Metric;
  /** `read p99`. */
  readonly label: string;
  readonly unit: 'iops' | 'bytes/s' | 'ns';
  readonly better: 'more' | 'less';
  /** Medians of the samples; null where a side has none. */
  readonly baseline: number | null;
  readonly current: number | null;
  readonly baselineCount: number;
  readonly currentCount: number;
  /** Hodges-Lehmann estimate. */
  readonly ratio: number | null;
  /** null: too few samples for an interval. */
  readonly interval: { readonly low: number; readonly high: number; readonly confidence: number } | null;
  /** Two-sided; null where nothing could be tested. */
  readonly pValue: number | null;
  /** The same, adjusted for all metrics of the comparison; below 0.05 the difference is real. */
  readonly pAdjusted: number | null;
  /** One-sided: that current is lower, and that it is higher. */
  readonly pLower: number | null;
  readonly pHigher: number | null;
  /**
   * Smallest difference, in per cent, that is found in four of five such runs at two-sided 5 % with all metrics of the
   * comparison together. null: so few samples cannot tell any difference from chance.
   */
  readonly detectablePercent: number | null;
  /** For percentiles: the fewest samples beyond it in any repetition. */
  readonly samplesBeyond: number | null;
  /** Why figures are missing, or what to beware of. */
  readonly note: string | null;
  readonly evidence: Evidence | null;
}

/** What verdicts need besides the figures; not shown. */
export interface Evidence {
  /** Log differences or the like: equal for metrics that are one and the same measurement. */
  readonly key: readonly number[];
  /** Of log ratios. */
  readonly estimateLog: number;
  readonly errorLog: number | null;
  readonly degrees: number;
  /** The smallest one-sided p value that so many samples can give. */
  readonly pMin: number;
  /** History: standard deviation of the logarithms of earlier results, robust and plain. */
  readonly sigmaLog: { readonly robust: number; readonly plain: number } | null;
  /** Largest ratio of two samples of the same side less 1, per cent: how steady it was. */
  readonly spreadPercent: number;
}

/** A curve through percentiles of all samples of a side merged. */
export interface PercentileCurve {
  readonly direction: DirectionName;
  /** Ascending percentiles with at least 10 samples beyond each. */
  readonly baseline: readonly { readonly percent: number; readonly ns: number }[];
  readonly current: readonly { readonly percent: number; readonly ns: number }[];
}

export interface JobComparison {
  readonly jobName: string;
  /** `randread 4096B`. */
  readonly workload: string;
  /** What differs in the workload; not empty = the figures cannot be compared, and `metrics` is empty. */
  readonly workloadDifferences: readonly string[];
  readonly latencyKind: LatencyKind;
  readonly baselineCount: number;
  readonly currentCount: number;
  readonly metrics: readonly MetricComparison[];
  readonly curves: readonly PercentileCurve[];
}

export interface Comparison {
  readonly design: Design;
  readonly baselineLabel: string;
  readonly currentLabel: string;
  readonly jobs: readonly JobComparison[];
  /** Jobs that only one side has. */
  readonly onlyBaseline: readonly string[];
  readonly onlyCurrent: readonly string[];
  /** What was left out, as repetitions with errors. */
  readonly notes: readonly string[];
}

export type Verdict = 'improved' | 'pass' | 'regression' | 'inconclusive' | 'incomparable';

export interface GatedMetric {
  readonly jobName: string;
  readonly comparison: MetricComparison;
  /** null: reported, not judged. */
  readonly verdict: Verdict | null;
  /** One phrase: why this verdict. */
  readonly reason: string;
  /** As a share: 0.05. */
  readonly tolerance: number | null;
  /** Per cent, positive = worse: 25 for 20 % fewer IOPS, whose time per I/O is a quarter longer. */
  readonly worsePercent: number | null;
  /** One-sided, for worse, adjusted for all judged metrics. */
  readonly pAdjusted: number | null;
  /** Smallest true worsening found in four of five runs at the level of this gate, per cent. */
  readonly detectablePercent: number | null;
  /** What a second run said of it; null when it was not asked for. */
  readonly confirmation: {
    readonly worsePercent: number | null;
    readonly pAdjusted: number | null;
    readonly agrees: boolean;
  } | null;
}

export interface GateReport {
  readonly verdict: Verdict;
  /** One sentence each: why, worst first. */
  readonly reasons: readonly string[];
  readonly comparison: Comparison;
  readonly metrics: readonly GatedMetric[];
  readonly fingerprint: readonly FieldDifference[];
  /** Fields that may differ by `--vary`. */
  readonly varied: readonly string[];
  readonly confirmed: 'not needed' | 'not possible' | 'done';
}
