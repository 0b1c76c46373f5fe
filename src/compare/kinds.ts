/**
 * Two kinds of runs on one side: some are as quick as each other, the others as slow as each other, and nothing lies
 * between. A median hides that, and a mean is a speed that no run had.
 */
import { repetitionsMin } from './rule.js';

interface TwoKinds {
  /** Each kind by its number of runs and the mean of their values (of logarithms: the geometric mean). */
  readonly low: Kind;
  readonly high: Kind;
}

interface Kind {
  readonly count: number;
  readonly mean: number;
}

/** Fewer runs fall into two heaps by chance. */
const runsMin = repetitionsMin + 4;
const kindRunsMin = 2;
/** The gap against the range of either kind; normal runs show such a gap once in some hundred sides (kinds.test.ts). */
const gapMin = 1.5;

/**
 * @param logs values of one side
 * @param apartLog how far apart kinds must be to matter
 */
export function twoKinds(logs: readonly number[], apartLog: number): TwoKinds | null {
  const sorted = [...logs].sort((a, b) => a - b);
  const count = sorted.length;
  if (count < runsMin) return null;
  let split = 0;
  let widest = 0;
  for (let place = kindRunsMin; place <= count - kindRunsMin; place++) {
    const gap = sorted[place]! - sorted[place - 1]!;
    const range = Math.max(sorted[place - 1]! - sorted[0]!, sorted[count - 1]! - sorted[place]!);
    if (gap > widest && gap > gapMin * range && gap > apartLog) [split, widest] = [place, gap];
  }
  if (split === 0) return null;
  const kind = (values: readonly number[]): Kind => ({
    count: values.length,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  });
  return { low: kind(sorted.slice(0, split)), high: kind(sorted.slice(split)) };
}
