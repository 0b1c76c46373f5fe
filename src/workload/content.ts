/**
 * Content by number: the same key and number always give the same bytes, so that a block can be made again (a duplicate)
 * without being kept anywhere. Four xorshift32 generators side by side (Marsaglia, "Xorshift RNGs", 2003), one word each
 * in turn: no better than needed (nothing finds it compressible), and as fast as memory is written.
 */
import type { Random } from '../support/random.js';

export const laneCount = 4;

/** Four words that make one worker's content its own. */
export function drawContentKey(random: Random): Int32Array {
  return Int32Array.from({ length: laneCount }, () => random.nextInt32());
}

/**
 * Sets the lanes to the start of content `number`, a whole number up to 2^53 held in `numbers[at]`: passed as an argument
 * it might be boxed.
 */
export function startContent(
  lanes: Int32Array,
  key: Int32Array,
  keyAt: number,
  numbers: Float64Array,
  at: number,
): void {
  const low = numbers[at]! | 0;
  const high = Math.imul((numbers[at]! / 4294967296) | 0, 0x9e3779b1 | 0);
  for (let lane = 0; lane < laneCount; lane++) {
    // The finaliser of MurmurHash3 with other constants (Wellons, "hash-prospector"): a bijection of 32 bits.
    let mixed = low ^ key[keyAt + lane]!;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    mixed ^= (mixed >>> 15) ^ high;
    // xorshift stays at 0 once it is there.
    lanes[lane] = mixed === 0 ? 0x6d2b79f5 : mixed;
  }
}

/** Fills words [from, to) and moves the lanes on, by whole turns of four words. */
export function fillContent(words: Int32Array, from: number, to: number, lanes: Int32Array): void {
  let a = lanes[0]!;
  let b = lanes[1]!;
  let c = lanes[2]!;
  let d = lanes[3]!;
  let at = from;
  const wholeTo = to - ((to - from) & 3);
  while (at < wholeTo) {
    a ^= a << 13;
    b ^= b << 13;
    c ^= c << 13;
    d ^= d << 13;
    a ^= a >>> 17;
    b ^= b >>> 17;
    c ^= c >>> 17;
    d ^= d >>> 17;
    a ^= a << 5;
    b ^= b << 5;
    c ^= c << 5;
    d ^= d << 5;
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = d;
    at += 4;
  }
  if (at < to) {
    a ^= a << 13;
    a ^= a >>> 17;
    a ^= a << 5;
    b ^= b << 13;
    b ^= b >>> 17;
    b ^= b << 5;
    c ^= c << 13;
    c ^= c >>> 17;
    c ^= c << 5;
    d ^= d << 13;
    d ^= d >>> 17;
    d ^= d << 5;
    words[at] = a;
    if (at + 1 < to) words[at + 1] = b;
    if (at + 2 < to) words[at + 2] = c;
  }
  lanes[0] = a;
  lanes[1] = b;
  lanes[2] = c;
  lanes[3] = d;
}
