/**
 * Wilcoxon's rank-sum test (Mann and Whitney's U) for independent samples, exact also with ties, and the
 * Hodges-Lehmann estimate of the shift. With ties the distribution is that of all choices of as many of the pooled
 * mid-ranks. Beyond `exactWorkMax` it is the normal distribution with corrections for ties and continuity.
 */
import { doubledMidRanks, normalCdf, tieCorrection } from './ranks.js';
import {
  type BoundLevels,
  type Bounds,
  type Estimate,
  orderBounds,
  orderEstimate,
  type TestResult,
  twoSided,
} from './signed-rank.js';

/** Additions of the exact count; about a tenth of a second. */
const exactWorkMax = 5e7;

function exactWork(m: number, n: number): number {
  return Math.min(m, n) * (m + n) ** 3;
}

/** Whether `right` lies as `left` does; `pLower`: that it lies so low. With an empty side all p are 1. */
export function rankSumTest(left: readonly number[], right: readonly number[]): TestResult {
  if (left.length === 0 || right.length === 0) return twoSided(1, 1);
  const ranks = doubledMidRanks([...left, ...right]);
  const rightSum = ranks.subarray(left.length).reduce((sum, rank) => sum + rank, 0);
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const count = left.length + right.length;
  if (tieCorrection(ranks) === 0 && exactWork(left.length, right.length) <= exactWorkMax) {
    const cumulative = rankSumCumulative(left.length, right.length);
    const u = (rightSum - right.length * (right.length + 1)) / 2;
    return twoSided(cumulative[u]!, cumulative[left.length * right.length - u]!);
  }
  // Counting the choices of the smaller side is less work, and the other side has what remains.
  const isRightSmaller = right.length <= left.length;
  const chosen = Math.min(left.length, right.length);
  const sum = isRightSmaller ? rightSum : total - rightSum;
  const tails =
    exactWork(left.length, right.length) > exactWorkMax
      ? normalTails(sum, chosen, count, ranks)
      : exactTails(sum, rankSumDistribution(ranks, chosen));
  return isRightSmaller ? twoSided(tails.lower, tails.upper) : twoSided(tails.upper, tails.lower);
}

interface Tails {
  readonly lower: number;
  readonly upper: number;
}

function exactTails(sum: number, ways: Float64Array): Tails {
  let [below, above, all] = [0, 0, 0];
  for (let index = 0; index < ways.length; index++) {
    all += ways[index]!;
    if (index <= sum) below += ways[index]!;
    if (index >= sum) above += ways[index]!;
  }
  return { lower: below / all, upper: above / all };
}

function normalTails(sum: number, chosen: number, count: number, ranks: Int32Array): Tails {
  const others = count - chosen;
  const mean = chosen * (count + 1);
  const variance = ((chosen * others) / 12) * (count + 1 - tieCorrection(ranks) / (count * (count - 1)));
  if (variance <= 0) return { lower: 1, upper: 1 };
  const sigma = 2 * Math.sqrt(variance);
  return { lower: normalCdf((sum - mean + 1) / sigma), upper: normalCdf((mean - sum + 1) / sigma) };
}

/** In how many ways `chosen` of the ranks have each sum. */
function rankSumDistribution(ranks: Int32Array, chosen: number): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const ways = Array.from({ length: chosen + 1 }, () => new Float64Array(total + 1));
  ways[0]![0] = 1;
  let reached = 0;
  ranks.forEach((rank, index) => {
    for (let taken = Math.min(index, chosen - 1); taken >= 0; taken--) {
      const from = ways[taken]!;
      const to = ways[taken + 1]!;
      for (let sum = reached; sum >= 0; sum--) {
        if (from[sum]! > 0) to[sum + rank]! += from[sum]!;
      }
    }
    reached += rank;
  });
  return ways[chosen]!;
}

const untied = new Map<string, Float64Array>();

/** P(U ≤ u) for samples of these sizes without ties, u = 0 … product: what printed tables hold. */
export function rankSumCumulative(leftCount: number, rightCount: number): Float64Array {
  const [few, many] = [Math.min(leftCount, rightCount), Math.max(leftCount, rightCount)];
  const key = `${few} ${many}`;
  const known = untied.get(key);
  if (known !== undefined) return known;
  const ranks = Int32Array.from({ length: few + many }, (_, index) => index + 1);
  const lowest = (few * (few + 1)) / 2;
  const ways = rankSumDistribution(ranks, few).slice(lowest, lowest + few * many + 1);
  const all = ways.reduce((sum, value) => sum + value, 0);
  let below = 0;
  const cumulative = ways.map((value) => {
    below += value;
    return below / all;
  });
  untied.set(key, cumulative);
  return cumulative;
}

/**
 * Median of all differences right − left, and its interval.
 * @param left at least one value, as `right`
 */
export function rankSumEstimate(left: readonly number[], right: readonly number[], confidence: number): Estimate {
  return orderEstimate(allDifferences(left, right), cumulativeOf(left.length, right.length), confidence);
}

/** One-sided bounds of the same location, each at a level of its own. */
export function rankSumBounds(left: readonly number[], right: readonly number[], levels: BoundLevels): Bounds {
  return orderBounds(allDifferences(left, right), cumulativeOf(left.length, right.length), levels);
}

function allDifferences(left: readonly number[], right: readonly number[]): Float64Array {
  const differences = new Float64Array(left.length * right.length);
  let filled = 0;
  for (const b of right) for (const a of left) differences[filled++] = b - a;
  return differences.sort();
}

function cumulativeOf(m: number, n: number) {
  return exactWork(m, n) <= exactWorkMax ? rankSumCumulative(m, n) : normalCumulative(m, n);
}

function normalCumulative(m: number, n: number): (statistic: number) => number {
  const sigma = Math.sqrt((m * n * (m + n + 1)) / 12);
  return (statistic) => normalCdf((statistic - (m * n) / 2 + 0.5) / sigma);
}
