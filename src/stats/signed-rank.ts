/**
 * Wilcoxon's signed-rank test for paired samples, exact also with ties and zeros, and the Hodges-Lehmann estimate that
 * belongs to it (F. Wilcoxon 1945; J. L. Hodges and E. L. Lehmann 1963).
 *
 * Zeros take part in the ranking and are then left out (J. W. Pratt 1959); tied values get their mean rank. What
 * remains is conditional on these ranks: each sign is a fair coin, so the distribution of the sum of positive ranks is
 * counted one rank after another. Beyond `exactCountMax` differences it is the normal distribution with corrections for
 * ties, zeros and continuity.
 */
import { doubledMidRanks, normalCdf, tieCorrection } from './ranks.js';

/** Both tails of a test. */
export interface TestResult {
  /** Probability of a value as low or lower when there is no difference. */
  readonly pLower: number;
  readonly pHigher: number;
  readonly pTwoSided: number;
}

/** A location with the interval that holds it. In units of the samples (here: logarithms). */
export interface Estimate {
  readonly value: number;
  /** null: too few samples for any interval at this confidence. */
  readonly interval: { readonly low: number; readonly high: number; readonly confidence: number } | null;
}

const exactCountMax = 200;

export function twoSided(pLower: number, pHigher: number): TestResult {
  return { pLower, pHigher, pTwoSided: Math.min(1, 2 * Math.min(pLower, pHigher)) };
}

/** Whether the differences lie around 0. Without any that is not 0, all p are 1. */
export function signedRankTest(differences: readonly number[]): TestResult {
  const ranks = doubledMidRanks(differences.map(Math.abs));
  const used = differences.map((value, index) => ({ value, rank: ranks[index]! })).filter(({ value }) => value !== 0);
  if (used.length === 0) return twoSided(1, 1);
  const total = used.reduce((sum, { rank }) => sum + rank, 0);
  const positive = used.reduce((sum, { value, rank }) => sum + (value > 0 ? rank : 0), 0);
  const usedRanks = used.map(({ rank }) => rank);
  if (used.length > exactCountMax) return normalTest(positive, total, usedRanks);
  if (usedRanks.length === differences.length && tieCorrection(ranks) === 0) {
    const cumulative = signedRankCumulative(usedRanks.length);
    return twoSided(cumulative[positive / 2]!, cumulative[(total - positive) / 2]!);
  }
  const distribution = signedRankDistribution(usedRanks);
  // Symmetric: the upper tail is the lower one seen from the other end.
  return twoSided(lowerTail(distribution, positive), lowerTail(distribution, total - positive));
}

function normalTest(positive: number, total: number, ranks: readonly number[]): TestResult {
  const sigma = Math.sqrt(ranks.reduce((sum, rank) => sum + rank * rank, 0)) / 2;
  const tail = (value: number) => normalCdf((value - total / 2 + 1) / sigma);
  return twoSided(tail(positive), tail(total - positive));
}

/** Probability of each sum when every rank counts or not with probability 1/2. */
function signedRankDistribution(ranks: readonly number[]): Float64Array {
  let distribution = new Float64Array([1]);
  for (const rank of ranks) {
    const next = new Float64Array(distribution.length + rank);
    for (let sum = 0; sum < distribution.length; sum++) {
      const half = distribution[sum]! / 2;
      next[sum]! += half;
      next[sum + rank]! += half;
    }
    distribution = next;
  }
  return distribution;
}

function lowerTail(distribution: Float64Array, value: number): number {
  let sum = 0;
  for (let index = 0; index <= value && index < distribution.length; index++) sum += distribution[index]!;
  return Math.min(1, sum);
}

const untied = new Map<number, Float64Array>();

/** P(W⁺ ≤ w) for n differences without ties and zeros, w = 0 … n(n+1)/2: what printed tables hold. */
export function signedRankCumulative(n: number): Float64Array {
  const known = untied.get(n);
  if (known !== undefined) return known;
  const cumulative = signedRankDistribution(Array.from({ length: n }, (_, index) => index + 1));
  for (let index = 1; index < cumulative.length; index++) cumulative[index]! += cumulative[index - 1]!;
  untied.set(n, cumulative);
  return cumulative;
}

