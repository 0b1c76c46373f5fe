/**
 * The combined Tausworthe generator taus88 (P. L'Ecuyer, Maximally Equidistributed Combined Tausworthe Generators,
 * Mathematics of Computation 65, 1996), seeded as fio seeds it: for what must be drawn as fio draws it.
 */

const mask64 = (1n << 64n) - 1n;
/** fio's 32-bit golden ratio, by which seeds are spread. */
const goldenRatio = 0x9e370001n;
const warmUpDraws = 6;

/**
 * The seed that fio has for one use of a job's numbers.
 * @param seed `randseed`
 * @param jobNumber from 1 on, clones counted
 * @param use place in fio's list of uses (fio.h)
 */
export function fioSeed(seed: number, jobNumber: number, use: number): number {
  let spread = BigInt(Math.trunc(seed));
  for (let step = 0; step < 4 + use; step++) spread = (spread * goldenRatio) & mask64;
  return Number((spread * BigInt(jobNumber) + BigInt(use)) & 0xffffffffn);
}

export class Tausworthe {
  readonly #state: Int32Array;

  constructor(seed: number) {
    const scrambled = (value: number): number => (Math.imul(value, 69069) ^ seed) >>> 0;
    // The generator's parts must exceed 1, 7 and 15. The number that the first one begins with is 2 xor 31 and so on, in fio.
    const atLeast = (value: number, least: number): number => (value < least ? value + least : value);
    const first = atLeast(scrambled((2 ^ 31) + (2 ^ 17) + (2 ^ 7)), 1);
    const second = atLeast(scrambled(first), 7);
    this.#state = Int32Array.of(first, second, atLeast(scrambled(second), 15));
    for (let draw = 0; draw < warmUpDraws; draw++) this.nextInt32();
  }

  /** 32 random bits as a signed integer: fio's number less 2^31. */
  nextInt32(): number {
    const state = this.#state;
    const s1 = state[0]!;
    const s2 = state[1]!;
    const s3 = state[2]!;
    const first = ((s1 & -2) << 12) ^ (((s1 << 13) ^ s1) >>> 19);
    const second = ((s2 & -8) << 4) ^ (((s2 << 2) ^ s2) >>> 25);
    const third = ((s3 & -16) << 17) ^ (((s3 << 3) ^ s3) >>> 11);
    state[0] = first;
    state[1] = second;
    state[2] = third;
    return first ^ second ^ third ^ -2147483648;
  }

  /** Goes to where the other one is. */
  goTo(other: Tausworthe): void {
    this.#state.set(other.#state);
  }
}
