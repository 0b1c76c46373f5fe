/** Which of several sets is the best in a metric: only one that is really better than each of the others. */
import { type CompareSettings, compareSets } from './compare.js';
import { sameMetric } from './metrics.js';
import type { SampleSet } from './samples.js';
import type { Comparison, MetricComparison } from './types.js';

export interface LabelledSet {
  readonly set: SampleSet;
  /** Sets of one run took turns. */
  readonly run: number;
}

export function compareLabelled(
  a: LabelledSet,
  b: LabelledSet,
  settings: Omit<CompareSettings, 'design'> = {},
): Comparison {
  return compareSets(a.set, b.set, { ...settings, design: a.run === b.run ? 'paired' : 'independent' });
}

export type BestOf = (jobName: string, metric: MetricComparison) => number | null;

/** The place of the best set for a job and metric; null where no one is. */
export function findBest(sets: readonly LabelledSet[]): BestOf {
  const pairs = new Map<string, Comparison>();
  const comparison = (one: number, other: number) => {
    const key = `${one} ${other}`;
    const known = pairs.get(key) ?? compareLabelled(sets[one]!, sets[other]!);
    pairs.set(key, known);
    return known;
  };
  const isBetter = (one: number, other: number, jobName: string, asked: MetricComparison) => {
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    const metric = comparison(low, high)
      .jobs.find((job) => job.jobName === jobName)
      ?.metrics.find((each) => sameMetric(each.metric, asked.metric));
    return metric?.finding === (one === high ? 'better' : 'worse');
  };
  return (jobName, metric) => {
    const best = sets.findIndex((_, one) =>
      sets.every((__, other) => other === one || isBetter(one, other, jobName, metric)),
    );
    return best < 0 ? null : best;
  };
}
