/**
 * The rule by which everything here speaks of a difference: an interval of the ratio against a tolerance. Wholly beyond
 * it: worse, or better; wholly on the near side: within; across: open, and only more measuring tells.
 *
 * Two statistics bound the ratio. Hodges and Lehmann's estimate with its exact rank bounds, which single outliers do not
 * move; and the mean of the logarithms with Student's bounds, which a share of slow runs does move. A difference is there
 * when either says so; it is ruled out only when both do. How often that errs is simulated (docs/gate.md).
 */
import { rankSumBounds } from '../stats/rank-sum.js';
import { type BoundLevels, type Bounds, signedRankBounds } from '../stats/signed-rank.js';
import {
  type MeanEstimate,
  meanBound,
  meanDifference,
  meanOf,
  predictionDifference,
  studentQuantile,
} from '../stats/student.js';
import type { Evidence, Finding, Interval } from './types.js';

/** The fewest repetitions of a side (pairs, earlier results) that anything is said of. */
export const repetitionsMin = 6;

/** How often each bound may be wrong, one-sided. */
export interface RuleLevels {
  /** Of the bound that lies wholly beyond a tolerance. */
  readonly beyond: number;
  /** Of the one that lies wholly on the near side. */
  readonly within: number;
}

const beyondLevel = 0.015;
const withinLevel = 0.035;
/** One job has two deciding metrics; with more of them each may err the less. */
const familyFree = 2;

/**
 * The levels for so many measurements judged together. An interval of both bounds holds with 95 % or more. What must
 * hold for each of them at once needs no adjustment: a pass claims nothing that one of them alone does not.
 * @param share of the level that may be spent at this look
 */
export function levelsFor(familySize: number, share = 1): RuleLevels {
  return { beyond: beyondLevel * share * Math.min(1, familyFree / familySize), within: withinLevel };
}

export interface Answer {
  readonly finding: Finding;
  /** Which statistic the estimate and the interval are of. */
  readonly by: 'ranks' | 'mean';
  /** Logarithms of current / baseline. */
  readonly estimateLog: number;
  readonly intervalLog: Interval;
  /** The smallest true worsening that is found in four of five such samples, as a logarithm. */
  readonly detectableLog: number;
}

/**
 * What the samples say of a metric; null with fewer than `repetitionsMin`.
 * @param tolerance as a share: 0.05 is a factor of 1.05 in either direction
 */
export function answer(
  evidence: Evidence,
  better: 'more' | 'less',
  tolerance: number,
  levels: RuleLevels,
): Answer | null {
  if (evidence.count < repetitionsMin) return null;
  const sign = better === 'less' ? 1 : -1;
  const worse = sign === 1 ? evidence : negated(evidence);
  const mean = meanEstimate(worse);
  const allowed = Math.log1p(tolerance);
  const beyond = boundsOf(worse, mean, { low: levels.beyond, high: levels.beyond });
  const within = boundsOf(worse, mean, { low: levels.within, high: levels.within });
  const result = (finding: Finding, by: Answer['by'], low: Bound, high: Bound): Answer => ({
    finding,
    by,
    estimateLog: sign * (by === 'mean' ? mean.value : evidence.estimateLog * sign),
    intervalLog: oriented(low, high, sign),
    detectableLog: allowed + detectable(mean, levels.beyond),
  });
  for (const by of ['ranks', 'mean'] as const) {
    const low = beyond[by].low;
    if (low.log !== null && low.log > allowed) return result('worse', by, low, within[by].high);
  }
  for (const by of ['ranks', 'mean'] as const) {
    const high = beyond[by].high;
    if (high.log !== null && high.log < -allowed) return result('better', by, within[by].low, high);
  }
  const widest = {
    low: outer([beyond.ranks.low, beyond.mean.low], Math.min),
    high: outer([within.ranks.high, within.mean.high], Math.max),
  };
  const isWithin = [within.ranks.high, within.mean.high].every(({ log }) =>
    log === null ? evidence.kind === 'history' : log < allowed,
  );
  return result(isWithin ? 'within' : 'open', 'ranks', widest.low, widest.high);
}

interface Bound {
  readonly log: number | null;
  readonly level: number;
}

interface BothBounds {
  readonly ranks: { readonly low: Bound; readonly high: Bound };
  readonly mean: { readonly low: Bound; readonly high: Bound };
}

function boundsOf(evidence: Evidence, mean: MeanEstimate, levels: BoundLevels): BothBounds {
  const ranks = rankBounds(evidence, levels);
  return {
    ranks: {
      low: { log: ranks?.low ?? null, level: ranks?.lowLevel ?? 0 },
      high: { log: ranks?.high ?? null, level: ranks?.highLevel ?? 0 },
    },
    mean: {
      low: { log: meanBound(mean, 'low', levels.low), level: levels.low },
      high: { log: meanBound(mean, 'high', levels.high), level: levels.high },
    },
  };
}

/** One value among earlier ones has a rank, and that alone bounds nothing at levels like these. */
function rankBounds(evidence: Evidence, levels: BoundLevels): Bounds | null {
  if (evidence.kind === 'pairs') return signedRankBounds(evidence.differences, levels);
  return evidence.kind === 'groups' ? rankSumBounds(evidence.baseline, evidence.current, levels) : null;
}

/** The mean difference of a metric's logarithms, with its error. */
export function meanEstimate(evidence: Evidence): MeanEstimate {
  if (evidence.kind === 'pairs') return meanOf(evidence.differences);
  return evidence.kind === 'groups'
    ? meanDifference(evidence.baseline, evidence.current)
    : predictionDifference(evidence.baseline, evidence.current, evidence.sigmaLogMin);
}

/** With the sides' logarithms reversed: what was less is more. */
function negated(evidence: Evidence): Evidence {
  const minus = (values: readonly number[]) => values.map((value) => 0 - value);
  if (evidence.kind === 'pairs') return { ...evidence, differences: minus(evidence.differences) };
  return evidence.kind === 'groups'
    ? { ...evidence, baseline: minus(evidence.baseline), current: minus(evidence.current) }
    : { ...evidence, baseline: minus(evidence.baseline), current: 0 - evidence.current };
}

/** The outermost of bounds that exist. */
function outer(bounds: readonly Bound[], choose: (...logs: number[]) => number): Bound {
  const known = bounds.filter((bound): bound is { log: number; level: number } => bound.log !== null);
  return {
    log: choose(...known.map(({ log }) => log)),
    level: Math.max(...known.map(({ level }) => level)),
  };
}

function oriented(low: Bound, high: Bound, sign: 1 | -1): Interval {
  const [lower, upper] = sign === 1 ? [low, high] : [high, low];
  const at = ({ log }: Bound, infinite: number) => (log === null ? infinite : 0 + sign * log);
  return {
    low: at(lower, Number.NEGATIVE_INFINITY),
    high: at(upper, Number.POSITIVE_INFINITY),
    confidence: 1 - low.level - high.level,
  };
}

const power = 0.8;

/** How far beyond the tolerance a true difference must lie: the quantile of the bound and that of the power. */
function detectable({ error, degrees }: MeanEstimate, level: number): number {
  return (studentQuantile(1 - level, degrees) + studentQuantile(power, degrees)) * error;
}
