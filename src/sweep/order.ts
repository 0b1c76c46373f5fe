/** In which order the runs of a sweep are made, so that a drift of the machine does not look like an effect of a value. */

export interface SweepRun {
  readonly pointIndex: number;
  /** 0-based. */
  readonly repetition: number;
}

/**
 * Randomised complete blocks: each repetition measures every point once, in an order drawn from `seed`. Blocks come in
 * pairs, the second in the reverse order of the first: over a pair each point has the same mean place, so a drift that
 * is steady in time falls on all points alike.
 */
export function sweepOrder(pointCount: number, repeat: number, seed: number): SweepRun[] {
  const draw = generator(seed);
  let block: number[] = [];
  return Array.from({ length: repeat }, (_, repetition) => {
    block = repetition % 2 === 0 ? shuffled(pointCount, draw) : block.toReversed();
    return block.map((pointIndex) => ({ pointIndex, repetition }));
  }).flat();
}

/** Fisher and Yates. */
function shuffled(count: number, draw: (below: number) => number): number[] {
  const places = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = draw(index + 1);
    [places[index], places[other]] = [places[other]!, places[index]!];
  }
  return places;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for an order. */
function generator(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
