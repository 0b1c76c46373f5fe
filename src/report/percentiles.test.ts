import { describe, expect, it } from 'vitest';
import { formatPercentile, percentileGrid } from './percentiles.js';
import { plainStyle } from './terminal.js';

describe('percentileGrid', () => {
  it('sorts, four to a line, and marks what rests on few samples', () => {
    const grid = percentileGrid(
      {
        '99.990000': 17_112_760_320,
        '50.000000': 118_000,
        '1.000000': 950,
        '95.000000': 310_000,
        '99.900000': 1_303_000,
      },
      20_000,
      plainStyle(false),
    );
    expect(grid).toEqual({
      lines: ['      p1.00  950ns   p50.00  118us   p95.00  310us   p99.90  1.30ms', '     p99.99  17.1s*'],
      hasThinTail: true,
    });
  });

  it('marks nothing when there are enough', () => {
    expect(percentileGrid({ '99.000000': 5 }, 1000, plainStyle(false)).hasThinTail).toBe(false);
    expect(percentileGrid({ '99.000000': 5 }, 900, plainStyle(false)).hasThinTail).toBe(true);
    expect(percentileGrid({ '100.000000': 5 }, 1, plainStyle(false)).hasThinTail).toBe(false);
  });

  it('is empty without percentiles', () => {
    expect(percentileGrid({}, 5, plainStyle(true))).toEqual({ lines: [], hasThinTail: false });
  });
});

it('formatPercentile gives two decimals or as many as it takes', () => {
  expect([1, 99.5, 99.999, 100].map(formatPercentile)).toEqual(['1.00', '99.50', '99.999', '100.00']);
});
