/**
 * How much more measuring a decision takes, from the scatter so far: the error shrinks with the root of the count, and the
 * interval must come to lie on one side of the tolerance.
 */
import { meanEstimate, type RuleLevels } from '../compare/rule.js';
import type { Evidence, GatedMetric, GateReport } from '../compare/types.js';
import { meanDifference, meanOf, studentQuantile } from '../stats/student.js';
import { decidingLevels } from './judge.js';
import { countMax, passCount } from './looks.js';

export interface Forecast {
  /** The metric that takes longest. */
  readonly metric: GatedMetric;
  /** So many in all would decide; null where no count that a gate takes would. */
  readonly count: number | null;
  /** It cannot be decided with as many as there may be, even if what comes is kinder than what was. */
  readonly isHopeless: boolean;
  /** Standard deviation of one run, as a share. */
  readonly scatter: number;
  /** Tolerance that as many as there may be would decide for, as a share. */
  readonly tolerance: number;
}

/** @param last how many there may be at most; null where nothing is open. */
export function forecast(report: GateReport, count: number, last: number): Forecast | null {
  const levels = decidingLevels(report, 1);
  const open = report.metrics.flatMap((metric) => {
    const { evidence, finding } = metric.comparison;
    if (metric.role !== 'deciding' || finding !== 'open' || evidence === null) return [];
    return [forecastOf(metric, evidence, levels, count, last)];
  });
  // One that can still turn out worse decides for all; else all have to come to pass.
  const isHopeless = open.some(({ canPass }) => !canPass) && open.every(({ canFail }) => !canFail);
  const longest = (one: MetricForecast) => (one.canPass ? 0 : 1e9) + (one.count ?? 1e8);
  const [found] = open.sort((a, b) => longest(b) - longest(a));
  return found === undefined ? null : { ...found, isHopeless };
}

type MetricForecast = Omit<Forecast, 'isHopeless'> & { readonly canPass: boolean; readonly canFail: boolean };

function forecastOf(
  metric: GatedMetric,
  evidence: Evidence,
  levels: RuleLevels,
  count: number,
  last: number,
): MetricForecast {
  const sign = metric.comparison.better === 'less' ? 1 : -1;
  const mean = sign * meanEstimate(evidence).value;
  const errorAt = errorOf(evidence);
  const allowed = Math.log1p(metric.tolerance!);
  const passes = (number: number, shift: number, error: number) =>
    mean - shift + reach(levels.within, number) * error < allowed;
  const fails = (number: number, shift: number, error: number) =>
    mean + shift - reach(levels.beyond, number) * error > allowed;
  let needed: number | null = Math.max(count, passCount);
  const isDecided = (number: number) => passes(number, 0, errorAt(number)) || fails(number, 0, errorAt(number));
  while (needed !== null && !isDecided(needed)) needed = needed >= countMax ? null : needed + 1;
  // The scatter may have looked larger than it is, once in twenty by so much; or the mean may move, once in ten by so much.
  const kinder = 1 / (1 + 1.16 / Math.sqrt(count));
  const shift = 1.28 * Math.sqrt(Math.max(0, errorAt(count) ** 2 - errorAt(last) ** 2));
  return {
    metric,
    count: needed,
    canPass: passes(last, 0, kinder * errorAt(last)) || passes(last, shift, errorAt(last)),
    canFail: fails(last, 0, kinder * errorAt(last)) || fails(last, shift, errorAt(last)),
    scatter: Math.expm1(scatterOf(evidence)),
    tolerance: Math.expm1(Math.max(0, mean) + reach(levels.within, last) * errorAt(last)),
  };
}

function reach(level: number, count: number): number {
  return studentQuantile(1 - level, count - 1);
}

/** The error of the mean with another count: of pairs, or of the current side, for the baseline stays what it is. */
function errorOf(evidence: Evidence): (count: number) => number {
  if (evidence.kind === 'groups') {
    const { error } = meanDifference(evidence.baseline, evidence.current);
    const own = meanOf(evidence.current).error;
    const fixed = Math.max(0, error ** 2 - own ** 2);
    return (count) => Math.sqrt(fixed + (own ** 2 * evidence.current.length) / count);
  }
  const { error } = meanEstimate(evidence);
  return evidence.kind === 'history' ? () => error : (count) => error * Math.sqrt(evidence.count / count);
}

/** Of one run: a pair's difference has the scatter of two. */
export function scatterOf(evidence: Evidence): number {
  if (evidence.kind === 'pairs') return meanOf(evidence.differences).error * Math.sqrt(evidence.count / 2);
  return meanOf(evidence.baseline).error * Math.sqrt(evidence.baseline.length);
}
