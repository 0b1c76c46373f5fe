/** Small arithmetic that statistics here share. */
import { median } from './median.js';

export function ascending(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** Median of the distances from the median; times 1.4826 it estimates a normal standard deviation. Null without values. */
export function medianAbsoluteDeviation(values: readonly number[]): number | null {
  const center = median(values);
  return center === null ? null : median(values.map((value) => Math.abs(value - center)));
}

/** Of a sample (n − 1); 0 with fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Makes the MAD comparable with a standard deviation: 1 / Φ⁻¹(3/4). */
export const madToSigma = 1.482602218505602;

const quantum = 2 ** 40;

/**
 * Rounded to steps of 2⁻⁴⁰ (about 10⁻¹²), the same way for both signs: differences of logarithms that are equal but for
 * their last bits then count as tied, and exchanging the sides changes signs and nothing else.
 */
export function quantise(value: number): number {
  const steps = Math.round(Math.abs(value) * quantum);
  return steps === 0 ? 0 : (Math.sign(value) * steps) / quantum;
}
