/**
 * Content for `verify=salt`: each 64-bit word, lowest byte first, is its own offset in the file plus the salt. Needs no
 * header, and any part of it can be written and checked by itself. elbencho writes the same.
 */
import type { BlockView } from './crc.js';

/** Fills bytes [0, byteCount) of a block that stands at `offset[0]`. */
export function fillSalt(
  { bytes, words }: BlockView,
  byteCount: number,
  offset: Float64Array,
  salt: Float64Array,
): void {
  const start = offset[0]!;
  if (start % 8 !== 0 || byteCount % 8 !== 0) {
    fillUnaligned(bytes, byteCount, start, salt[0]!);
    return;
  }
  const value = start + salt[0]!;
  let low = (value % 4294967296) | 0;
  let high = (value / 4294967296) | 0;
  for (let word = 0; word < byteCount >> 2; word += 2) {
    words[word] = low;
    words[word + 1] = high;
    const next = (low + 8) | 0;
    // Carried where the low word has gone round.
    if (next >>> 0 < 8) high = (high + 1) | 0;
    low = next;
  }
}

function fillUnaligned(bytes: Uint8Array, byteCount: number, start: number, salt: number): void {
  for (let at = 0; at < byteCount; at++) {
    const place = (start + at) % 8;
    const value = start + at - place + salt;
    bytes[at] = Math.floor(value / 256 ** place) % 256;
  }
}
