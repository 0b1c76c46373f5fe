/**
 * The gate's promises, kept on made-up runs: 2000 trials each, seeded, so these numbers are the same each time.
 * 21 metrics with independent noise are judged in every trial; 20 pairs of runs.
 */
import { describe, expect, it } from 'vitest';
import { calm, type Scenario, simulate } from '../../src/testing/gate-simulation.js';

const trials = 2000;
const run = (given: Partial<Scenario>, seed: number) => simulate({ ...calm, ...given }, trials, seed);

describe('false alarms of any metric after the second run', { timeout: 120_000 }, () => {
  it('are at most 1 % at cv 4 %', () => {
    expect(run({}, 11).falseAlarmsConfirmed).toBeLessThanOrEqual(0.01);
  });

  it('are at most 1 % at cv 4 % when one run in 20 is 1.5 times slower', () => {
    expect(run({ outliers: 0.05 }, 12).falseAlarmsConfirmed).toBeLessThanOrEqual(0.01);
  });

  it('are at most 1 % while the machine drifts by 8 %, with runs that resemble the one before', () => {
    const result = run({ cv: 0.03, drift: 0.08, autocorrelation: 0.3 }, 13);
    expect(result.falseAlarmsConfirmed).toBeLessThanOrEqual(0.01);
  });

  it('are at most 2 % at cv 12 % with autocorrelation 0.5', () => {
    const result = run({ cv: 0.12, autocorrelation: 0.5 }, 14);
    expect(result.falseAlarmsConfirmed).toBeLessThanOrEqual(0.02);
    // The second run is there for a reason: the first alone cries wolf.
    expect(result.falseAlarms).toBeGreaterThan(result.falseAlarmsConfirmed);
  });
});

describe('a true 10 % at cv 4 %', { timeout: 120_000 }, () => {
  it('is found in at least 95 % of the gates', () => {
    const result = run({ trueRatio: 1.1 }, 15);
    expect(result.foundConfirmed).toBeGreaterThanOrEqual(0.95);
    expect(result.falseAlarmsConfirmed).toBeLessThanOrEqual(0.01);
  });
});

describe('without the order A B, B A', () => {
  it('the same drift is taken for a difference: the simulation can fail', () => {
    // All of A first, then all of B: as two saved results that a machine got slower between.
    const result = simulate({ ...calm, design: 'independent', cv: 0.03, drift: 0.3, blocks: true }, 100, 16);
    expect(result.falseAlarmsConfirmed).toBeGreaterThan(0.5);
  });
});
