/**
 * Places in a row [0, count), most of them seldom and few of them often: zipf, pareto, normal. `random_distribution`
 * uses them for blocks, `file_service_type` for files.
 *
 * Zipf: J. Gray, P. Sundaresan, S. Englert, K. Baclawski, P. J. Weinberger, "Quickly generating billion-record
 * synthetic databases", SIGMOD 1994, section 3.2: the rank by a power of a uniform number, with the exact share of the
 * first two ranks. Pareto: count × u^(ln h / ln (1 − h)), so that a share h of the places gets 1 − h of the draws.
 * Normal: the mean of twelve uniform numbers (Irwin and Hall).
 */
import type { SkewedDistribution } from '../job/job.js';
import type { Random } from '../support/random.js';

export interface SkewedPlaces {
  /** Writes a place into `into[index]`. */
  draw(into: Float64Array, index: number): void;
}

/** Up to here 32 random bits are enough for each place. */
const shortCountMax = 2 ** 21;

/**
 * @param count places, at least 1; up to 2^51
 * @param scatters spreads neighbours in rank over the row, each rank at a place of its own; else the row is in order of
 *   rank. With a `center` the most frequent place is there (floor(count × center)), otherwise anywhere.
 */
export function createSkewedPlaces(
  distribution: SkewedDistribution,
  count: number,
  random: Random,
  scatters: boolean,
): SkewedPlaces {
  const { kind, center } = distribution;
  if (kind === 'normal') {
    // Its middle is the middle of the row, so 0.5 moves nothing.
    const shift = center === null ? 0 : Math.floor(count * (center - 0.5));
    return new NormalPlaces(distribution.deviationPercent, new Spread(count, scatters, modulo(shift, count)), random);
  }
  const shift = center === null ? Math.floor(random.nextFraction() * count) : Math.floor(count * center);
  const spread = new Spread(count, scatters, modulo(shift, count));
  const curve = kind === 'zipf' ? zipfCurve(count, distribution.theta) : paretoCurve(count, distribution.power);
  return new PowerPlaces(curve, spread, random);
}

function modulo(value: number, count: number): number {
  return ((value % count) + count) % count;
}

/** Rank → place: rank × step + shift modulo count, with a step that has no factor in common with count. */
class Spread {
  readonly count: number;
  readonly step: number;
  readonly shift: number;

  constructor(count: number, scatters: boolean, shift: number) {
    this.count = count;
    this.step = scatters ? coprimeStep(count) : 1;
    this.shift = shift;
  }
}

/** Near count divided by the golden ratio, so that successive ranks lie far apart; count × step stays exact. */
function coprimeStep(count: number): number {
  const exactMax = Math.floor((2 ** 53 - 1) / count) - 1;
  let step = Math.max(1, Math.floor(Math.min(count * 0.6180339887498949, exactMax)));
  while (greatestCommonDivisor(step, count) !== 1) step--;
  return step;
}

