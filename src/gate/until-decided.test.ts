import { describe, expect, it } from 'vitest';
import { signedRankEstimate } from '../stats/signed-rank.js';
import { sampleComparison, sampleMetric } from '../testing/sample-comparison.js';
import { sampleOutcome, sampleStep } from '../testing/sample-result.js';
import { judge } from './judge.js';
import { tolerancesFrom } from './tolerances.js';
import { type Bounds, UntilDecided } from './until-decided.js';

const settings = { tolerances: tolerancesFrom([]), fingerprint: [], varied: [] };

/** Pairs that differ by these logarithms of p99, each of 10 s. */
function measure(difference: (pair: number) => number, bounds: Partial<Bounds> = {}) {
  const said: string[] = [];
  const compareSome = (count: number) => {
    const differences = Array.from({ length: count }, (_, index) => difference(index));
    const evidence = {
      kind: 'pairs',
      differences,
      baseline: differences.map(() => 0),
      current: differences,
      estimateLog: signedRankEstimate(differences, 0).value,
      count,
    } as const;
    return sampleComparison([sampleMetric({ evidence, currentCount: count, baselineCount: count })]);
  };
  const until = new UntilDecided({
    bounds: { repeat: null, budgetSeconds: 600, least: 0, ...bounds },
    unit: 'pairs',
    plannedSeconds: 10,
    settings,
    compare: (steps) => compareSome(steps.length),
    say: (text) => said.push(text),
  });
  const steps = [];
  for (let count = 1; count <= until.planned; count++) {
    const startedEpochMs = count * 10_000;
    steps.push(sampleStep({ repetition: count - 1, startedEpochMs, elapsedMs: 10_000, workers: [sampleOutcome()] }));
    if (until.isEnough(steps)) break;
  }
  const { length: count } = steps;
  const report = until.advise(judge(compareSome(count), { ...settings, look: until.lookOf(count) }), count);
  return { count, said, report, until };
}

const around = (middle: number, apart: number) => (pair: number) => middle + (pair % 2 === 0 ? apart : -apart);

describe('measuring until it is decided', () => {
  it('stops at what is plainly worse, seen twice', () => {
    const { count, report, said } = measure(around(Math.log(1.3), 0.01));
    expect([count, report.verdict]).toEqual([8, 'regression']);
    expect(said[0]).toContain('after 6 pairs it looks worse: looking again after 8');
  });

  it('takes twenty pairs to pass, or as many as there may be', () => {
    expect(measure(around(0, 0.01))).toMatchObject({ count: 20, report: { verdict: 'pass' } });
    expect(measure(around(0, 0.01), { repeat: 10 })).toMatchObject({ count: 10, report: { verdict: 'pass' } });
  });

  it('gives up early what the budget cannot decide, and says what would', () => {
    const { count, report } = measure(around(0, 0.4), { budgetSeconds: 220 });
    expect(count).toBeLessThan(20);
    expect(report.verdict).toBe('inconclusive');
    expect(report.advice).toMatch(/^rd read p99 varies by \d\d\.\d % from run to run; .*quieter machine/);
  });

  it('says how much longer it takes', () => {
    expect(measure(around(0, 0.05)).said[0]).toBe(
      'after 6 pairs: not decided yet; about 20 would, 140s more'.replace('140s', '3m'),
    );
  });

  it('is known not to decide anything where there is no room for six pairs, unless the budget may grow', () => {
    const { until } = measure(around(0, 0.01), { budgetSeconds: 50 });
    expect(until.cannot()).toEqual({
      reason: 'one of the pairs takes 10s, so that 50s have room for 5: 6 pairs are the least that decide anything',
      advice: 'allow 20 of them with --budget 4m, or shorten the jobs with --runtime',
    });
    expect(measure(around(0, 0.01), { repeat: 3 }).until.cannot()!.reason).toMatch(
      /^--repeat 3: 6 pairs are the least/,
    );
    expect(measure(around(0, 0.01), { budgetSeconds: 50, least: 20 })).toMatchObject({ count: 20 });
  });
});
