/** XXH32 (Yann Collet, xxHash's specification) over a buffer. */
import type { BlockView } from './crc.js';

const prime1 = 0x9e3779b1 | 0;
const prime2 = 0x85ebca77 | 0;
const prime3 = 0xc2b2ae3d | 0;
const prime4 = 0x27d4eb2f | 0;
const prime5 = 0x165667b1 | 0;

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function round(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, prime2)) | 0, 13), prime1);
}

/** Words are read where they begin at a multiple of four; other data is moved there first. */
const moved = { words: new Int32Array(0), bytes: new Uint8Array(0) };

function aligned(view: BlockView, from: number, to: number): BlockView {
  if (moved.bytes.length < to - from) {
    moved.words = new Int32Array((to - from + 3) >> 2);
    moved.bytes = new Uint8Array(moved.words.buffer);
  }
  moved.bytes.set(view.bytes.subarray(from, to));
  return moved;
}

/** The hash of bytes [from, to). */
export function xxh32Of(view: BlockView, from: number, to: number, seed: number): number {
  if ((from & 3) !== 0) return xxh32Of(aligned(view, from, to), 0, to - from, seed);
  const { bytes, words } = view;
  const length = to - from;
  let word = from >> 2;
  let hash: number;
  if (length >= 16) {
    let a = (seed + prime1 + prime2) | 0;
    let b = (seed + prime2) | 0;
    let c = seed;
    let d = (seed - prime1) | 0;
    for (const last = (to >> 2) - 4; word <= last; word += 4) {
      a = round(a, words[word]!);
      b = round(b, words[word + 1]!);
      c = round(c, words[word + 2]!);
      d = round(d, words[word + 3]!);
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0;
  } else {
    hash = (seed + prime5) | 0;
  }
  hash = (hash + length) | 0;
  for (const end = to >> 2; word < end; word++) {
    hash = Math.imul(rotate((hash + Math.imul(words[word]!, prime3)) | 0, 17), prime4);
  }
  for (let at = word << 2; at < to; at++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, prime5)) | 0, 11), prime1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2);
  hash = Math.imul(hash ^ (hash >>> 13), prime3);
  return hash ^ (hash >>> 16);
}
