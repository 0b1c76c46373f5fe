/**
 * Change points of a series: E-divisive (Matteson and James, "A Nonparametric Approach for Multiple Change Point
 * Analysis of Multivariate Data", 2014) for one variable and exponent 1, by halving. A series is cut where the energy
 * distance between what lies before and after is largest, when that is more than shuffled copies of it give; then each
 * part likewise. Shuffles are seeded: the same series has the same change points.
 *
 * What is assumed is that values between two changes could as well have come in any other order.
 */
import { Random } from '../support/random.js';

interface ChangePoint {
  /** The first value of the new level. */
  readonly index: number;
  /** Share of shuffles, the series itself among them, that could be cut as well. */
  readonly pValue: number;
}

interface ChangePointSettings {
  /** What a p value must not exceed. Of each cut; a stationary series is tested once. */
  readonly level: number;
  readonly seed: number;
}

/** A part has at least so many values: with one there is no distance within it. */
const partMin = 2;

/** In ascending order. The best p value is 1 / (the number of shuffles + 1), so small levels cost time. */
export function changePoints(values: readonly number[], { level, seed }: ChangePointSettings): ChangePoint[] {
  const random = Random.fromSeed(seed);
  const found: ChangePoint[] = [];
  const open: (readonly [start: number, end: number])[] = [[0, values.length]];
  while (open.length > 0) {
    const [start, end] = open.pop()!;
    if (!canTell(end - start, level)) continue;
    const cut = testedCut(values.slice(start, end), level, random);
    if (cut === null) continue;
    const index = start + cut.index;
    found.push({ index, pValue: cut.pValue });
    open.push([index, end], [start, index]);
  }
  return found.sort((a, b) => a.index - b.index);
}

/** How many values a series needs before any change can be told at this level. */
export function valuesNeeded(level: number): number {
  let count = 2 * partMin;
  while (!canTell(count, level)) count++;
  return count;
}

/** Shuffles scatter about the p value, so that one right at the level would be found by chance. */
function canTell(count: number, level: number): boolean {
  return leastPValue(count) <= level / 2;
}

/** Of the clearest change there can be: all low values before all high ones, or the reverse, among all ways to choose. */
function leastPValue(count: number): number {
  if (count < 2 * partMin) return 1;
  let ways = 1;
  for (let k = 1; k <= Math.floor(count / 2); k++) ways *= (count - Math.floor(count / 2) + k) / k;
  return 2 / ways;
}

/** null where shuffles of the values are cut as well as they are. */
function testedCut(values: readonly number[], level: number, random: Random): ChangePoint | null {
  const energy = new Energy(values);
  const order = Int32Array.from(values, (_, index) => index);
  const cut = energy.bestCut(order);
  // Long series are cut clearly or not at all, and each of their shuffles takes longer.
  const shuffles = Math.ceil((values.length > 200 ? 2 : 10) / level) - 1;
  let asGood = 1;
  for (let done = 0; done < shuffles; done++) {
    shuffle(order, random);
    if (energy.bestCut(order).distance >= cut.distance * (1 - 1e-12)) asGood++;
    if (asGood > level * (shuffles + 1)) return null;
  }
  return { index: cut.index, pValue: asGood / (shuffles + 1) };
}

function shuffle(order: Int32Array, random: Random): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random.nextFraction() * (last + 1));
    const value = order[last]!;
    order[last] = order[other]!;
    order[other] = value;
  }
}

/**
 * Energy distances of all cuts of these values in any order, in n log n steps: sums of distances to the values that are
 * on the left come from two Fenwick trees over the ranks, one of counts and one of values.
 */
class Energy {
  readonly #values: Float64Array;
  /** 1-based place of each value among the sorted ones. */
  readonly #ranks: Int32Array;
  /** Sum of each value's distances to all others. */
  readonly #distances: Float64Array;
  readonly #counts: Int32Array;
  readonly #sums: Float64Array;

  constructor(values: readonly number[]) {
    this.#values = Float64Array.from(values);
    this.#ranks = new Int32Array(values.length);
    this.#distances = new Float64Array(values.length);
    this.#counts = new Int32Array(values.length + 1);
    this.#sums = new Float64Array(values.length + 1);
    const total = this.#values.reduce((sum, value) => sum + value, 0);
    const sorted = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
    let below = 0;
    sorted.forEach((index, place) => {
      const value = values[index]!;
      this.#ranks[index] = place + 1;
      this.#distances[index] = value * place - below + (total - below - value) - value * (values.length - place - 1);
      below += value;
    });
  }

  /** Where the distance between both sides is largest, for the values in this order. */
  bestCut(order: Int32Array): { readonly index: number; readonly distance: number } {
    this.#counts.fill(0);
    this.#sums.fill(0);
    const count = order.length;
    let [leftSum, withinLeft, between] = [0, 0, 0];
    let withinRight = this.#distances.reduce((sum, distance) => sum + distance, 0) / 2;
    let best = { index: partMin, distance: Number.NEGATIVE_INFINITY };
    for (let place = 0; place < count - partMin; place++) {
      const value = order[place]!;
      const toLeft = this.#distanceToLeft(value, place, leftSum);
      const toRight = this.#distances[value]! - toLeft;
      withinLeft += toLeft;
      between += toRight - toLeft;
      withinRight -= toRight;
      leftSum += this.#values[value]!;
      this.#addToLeft(value);
      const [left, right] = [place + 1, count - place - 1];
      if (left < partMin) continue;
      const within = (2 * withinLeft) / (left * (left - 1)) + (2 * withinRight) / (right * (right - 1));
      const distance = ((left * right) / count) * ((2 * between) / (left * right) - within);
      if (distance > best.distance) best = { index: left, distance };
    }
    return best;
  }

  #distanceToLeft(index: number, leftCount: number, leftSum: number): number {
    let [countBelow, sumBelow] = [0, 0];
    for (let node = this.#ranks[index]!; node > 0; node -= node & -node) {
      countBelow += this.#counts[node]!;
      sumBelow += this.#sums[node]!;
    }
    const value = this.#values[index]!;
    return value * countBelow - sumBelow + (leftSum - sumBelow) - value * (leftCount - countBelow);
  }

  #addToLeft(index: number): void {
    const value = this.#values[index]!;
    for (let node = this.#ranks[index]!; node < this.#counts.length; node += node & -node) {
      this.#counts[node] = this.#counts[node]! + 1;
      this.#sums[node] = this.#sums[node]! + value;
    }
  }
}
