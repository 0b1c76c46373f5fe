/** What changed in a history: levels of each series, when one follows another, by how much, and what else changed then. */
import { idleLog } from '../compare/compare.js';
import { loadResult } from '../results/files.js';
import { compareFingerprints, type FieldDifference } from '../results/fingerprint.js';
import { changePoints, valuesNeeded } from '../stats/change-points.js';
import { median } from '../stats/median.js';
import { rankSumEstimate } from '../stats/rank-sum.js';
import type { History, HistoryPoint, HistorySeries } from './series.js';

/** Chance of any change that is none, over all series together; of very many series 1 in 1000 for each. */
const chanceOfAny = 0.05;
const levelMin = 0.001;
/** Fixed: the same folder gives the same page. */
const seed = 20261130;
const confidence = 0.95;

/** Points `from` to `to`, the last not among them, between which nothing changed. */
export interface Level {
  readonly from: number;
  readonly to: number;
  readonly median: number;
}

export interface Change {
  /** Place of the first result of the new level. */
  readonly index: number;
  readonly before: HistoryPoint;
  readonly after: HistoryPoint;
  readonly pValue: number;
  /** New level / old level: Hodges-Lehmann's estimate. */
  readonly ratio: number;
  /** null where the levels have too few results for one. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly isWorse: boolean;
  /** In what the last result before and the first after differ besides, what matters most first. */
  readonly alsoChanged: readonly FieldDifference[];
}

export interface SeriesChanges {
  readonly series: HistorySeries;
  readonly levels: readonly Level[];
  readonly changes: readonly Change[];
  /** The result that the reference begins with: the last that was accepted, else the first. */
  readonly reference: HistoryPoint;
  /** The last level against that of the reference; null where they are the same. */
  readonly sinceReference: { readonly ratio: number; readonly isWorse: boolean } | null;
}

export interface HistoryChanges {
  readonly history: History;
  readonly all: readonly SeriesChanges[];
  /** What a p value must not exceed. */
  readonly level: number;
  /** Results that a series needs before any change can be told. */
  readonly resultsNeeded: number;
}

/** Everything that changed. Reads the two results at each change once more, to see in what else they differ. */
export async function findChanges(history: History): Promise<HistoryChanges> {
  const level = Math.max(levelMin, chanceOfAny / Math.max(1, history.series.length));
  const differences = new Differences();
  const all: SeriesChanges[] = [];
  for (const series of history.series) {
    const logs = series.points.map(({ value }) => (value > 0 ? Math.log(value) : -idleLog));
    const found = changePoints(logs, { level, seed });
    const levels = levelsOf(
      series,
      found.map(({ index }) => index),
    );
    const changes: Change[] = [];
    for (const [number, { index, pValue }] of found.entries()) {
      const [left, right] = [levels[number]!, levels[number + 1]!].map(({ from, to }) => logs.slice(from, to));
      const { value, interval } = rankSumEstimate(left!, right!, confidence);
      const [before, after] = [series.points[index - 1]!, series.points[index]!];
      const ratio = Math.exp(value);
      changes.push({
        index,
        before,
        after,
        pValue,
        ratio,
        interval: interval === null ? null : { low: Math.exp(interval.low), high: Math.exp(interval.high) },
        isWorse: isWorse(series, ratio),
        alsoChanged: await differences.between(before.result.file, after.result.file),
      });
    }
    all.push({ series, levels, changes, ...sinceReference(series, levels) });
  }
  return { history, all, level, resultsNeeded: valuesNeeded(level) };
}

function isWorse({ better }: HistorySeries, ratio: number): boolean {
  return better === 'more' ? ratio < 1 : ratio > 1;
}

function levelsOf({ points }: HistorySeries, cuts: readonly number[]): Level[] {
  const ends = [...cuts, points.length];
  return ends.map((to, index) => {
    const from = index === 0 ? 0 : ends[index - 1]!;
    return { from, to, median: median(points.slice(from, to).map(({ value }) => value))! };
  });
}

function sinceReference(
  series: HistorySeries,
  levels: readonly Level[],
): Pick<SeriesChanges, 'reference' | 'sinceReference'> {
  const accepted = series.points.findLastIndex(({ result }) => result.isAccepted && result.setAside === null);
  const start = Math.max(0, accepted);
  const [first, last] = [levels.find(({ to }) => start < to)!, levels.at(-1)!];
  const ratio = last.median / first.median;
  return {
    reference: series.points[start]!,
    sinceReference: first === last ? null : { ratio, isWorse: isWorse(series, ratio) },
  };
}

/** Differ between any two runs, and explain nothing. */
const ownFields = new Set(['job.seeds', 'job.commandLine', 'job.fileSha256']);

/** In what two results differ; many series change between the same two. */
class Differences {
  readonly #known = new Map<string, readonly FieldDifference[]>();

  async between(before: string, after: string): Promise<readonly FieldDifference[]> {
    const key = JSON.stringify([before, after]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [left, right] = [await loadResult(before), await loadResult(after)];
    const found = compareFingerprints(left, right).filter(({ field }) => !ownFields.has(field));
    this.#known.set(key, found);
    return found;
  }
}
