import { describe, expect, it } from 'vitest';
import type { Evidence } from '../compare/types.js';
import { signedRankEstimate } from '../stats/signed-rank.js';
import { sampleGate, sampleGated, sampleMetric } from '../testing/sample-comparison.js';
import { forecast, scatterOf } from './forecast.js';

/** Pairs whose differences lie around `shift`, half of them `apart` above and half below. */
function evidence(count: number, shift: number, apart: number): Evidence {
  const differences = Array.from({ length: count }, (_, index) => shift + (index % 2 === 0 ? apart : -apart));
  return {
    kind: 'pairs',
    differences,
    baseline: differences.map(() => 0),
    current: differences,
    estimateLog: signedRankEstimate(differences, 0).value,
    count,
  };
}

function open(given: Evidence, tolerance = 0.05) {
  const comparison = sampleMetric({ finding: 'open', evidence: given, tolerance });
  return sampleGate({
    verdict: 'inconclusive',
    metrics: [sampleGated({ verdict: 'inconclusive', comparison, tolerance })],
  });
}

describe('how long a decision takes', () => {
  it('follows from the scatter so far', () => {
    const steady = forecast(open(evidence(6, 0, 0.04)), 6, 100)!;
    const shaky = forecast(open(evidence(6, 0, 0.12)), 6, 100)!;
    expect(steady.count).toBe(20);
    expect(shaky.count).toBeGreaterThan(20);
    expect(steady.isHopeless).toBe(false);
  });

  it('is not in sight for a change as large as its tolerance', () => {
    expect(forecast(open(evidence(20, Math.log(1.05), 0.05)), 20, 100)!.count).toBeNull();
  });

  it('is hopeless where even kinder runs would not do, and a wider tolerance would', () => {
    const found = forecast(open(evidence(8, 0, 0.8)), 8, 20)!;
    expect(found.isHopeless).toBe(true);
    expect(found.tolerance).toBeGreaterThan(0.1);
    expect(forecast(open(evidence(8, 0, 0.8), found.tolerance), 8, 20)!.isHopeless).toBe(false);
  });

  it('is of the metric that takes longest, and of none where nothing is open', () => {
    const quick = open(evidence(8, 0, 0.03)).metrics[0]!;
    const slow = { ...open(evidence(8, 0, 0.2)).metrics[0]!, jobName: 'slow' };
    expect(forecast(sampleGate({ metrics: [quick, slow] }), 8, 100)!.metric.jobName).toBe('slow');
    expect(forecast(sampleGate(), 8, 100)).toBeNull();
  });
});

describe('scatter', () => {
  it('is that of one run, of which a pair has two', () => {
    expect(scatterOf(evidence(40, 0.3, 0.04 * Math.SQRT2))).toBeCloseTo(0.04 * Math.sqrt(40 / 39), 6);
  });
});
