/** What a sweep is about to do: how many runs, how long, in which order. */

import { wrap } from '../report/layout.js';
import { printable } from '../support/printable.js';
import { formatDurationSeconds } from '../support/units.js';
import type { SweepFacts } from './document.js';

interface SweepPlanText {
  readonly facts: SweepFacts;
  /** `bs=4k iodepth=8` of each point. */
  readonly pointTexts: readonly string[];
  readonly order: readonly { readonly pointIndex: number; readonly repetition: number }[];
  /** Runs of it that were measured before. */
  readonly doneCount: number;
  /** For what is left; null when it is not known. */
  readonly seconds: number | null;
}

/** @param isWhole list every run, in order */
export function formatSweepPlan(
  { facts, pointTexts, order, doneCount, seconds }: SweepPlanText,
  isWhole: boolean,
): string {
  const { axes, repeat, orderSeed } = facts;
  const points = pointTexts.length;
  const runs = repeat === 1 ? `${points} points` : `${points} points, ${repeat} times each: ${order.length} runs`;
  const before = doneCount === 0 ? '' : `, ${doneCount} of them done before`;
  const time =
    seconds === null
      ? 'how long is not known: jobs without a runtime run until their data is done'
      : `about ${formatDurationSeconds(seconds)}`;
  const pairs = repeat > 1 ? ', a new one for every second repetition and its reverse in between' : '';
  return `${[
    ...axes.flatMap(({ option, values }) => wrap(printable(values.join(' ')), `sweep of ${printable(option)}: `)),
    ...wrap(`${runs}${before}; ${time}`, ''),
    ...wrap(`order drawn from seed ${orderSeed}${pairs}`, ''),
    ...(isWhole
      ? [
          '',
          ...order.map(({ pointIndex, repetition }) => {
            const times = repeat === 1 ? '' : `  repetition ${repetition + 1}`;
            return `  ${printable(pointTexts[pointIndex]!)}${times}`;
          }),
        ]
      : []),
  ].join('\n')}\n`;
}
