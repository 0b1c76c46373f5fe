import { describe, expect, it } from 'vitest';
import { compareSets } from '../compare/compare.js';
import type { LatencySample, Sample, SampleSet } from '../compare/samples.js';
import type { GateReport, Verdict } from '../compare/types.js';
import type { FieldDifference } from '../results/fingerprint.js';
import { compareHistory } from './history.js';
import { confirm, type JudgeSettings, judge, repetitionsNeeded } from './judge.js';
import { tolerancesFrom } from './tolerances.js';

/** Deterministic noise around 1: the same for every call, distinct for each repetition. */
const wobble = (index: number, size: number) => 1 + size * Math.sin(index * 12.9898 + size);

interface SideGiven {
  readonly count?: number;
  readonly slowness?: number;
  readonly noise?: number;
  readonly phase?: number;
  readonly ioCount?: number;
  readonly jobName?: string;
  readonly blockBytes?: number;
  readonly percentiles?: boolean;
}

/** A side whose every figure is `slowness` times worse than 1. */
function side(label: string, given: SideGiven = {}): SampleSet {
  const { count = 12, slowness = 1, noise = 0.005, phase = 0, ioCount = 1e6, jobName = 'rd' } = given;
  const samples = Array.from({ length: count }, (_, repetition): Sample => {
    const slow = (place: number) => slowness * wobble(repetition * 7 + place + phase, noise);
    const total: LatencySample = {
      count: ioCount,
      meanNs: 1e5 * slow(1),
      maxNs: 1e7,
      percentileNs:
        given.percentiles === false ? {} : { p50: 9e4 * slow(2), p99: 3e5 * slow(3), 'p99.9': 1e6 * slow(4) },
      histogram: null,
      points: [],
    };
    return {
      repetition,
      directions: {
        read: { iops: 1e4 / slow(5), bytesPerSecond: 4.096e7 / slow(5), latency: { total, completion: null } },
      },
      cpuNsPerIo: 2000 * slow(6),
    };
  });
  const workload = {
    readWrite: 'randread',
    blockBytes: { read: given.blockBytes ?? 4096 },
    readPercent: null,
    fsyncEvery: 0,
    workerCount: 1,
  };
  return { label, jobs: new Map([[`${jobName}\n0`, { jobName, workload, samples }]]), notes: [] };
}

const settings: JudgeSettings = { tolerances: tolerancesFrom([]), fingerprint: [], varied: [] };
const paired = (a: SampleSet, b: SampleSet) => compareSets(a, b, { design: 'paired' });
const verdictOf = (report: GateReport, label: string) =>
  report.metrics.find(({ comparison }) => comparison.label === label)?.verdict;

