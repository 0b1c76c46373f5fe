/**
 * What could have been seen: the smallest true difference that a test at level `alpha` (one-sided) finds in four of
 * five runs with the noise of these samples. The noise is taken from the rank interval, so outliers that the rank tests
 * shrug off do not count here either: half its width over Student's quantile of its confidence is the standard error;
 * the difference is (t(1 − α) + t(0.8)) standard errors. For normal noise this is the usual formula of the t test.
 */
import type { Estimate } from '../stats/signed-rank.js';
import { studentQuantile } from '../stats/student.js';

const power = 0.8;

/** Standard error of the estimate; null where there is no interval. */
export function standardError({ interval }: Estimate, degrees: number): number | null {
  if (interval === null || degrees < 1) return null;
  return (interval.high - interval.low) / 2 / studentQuantile((1 + interval.confidence) / 2, degrees);
}

/** In the units of the estimate. */
export function detectableDifference(error: number, degrees: number, alpha: number): number {
  return (studentQuantile(1 - alpha, degrees) + studentQuantile(power, degrees)) * error;
}
