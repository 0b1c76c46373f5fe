import { describe, expect, it } from 'vitest';
import type { Bin } from '../stats/histogram.js';
import { bar, chartLines, chartRows } from './latency-chart.js';
import { plainStyle } from './terminal.js';

const bin = (lowestNs: number, count: number): Bin => ({ lowestNs, valueNs: lowestNs, count });

describe('chartRows', () => {
  it('holds every sample once', () => {
    const bins = [bin(3, 1), bin(900, 50), bin(21_000, 4000), bin(24_000, 5000), bin(17_100_000_000, 2)];
    const rows = chartRows(bins);
    expect(rows.reduce((sum, row) => sum + row.count, 0)).toBe(9053);
    expect(rows[0]!.lowNs).toBeLessThanOrEqual(3);
    expect(rows.at(-1)!.highNs).toBeGreaterThan(17_100_000_000);
    for (let index = 1; index < rows.length; index++) expect(rows[index]!.lowNs).toBe(rows[index - 1]!.highNs);
    for (const { lowNs, highNs, count } of rows) {
      const inside = bins.filter(({ lowestNs }) => lowestNs >= lowNs && lowestNs < highNs);
      expect(count).toBe(inside.reduce((sum, each) => sum + each.count, 0));
    }
  });

  it('is fine where the samples are close, coarse where they are far apart', () => {
    const close = chartRows(Array.from({ length: 100 }, (_, index) => bin(200_000 + index * 1000, 10)));
    expect(close.length).toBeGreaterThanOrEqual(4);
    expect(close[0]).toMatchObject({ lowNs: 200_000, highNs: 220_000 });
    const wide = chartRows(Array.from({ length: 11 }, (_, index) => bin(10 ** index, 10)));
    expect(wide.length).toBeLessThanOrEqual(16);
  });

  it('takes no samples, one sample, and latency 0', () => {
    expect(chartRows([])).toEqual([]);
    expect(chartRows([bin(1000, 1)])).toEqual([{ lowNs: 1000, highNs: 1100, count: 1 }]);
    expect(chartRows([bin(1, 1), bin(2, 1)])).toEqual([
      { lowNs: 1, highNs: 2, count: 1 },
      { lowNs: 2, highNs: 3, count: 1 },
    ]);
    const [row] = chartRows([bin(0, 7)]);
    expect(row).toMatchObject({ lowNs: 0, count: 7 });
  });
});

describe('bar', () => {
  it('is proportional, and never nothing for something', () => {
    expect(bar(1, 10, true)).toBe('██████████');
    expect(bar(0.55, 10, true)).toBe('█████▌');
    expect(bar(1e-9, 10, true)).toBe('▏');
    expect(bar(0, 10, true)).toBe('');
    expect(bar(0.5, 10, false)).toBe('#####');
    expect(bar(1e-9, 10, false)).toBe('.');
  });
});

describe('chartLines', () => {
  const rows = chartRows([bin(95_000, 5), bin(100_000, 4000), bin(115_000, 1000), bin(2_000_000_000, 1)]);

  it('draws within 80 columns', () => {
    const lines = chartLines(rows, plainStyle(true));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.find((line) => line.includes('4000'))).toMatch(/^ +100us – +110us │█{40,}│ {2}4000 {2}79\.90%$/);
    expect(lines.at(-1)).toMatch(/ {5}1s – {4}10s │▏ +│ {5}1 {3}0\.02%$/);
  });

  it('rounds no stall away', () => {
    const lines = chartLines(chartRows([bin(1000, 1_000_000), bin(50_000_000, 1)]), plainStyle(false));
    expect(lines.at(-1)).toMatch(/\|\. +\| {5}1 {2}<0\.01%$/);
  });

  it('does with ASCII', () => {
    expect(chartLines(rows, plainStyle(false)).join('\n')).toMatch(/^[\x20-\x7e\n]+$/);
  });
});
