/** What is compared and what comes of it: data alone, which reports lay out and scripts read. */

import { directions } from '../job/per-direction.js';
import type { FieldDifference } from '../results/fingerprint.js';

/** As users name them in `--tolerance`. */
export const metricNames = [
  'iops',
  'bw',
  'mean',
  'p50',
  'p90',
  'p99',
  'p99.9',
  'max',
  'open-p50',
  'open-p99',
  'cpu',
] as const;
export type MetricName = (typeof metricNames)[number];

export const comparedDirections = [...directions, 'mixed'] as const;
export type ComparedDirection = (typeof comparedDirections)[number];

export interface Metric {
  /** null: of the whole job, as CPU per I/O. `mixed`: of all I/O, where a result does not tell directions apart. */
  readonly direction: ComparedDirection | null;
  readonly name: MetricName;
}

/** Which latency percentiles and means are of: both sides use the same. */
export type LatencyKind = 'total' | 'completion';

/** How the samples of the two sides belong together. */
export type Design =
  /** Sample i of one side ran next to sample i of the other. */
  | 'paired'
  /** Two groups of repetitions, run apart. */
  | 'independent'
  /** Earlier results, each one sample, and the median of the current one. */
  | 'history';

/** What the rule says of a difference: beyond its tolerance for the worse or the better, within it, or not known yet. */
export type Finding = 'worse' | 'better' | 'within' | 'open';

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** The true one: of ranks there are only so many. */
  readonly confidence: number;
}

/** One figure of one job on both sides. Ratios are current / baseline. */
export interface MetricComparison {
  readonly metric: Metric;
  /** `read p99`. */
  readonly label: string;
  /** Figures that share it are one measurement in two units: bandwidth at one block size is IOPS. */
  readonly measurement: string;
  readonly unit: 'iops' | 'bytes/s' | 'ns';
  readonly better: 'more' | 'less';
  /** Medians of the samples; null where a side has none. */
  readonly baseline: number | null;
  readonly current: number | null;
  readonly baselineCount: number;
  readonly currentCount: number;
  /** Repetitions without a single I/O: they count as the worst value there is. */
  readonly baselineIdleCount: number;
  readonly currentIdleCount: number;
  /** The estimate that the interval is of: Hodges and Lehmann's, or the mean where that decided. */
  readonly ratio: number | null;
  /** null: too few samples. */
  readonly interval: Interval | null;
  /** By the tolerance that the metric has by default; null where nothing can be said. */
  readonly finding: Finding | null;
  /** As a share; null for what no tolerance is for. */
  readonly tolerance: number | null;
  /** Two-sided, for no difference at all; null where nothing could be tested. */
  readonly pValue: number | null;
  /** The same, adjusted for all measurements of the comparison. */
  readonly pAdjusted: number | null;
  /** Smallest true worsening, in per cent, that is found beyond the tolerance in four of five such comparisons. */
  readonly detectablePercent: number | null;
  /** For percentiles: the fewest samples beyond it in any repetition that did I/O. */
  readonly samplesBeyond: number | null;
  /** Why figures are missing, or what to beware of. */
  readonly note: string | null;
  readonly evidence: Evidence | null;
}

/** What the rule decides by; not shown. All values are logarithms. */
export type Evidence = (PairEvidence | GroupEvidence | HistoryEvidence) & {
  /** Hodges and Lehmann's estimate of current / baseline. */
  readonly estimateLog: number;
  /** Of the side that has fewer. */
  readonly count: number;
};

interface PairEvidence {
  readonly kind: 'pairs';
  readonly differences: readonly number[];
  readonly baseline: readonly number[];
  readonly current: readonly number[];
}

interface GroupEvidence {
  readonly kind: 'groups';
  readonly baseline: readonly number[];
  readonly current: readonly number[];
}

interface HistoryEvidence {
  readonly kind: 'history';
  readonly baseline: readonly number[];
  readonly current: number;
  /** Spread that is known to be there, whatever earlier results show. */
  readonly sigmaLogMin: number;
}

/** A curve through percentiles of all samples of a side merged. */
export interface PercentileCurve {
  readonly direction: ComparedDirection;
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
  /** Repetitions of the current side that met errors, and were left out. */
  readonly failedCount: number;
  /** Jobs that only one side has. */
  readonly onlyBaseline: readonly string[];
  readonly onlyCurrent: readonly string[];
  /** What was left out, as repetitions with errors. */
  readonly notes: readonly string[];
}

export type Verdict = 'improved' | 'pass' | 'regression' | 'inconclusive' | 'incomparable';

export interface GatedMetric {
  readonly jobName: string;
  /** As the rule of the gate has it: its levels, and the tolerance asked for. */
  readonly comparison: MetricComparison;
  /** `deciding` for the verdict; `advisory`: shown, and named when worse. */
  readonly role: 'deciding' | 'advisory';
  /** null: not judged. */
  readonly verdict: Verdict | null;
  /** One phrase: why this verdict. */
  readonly reason: string;
  /** As a share: 0.05. */
  readonly tolerance: number | null;
  /** Per cent, positive = worse: 25 for 20 % fewer IOPS, whose time per I/O is a quarter longer. */
  readonly worsePercent: number | null;
  /** What a second run said of it; null when there was none. */
  readonly confirmation: { readonly worsePercent: number | null; readonly agrees: boolean } | null;
}

export interface GateReport {
  readonly verdict: Verdict;
  /** One sentence each: why, worst first. */
  readonly reasons: readonly string[];
  /** What does not decide and should be known: advisory metrics that got worse, two kinds of runs, runs without I/O. */
  readonly remarks: readonly string[];
  /** What to do about a verdict that is no pass; null where nothing is to be done. */
  readonly advice: string | null;
  readonly comparison: Comparison;
  readonly metrics: readonly GatedMetric[];
  readonly fingerprint: readonly FieldDifference[];
  /** Fields that may differ by `--vary`. */
  readonly varied: readonly string[];
  readonly confirmed: 'not needed' | 'not possible' | 'done';
}
