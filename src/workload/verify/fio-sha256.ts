/**
 * SHA-256 as fio computes it: the length behind the data has its lowest byte first, where FIPS 180-4 puts the highest. So
 * no library gives it. Found out from blocks that fio wrote.
 */
import { type BlockView, swapBytes } from './crc.js';

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

const primes = Array.from({ length: 312 }, (_, index) => index).filter((number) => number > 1 && isPrime(number));

/** First 32 bits of the fraction. */
function fractionBits(value: number): number {
  return ((value - Math.floor(value)) * 4294967296) | 0;
}

/** FIPS 180-4, 4.2.2 and 5.3.3: of the roots of the first primes. */
const constants = Int32Array.from(primes.slice(0, 64), (prime) => fractionBits(Math.cbrt(prime)));
const start = Int32Array.from(primes.slice(0, 8), (prime) => fractionBits(Math.sqrt(prime)));

const schedule = new Int32Array(64);
const tail = new Uint8Array(128);

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function work(state: Int32Array, w: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const older = w[t - 15]!;
    const newer = w[t - 2]!;
    const s0 = rotate(older, 7) ^ rotate(older, 18) ^ (older >>> 3);
    const s1 = rotate(newer, 17) ^ rotate(newer, 19) ^ (newer >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + constants[t]! + w[t]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
  state[5] = state[5]! + f;
  state[6] = state[6]! + g;
  state[7] = state[7]! + h;
}

/** The eight words of the hash of bytes [from, to) into `state`. */
export function fioSha256({ bytes, words }: BlockView, from: number, to: number, state: Int32Array): void {
  state.set(start);
  const wholeTo = to - ((to - from) % 64);
  for (let at = from; at < wholeTo; at += 64) {
    if ((at & 3) === 0) for (let t = 0; t < 16; t++) schedule[t] = swapBytes(words[(at >> 2) + t]!);
    else for (let t = 0; t < 16; t++) schedule[t] = wordAt(bytes, at + t * 4);
    work(state, schedule);
  }
  const rest = to - wholeTo;
  const tailBytes = rest < 56 ? 64 : 128;
  tail.fill(0);
  for (let at = 0; at < rest; at++) tail[at] = bytes[wholeTo + at]!;
  tail[rest] = 0x80;
  for (let byte = 0, bits = (to - from) * 8; byte < 6; byte++) {
    tail[tailBytes - 8 + byte] = bits % 256;
    bits = Math.floor(bits / 256);
  }
  for (let at = 0; at < tailBytes; at += 64) {
    for (let t = 0; t < 16; t++) schedule[t] = wordAt(tail, at + t * 4);
    work(state, schedule);
  }
}
