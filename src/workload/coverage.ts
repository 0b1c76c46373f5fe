/**
 * Which parts of a region have been used in this pass: the random map of jobs with several block sizes. One bit for each
 * unit, the smallest block. (With one size a permutation does without, see `OnceEachOffsets`.)
 *
 * Above the bits of the units stand levels of fewer bits, each for a word of the level below: set when that word is full.
 * So the next free unit is found in a few steps, however full the map is.
 */
export class Coverage {
  readonly #levels: readonly Int32Array[];
  readonly #unitCount: number;
  /** [units that are free] */
  readonly #free: Float64Array;

  /** Throws `RangeError` when there is no memory for it. */
  constructor(unitCount: number) {
    this.#unitCount = unitCount;
    this.#levels = levelWords(unitCount).map((words) => new Int32Array(words));
    this.#free = new Float64Array(1);
    this.clear();
  }

  get freeCount(): number {
    return this.#free[0]!;
  }

  /** The first free unit from `unit` on, or from the start where there is none behind it; −1 when all are used. */
  nextFree(unit: number): number {
    const behind = this.#firstFree(unit);
    return behind >= 0 || unit === 0 ? behind : this.#firstFree(0);
  }

  /** Marks up to `count` units from `unit` on, as far as they are free; returns how many. */
  claim(unit: number, count: number): number {
    const bits = this.#levels[0]!;
    const end = Math.min(unit + count, this.#unitCount);
    let at = unit;
    while (at < end) {
      const word = Math.floor(at / 32);
      const bit = 1 << (at % 32);
      if ((bits[word]! & bit) !== 0) break;
      bits[word] = bits[word]! | bit;
      if (bits[word] === -1) this.#noteFull(word);
      at++;
    }
    this.#free[0] = this.#free[0]! - (at - unit);
    return at - unit;
  }

  clear(): void {
    this.#free[0] = this.#unitCount;
    let count = this.#unitCount;
    for (const bits of this.#levels) {
      bits.fill(0);
      // What lies behind the last unit is never free.
      if (count % 32 !== 0) bits[bits.length - 1] = -1 << (count % 32);
      count = bits.length;
    }
  }

  #noteFull(fullWord: number): void {
    const levels = this.#levels;
    let at = fullWord;
    for (let level = 1; level < levels.length; level++) {
      const bits = levels[level]!;
      const word = Math.floor(at / 32);
      bits[word] = bits[word]! | (1 << (at % 32));
      if (bits[word] !== -1) return;
      at = word;
    }
  }

  #firstFree(from: number): number {
    const levels = this.#levels;
    let level = 0;
    let at = from;
    for (;;) {
      const bits = levels[level]!;
      const word = Math.floor(at / 32);
      const free = word < bits.length ? ~bits[word]! & (-1 << (at % 32)) : 0;
      if (free !== 0) {
        at = word * 32 + lowestBit(free);
        break;
      }
      if (++level === levels.length) return -1;
      at = word + 1;
    }
    while (level > 0) at = at * 32 + lowestBit(~levels[--level]![at]!);
    return at;
  }
}

/** The number of the lowest bit that is set; there must be one. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Words of each level, the lowest first. */
function levelWords(unitCount: number): number[] {
  const words = [Math.max(1, Math.ceil(unitCount / 32))];
  while (words.at(-1)! > 1) words.push(Math.ceil(words.at(-1)! / 32));
  return words;
}

/** Bytes of memory that the map of a region takes. */
export function coverageBytes(unitCount: number): number {
  return levelWords(unitCount).reduce((sum, words) => sum + words * 4, 0);
}
