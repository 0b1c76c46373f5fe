/**
 * When a gate that measures looks at what it has, and what it may conclude then. Looking often makes chance look like a
 * difference sooner or later, so early looks spend a small share of the error, and can find regressions only: a pass
 * waits for as many pairs as show a fifth of slow runs, unless somebody asked for fewer.
 */
import { repetitionsMin } from '../compare/rule.js';

export interface Look {
  /** Pairs, or repetitions against a saved baseline. */
  readonly count: number;
  /** Of the level of a regression. */
  readonly share: number;
  readonly mayPass: boolean;
  readonly mayFail: boolean;
}

/** The only look there is: at saved results, or earlier ones. */
export const onlyLook: Omit<Look, 'count'> = { share: 1, mayPass: true, mayFail: true };

/** Slow runs of a share of a fifth show in 99 of 100 sets of so many. */
export const passCount = 20;
/** What looks worse at the first look is looked at again with two more before it is called so. */
const failCount = repetitionsMin + 2;
/** What more cannot decide either is as large as its tolerance, or noise. */
export const countMax = 100;

const schedule: readonly (readonly [count: number, share: number])[] = [
  [repetitionsMin, 1 / 12],
  [failCount, 1 / 6],
  [10, 1 / 4],
  [13, 2 / 5],
  [16, 2 / 3],
  [passCount, 1],
  [26, 1],
  [34, 1],
  [44, 3 / 4],
  [57, 3 / 4],
  [75, 3 / 4],
  [countMax, 3 / 4],
];

/**
 * The look that is due with so many; null between looks.
 * @param last how many there will be at most
 */
export function lookAt(count: number, last: number): Look | null {
  const planned = schedule.find(([place]) => place === count);
  if (count >= last && count >= repetitionsMin) {
    return { count, share: 1, mayPass: true, mayFail: count >= failCount };
  }
  if (planned === undefined) return null;
  return { count, share: planned[1], mayPass: count >= passCount, mayFail: count >= failCount };
}

/** With how many the next look is. */
export function nextLook(count: number, last: number): number {
  const planned = schedule.find(([place]) => place > count)?.[0] ?? last;
  return Math.max(count, Math.min(planned, last));
}

/** As many as are needed to look at what looks worse once more. */
export function countToConfirm(last: number): number {
  return Math.max(last, failCount);
}
