/** What does not decide a gate and should be known all the same. */

import { idleLog } from '../compare/compare.js';
import { figureText } from '../compare/figures.js';
import { twoKinds } from '../compare/kinds.js';
import type { Comparison, GatedMetric } from '../compare/types.js';
import { changeText, labelOf, percent } from './words.js';

export function remarksOn(comparison: Comparison, metrics: readonly GatedMetric[]): string[] {
  const deciding = metrics.filter(({ role }) => role === 'deciding');
  return [
    ...deciding.flatMap((each) => idleRemarks(each, comparison)),
    ...deciding.flatMap((each) => kindRemarks(each, comparison)),
    ...metrics.flatMap(advisoryRemark),
    ...deciding.flatMap(contradictionRemark),
  ];
}

function idleRemarks(each: GatedMetric, { baselineLabel }: Comparison): string[] {
  const { baselineIdleCount: count, metric } = each.comparison;
  // Of the current side it is a reason.
  if (count === 0 || (metric.name !== 'iops' && metric.name !== 'bw')) return [];
  return [`${labelOf(each)}: ${count} repetitions of ${baselineLabel} did no I/O at all`];
}

/** `randread read IOPS of new: two kinds of runs, 14 at 10.0k, 6 at 5.00k`. */
function kindRemarks(each: GatedMetric, { baselineLabel, currentLabel, design }: Comparison): string[] {
  const { evidence, unit, better } = each.comparison;
  if (evidence === null || each.tolerance === null) return [];
  const sides = [
    { label: baselineLabel, logs: evidence.baseline },
    ...(evidence.kind === 'history' ? [] : [{ label: currentLabel, logs: evidence.current }]),
  ];
  return sides.flatMap(({ label, logs }) => {
    const found = twoKinds(
      logs.filter((log) => Math.abs(log) !== idleLog),
      Math.log1p(each.tolerance!),
    );
    if (found === null) return [];
    const order = better === 'more' ? [found.high, found.low] : [found.low, found.high];
    const kinds = order.map(({ count, mean }) => `${count} at ${figureText(unit, Math.exp(mean))}`);
    const runs = design === 'history' ? 'results' : 'runs';
    return [`${labelOf(each)} of ${label}: two kinds of ${runs}, ${kinds.join(', ')}`];
  });
}

function advisoryRemark(each: GatedMetric): string[] {
  const { comparison, role, tolerance } = each;
  if (role !== 'advisory' || comparison.finding !== 'worse' || tolerance === null) return [];
  const asked = `--tolerance ${comparison.metric.name}=${Number((tolerance * 100).toPrecision(3))}%`;
  return [`${labelOf(each)} is ${changeText(comparison.ratio!)}: advisory, ${asked} has it judged`];
}

/** Medians of the sides can differ otherwise than the runs that belong together: then the columns need a word. */
function contradictionRemark(each: GatedMetric): string[] {
  const { baseline, current, ratio, interval } = each.comparison;
  if (baseline === null || current === null || ratio === null || interval === null) return [];
  if (!(baseline > 0 && current > 0) || !Number.isFinite(ratio) || ratio === 0) return [];
  const ofColumns = current / baseline;
  if (ofColumns >= interval.low && ofColumns <= interval.high) return [];
  return [
    `${labelOf(each)}: the columns show medians of each side, ${percent(Math.abs(ofColumns - 1))} apart; run against ` +
      `run it is ${changeText(ratio)}, and that counts`,
  ];
}
