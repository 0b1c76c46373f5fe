/**
 * Which parts of a region have been used in this pass: the random map of jobs with several block sizes. One bit for each
 * unit, the smallest block. (With one size a permutation does without, see `OnceEachOffsets`.)
 */
export class Coverage {
  readonly #bits: Int32Array;
  readonly #unitCount: number;

  /** Throws `RangeError` when there is no memory for it. */
  constructor(unitCount: number) {
    this.#unitCount = unitCount;
    this.#bits = new Int32Array(Math.ceil(unitCount / 32));
  }

  isUsed(unit: number): boolean {
    return (this.#bits[Math.floor(unit / 32)]! & (1 << (unit % 32))) !== 0;
  }

  /** Marks up to `count` units from `unit` on, as far as they are free; returns how many. */
  claim(unit: number, count: number): number {
    const bits = this.#bits;
    const end = Math.min(unit + count, this.#unitCount);
    let at = unit;
    while (at < end) {
      const word = Math.floor(at / 32);
      const bit = 1 << (at % 32);
      if ((bits[word]! & bit) !== 0) break;
      bits[word] = bits[word]! | bit;
      at++;
    }
    return at - unit;
  }

  clear(): void {
    this.#bits.fill(0);
  }
}

/** Bytes of memory that the map of a region takes. */
export function coverageBytes(unitCount: number): number {
  return Math.ceil(unitCount / 32) * 4;
}
