/**
 * From a comparison to a verdict. What decides (deciding-metrics.ts) is judged by the rule (compare/rule.ts): its interval wholly
 * beyond the tolerance is a regression, or better; wholly on the near side a pass; across it nothing is decided. All that
 * decides must pass for a green light, and it never is one where nothing was done or something failed.
 */
import { withFinding } from '../compare/compare.js';
import { sameMetric } from '../compare/metrics.js';
import { levelsFor, type RuleLevels, repetitionsMin } from '../compare/rule.js';
import type {
  Comparison,
  GatedMetric,
  GateReport,
  JobComparison,
  MetricComparison,
  Verdict,
} from '../compare/types.js';
import { type FieldDifference, isVaried } from '../results/fingerprint.js';
import { type Decision, decisionsOf } from './deciding-metrics.js';
import { type Look, onlyLook, passCount } from './looks.js';
import { remarksOn } from './remarks.js';
import type { Tolerances } from './tolerances.js';
import { changeText, labelOf, percent } from './words.js';

export interface JudgeSettings {
  readonly tolerances: Tolerances;
  /** What differs between the machines; empty when both sides ran in one run. */
  readonly fingerprint: readonly FieldDifference[];
  /** Names of fields that may differ, as in `--vary`. */
  readonly varied: readonly string[];
  /** Of a gate that measures until it is decided; the only one there is unless given. */
  readonly look?: Look;
}

export function judge(comparison: Comparison, settings: JudgeSettings): GateReport {
  const blocking = settings.fingerprint.filter(
    (difference) => difference.class === 'blocking' && !isVaried(difference.field, settings.varied),
  );
  const entries = comparison.jobs.flatMap((job) =>
    decisionsOf(job, settings.tolerances).map((decision) => ({ job, decision })),
  );
  const metrics =
    blocking.length > 0
      ? entries.map(({ job, decision }) => gated(job, decision, 'incomparable', ''))
      : judgeAll(comparison, entries, settings.look ?? { ...onlyLook, count: Number.POSITIVE_INFINITY });
  const reasons = [
    // Where a folder holds results of other machines alone, there is no baseline to miss jobs in.
    ...(blocking.length > 0 && isWithoutBaseline(comparison) ? [] : comparabilityReasons(comparison)),
    ...blocking.map(({ field, left, right }) => `${field} differs: ${shown(left)} → ${shown(right)}`),
  ];
  return {
    comparison,
    metrics,
    remarks: remarksOn(comparison, metrics),
    advice: null,
    fingerprint: settings.fingerprint,
    varied: settings.varied,
    confirmed: 'not possible',
    ...conclude(comparison, metrics, reasons),
  };
}

function shown({ value, reason }: FieldDifference['left']): string {
  if (value === null) return `unknown (${reason ?? 'no reason given'})`;
  return typeof value === 'object' ? value.join(' ') : String(value);
}

function isWithoutBaseline({ jobs, onlyBaseline }: Comparison): boolean {
  return jobs.length === 0 && onlyBaseline.length === 0;
}

