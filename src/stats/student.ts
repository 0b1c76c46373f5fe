/** Student's t distribution for whole degrees of freedom (closed form: Abramowitz and Stegun 26.7.3 and 26.7.4). */

/** P(T ≤ t). */
export function studentCdf(t: number, degrees: number): number {
  const angle = Math.atan2(Math.abs(t), Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  let within: number;
  if (degrees % 2 === 1) {
    let [term, sum] = [cosine, degrees > 1 ? cosine : 0];
    for (let k = 3; k <= degrees - 2; k += 2) {
      term *= ((k - 1) / k) * cosine * cosine;
      sum += term;
    }
    within = (2 / Math.PI) * (angle + sine * sum);
  } else {
    let [term, sum] = [1, 1];
    for (let k = 2; k <= degrees - 2; k += 2) {
      term *= ((k - 1) / k) * cosine * cosine;
      sum += term;
    }
    within = sine * sum;
  }
  return t < 0 ? (1 - within) / 2 : (1 + within) / 2;
}

const quantiles = new Map<string, number>();

/**
 * The t below which the share `probability` lies.
 * @param probability above 0 and below 1
 */
export function studentQuantile(probability: number, degrees: number): number {
  const key = `${probability} ${degrees}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  const upper = Math.max(probability, 1 - probability);
  let [low, high] = [0, 1];
  while (studentCdf(high, degrees) < upper && high < 1e12) high *= 2;
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, degrees) < upper) low = middle;
    else high = middle;
  }
  const value = probability < 0.5 ? -high : high;
  quantiles.set(key, value);
  return value;
}

/** A mean, its standard error, and the degrees of freedom (whole, rounded down) that the error was estimated with. */
export interface MeanEstimate {
  readonly value: number;
  readonly error: number;
  readonly degrees: number;
}

/** @param values at least two */
export function meanOf(values: readonly number[]): MeanEstimate {
  const { mean, variance } = momentsOf(values);
  return { value: mean, error: Math.sqrt(variance / values.length), degrees: values.length - 1 };
}

/**
 * Difference of two means, right − left, whose variances need not be the same (B. L. Welch 1947).
 * @param left at least two values, as `right`
 */
export function meanDifference(left: readonly number[], right: readonly number[]): MeanEstimate {
  const [a, b] = [momentsOf(left), momentsOf(right)];
  const [partA, partB] = [a.variance / left.length, b.variance / right.length];
  const sum = partA + partB;
  const spread = partA ** 2 / (left.length - 1) + partB ** 2 / (right.length - 1);
  const degrees = spread === 0 ? left.length + right.length - 2 : Math.floor(sum ** 2 / spread);
  return { value: b.mean - a.mean, error: Math.sqrt(sum), degrees: Math.max(1, degrees) };
}

/**
 * How far one new value lies from the mean of earlier ones, with the error of a prediction.
 * @param earlier at least two
 * @param sigmaMin standard deviation that they have at least, whatever so few show
 */
export function predictionDifference(earlier: readonly number[], value: number, sigmaMin = 0): MeanEstimate {
  const { mean, variance: shown } = momentsOf(earlier);
  const variance = Math.max(shown, sigmaMin ** 2);
  return {
    value: value - mean,
    error: Math.sqrt(variance * (1 + 1 / earlier.length)),
    degrees: earlier.length - 1,
  };
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}

/** The bound that a true value passes with this chance only, on the side named. */
export function meanBound({ value, error, degrees }: MeanEstimate, side: 'low' | 'high', level: number): number {
  const distance = error === 0 ? 0 : studentQuantile(1 - level, degrees) * error;
  return side === 'low' ? value - distance : value + distance;
}
