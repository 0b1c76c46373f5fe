/**
 * The gate on made-up runs whose truth is known: how often its red light is false, how often its green light is, and how
 * long it takes. Runs follow each other as `iotest gate --ab` orders them (A B or B A, drawn for each pair but the first), and the gate looks when it would.
 * A job has a throughput (tolerance 5 %) and a p99 (10 %), each with noise of its own: harder than real ones, which move
 * together.
 */

import { idleLog } from '../compare/compare.js';
import type { Comparison, Evidence, JobComparison, MetricComparison, MetricName } from '../compare/types.js';
import { forecast } from '../gate/forecast.js';
import { judge } from '../gate/judge.js';
import { lookAt } from '../gate/looks.js';
import { tolerancesFrom } from '../gate/tolerances.js';
import { signedRankEstimate } from '../stats/signed-rank.js';
import { Noise } from './noise.js';

export interface Scenario {
  readonly name: string;
  /** Pairs at most. */
  readonly last: number;
  readonly jobCount: number;
  /** Standard deviation of the logarithm of a run. */
  readonly cv: number;
  /** Correlation with the run before. */
  readonly autocorrelation: number;
  /** How much slower the machine gets from the first to the last run, as a logarithm. */
  readonly drift: number;
  /** How much longer runs take, as a logarithm, while a load is there that comes for two runs and goes for two. */
  readonly rhythm: number;
  /** Noise of Student's t with 2.5 degrees of freedom in the place of normal noise, of the same scale. */
  readonly heavyTails: boolean;
  /** Share of runs of either side that take half as long again. */
  readonly outliers: number;
  /** Of each twenty runs of the new side so many are half as fast, in any order. */
  readonly slowOfTwenty: number;
  /** Likewise, of both sides. */
  readonly bothSlowOfTwenty: number;
  /** Of each twenty runs of the new side so many do nothing. */
  readonly idleOfTwenty: number;
  /** How many times longer things take on the new side, in everything. */
  readonly trueRatio: number;
}

export const calm: Scenario = {
  name: 'cv 4 %',
  last: 34,
  jobCount: 1,
  cv: 0.04,
  autocorrelation: 0,
  drift: 0,
  rhythm: 0,
  heavyTails: false,
  outliers: 0,
  slowOfTwenty: 0,
  bothSlowOfTwenty: 0,
  idleOfTwenty: 0,
  trueRatio: 1,
};

interface SimulationResult {
  /** Shares of the trials. */
  readonly red: number;
  readonly green: number;
  readonly undecided: number;
  /** Decided, one way or the other, with twenty pairs at most. */
  readonly decidedByTwenty: number;
  readonly medianPairs: number;
  /** Of the undecided: those that stopped early, being hopeless. */
  readonly hopeless: number;
}

const settings = { tolerances: tolerancesFrom([]), fingerprint: [], varied: [] };

export function simulate(scenario: Scenario, trials: number, seed: number): SimulationResult {
  const random = new Noise(seed);
  const counts = { red: 0, green: 0, undecided: 0, decidedByTwenty: 0, hopeless: 0 };
  const pairs: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const { verdict, count, isHopeless } = gateOnce(scenario, random);
    const light = verdict === 'regression' ? 'red' : verdict === 'inconclusive' ? 'undecided' : 'green';
    counts[light]++;
    if (light !== 'undecided' && count <= 20) counts.decidedByTwenty++;
    if (isHopeless) counts.hopeless++;
    pairs.push(count);
  }
  const share = (count: number) => count / trials;
  return {
    red: share(counts.red),
    green: share(counts.green),
    undecided: share(counts.undecided),
    decidedByTwenty: share(counts.decidedByTwenty),
    hopeless: share(counts.hopeless),
    medianPairs: pairs.sort((a, b) => a - b)[trials >> 1]!,
  };
}

function gateOnce(scenario: Scenario, random: Noise) {
  const { last } = scenario;
  const series = worseLogs(scenario, random);
  for (let count = 1; ; count++) {
    const look = lookAt(count, last);
    if (look === null) continue;
    const report = judge(comparisonOf(series, count), { ...settings, look });
    const isHopeless =
      report.verdict === 'inconclusive' && count < last && forecast(report, count, last)?.isHopeless === true;
    if (report.verdict !== 'inconclusive' || isHopeless || count >= last) {
      return { verdict: report.verdict, count, isHopeless };
    }
  }
}

