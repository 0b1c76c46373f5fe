/**
 * How sure a median of repetitions is, without assuming a distribution: the interval between two order statistics that
 * holds the true median with a probability of 95 % at least (sign test).
 */

const intervalRepetitionsMin = 6;

/** null with fewer than six values: no interval of theirs is that sure. */
export function medianInterval(values: readonly number[]): { readonly low: number; readonly high: number } | null {
  const count = values.length;
  if (count < intervalRepetitionsMin) return null;
  const sorted = [...values].sort((a, b) => a - b);
  // P(fewer than k of n lie below the median) = P(Bin(n, 1/2) < k); the interval leaves out k - 1 at each end.
  let [term, tail, left] = [0.5 ** count, 0, 0];
  for (let k = 0; k < count / 2; k++) {
    tail += term;
    if (2 * tail > 0.05) break;
    left = k;
    term = (term * (count - k)) / (k + 1);
  }
  return { low: sorted[left]!, high: sorted[count - 1 - left]! };
}