/** What keeps the subject itself from being compared. */
function comparabilityReasons(comparison: Pick<Comparison, 'jobs' | 'onlyBaseline' | 'onlyCurrent'>): string[] {
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

interface Entry {
  readonly job: JobComparison;
  readonly decision: Decision;
}

function gated(
  { jobName }: JobComparison,
  { metric, role, tolerance, reason }: Decision,
  verdict: Verdict | null,
  why: string,
  comparison = metric,
): GatedMetric {
  const isJudged = role === 'deciding';
  return {
    jobName,
    comparison,
    role,
    verdict: isJudged ? verdict : null,
    reason: isJudged ? why : reason,
    tolerance,
    worsePercent: worsePercentOf(comparison),
    confirmation: null,
  };
}

function worsePercentOf({ ratio, better }: MetricComparison): number | null {
  if (ratio === null) return null;
  return ((better === 'more' ? 1 / ratio : ratio) - 1) * 100;
}

/** Metrics of one measurement have one place among those that are judged together. */
function familySizeOf(entries: readonly Entry[]): number {
  const names = entries.flatMap(({ job, decision: { metric } }) =>
    metric.evidence === null ? [] : [`${job.jobName}\n${metric.measurement}`],
  );
  return Math.max(1, new Set(names).size);
}

function judgeAll(comparison: Comparison, entries: readonly Entry[], look: Look): GatedMetric[] {
  const deciding = entries.filter(({ decision }) => decision.role === 'deciding');
  const levels = levelsFor(familySizeOf(deciding), look.share);
  const others = levelsFor(familySizeOf(entries), look.share);
  return entries.map(({ job, decision }) => {
    const isDeciding = decision.role === 'deciding';
    const metric = withFinding(decision.metric, decision.tolerance, isDeciding ? levels : others);
    if (!isDeciding) return gated(job, decision, null, '', metric);
    const [verdict, reason] = verdictOf(metric, comparison, look);
    return gated(job, decision, verdict, reason, metric);
  });
}

type Judgement = readonly [verdict: Verdict, reason: string];

function verdictOf(metric: MetricComparison, comparison: Comparison, look: Look): Judgement {
  const { evidence, finding, currentCount, currentIdleCount, note } = metric;
  if (evidence === null) return ['inconclusive', note ?? 'no figures'];
  if (finding === null)
    return ['inconclusive', `${countsOf(metric, comparison)}, at least ${repetitionsMin} are needed`];
  const allowed = percent(metric.tolerance!);
  if (finding === 'worse') {
    if (!look.mayFail) return ['inconclusive', `looks worse after ${look.count}, and has to be looked at again`];
    const idle = currentIdleCount > 0 ? `: ${currentIdleCount} of ${currentCount} repetitions did no I/O at all` : '';
    return ['regression', `beyond the tolerance of ${allowed}${idle}`];
  }
  if (finding === 'open') return ['inconclusive', openText(metric)];
  if (!look.mayPass) return ['inconclusive', `within ${allowed} so far; a pass takes ${passCount}`];
  return finding === 'better' ? ['improved', `by more than ${allowed}`] : ['pass', `within ${allowed}`];
}

function countsOf({ baselineCount, currentCount }: MetricComparison, { design }: Comparison): string {
  if (design === 'paired') return `${currentCount} ${currentCount === 1 ? 'pair' : 'pairs'}`;
  return design === 'history'
    ? `${baselineCount} earlier ${baselineCount === 1 ? 'result' : 'results'}`
    : `${baselineCount} against ${currentCount} repetitions`;
}

/** `somewhere between 2.1 % better and 8.4 % worse, and 5 % worse is allowed`. */
function openText({ interval, better, tolerance }: MetricComparison): string {
  const { low, high } = interval!;
  const [least, most] = better === 'more' ? [1 / high, 1 / low] : [low, high];
  const text = (ratio: number) => {
    if (ratio === Number.POSITIVE_INFINITY) return 'infinitely worse';
    return ratio < 1 ? `${percent(1 / ratio - 1)} better` : `${percent(ratio - 1)} worse`;
  };
  return `somewhere between ${text(least)} and ${text(most)}, and ${percent(tolerance!)} worse is allowed`;
}

/**
 * The report after what was flagged was measured once more. What the second run does not find too, under the same rule
 * with only these metrics to test, is no regression: both together are inconclusive.
 */
export function confirm(first: GateReport, second: Comparison, settings: JudgeSettings): GateReport {
  const isFlagged = (jobName: string, metric: MetricComparison) =>
    first.metrics.some(
      (each) =>
        each.verdict === 'regression' && each.jobName === jobName && sameMetric(each.comparison.metric, metric.metric),
    );
  const entries = second.jobs.flatMap((job) =>
    decisionsOf(job, settings.tolerances)
      .filter(({ metric }) => isFlagged(job.jobName, metric))
      .map((decision) => ({ job, decision })),
  );
  const again = judgeAll(second, entries, { ...onlyLook, count: Number.POSITIVE_INFINITY });
  const metrics = first.metrics.map((each): GatedMetric => {
    if (each.verdict !== 'regression') return each;
    const found = again.find(
      (other) => other.jobName === each.jobName && sameMetric(other.comparison.metric, each.comparison.metric),
    );
    const agrees = found?.verdict === 'regression';
    const confirmation = { worsePercent: found?.worsePercent ?? null, agrees };
    return agrees
      ? { ...each, confirmation }
      : { ...each, confirmation, verdict: 'inconclusive', reason: 'looked worse, a second run did not confirm it' };
  });
  const concluded = conclude(first.comparison, metrics, comparabilityReasons(first.comparison));
  return { ...first, ...concluded, metrics, confirmed: 'done' };
}

/**
 * The report of a run, or of a second one, that somebody ended early: figures of what was complete, and no verdict on
 * them. What had looked worse and was not confirmed is called so.
 */
export function withoutVerdict(report: GateReport, reason: string): GateReport {
  const metrics = report.metrics.map((each): GatedMetric => {
    if (each.verdict === null) return each;
    const before = each.verdict === 'regression' ? 'looked worse, not confirmed' : 'not judged';
    return { ...each, verdict: 'inconclusive', reason: `${before}: the run was interrupted` };
  });
  return { ...report, verdict: 'inconclusive', reasons: [reason], metrics, advice: null };
}

/** Whether a second run is due. */
export function needsConfirmation(report: GateReport): boolean {
  return report.verdict === 'regression';
}

export function conclude(
  comparison: Comparison,
  metrics: readonly GatedMetric[],
  incomparable: readonly string[],
): Pick<GateReport, 'verdict' | 'reasons'> {
  const of = (verdict: Verdict) => metrics.filter((metric) => metric.verdict === verdict).sort(bySeverity);
  const regressions = of('regression');
  if (regressions.length > 0)
    return { verdict: 'regression', reasons: [...regressions.map(sentence), ...incomparable] };
  if (incomparable.length > 0) return { verdict: 'incomparable', reasons: incomparable };
  const doubts = [...sentencesByReason(of('inconclusive')), ...groundsForDoubt(comparison, metrics)];
  if (doubts.length > 0) return { verdict: 'inconclusive', reasons: doubts };
  const improved = of('improved');
  return improved.length > 0
    ? { verdict: 'improved', reasons: improved.map(sentence) }
    : { verdict: 'pass', reasons: [] };
}

/** What no green light may be given over, whatever the figures that there are. */
function groundsForDoubt(comparison: Comparison, metrics: readonly GatedMetric[]): string[] {
  const { jobs, design, failedCount } = comparison;
  const idle = jobs
    .filter((job) => job.workloadDifferences.length === 0 && job.metrics.length === 0)
    .filter((job) => job.baselineCount + job.currentCount > 0)
    .map(({ jobName }) => `${jobName}: no I/O at all, on either side`);
  const idleAtTimes = metrics.flatMap((each) => {
    const { currentIdleCount: count } = each.comparison;
    return each.role === 'deciding' && count > 0
      ? [`${labelOf(each)}: ${count} repetition${count === 1 ? '' : 's'} did no I/O at all`]
      : [];
  });
  const failed =
    failedCount === 0
      ? []
      : [`${failedCount} of the current runs met errors and were left out: what they did is unknown`];
  const nothing = design === 'history' ? 'no earlier result has a figure to judge' : 'nothing could be judged';
  const isUnjudged = idle.length === 0 && metrics.every(({ verdict }) => verdict === null);
  return [...idle, ...idleAtTimes, ...failed, ...(isUnjudged ? [nothing] : [])];
}

function bySeverity(a: GatedMetric, b: GatedMetric): number {
  const excess = ({ worsePercent, tolerance }: GatedMetric) => (worsePercent ?? 0) / (tolerance ?? 1);
  return excess(b) - excess(a) || 0;
}

/** Many metrics often lack the same thing. */
function sentencesByReason(metrics: readonly GatedMetric[]): string[] {
  const reasons = [...new Set(metrics.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const labels = metrics.filter((each) => each.reason === reason).map(labelOf);
    const shownLabels = labels.length > labelsMax ? `${labels.slice(0, labelsMax).join(', ')}, …` : labels.join(', ');
    return `${shownLabels}: ${reason}`;
  });
}

const labelsMax = 6;

function sentence(each: GatedMetric): string {
  return `${labelOf(each)} is ${changeText(each.comparison.ratio!)}, ${each.reason}`;
}

/** The levels at which a report's deciding metrics are judged. */
export function decidingLevels({ metrics }: GateReport, share: number): RuleLevels {
  const names = metrics.flatMap(({ role, jobName, comparison: { evidence, measurement } }) =>
    role === 'deciding' && evidence !== null ? [`${jobName}\n${measurement}`] : [],
  );
  return levelsFor(Math.max(1, new Set(names).size), share);
}
