/**
 * The seed that stands in a header, and the content that it makes: from a job's key and a write's number alone, so that
 * what a block must hold can be told again without having been kept.
 */
import { fillContent, laneCount } from '../content.js';
import type { BlockView } from './crc.js';

/** The finaliser of MurmurHash3 with other constants (Wellons, "hash-prospector"): a bijection of 32 bits. */
function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

/** The seed of write `numbers[at]` of a job with this key (two words) into `seed`. */
export function seedOfWrite(key: Int32Array, numbers: Float64Array, at: number, seed: Int32Array): void {
  const number = numbers[at]!;
  const low = mix(((number % 4294967296) | 0) ^ key[0]!);
  seed[0] = low;
  seed[1] = mix(low ^ key[1]! ^ (number / 4294967296));
}

const lanes = new Int32Array(laneCount);

/** Fills bytes [0, byteCount); a last word that is only partly meant is filled whole. */
export function fillSeeded({ words }: BlockView, byteCount: number, seed: Int32Array): void {
  for (let lane = 0; lane < laneCount; lane++) {
    const mixed = mix(seed[lane & 1]! ^ mix(lane + 1) ^ (seed[1 - (lane & 1)]! << 7));
    // xorshift stays at 0 once it is there.
    lanes[lane] = mixed === 0 ? 0x6d2b79f5 : mixed;
  }
  fillContent(words, 0, (byteCount + 3) >> 2, lanes);
}
