/** Ranks with ties, and the distribution of their sums. Ranks are doubled, so that the middle of a tie is whole. */

/** Twice the mid-rank of each value (1-based, ascending), in the order of the values. */
export function doubledMidRanks(values: readonly number[]): Int32Array {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Int32Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    // The mean of start+1 … end, doubled.
    for (let place = start; place < end; place++) ranks[order[place]!] = start + 1 + end;
    start = end;
  }
  return ranks;
}

/** Sum of a³ − a over the groups of tied ranks: the correction that variances of rank sums need. */
export function tieCorrection(ranks: Int32Array): number {
  const sizes = new Map<number, number>();
  for (const rank of ranks) sizes.set(rank, (sizes.get(rank) ?? 0) + 1);
  let sum = 0;
  for (const size of sizes.values()) sum += size ** 3 - size;
  return sum;
}

/** Φ(z), by the series of erf near 0 and the continued fraction of erfc in the tails; relative error below 1e-12. */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const upper = x < 3 ? (1 - erfSeries(x)) / 2 : erfcFraction(x) / 2;
  return z > 0 ? 1 - upper : upper;
}

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function erfcFraction(x: number): number {
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
