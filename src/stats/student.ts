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
