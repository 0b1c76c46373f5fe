/**
 * From a comparison to verdicts. A metric has become worse when it is both significantly worse (one-sided, adjusted
 * after Holm for everything judged) and worse by more than its tolerance; better likewise, the other way round. A
 * tolerance of 5 % is a factor of 1.05 in either direction, so exchanging the sides exchanges the verdicts.
 *
 * "Pass" is claimed only where a difference as large as the tolerance would have been noticed.
 */

import { percentOf } from '../compare/compare.js';
import { detectableDifference } from '../compare/detectable.js';
import { sameMetric, samplesBeyondToGate } from '../compare/metrics.js';
import type {
  Comparison,
  Design,
  GatedMetric,
  GateReport,
  JobComparison,
  MetricComparison,
  MetricName,
  Verdict,
} from '../compare/types.js';
import { type FieldDifference, isVaried } from '../results/fingerprint.js';
import { evidenceGroups, holmByEvidence } from '../stats/holm.js';
import { historyLimitLog, historyWindowMin } from './history.js';
import type { Tolerances } from './tolerances.js';

export interface JudgeSettings {
  readonly tolerances: Tolerances;
  /** What differs between the machines; empty when both sides ran in one run. */
  readonly fingerprint: readonly FieldDifference[];
  /** Names of fields that may differ, as in `--vary`. */
  readonly varied: readonly string[];
}

/** Chance of any false alarm that the tests by themselves allow, over all metrics; tolerances and re-runs lower it. */
export const alpha = 0.05;

export function judge(comparison: Comparison, settings: JudgeSettings): GateReport {
  const blocking = settings.fingerprint.filter(
    (difference) => difference.class === 'blocking' && !isVaried(difference.field, settings.varied),
  );
  const metrics =
    blocking.length > 0
      ? comparison.jobs.flatMap((job) => job.metrics.map((metric) => unjudged(job, metric, 'incomparable')))
      : judgeMetrics(comparison, settings.tolerances, () => true);
  const reasons = [
    ...blocking.map(({ field, left, right }) => `${field} differs: ${shown(left)} → ${shown(right)}`),
    ...comparabilityReasons(comparison),
  ];
  const report = {
    comparison,
    metrics,
    fingerprint: settings.fingerprint,
    varied: settings.varied,
    confirmed: 'not possible',
  } as const;
  return { ...report, ...conclude(comparison.design, metrics, reasons) };
}

function shown({ value, reason }: FieldDifference['left']): string {
  if (value === null) return `unknown (${reason ?? 'no reason given'})`;
  return typeof value === 'object' ? value.join(' ') : String(value);
}

/** What keeps the subject itself from being compared. */
function comparabilityReasons(comparison: Comparison): string[] {
  const { jobs, onlyBaseline, onlyCurrent } = comparison;
  if (jobs.length === 0) {
    const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));
    return [`no job is on both sides (baseline: ${list(onlyBaseline)}; current: ${list(onlyCurrent)})`];
  }
  return [
    ...onlyBaseline.map((name) => `${name} is missing in current`),
    ...jobs.flatMap(({ jobName, workloadDifferences }) =>
      workloadDifferences.map((difference) => `${jobName} does something else: ${difference}`),
    ),
  ];
}

function unjudged(
  job: JobComparison,
  comparison: MetricComparison,
  verdict: Verdict | null,
  reason = '',
  tolerance: number | null = null,
): GatedMetric {
  return {
    jobName: job.jobName,
    comparison,
    verdict,
    reason,
    tolerance,
    worsePercent: worsePercentOf(comparison),
    pAdjusted: null,
    detectablePercent: comparison.detectablePercent,
    confirmation: null,
  };
}

/** Log of how many times worse. */
function worseLogOf({ evidence, better }: MetricComparison): number | null {
  if (evidence === null) return null;
  return better === 'more' ? -evidence.estimateLog : evidence.estimateLog;
}

function worsePercentOf(comparison: MetricComparison): number | null {
  const worseLog = worseLogOf(comparison);
  return worseLog === null ? null : percentOf(worseLog);
}