describe('judge', () => {
  it('passes what is the same', () => {
    const report = judge(paired(side('a'), side('b', { phase: 3 })), settings);
    expect(report.verdict).toBe('pass');
    expect(report.reasons).toEqual([]);
  });

  it('calls 25 % slower a regression and names the worst first', () => {
    const report = judge(paired(side('a'), side('b', { slowness: 1.25, phase: 3 })), settings);
    expect(report.verdict).toBe('regression');
    expect(report.reasons[0]).toMatch(
      /^rd read (IOPS|BW|mean|p50) is \d\d\.\d % (lower|higher), beyond the tolerance of 5 %$/,
    );
    expect(verdictOf(report, 'read p99')).toBe('regression');
    expect(verdictOf(report, 'read max')).toBeNull();
  });

  it('passes what is certainly worse, but within the tolerance', () => {
    const report = judge(paired(side('a'), side('b', { slowness: 1.03 })), settings);
    expect(report.verdict).toBe('pass');
    const iops = report.metrics.find(({ comparison }) => comparison.label === 'read IOPS')!;
    expect(iops.pAdjusted).toBeLessThan(0.05);
    expect(iops.reason).toBe('within 5 %');
  });

  it('mirrors when the sides are exchanged, at any size of the difference', () => {
    const mirrored: Record<string, Verdict | null> = {
      regression: 'improved',
      improved: 'regression',
      pass: 'pass',
      inconclusive: 'inconclusive',
    };
    for (const design of ['paired', 'independent'] as const) {
      for (const slowness of [0.8, 0.94, 0.96, 1, 1.04, 1.049, 1.051, 1.3]) {
        for (const noise of [0.003, 0.2]) {
          const [a, b] = [side('a', { noise }), side('b', { slowness, noise, phase: 5 })];
          const there = judge(compareSets(a, b, { design }), settings);
          const back = judge(compareSets(b, a, { design }), settings);
          there.metrics.forEach((gated, index) => {
            const other = back.metrics[index]!;
            expect(other.verdict).toBe(gated.verdict === null ? null : mirrored[gated.verdict]);
            const [one, two] = [gated.comparison, other.comparison];
            if (one.ratio === null) return;
            expect(two.ratio).toBeCloseTo(1 / one.ratio, 10);
            expect(two.pValue).toBeCloseTo(one.pValue!, 12);
            expect(two.interval!.low).toBeCloseTo(1 / one.interval!.high, 10);
            expect(two.detectablePercent).toBeCloseTo(one.detectablePercent!, 8);
          });
        }
      }
    }
  });

  it('says that it cannot tell where noise hides the tolerance', () => {
    const report = judge(paired(side('a', { noise: 0.2 }), side('b', { noise: 0.2, phase: 4 })), settings);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toMatch(/could only have seen ≥ [\d.]+ %/);
  });

  it('says how many repetitions are missing', () => {
    const report = judge(paired(side('a', { count: 5 }), side('b', { count: 5, slowness: 2, phase: 3 })), settings);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toContain('5 pairs: at least 7 are needed');
    expect(repetitionsNeeded(24, 'paired')).toBe(9);
    expect(repetitionsNeeded(1, 'independent')).toBe(4);
  });

  it('says so for no repetitions at all', () => {
    const report = judge(paired(side('a', { count: 0 }), side('b', { count: 0 })), settings);
    expect(report).toMatchObject({ verdict: 'inconclusive', reasons: ['nothing could be judged'] });
  });

  it('counts bandwidth and IOPS of one block size as one test', () => {
    const comparison = paired(side('a'), side('b', { slowness: 1.25, phase: 3 }));
    const [iops, bw] = ['read IOPS', 'read BW'].map((label) =>
      comparison.jobs[0]!.metrics.find((metric) => metric.label === label),
    );
    expect(iops!.evidence!.key).toEqual(bw!.evidence!.key);
  });

  it('judges a percentile only with 100 I/Os beyond it in each repetition', () => {
    const report = judge(paired(side('a', { ioCount: 50_000 }), side('b', { ioCount: 50_000, slowness: 2 })), settings);
    expect(verdictOf(report, 'read p99')).toBe('regression');
    expect(verdictOf(report, 'read p99.9')).toBeNull();
    const few = judge(paired(side('a', { ioCount: 5000 }), side('b', { ioCount: 5000 })), settings);
    expect(few.metrics.find(({ comparison }) => comparison.label === 'read p99.9')!.comparison.note).toContain(
      'fewer than 10 I/Os beyond it',
    );
  });

  it('is inconclusive about a metric that one side lacks', () => {
    const report = judge(paired(side('a'), side('b', { percentiles: false, phase: 3 })), settings);
    expect(verdictOf(report, 'read p99')).toBe('inconclusive');
    expect(report.reasons.join()).toContain('missing in current');
  });

  it('refuses other jobs, other workloads, and missing jobs', () => {
    expect(judge(paired(side('a'), side('b', { jobName: 'wr' })), settings)).toMatchObject({
      verdict: 'incomparable',
      reasons: ['no job is on both sides (baseline: rd; current: wr)'],
    });
    const other = judge(paired(side('a'), side('b', { blockBytes: 8192 })), settings);
    expect(other).toMatchObject({
      verdict: 'incomparable',
      reasons: ['rd does something else: read block size is 8192, was 4096'],
    });
    const both = { ...side('a'), jobs: new Map([...side('a').jobs, ...side('a', { jobName: 'wr' }).jobs]) };
    expect(judge(paired(both, side('b', { phase: 3 })), settings)).toMatchObject({
      verdict: 'incomparable',
      reasons: ['wr is missing in current'],
    });
  });

  it('refuses other machines, unless the difference is meant', () => {
    const differing: FieldDifference = {
      field: 'disk.scheduler',
      class: 'blocking',
      left: { value: 'none', reason: null },
      right: { value: null, reason: 'no such file' },
    };
    const comparison = paired(side('a'), side('b', { slowness: 1.5 }));
    const strict = judge(comparison, { ...settings, fingerprint: [differing] });
    expect(strict.verdict).toBe('incomparable');
    expect(strict.reasons).toEqual(['disk.scheduler differs: none → unknown (no such file)']);
    expect(judge(comparison, { ...settings, fingerprint: [differing], varied: ['scheduler'] }).verdict).toBe(
      'regression',
    );
    expect(judge(comparison, { ...settings, fingerprint: [{ ...differing, class: 'warning' }] }).verdict).toBe(
      'regression',
    );
  });

  it('takes values that have no logarithm for missing', () => {
    const broken = side('b');
    const job = broken.jobs.get('rd\n0')!;
    const samples = job.samples.map((sample) => ({ ...sample, cpuNsPerIo: Number.NaN }));
    const set = { ...broken, jobs: new Map([['rd\n0', { ...job, samples }]]) };
    const report = judge(paired(side('a'), set), settings);
    expect(verdictOf(report, 'CPU/IO')).toBe('inconclusive');
    expect(JSON.stringify(report)).not.toContain('NaN');
  });
});

