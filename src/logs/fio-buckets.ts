/**
 * The buckets of fio's histogram logs: 64 for each power of two, 128 of 1 ns below that, 29 groups in all. A latency of
 * 2^34 ns (17 s) or more is in the last one.
 */

export const fioBucketCount = 1856;

/** ns ≥ 0, fractions are cut off. */
export function fioBucketIndex(ns: number): number {
  if (ns < 128) return ns > 0 ? ns | 0 : 0;
  if (ns >= 17179869184) return fioBucketCount - 1;
  // Beyond 2^31 the lowest bits do not decide: buckets are 2^25 wide there.
  const scaled = ns < 2147483648 ? ns | 0 : (ns / 16) | 0;
  const shift = ns < 2147483648 ? 0 : 4;
  const errorBits = 25 - Math.clz32(scaled);
  return ((errorBits + shift + 1) << 6) + ((scaled >>> errorBits) & 63);
}