/**
 * Median of the n(n+1)/2 means of two differences (each with itself too), and the interval between the k-th smallest
 * and k-th largest of them: at least `confidence`, whatever the distribution, if symmetric.
 * @param differences at least one
 */
export function signedRankEstimate(differences: readonly number[], confidence: number): Estimate {
  return orderEstimate(walshMeans(differences), cumulativeOf(differences.length), confidence);
}

/**
 * One-sided bounds of the same location, each at a level of its own.
 * @param differences at least one
 */
export function signedRankBounds(differences: readonly number[], levels: BoundLevels): Bounds {
  return orderBounds(walshMeans(differences), cumulativeOf(differences.length), levels);
}

/** Means of two differences, each with itself too, ascending. */
function walshMeans(differences: readonly number[]): Float64Array {
  const n = differences.length;
  const means = new Float64Array((n * (n + 1)) / 2);
  let filled = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) means[filled++] = (differences[i]! + differences[j]!) / 2;
  }
  return means.sort();
}

function cumulativeOf(n: number): Cumulative {
  return n <= exactCountMax ? signedRankCumulative(n) : normalCumulative(n);
}

function normalCumulative(n: number): (statistic: number) => number {
  const mean = (n * (n + 1)) / 4;
  const sigma = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
  return (statistic) => normalCdf((statistic - mean + 0.5) / sigma);
}

/** P(statistic ≤ k): the statistic counts the values below the location. */
type Cumulative = Float64Array | ((statistic: number) => number);

/** Median of sorted values, and the widest trimmed range of them that keeps the confidence. */
export function orderEstimate(sorted: Float64Array, cumulative: Cumulative, confidence: number): Estimate {
  const count = sorted.length;
  const level = (1 - confidence) / 2;
  const { value, low, high, lowLevel } = orderBounds(sorted, cumulative, { low: level, high: level });
  if (low === null || high === null || count === 0) return { value, interval: null };
  return { value, interval: { low, high, confidence: 1 - 2 * lowLevel } };
}

/** How often the location may lie below the lower, and above the upper bound: shares, one-sided. */
export interface BoundLevels {
  readonly low: number;
  readonly high: number;
}

export interface Bounds {
  /** The estimate between them. */
  readonly value: number;
  /** null: so few samples bound nothing at this level. */
  readonly low: number | null;
  readonly high: number | null;
  /** The true levels: of ranks there are only so many. */
  readonly lowLevel: number;
  readonly highLevel: number;
}

export function orderBounds(sorted: Float64Array, cumulative: Cumulative, levels: BoundLevels): Bounds {
  const count = sorted.length;
  const at = (statistic: number) =>
    typeof cumulative === 'function' ? cumulative(statistic) : (cumulative[statistic] ?? 1);
  const [low, high] = [trimmedCount(at, count, levels.low), trimmedCount(at, count, levels.high)];
  return {
    value: (sorted[(count - 1) >> 1]! + sorted[count >> 1]!) / 2,
    low: low === 0 ? null : sorted[low - 1]!,
    high: high === 0 ? null : sorted[count - high]!,
    lowLevel: low === 0 ? 0 : at(low - 1),
    highLevel: high === 0 ? 0 : at(high - 1),
  };
}

/** How many values at one end the bound of this level may pass over. */
function trimmedCount(at: (statistic: number) => number, count: number, level: number): number {
  // Rounding must not cost a value whose tail is exactly the one asked for.
  const fits = (statistic: number) => at(statistic) <= level * (1 + 1e-9);
  let [trimmed, tooMany] = [0, (count >> 1) + 1];
  while (tooMany - trimmed > 1) {
    const middle = (trimmed + tooMany) >> 1;
    if (fits(middle - 1)) trimmed = middle;
    else tooMany = middle;
  }
  return trimmed;
}