/** Verdicts of the metrics for which `isAsked`; the others are not in the result. */
function judgeMetrics(
  comparison: Comparison,
  tolerances: Tolerances,
  isAsked: (jobName: string, metric: MetricComparison) => boolean,
): GatedMetric[] {
  const entries = comparison.jobs.flatMap((job) =>
    job.metrics
      .filter((metric) => isAsked(job.jobName, metric))
      .map((metric) => ({ job, metric, ...admission(job, metric, tolerances) })),
  );
  const judged = entries.flatMap(({ metric, isJudged }) => {
    if (!isJudged || metric.evidence === null) return [];
    const { evidence, better, pLower, pHigher } = metric;
    const [pWorse, pBetter] = better === 'more' ? [pLower!, pHigher!] : [pHigher!, pLower!];
    return [{ metric, key: evidence.key, pWorse, pBetter }];
  });
  const worse = holmByEvidence(judged.map(({ key, pWorse }) => ({ key, p: pWorse })));
  const better = holmByEvidence(judged.map(({ key, pBetter }) => ({ key, p: pBetter })));
  const familySize = new Set(evidenceGroups(judged)).size;
  return entries.map(({ job, metric, isJudged, reason, verdict, tolerance }) => {
    const place = judged.findIndex((entry) => entry.metric === metric);
    if (!isJudged || place < 0) return unjudged(job, metric, verdict, reason, tolerance);
    const facts = { metric, tolerance: tolerance!, familySize, pWorse: worse[place]!, pBetter: better[place]! };
    return {
      ...unjudged(job, metric, null, '', tolerance),
      ...(comparison.design === 'history' ? judgeHistory(facts) : judgeTest(facts, comparison.design)),
      pAdjusted: worse[place]!,
    };
  });
}

interface Admission {
  readonly isJudged: boolean;
  readonly verdict: Verdict | null;
  readonly reason: string;
  readonly tolerance: number | null;
}

/** Whether a metric can be judged at all. */
function admission({ jobName }: JobComparison, metric: MetricComparison, tolerances: Tolerances): Admission {
  const { name } = metric.metric;
  const tolerance = tolerances(jobName, name);
  const not = (reason: string, verdict: Verdict | null = null) => ({ isJudged: false, verdict, reason, tolerance });
  if (tolerance === null) return not('reported only');
  const { samplesBeyond, baseline, current } = metric;
  if (samplesBeyond !== null && samplesBeyond < samplesBeyondToGate) {
    return not(`only ${samplesBeyond} I/Os beyond it in a repetition, ${samplesBeyondToGate} are needed`);
  }
  if (metric.evidence !== null) return { isJudged: true, verdict: null, reason: '', tolerance };
  const isOneSided = (baseline === null) !== (current === null);
  return not(metric.note ?? 'no figures', isOneSided || baseline !== null ? 'inconclusive' : null);
}

interface Facts {
  readonly metric: MetricComparison;
  readonly tolerance: number;
  /** How many different measurements are judged together. */
  readonly familySize: number;
  readonly pWorse: number;
  readonly pBetter: number;
}

type Judgement = Pick<GatedMetric, 'verdict' | 'reason' | 'tolerance' | 'detectablePercent'>;

function judgeTest(facts: Facts, design: Exclude<Design, 'history'>): Judgement {
  const { metric, tolerance, familySize, pWorse, pBetter } = facts;
  const evidence = metric.evidence!;
  const level = alpha / familySize;
  const detectable =
    evidence.errorLog === null || evidence.pMin > level
      ? null
      : percentOf(detectableDifference(evidence.errorLog, evidence.degrees, level));
  const result = (verdict: Verdict, reason: string) => ({ verdict, reason, tolerance, detectablePercent: detectable });
  if (detectable === null) {
    const { baselineCount, currentCount } = metric;
    const had = design === 'paired' ? `${currentCount} pairs` : `${baselineCount} against ${currentCount} repetitions`;
    return result('inconclusive', `${had}: at least ${repetitionsNeeded(familySize, design)} are needed`);
  }
  const worseLog = worseLogOf(metric)!;
  const allowed = Math.log1p(tolerance);
  if (pWorse < alpha && worseLog > allowed)
    return result('regression', `beyond the tolerance of ${percent(tolerance)}`);
  if (pBetter < alpha && -worseLog > allowed) return result('improved', `by more than ${percent(tolerance)}`);
  if (detectable > tolerance * 100 && !isWithin(metric, allowed)) {
    return result('inconclusive', `could only have seen ≥ ${percent(detectable / 100)}`);
  }
  const isDifferent = Math.min(pWorse, pBetter) < alpha;
  return result('pass', isDifferent ? `within ${percent(tolerance)}` : 'no difference seen');
}