function greatestCommonDivisor(left: number, right: number): number {
  let [a, b] = [left, right];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** rank(u) = floor(scale × (slope × u + base)^exponent), but rank 0 below `first` and rank 1 below `second`. */
interface PowerCurve {
  readonly scale: number;
  readonly slope: number;
  readonly base: number;
  readonly exponent: number;
  readonly first: number;
  readonly second: number;
}

function zipfCurve(count: number, theta: number): PowerCurve {
  const sum = zeta(count, theta);
  const sumOfTwo = 1 + 0.5 ** theta;
  const eta = (1 - (2 / count) ** (1 - theta)) / (1 - sumOfTwo / sum);
  return {
    scale: count,
    slope: eta,
    base: 1 - eta,
    exponent: 1 / (1 - theta),
    first: 1 / sum,
    second: sumOfTwo / sum,
  };
}

function paretoCurve(count: number, power: number): PowerCurve {
  const exponent = Math.log(power) / Math.log(1 - power);
  return { scale: count - 1, slope: 1, base: 0, exponent, first: 0, second: 0 };
}

const summedMax = 1000;

/** Sum of 1/i^theta for i in [1, count]: the beginning added up, the rest by the Euler–Maclaurin formula. */
export function zeta(count: number, theta: number): number {
  let sum = 0;
  const head = Math.min(count, summedMax);
  for (let rank = head; rank >= 1; rank--) sum += rank ** -theta;
  if (count <= head) return sum;
  const from = head + 1;
  const integral = (count ** (1 - theta) - from ** (1 - theta)) / (1 - theta);
  const slopes = (theta / 12) * (from ** (-theta - 1) - count ** (-theta - 1));
  return sum + integral + (from ** -theta + count ** -theta) / 2 + slopes;
}

const segmentCount = 2048;
/** A straight line is good enough where it is off by less than this share of the rank, or part of one place. */
const relativeErrorMax = 1e-4;
const absoluteErrorMax = 0.005;

/**
 * The power is read off a table of straight pieces, five times as fast as computing it; where the curve bends too much
 * for that (the far end of a steep one, a few draws in a thousand), it is computed.
 */
class PowerPlaces implements SkewedPlaces {
  readonly #random: Random;
  readonly #isShort: boolean;
  /** Value at the left end of each piece; one more for the right end of the last. */
  readonly #table: Float64Array;
  /** 1 where the power must be computed. */
  readonly #bends: Uint8Array;
  /** [first, second, scale, slope, base, exponent, count, step, shift] */
  readonly #numbers: Float64Array;

  constructor(curve: PowerCurve, { count, step, shift }: Spread, random: Random) {
    const { first, second, scale, slope, base, exponent } = curve;
    this.#random = random;
    this.#isShort = count <= shortCountMax;
    this.#numbers = Float64Array.of(first, second, scale, slope, base, exponent, count, step, shift);
    this.#table = new Float64Array(segmentCount + 1);
    this.#bends = new Uint8Array(segmentCount);
    const value = (u: number): number => scale * (slope * u + base) ** exponent;
    for (let piece = 0; piece <= segmentCount; piece++) this.#table[piece] = value(piece / segmentCount);
    for (let piece = 0; piece < segmentCount; piece++) {
      const middle = value((piece + 0.5) / segmentCount);
      const error = Math.abs((this.#table[piece]! + this.#table[piece + 1]!) / 2 - middle);
      // Written so that what is no number counts as bent.
      this.#bends[piece] = error <= Math.max(absoluteErrorMax, middle * relativeErrorMax) ? 0 : 1;
    }
  }

  draw(into: Float64Array, index: number): void {
    const numbers = this.#numbers;
    const u = this.#isShort ? this.#random.nextShortFraction() : this.#random.nextFraction();
    let rank = 0;
    if (u >= numbers[1]!) {
      const at = u * segmentCount;
      const piece = at | 0;
      if (this.#bends[piece] === 0) {
        const left = this.#table[piece]!;
        rank = Math.floor(left + (this.#table[piece + 1]! - left) * (at - piece));
      } else {
        rank = Math.floor(numbers[2]! * (numbers[3]! * u + numbers[4]!) ** numbers[5]!);
      }
      if (!(rank < numbers[6]!)) rank = numbers[6]! - 1;
    } else if (u >= numbers[0]!) {
      rank = 1;
    }
    const moved = rank * numbers[7]! + numbers[8]!;
    into[index] = moved - Math.floor(moved / numbers[6]!) * numbers[6]!;
  }
}

const normalTerms = 12;

class NormalPlaces implements SkewedPlaces {
  readonly #random: Random;
  /** [count, step, shift, width of the uniform part that is added] */
  readonly #numbers: Float64Array;

  constructor(deviationPercent: number, { count, step, shift }: Spread, random: Random) {
    this.#random = random;
    const width = Math.min(Math.ceil((count * deviationPercent) / 100), Math.floor(count / 2));
    this.#numbers = Float64Array.of(count, step, shift, width);
  }

  draw(into: Float64Array, index: number): void {
    const numbers = this.#numbers;
    const count = numbers[0]!;
    const width = numbers[3]!;
    let sum = 0;
    for (let term = 0; term < normalTerms; term++) sum += Math.floor(this.#random.nextShortFraction() * (count + 1));
    let place = Math.floor((sum + normalTerms - 1) / normalTerms);
    if (width > 0) {
      let deviation = Math.floor(this.#random.nextShortFraction() * width) - Math.floor(width / 2);
      // As fio: what would leave the row is halved until it does not.
      while (deviation !== 0 && (place + deviation < 0 || place + deviation >= count)) {
        deviation = Math.trunc(deviation / 2);
      }
      place += deviation;
    }
    place %= count;
    const moved = place * numbers[1]! + numbers[2]!;
    into[index] = moved - Math.floor(moved / count) * count;
  }
}
