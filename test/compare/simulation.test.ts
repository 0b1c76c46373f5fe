/**
 * The gate's promises, kept on made-up runs: 2000 gates each, seeded, so these numbers are the same each time. Each gate
 * looks as `--ab` does and may measure 34 pairs. Two metrics with independent noise decide.
 */
import { describe, expect, it } from 'vitest';
import { calm, type Scenario, simulate } from '../../src/testing/gate-simulation.js';

const trials = 2000;
const run = (given: Partial<Scenario>, seed: number) => simulate({ ...calm, ...given }, trials, seed);

describe('one gate of a hundred at most is red where nothing is worse', { timeout: 120_000 }, () => {
  it.each<readonly [string, Partial<Scenario>]>([
    ['cv 1 %', { cv: 0.01 }],
    ['cv 4 %', {}],
    ['cv 12 %', { cv: 0.12 }],
    ['cv 12 % in six jobs', { cv: 0.12, jobCount: 6, last: 20 }],
    ['drift, with runs that resemble the one before', { cv: 0.03, drift: 0.08, autocorrelation: 0.3 }],
    ['cv 12 % with autocorrelation 0.6', { cv: 0.12, autocorrelation: 0.6 }],
    ['heavy tails', { heavyTails: true }],
    ['one run in 20 taking half as long again', { outliers: 0.05 }],
    ['six of 20 runs of both sides at half speed', { cv: 0.01, bothSlowOfTwenty: 6 }],
  ])('%s', (_, scenario) => {
    expect(run(scenario, 11).red).toBeLessThanOrEqual(0.01);
  });
});

it('a load that keeps step with the pairs turns few gates red, for the order is drawn', { timeout: 120_000 }, () => {
  expect(run({ cv: 0.01, rhythm: 0.3 }, 11).red).toBeLessThanOrEqual(0.02);
});

describe('one gate of a hundred at most is green where things are worse by twice the tolerance', {
  timeout: 120_000,
}, () => {
  it.each<readonly [string, Partial<Scenario>]>([
    ['10 %, cv 1 %', { trueRatio: 1.1, cv: 0.01 }],
    ['10 %, cv 4 %', { trueRatio: 1.1 }],
    ['10 %, cv 12 %', { trueRatio: 1.1, cv: 0.12 }],
    ['10 %, drift', { trueRatio: 1.1, cv: 0.03, drift: 0.08, autocorrelation: 0.3 }],
    ['10 %, autocorrelation', { trueRatio: 1.1, autocorrelation: 0.6 }],
    ['10 %, heavy tails', { trueRatio: 1.1, heavyTails: true }],
    ['4 of 20 runs at half speed', { slowOfTwenty: 4, cv: 0.01 }],
    ['6 of 20 runs at half speed', { slowOfTwenty: 6, cv: 0.04 }],
    ['10 of 20 runs that do nothing', { idleOfTwenty: 10 }],
    ['1 of 20 runs that does nothing', { idleOfTwenty: 1, cv: 0.01 }],
  ])('%s', (_, scenario) => {
    expect(run(scenario, 12).green).toBeLessThanOrEqual(0.01);
  });
});

describe('a decision', { timeout: 120_000 }, () => {
  it('falls within 20 pairs in at least 95 % of gates at cv 4 %', () => {
    const same = run({}, 13);
    expect(same.decidedByTwenty).toBeGreaterThanOrEqual(0.95);
    expect(same.green).toBeGreaterThanOrEqual(0.98);
    expect(run({ trueRatio: 1.2 }, 14).decidedByTwenty).toBeGreaterThanOrEqual(0.95);
  });

  it('is red for a true 10 % at cv 4 % in at least 95 % of gates, half of them after 13 pairs', () => {
    const worse = run({ trueRatio: 1.1 }, 15);
    expect(worse.red).toBeGreaterThanOrEqual(0.95);
    expect(worse.medianPairs).toBeLessThanOrEqual(13);
  });

  it('exactly at the tolerance is seldom made, however often the gate looks', () => {
    const border = run({ trueRatio: 1.05, last: 57 }, 16);
    expect(border.red).toBeLessThanOrEqual(0.1);
    expect(border.green).toBeLessThanOrEqual(0.1);
  });

  it('that cannot fall within the budget is given up early', () => {
    const hopeless = run({ cv: 0.12, last: 20, jobCount: 6 }, 17);
    expect(hopeless.hopeless).toBeGreaterThanOrEqual(0.8);
    expect(hopeless.medianPairs).toBeLessThanOrEqual(10);
  });
});