/** Whether the whole interval lies within the tolerance: then it is known to, whatever else could have been seen. */
function isWithin({ interval }: MetricComparison, allowed: number): boolean {
  return interval !== null && Math.log(interval.high) < allowed && Math.log(interval.low) > -allowed;
}

/** The fewest repetitions of each side with which a test of so many can reject anything. */
export function repetitionsNeeded(familySize: number, design: Exclude<Design, 'history'>): number {
  const level = alpha / Math.max(1, familySize);
  let count = design === 'paired' ? 6 : 4;
  const pMin = () => {
    if (design === 'paired') return 0.5 ** count;
    let p = 1;
    for (let k = 1; k <= count; k++) p *= k / (count + k);
    return p;
  };
  while (pMin() > level) count++;
  return count;
}

/** Below these, days differ by themselves. */
const historyFloor: Partial<Readonly<Record<MetricName, number>>> = { p99: 0.2, 'p99.9': 0.2 };
const historyFloorOfOthers = 0.1;

function judgeHistory({ metric, tolerance, familySize }: Facts): Judgement {
  const { sigmaLog, pMin } = metric.evidence!;
  const allowed = Math.max(tolerance, historyFloor[metric.metric.name] ?? historyFloorOfOthers);
  if (metric.baselineCount < historyWindowMin) {
    const reason = `${metric.baselineCount} earlier results, ${historyWindowMin} are needed`;
    return { verdict: 'inconclusive', reason, tolerance: allowed, detectablePercent: null };
  }
  const allowedLog = Math.log1p(allowed);
  const noiseLog = historyLimitLog(sigmaLog!, metric.baselineCount, alpha / familySize);
  const limitLog = Math.max(allowedLog, noiseLog);
  const limit = percent(percentOf(limitLog) / 100);
  const worseLog = worseLogOf(metric)!;
  const [pWorse, pBetter] =
    metric.better === 'more' ? [metric.pLower!, metric.pHigher!] : [metric.pHigher!, metric.pLower!];
  const isExtreme = (p: number) => p <= pMin * (1 + 1e-9);
  const result = (verdict: Verdict, reason: string) => ({
    verdict,
    reason,
    tolerance: allowed,
    detectablePercent: percentOf(limitLog),
  });
  if (worseLog > limitLog && isExtreme(pWorse)) {
    return result('regression', `worse than all before, by more than ${limit}`);
  }
  if (-worseLog > limitLog && isExtreme(pBetter)) {
    return result('improved', `better than all before, by more than ${limit}`);
  }
  if (noiseLog > allowedLog) {
    return result('inconclusive', `earlier results differ so much that only ≥ ${limit} could be seen`);
  }
  return result('pass', `within ${limit} of earlier results`);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(share < 0.1 ? 2 : 3))} %`;
}

/**
 * The report after the flagged metrics were measured once more. What the second run does not find too, under the same
 * rule with only these metrics to test, is no regression: both together are inconclusive.
 */
export function confirm(first: GateReport, second: Comparison, settings: JudgeSettings): GateReport {
  const isFlagged = (jobName: string, metric: MetricComparison) =>
    first.metrics.some(
      (gated) =>
        gated.verdict === 'regression' &&
        gated.jobName === jobName &&
        sameMetric(gated.comparison.metric, metric.metric),
    );
  const again = judgeMetrics(second, settings.tolerances, isFlagged);
  const metrics = first.metrics.map((gated): GatedMetric => {
    if (gated.verdict !== 'regression') return gated;
    const found = again.find(
      (other) => other.jobName === gated.jobName && sameMetric(other.comparison.metric, gated.comparison.metric),
    );
    const agrees = found?.verdict === 'regression';
    const confirmation = { worsePercent: found?.worsePercent ?? null, pAdjusted: found?.pAdjusted ?? null, agrees };
    return agrees
      ? { ...gated, confirmation }
      : { ...gated, confirmation, verdict: 'inconclusive', reason: 'looked worse, a second run did not confirm it' };
  });
  const concluded = conclude(first.comparison.design, metrics, comparabilityReasons(first.comparison));
  return { ...first, ...concluded, metrics, confirmed: 'done' };
}

/**
 * The report of a run, or of a second one, that somebody ended early: figures of what was complete, and no verdict on
 * them. What had looked worse and was not confirmed is called so.
 */
export function withoutVerdict(report: GateReport, reason: string): GateReport {
  const metrics = report.metrics.map((gated): GatedMetric => {
    if (gated.verdict === null) return gated;
    const before = gated.verdict === 'regression' ? 'looked worse, not confirmed' : 'not judged';
    return { ...gated, verdict: 'inconclusive', reason: `${before}: the run was interrupted` };
  });
  return { ...report, verdict: 'inconclusive', reasons: [reason], metrics };
}

/** Whether a second run is due. */
export function needsConfirmation(report: GateReport): boolean {
  return report.verdict === 'regression';
}

function conclude(
  design: Design,
  metrics: readonly GatedMetric[],
  incomparable: readonly string[],
): Pick<GateReport, 'verdict' | 'reasons'> {
  const of = (verdict: Verdict) => metrics.filter((metric) => metric.verdict === verdict).sort(bySeverity);
  const regressions = of('regression');
  if (regressions.length > 0)
    return { verdict: 'regression', reasons: [...regressions.map(sentence), ...incomparable] };
  if (incomparable.length > 0) return { verdict: 'incomparable', reasons: incomparable };
  const inconclusive = of('inconclusive');
  if (inconclusive.length > 0) return { verdict: 'inconclusive', reasons: sentencesByReason(inconclusive) };
  if (metrics.every(({ verdict }) => verdict === null)) {
    const why = design === 'history' ? 'no earlier result has a figure to judge' : 'nothing could be judged';
    return { verdict: 'inconclusive', reasons: [why] };
  }
  const improved = of('improved');
  return improved.length > 0
    ? { verdict: 'improved', reasons: improved.map(sentence) }
    : { verdict: 'pass', reasons: [] };
}

function bySeverity(a: GatedMetric, b: GatedMetric): number {
  const excess = ({ worsePercent, tolerance }: GatedMetric) => (worsePercent ?? 0) / (tolerance ?? 1);
  return excess(b) - excess(a);
}

/** Many metrics often lack the same thing. */
function sentencesByReason(metrics: readonly GatedMetric[]): string[] {
  const reasons = [...new Set(metrics.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const labels = metrics.filter((gated) => gated.reason === reason).map(labelOf);
    const shown = labels.length > labelsMax ? `${labels.slice(0, labelsMax).join(', ')}, …` : labels.join(', ');
    return `${shown}: ${reason}`;
  });
}

const labelsMax = 6;

function labelOf({ jobName, comparison }: GatedMetric): string {
  return `${jobName} ${comparison.label}`;
}

function sentence(gated: GatedMetric): string {
  const { comparison, verdict, reason } = gated;
  const label = labelOf(gated);
  if (verdict !== 'regression' && verdict !== 'improved') return `${label}: ${reason}`;
  return `${label} is ${changeText(comparison.ratio!)}, ${reason}`;
}

/** `12.3 % lower`. */
function changeText(ratio: number): string {
  return `${(Math.abs(ratio - 1) * 100).toFixed(1)} % ${ratio < 1 ? 'lower' : 'higher'}`;
}