describe('confirm', () => {
  const first = judge(paired(side('a'), side('b', { slowness: 1.2, phase: 3 })), settings);

  it('keeps a regression that the second run finds too', () => {
    const report = confirm(first, paired(side('a', { phase: 9 }), side('b', { slowness: 1.2, phase: 8 })), settings);
    expect(report).toMatchObject({ verdict: 'regression', confirmed: 'done' });
    expect(report.metrics.filter(({ confirmation }) => confirmation?.agrees === true)).toHaveLength(
      first.metrics.filter(({ verdict }) => verdict === 'regression').length,
    );
  });

  it('drops one that it does not find', () => {
    const report = confirm(first, paired(side('a', { phase: 9 }), side('b', { phase: 8 })), settings);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toContain('a second run did not confirm it');
  });

  it('drops one whose job is not there any more', () => {
    const report = confirm(first, paired(side('a', { jobName: 'x' }), side('b', { jobName: 'x' })), settings);
    expect(report.verdict).toBe('inconclusive');
  });
});

describe('against earlier results', () => {
  const earlier = (count: number, noise = 0.01) =>
    Array.from({ length: count }, (_, index) => side(`run ${index}`, { count: 3, phase: index * 11, noise }));

  it('passes what lies among them, and fails what lies far beyond', () => {
    const now = (slowness: number) =>
      judge(compareHistory(earlier(10), side('now', { count: 3, slowness, phase: 5 }), 'base'), settings);
    expect(now(1).verdict).toBe('pass');
    expect(now(1.5).verdict).toBe('regression');
    expect(now(0.5).verdict).toBe('improved');
    // Beyond the 5 % of the tolerance, but days differ by that: 10 % is the least here.
    expect(now(1.07).verdict).toBe('pass');
  });

  it('needs five, and no more than ten count', () => {
    const four = judge(compareHistory(earlier(4), side('now', { slowness: 3 }), 'base'), settings);
    expect(four.verdict).toBe('inconclusive');
    expect(four.reasons.join()).toContain('4 earlier results, 5 are needed');
    expect(compareHistory(earlier(14), side('now'), 'base').jobs[0]!.baselineCount).toBe(10);
  });

  it('knows noise that was measured elsewhere', () => {
    const comparison = compareHistory(earlier(10, 0.0001), side('now', { slowness: 1.5 }), 'base', () => 0.3);
    const report = judge(comparison, settings);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toContain('could be seen');
  });

  it('has nothing to say without any', () => {
    expect(judge(compareHistory([], side('now'), 'base'), settings).verdict).toBe('incomparable');
  });
});
