/** Numbers that are equal but for their last bits, made equal. */

const quantum = 2 ** 40;

/**
 * Rounded to steps of 2⁻⁴⁰ (about 10⁻¹²), the same way for both signs: differences of logarithms that are equal but for
 * their last bits then count as tied, and exchanging the sides changes signs and nothing else.
 */
export function quantise(value: number): number {
  const steps = Math.round(Math.abs(value) * quantum);
  return steps === 0 ? 0 : (Math.sign(value) * steps) / quantum;
}
