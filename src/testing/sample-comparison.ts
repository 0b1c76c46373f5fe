/** Comparisons and verdicts made up for tests of reports. */
import type { Comparison, GatedMetric, GateReport, MetricComparison } from '../compare/types.js';

/** A p99 of reads that became 25 % longer. */
export function sampleMetric(given: Partial<MetricComparison> = {}): MetricComparison {
  return {
    metric: { direction: 'read', name: 'p99' },
    label: 'read p99',
    measurement: 'read p99',
    unit: 'ns',
    better: 'less',
    baseline: 100_000,
    current: 125_000,
    baselineCount: 10,
    currentCount: 10,
    baselineIdleCount: 0,
    currentIdleCount: 0,
    ratio: 1.25,
    interval: { low: 1.2, high: 1.31, confidence: 0.961 },
    finding: 'worse',
    tolerance: 0.1,
    pValue: 0.00195,
    pAdjusted: 0.012,
    detectablePercent: 3.1,
    samplesBeyond: 500,
    note: null,
    evidence: null,
    ...given,
  };
}

export function sampleComparison(metrics: readonly MetricComparison[], given: Partial<Comparison> = {}): Comparison {
  return {
    design: 'paired',
    baselineLabel: 'old',
    currentLabel: 'new',
    jobs: [
      {
        jobName: 'rd',
        workload: 'randread 4096B',
        workloadDifferences: [],
        latencyKind: 'total',
        baselineCount: 10,
        currentCount: 10,
        metrics,
        curves: [],
      },
    ],
    onlyBaseline: [],
    onlyCurrent: [],
    failedCount: 0,
    notes: [],
    ...given,
  };
}

export function sampleGated(given: Partial<GatedMetric> = {}): GatedMetric {
  return {
    jobName: 'rd',
    comparison: sampleMetric(),
    verdict: 'regression',
    reason: 'beyond the tolerance of 10 %',
    tolerance: 0.1,
    role: 'deciding',
    worsePercent: 25,
    confirmation: null,
    ...given,
  };
}

/** A regression by one metric, confirmed. */
export function sampleGate(given: Partial<GateReport> = {}): GateReport {
  const metrics = given.metrics ?? [sampleGated()];
  return {
    verdict: 'regression',
    reasons: ['rd read p99 is 25.0 % higher, beyond the tolerance of 10 %'],
    remarks: [],
    advice: null,
    comparison: sampleComparison(metrics.map(({ comparison }) => comparison)),
    metrics,
    fingerprint: [],
    varied: [],
    confirmed: 'done',
    ...given,
  };
}
