/**
 * xoshiro128** by Blackman and Vigna (public domain; https://prng.di.unimi.it/xoshiro128starstar.c): 32-bit arithmetic
 * only, so that JavaScript runs it on small integers, and jumps that give disjoint streams.
 *
 *   worker i of a run   = base, i long jumps (2^96 steps each)
 *   k-th use in worker  = the worker's stream, k jumps (2^64 steps each)
 */

import { fioSeed, Tausworthe } from './tausworthe.js';

const jumpPolynomial = Int32Array.of(0x8764000b, 0xf542d2d3, 0x6fa035c3, 0x77f2db5b);
const longJumpPolynomial = Int32Array.of(0xb523952e, 0x0b6f099f, 0xccf5a0ef, 0x1c580662);

export class Random {
  /** Four words, never all zero. In a typed array: numbers beyond 2^30 in plain fields would be boxed. */
  readonly #state: Int32Array;

  constructor(state: Int32Array) {
    this.#state = state;
  }

  /** Any number seeds it; its 53 integer bits all count. */
  static fromSeed(seed: number): Random {
    const state = new Int32Array(4);
    let low = seed | 0;
    const high = Math.floor(seed / 4294967296) | 0;
    for (let word = 0; word < 4; word++) {
      // splitmix32, so that near seeds give far states.
      low = (low + 0x9e3779b9) | 0;
      let mixed = low ^ (word === 2 ? high : 0);
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      state[word] = mixed ^ (mixed >>> 15);
    }
    if (high !== 0) state[3] = state[3]! ^ Math.imul(high, 0x85ebca6b);
    if ((state[0]! | state[1]! | state[2]! | state[3]!) === 0) state[0] = 1;
    return new Random(state);
  }

  /** 32 random bits as a signed integer. */
  nextInt32(): number {
    const state = this.#state;
    const s1 = state[1]!;
    const scrambled = Math.imul(s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const s2 = state[2]! ^ state[0]!;
    const s3 = state[3]! ^ s1;
    state[1] = s1 ^ s2;
    state[0] = state[0]! ^ s3;
    state[2] = s2 ^ (s1 << 9);
    state[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /** Uniform in [0, 1) with 32 bits. */
  nextShortFraction(): number {
    return (this.nextInt32() >>> 0) / 4294967296;
  }

  /** Uniform in [0, 1) with 53 bits. */
  nextFraction(): number {
    const high = this.nextInt32() >>> 5;
    return (high * 67108864 + (this.nextInt32() >>> 6)) / 9007199254740992;
  }

  /** The same place in the sequence, going on by itself. */
  clone(): Random {
    return new Random(this.#state.slice());
  }

  /** Goes to where the other one is. */
  goTo(other: Random): void {
    this.#state.set(other.#state);
  }

  /** 2^64 draws ahead. */
  jump(): void {
    this.#jumpBy(jumpPolynomial);
  }

  /** 2^96 draws ahead. */
  longJump(): void {
    this.#jumpBy(longJumpPolynomial);
  }

  #jumpBy(polynomial: Int32Array): void {
    const sum = new Int32Array(4);
    for (const word of polynomial) {
      for (let bit = 0; bit < 32; bit++) {
        if ((word & (1 << bit)) !== 0) for (let i = 0; i < 4; i++) sum[i] = sum[i]! ^ this.#state[i]!;
        this.nextInt32();
      }
    }
    this.#state.set(sum);
  }
}

/** Hands out one worker's streams by use number: disjoint from each other and from all other workers' streams. */
export class RandomStreams {
  readonly #seed: number;
  readonly #jobNumber: number;
  readonly #first: Random;
  #cursor: Random;
  #cursorUse = 0;
  /** What was handed out, and where each of them began. */
  readonly #streams: { readonly rewind: () => void }[] = [];

  constructor(seed: number, workerIndex: number) {
    this.#seed = seed;
    this.#jobNumber = workerIndex + 1;
    this.#first = Random.fromSeed(seed);
    for (let i = 0; i < workerIndex; i++) this.#first.longJump();
    this.#cursor = this.#first.clone();
  }

  /** Fast when uses are asked for in rising order. */
  stream(use: number): Random {
    if (use < this.#cursorUse) {
      this.#cursor = this.#first.clone();
      this.#cursorUse = 0;
    }
    for (; this.#cursorUse < use; this.#cursorUse++) this.#cursor.jump();
    const stream = this.#cursor.clone();
    const begin = this.#cursor.clone();
    this.#streams.push({ rewind: () => stream.goTo(begin) });
    return stream;
  }

  /** The numbers that fio draws for one use, in the same order. @param use place in fio's list of uses */
  asFio(use: number): Tausworthe {
    const seed = fioSeed(this.#seed, this.#jobNumber, use);
    const stream = new Tausworthe(seed);
    const begin = new Tausworthe(seed);
    this.#streams.push({ rewind: () => stream.goTo(begin) });
    return stream;
  }

  /** All that was handed out begins again. */
  rewind(): void {
    for (const { rewind } of this.#streams) rewind();
  }
}
