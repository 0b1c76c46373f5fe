/**
 * The gate on made-up runs with known truth: how often it cries wolf, and how often it sees what is there.
 * Runs follow each other as `iotest gate --ab` orders them (A B, B A, …); every metric has noise of its own, which
 * makes families of metrics harder than real ones, whose metrics move together.
 */
import { compareSets } from '../compare/compare.js';
import type { LatencySample, Sample, SampleSet } from '../compare/samples.js';
import type { Comparison, GateReport } from '../compare/types.js';
import { compareHistory } from '../gate/history.js';
import { confirm, judge, needsConfirmation } from '../gate/judge.js';
import { tolerancesFrom } from '../gate/tolerances.js';

export interface Scenario {
  readonly name: string;
  readonly design: 'paired' | 'independent' | 'history';
  /** All runs of A first, then all of B, instead of A B, B A, …. */
  readonly blocks: boolean;
  /** Pairs, repetitions of each side, or earlier results. */
  readonly count: number;
  /** Standard deviation of the logarithm of a run. */
  readonly cv: number;
  /** Correlation with the run before. */
  readonly autocorrelation: number;
  /** How much slower the machine gets from the first to the last run, as a logarithm. */
  readonly drift: number;
  /** Share of runs that are 1.5 times slower in everything. */
  readonly outliers: number;
  /** True ratio of the mean latency of one job. */
  readonly trueRatio: number;
}

export const calm: Scenario = {
  name: 'cv 4 %',
  design: 'paired',
  blocks: false,
  count: 20,
  cv: 0.04,
  autocorrelation: 0,
  drift: 0,
  outliers: 0,
  trueRatio: 1,
};

export interface SimulationResult {
  readonly trials: number;
  /** Share of trials with a regression where there is none: of any metric, at first and after the second run. */
  readonly falseAlarms: number;
  readonly falseAlarmsConfirmed: number;
  /** Share in which the metric that is really worse was found. */
  readonly found: number;
  readonly foundConfirmed: number;
}

const jobCount = 3;
/** Those that the gate judges by default: 21 in all. */
const metricsPerJob = 7;
const settings = { tolerances: tolerancesFrom([]), fingerprint: [], varied: [] };

export function simulate(scenario: Scenario, trials: number, seed: number): SimulationResult {
  const random = new Noise(seed);
  const counts = { falseAlarms: 0, falseAlarmsConfirmed: 0, found: 0, foundConfirmed: 0 };
  for (let trial = 0; trial < trials; trial++) {
    const session = sessionsOf(scenario, random);
    const first = judge(session(), settings);
    if (!needsConfirmation(first)) continue;
    count(first, (alarm, found) => {
      counts.falseAlarms += alarm;
      counts.found += found;
    });
    count(confirm(first, session(), settings), (alarm, found) => {
      counts.falseAlarmsConfirmed += alarm;
      counts.foundConfirmed += found;
    });
  }
  return {
    trials,
    falseAlarms: counts.falseAlarms / trials,
    falseAlarmsConfirmed: counts.falseAlarmsConfirmed / trials,
    found: counts.found / trials,
    foundConfirmed: counts.foundConfirmed / trials,
  };
}

const badJob = 'job 0';

function count(report: GateReport, add: (alarm: number, found: number) => void): void {
  const worse = report.metrics.filter(({ verdict }) => verdict === 'regression');
  const isBad = ({ jobName, comparison }: (typeof worse)[number]) =>
    jobName === badJob && comparison.metric.name === 'mean';
  add(Number(worse.some((metric) => !isBad(metric))), Number(worse.some(isBad)));
}

/** Each call measures anew; earlier results stay what they are. */
function sessionsOf(scenario: Scenario, random: Noise): () => Comparison {
  const { design, count: n } = scenario;
  if (design === 'history') {
    const [earlier] = runs(scenario, random, n, 0);
    const sets = earlier.map((sample) => asSet('earlier', [sample]));
    return () => compareHistory(sets, asSet('now', runs(scenario, random, 0, 1)[1]), 'earlier');
  }
  return () => {
    const [baseline, current] = runs(scenario, random, n, n);
    return compareSets(asSet('A', baseline), asSet('B', current), { design });
  };
}

type Run = readonly (readonly number[])[];

/** Figures of each run, by job and metric; A B, B A, … as long as both sides have runs. */
function runs(scenario: Scenario, random: Noise, aCount: number, bCount: number): [Run[], Run[]] {
  const sides: [Run[], Run[]] = [[], []];
  const state = Array.from({ length: jobCount * metricsPerJob }, () => random.normal());
  const { autocorrelation, blocks, cv, drift, outliers } = scenario;
  const innovation = Math.sqrt(1 - autocorrelation ** 2);
  const total = aCount + bCount;
  for (let index = 0; index < total; index++) {
    const pair = Math.floor(index / 2);
    const isFirst = blocks ? index < aCount : (index % 2 === 0) === (pair % 2 === 0);
    const wanted = isFirst ? 0 : 1;
    const side = sides[wanted].length < (wanted === 0 ? aCount : bCount) ? wanted : 1 - wanted;
    const slow = (drift * index) / total + (random.uniform() < outliers ? Math.log(1.5) : 0);
    const figures = Array.from({ length: jobCount }, (_, job) =>
      Array.from({ length: metricsPerJob }, (_, metric) => {
        const place = job * metricsPerJob + metric;
        state[place] = autocorrelation * state[place]! + innovation * random.normal();
        const isBad = side === 1 && job === 0 && metric === meanPlace;
        return Math.exp(cv * state[place]! + slow) * (isBad ? scenario.trueRatio : 1);
      }),
    );
    sides[side]!.push(figures);
  }
  return sides;
}

const meanPlace = 2;
const workload = { readWrite: 'randread', blockBytes: {}, readPercent: null, fsyncEvery: 0, workerCount: 1 };

function asSet(label: string, side: readonly Run[]): SampleSet {
  const jobs = Array.from({ length: jobCount }, (_, job) => {
    const jobName = `job ${job}`;
    return [jobName, { jobName, workload, samples: side.map((run, index) => asSample(run[job]!, index)) }] as const;
  });
  return { label, jobs: new Map(jobs), notes: [] };
}

/** Slowness as figures: for IOPS and bandwidth more is better. */
function asSample(slowness: readonly number[], repetition: number): Sample {
  const [iops, bandwidth, mean, p50, p99, p999, cpu] = slowness as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const total: LatencySample = {
    count: 1e6,
    meanNs: 1e5 * mean,
    maxNs: 0,
    percentileNs: { p50: 1e5 * p50, p99: 3e5 * p99, 'p99.9': 1e6 * p999 },
    histogram: null,
    points: [],
  };
  return {
    repetition,
    directions: { read: { iops: 1e4 / iops, bytesPerSecond: 4e7 / bandwidth, latency: { total, completion: null } } },
    cpuNsPerIo: 2000 * cpu,
  };
}

/** Seeded: xorshift32 and Box-Muller's normals. */
class Noise {
  #state: number;
  #spare: number | null = null;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 2654435761) | 1;
    for (let round = 0; round < 20; round++) this.uniform();
  }

  /** In (0, 1). */
  uniform(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return ((this.#state >>> 0) + 0.5) / 2 ** 32;
  }

  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
