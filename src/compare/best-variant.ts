/** Which variant of a job is the best in one run, by how much, and whether that can be told, in a sentence. */
import type { IotestDocument } from '../results/document.js';
import { printable } from '../support/printable.js';
import { type BestOf, findBest, type LabelledSet } from './best.js';
import { column, columnMedian, compareSets, latencyKindOf } from './compare.js';
import { figureText, intervalText, ratioText } from './figures.js';
import { betterOf, sameMetric, unitOf } from './metrics.js';
import { type SampleSet, sampleSets } from './samples.js';
import { comparedDirections, type Metric, type MetricComparison, type MetricName } from './types.js';

export interface BestVariant {
  readonly sentence: string;
  /** null where it cannot be told. */
  readonly label: string | null;
}

/** By the keys of `SampleSet.jobs`; jobs that ran whole in fewer than two variants have none. */
export function bestVariants(document: IotestDocument): ReadonlyMap<string, BestVariant> {
  const sets = sampleSets(document, '').map((set): LabelledSet => ({ set, run: 0 }));
  const best = findBest(sets);
  const keys = [...new Set(sets.flatMap(({ set }) => [...set.jobs.keys()]))];
  return new Map(
    keys.flatMap((key) => {
      const found = bestOfJob(key, sets, best);
      return found === null ? [] : [[key, found] as const];
    }),
  );
}

interface Ranked {
  readonly set: SampleSet;
  readonly value: number;
}

function bestOfJob(key: string, sets: readonly LabelledSet[], best: BestOf): BestVariant | null {
  const having = sets.map(({ set }) => set).filter((set) => (set.jobs.get(key)?.samples.length ?? 0) > 0);
  const metric = having.length < 2 ? null : decidingMetric(having, key);
  if (metric === null) return null;
  const [first, second] = ranked(having, key, metric);
  if (first === undefined || second === undefined) return null;
  const only = ({ set }: Ranked): SampleSet => ({ ...set, jobs: new Map([[key, set.jobs.get(key)!]]) });
  const job = compareSets(only(second), only(first), { design: 'paired' }).jobs[0];
  const compared = job?.metrics.find((each) => sameMetric(each.metric, metric));
  if (compared === undefined) return null;
  const place = compared.interval === null ? null : best(job!.jobName, compared);
  const label = place === null ? null : sets[place]!.set.label;
  return { sentence: sentenceOf(first, second, compared, label === first.set.label), label };
}

/** A rate that was asked for is the same for all: then it is how long requests took. */
function decidingMetric(sets: readonly SampleSet[], key: string): Metric | null {
  const samples = sets.flatMap((set) => set.jobs.get(key)!.samples);
  const direction = comparedDirections.find((name) => samples.some(({ directions }) => directions[name] !== undefined));
  if (direction === undefined) return null;
  const isRated = samples.some(({ directions }) => (directions[direction]?.openLoop ?? null) !== null);
  return { direction, name: isRated ? 'open-p99' : 'iops' };
}

/** Best first. */
function ranked(sets: readonly SampleSet[], key: string, metric: Metric): Ranked[] {
  const kind = latencyKindOf(sets.map((set) => set.jobs.get(key)!));
  const sign = betterOf(metric.name) === 'more' ? -1 : 1;
  return sets
    .flatMap((set): Ranked[] => {
      const value = columnMedian(column(set.jobs.get(key)!.samples, metric, kind), metric.name);
      return value === null ? [] : [{ set, value }];
    })
    .sort((a, b) => sign * (a.value - b.value));
}

const asText: Partial<Readonly<Record<MetricName, (text: string) => string>>> = {
  iops: (text) => `${text} IOPS`,
  'open-p99': (text) => `an open-loop p99 of ${text}`,
};

function sentenceOf(first: Ranked, second: Ranked, metric: MetricComparison, isBest: boolean): string {
  const figure = ({ value }: Ranked) => asText[metric.metric.name]!(figureText(unitOf(metric.metric.name), value));
  const [name, other] = [printable(first.set.label), printable(second.set.label)];
  const ratio = `${ratioText(metric.ratio)} ${other}`;
  if (metric.interval === null) {
    const runs = metric.currentCount === 1 ? 'one run of each' : `${metric.currentCount} runs of each`;
    return `${name} came first with ${figure(first)}, ${ratio}; ${runs} cannot tell that from chance (--repeat 10)`;
  }
  const interval = `(${intervalText(metric)})`;
  if (isBest) return `best is ${name} with ${figure(first)}, ${ratio} ${interval}, the next`;
  const what = metric.finding === 'within' ? 'are the same within the tolerance' : 'cannot be told apart';
  return `${name} with ${figure(first)} and ${other} ${what}: ${ratioText(metric.ratio)} ${interval}`;
}