const metrics: readonly MetricName[] = ['iops', 'p99'];

/** By job and metric: for each pair the logarithm of how many times longer the new side took. */
function worseLogs(scenario: Scenario, random: Noise): number[][] {
  const { jobCount, last, cv, autocorrelation, drift, rhythm, outliers, trueRatio } = scenario;
  const slow = chosen(last, scenario.slowOfTwenty, random);
  const both = [0, 1].map(() => chosen(last, scenario.bothSlowOfTwenty, random));
  const idle = chosen(last, scenario.idleOfTwenty, random);
  const places = jobCount * metrics.length;
  const state = Array.from({ length: places }, () => random.normal());
  const innovation = Math.sqrt(1 - autocorrelation ** 2);
  const differences = Array.from({ length: places }, () => new Array<number>(last).fill(0));
  const reversed = Array.from({ length: last }, (_, pair) => pair > 0 && random.uniform() < 0.5);
  for (let run = 0; run < 2 * last; run++) {
    const pair = run >> 1;
    const isNew = (run % 2 === 1) !== reversed[pair];
    const shared =
      (drift * run) / (2 * last) +
      (run % 4 === 1 || run % 4 === 2 ? rhythm : 0) +
      (random.uniform() < outliers ? Math.log(1.5) : 0) +
      (both[isNew ? 1 : 0]![pair] ? Math.log(2) : 0) +
      (isNew && slow[pair] ? Math.log(2) : 0) +
      (isNew ? Math.log(trueRatio) : 0);
    for (let place = 0; place < places; place++) {
      const fresh = scenario.heavyTails ? random.heavyTailed() : random.normal();
      state[place] = autocorrelation * state[place]! + innovation * fresh;
      const value = cv * state[place]! + shared;
      differences[place]![pair]! += isNew ? value : -value;
    }
  }
  return differences.map((values) => values.map((value, pair) => (idle[pair] ? idleLog : value)));
}

/** Which of a number of runs are of a kind that each twenty have so many of. */
function chosen(length: number, ofTwenty: number, random: Noise): boolean[] {
  const result: boolean[] = [];
  while (result.length < length) {
    const block = Array.from({ length: 20 }, (_, index) => ({ is: index < ofTwenty, key: random.uniform() }));
    result.push(...block.sort((a, b) => a.key - b.key).map(({ is }) => is));
  }
  return result;
}

function comparisonOf(series: readonly (readonly number[])[], count: number): Comparison {
  const jobs = Array.from(
    { length: series.length / metrics.length },
    (_, job): JobComparison => ({
      jobName: `job ${job}`,
      workload: '',
      workloadDifferences: [],
      latencyKind: 'total',
      baselineCount: count,
      currentCount: count,
      metrics: metrics.map((name, index) => metricOf(name, series[job * metrics.length + index]!.slice(0, count))),
      curves: [],
    }),
  );
  return {
    design: 'paired',
    baselineLabel: 'A',
    currentLabel: 'B',
    jobs,
    onlyBaseline: [],
    onlyCurrent: [],
    failedCount: 0,
    notes: [],
  };
}

function metricOf(name: MetricName, worse: readonly number[]): MetricComparison {
  const better = name === 'iops' ? 'more' : 'less';
  const differences = better === 'more' ? worse.map((value) => -value) : worse;
  const evidence: Evidence = {
    kind: 'pairs',
    differences,
    baseline: worse.map(() => 0),
    current: differences,
    estimateLog: signedRankEstimate(differences, 0).value,
    count: worse.length,
  };
  const idle = worse.filter((value) => value === idleLog).length;
  return {
    metric: { direction: 'read', name },
    measurement: `read ${name}`,
    label: `read ${name}`,
    unit: name === 'iops' ? 'iops' : 'ns',
    better,
    baseline: 1,
    current: 1,
    baselineCount: worse.length,
    currentCount: worse.length,
    baselineIdleCount: 0,
    currentIdleCount: idle,
    ratio: 1,
    interval: null,
    finding: null,
    tolerance: null,
    pValue: null,
    pAdjusted: null,
    detectablePercent: null,
    samplesBeyond: name === 'iops' ? null : 1000,
    note: null,
    evidence,
  };
}
