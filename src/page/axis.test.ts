import { describe, expect, it } from 'vitest';
import {
  axisBetween,
  axisFromZero,
  axisLog,
  axisLogWide,
  axisOfAmounts,
  axisOfDates,
  axisOfPercentiles,
  axisOfSteps,
  countMark,
  latencyMark,
} from './axis.js';

describe('an axis from zero', () => {
  it('begins at zero and ends at a round number above the greatest value', () => {
    const axis = axisFromZero({ label: 'IOPS', values: [12_000, 47_300], format: countMark });
    expect(axis.marks.map(({ text }) => text)).toEqual(['0', '10k', '20k', '30k', '40k', '50k']);
    expect(axis.share(0)).toBe(0);
    expect(axis.share(25_000)).toBeCloseTo(0.5, 10);
  });

  it.each([[[]], [[0]], [[0, 0]], [[Number.NaN]]])('has a length even for %j', (values) => {
    const axis = axisFromZero({ label: '', values, format: countMark });
    expect(axis.share(0)).toBe(0);
    expect(axis.marks.length).toBeGreaterThan(1);
  });
});

describe('a logarithmic axis', () => {
  it('gives equal room to equal ratios, with marks within it', () => {
    const axis = axisLog({ label: '', values: [1000, 1e7], format: latencyMark });
    expect(axis.share(100_000)).toBeCloseTo(0.5, 10);
    expect(axis.marks.map(({ text }) => text)).toEqual([
      '1us',
      '3us',
      '10us',
      '30us',
      '100us',
      '300us',
      '1ms',
      '3ms',
      '10ms',
    ]);
  });

  it('puts what has no logarithm at its beginning', () => {
    const axis = axisLog({ label: '', values: [0, 10, 1000], format: countMark });
    expect([0, -5, Number.NaN].map(axis.share)).toEqual([0, 0, 0]);
  });

  it('stands a single value, and a second', () => {
    const axis = axisLog({ label: '', values: [1e9], format: latencyMark });
    expect(axis.share(1e9)).toBeCloseTo(0.5, 10);
    expect(axis.marks.map(({ text }) => text)).toContain('1s');
  });

  it('leaves room for marks at both ends where asked for', () => {
    const axis = axisLogWide({ label: '', values: [100, 10_000], format: countMark });
    expect(axis.share(100)).toBeGreaterThan(0.02);
    expect(axis.share(10_000)).toBeLessThan(0.98);
    expect(axis.marks.map(({ text }) => text)).toEqual(['100', '300', '1000', '3000', '10k']);
    expect(axisLogWide({ label: '', values: [], format: countMark }).share(5)).toBeGreaterThan(0);
  });

  it('is taken for amounts of which one would not be seen beside the other', () => {
    const near = axisOfAmounts('IOPS', [[900, 1000], [100]], countMark);
    expect([near.label, near.share(0)]).toEqual(['IOPS', 0]);
    const far = axisOfAmounts(
      'IOPS',
      [
        [90_000, 100_000],
        [0, 2000],
      ],
      countMark,
    );
    expect(far.label).toBe('IOPS (log)');
    expect(far.share(2000)).toBeGreaterThan(0.02);
    expect(axisOfAmounts('IOPS', [[], [0]], countMark).label).toBe('IOPS');
  });

  it('is silent about nothing', () => {
    expect(axisLog({ label: '', values: [], format: countMark }).share(5)).toBeGreaterThan(0);
  });
});

describe('other axes', () => {
  it('mark each step that occurs', () => {
    const axis = axisOfSteps({ label: '', values: [32, 1, 4, 4], format: String });
    expect(axis.marks.map(({ text }) => text)).toEqual(['1', '4', '32']);
  });

  it('give each further nine the same room', () => {
    const axis = axisOfPercentiles([50, 99.99]);
    const [at90, at99, at999] = [90, 99, 99.9].map(axis.share) as [number, number, number];
    expect(at99 - at90).toBeCloseTo(at999 - at99, 10);
    expect(axis.marks.map(({ text }) => text)).toEqual(['0%', '50%', '90%', '99%', '99.9%', '99.99%']);
  });

  it('end where the values end', () => {
    const axis = axisBetween({ label: '', values: [2, 6], format: countMark });
    expect([axis.share(2), axis.share(6), axis.share(7)]).toEqual([0, 1, 1]);
  });
});

describe('an axis of dates', () => {
  it.each([
    ['2026-11-30T23:08:40Z', '2026-11-30T23:09:20Z', /^23:0[89]:\d\d$/],
    ['2026-11-01T00:00:00Z', '2026-11-29T00:00:00Z', /^11-\d\d$/],
    ['2023-01-01T00:00:00Z', '2026-11-29T00:00:00Z', /^20\d\d-01$/],
  ])('from %s to %s has a few short marks, each another', (first, last, form) => {
    const axis = axisOfDates('', [Date.parse(first), Date.parse(last)]);
    const texts = axis.marks.map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(2);
    expect(texts.length).toBeLessThan(8);
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of texts) expect(text).toMatch(form);
    expect([axis.share(Date.parse(first)), axis.share(Date.parse(last))]).toEqual([0, 1]);
  });

  it('has a length where there is one date', () => {
    expect(axisOfDates('', [5]).share(5)).toBe(0);
  });
});

describe('marks', () => {
  it('have no idle zeros', () => {
    expect([1000, 1500, 100_000, 2e6, 1e9].map(latencyMark)).toEqual(['1us', '1.5us', '100us', '2ms', '1s']);
    expect([0, 0.5, 5000, 50_000, 1_500_000].map(countMark)).toEqual(['0', '0.5', '5000', '50k', '1.5M']);
  });
});
