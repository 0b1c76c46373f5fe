/** A 64-bit quantity as the two Int32 words that shared memory holds. Exact for whole doubles up to 2^53. */

export function lowWord(value: number): number {
  return value | 0;
}

export function highWord(value: number): number {
  return (value / 4294967296) | 0;
}
