/**
 * The steady state of the SNIA's Solid State Storage Performance Test Specification (2.0.2, 2.1.24): over the last five
 * rounds the tracked figure's range is at most 20 % of its mean, and the line of least squares through it rises or falls
 * by at most 10 % of the mean from the first round of the window to the last. Both must hold.
 */
import { sniaWindowRounds } from '../job/snia-rounds.js';

export { sniaWindowRounds };

interface SniaVerdict {
  readonly isSteady: boolean;
  readonly mean: number;
  /** Greatest less least value. */
  readonly range: number;
  readonly rangePercent: number;
  /** Of the line of least squares, per round. */
  readonly slope: number;
  /** Its rise across the window, always positive, as per cent of the mean. */
  readonly excursionPercent: number;
}

/** Judges the last five values; null when there are fewer. A figure whose mean is zero is not steady: nothing was done. */
export function judgeSnia(rounds: readonly number[]): SniaVerdict | null {
  if (rounds.length < sniaWindowRounds) return null;
  const values = rounds.slice(-sniaWindowRounds);
  const count = values.length;
  const total = values.reduce((sum, value) => sum + value, 0);
  const middle = (count - 1) / 2;
  // Places are symmetric about their middle, so the mean of the values drops out: whole numbers stay exact.
  const [rise, run] = values.reduce(
    ([up, across], value, index) => [up + (index - middle) * value, across + (index - middle) ** 2],
    [0, 0],
  );
  const range = Math.max(...values) - Math.min(...values);
  const slope = rise / run;
  const share = (amount: number) => (total === 0 ? 0 : (100 * amount * count) / total);
  return {
    // Multiplied out: 20 % of the mean, met exactly, is within the limit whatever a division would round to.
    isSteady: total > 0 && 5 * range * count <= total && 10 * Math.abs(rise) * (count - 1) * count <= total * run,
    mean: total / count,
    range,
    rangePercent: share(range),
    slope,
    excursionPercent: share(Math.abs(slope) * (count - 1)),
  };
}
