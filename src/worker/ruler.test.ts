import { expect, it } from 'vitest';
import { bestCostNs } from './ruler.js';

const each = (count: number) => ({ read: count, write: 0, trim: 0 });
const window = (index: number, count: number) => ({
  startNs: index * 4e6,
  endNs: (index + 1) * 4e6,
  ioCount: each(count),
  byteCount: each(0),
  totalNsSum: each(0),
});

it('the cost of the loop is that of the best window', () => {
  const series = [window(0, 10_000), window(1, 40_000), window(2, 20_000)];
  expect(bestCostNs({ series, userCpuNs: 12e6, systemCpuNs: 0 })).toBe(100);
  expect(bestCostNs({ series: [], userCpuNs: 12e6, systemCpuNs: 0 })).toBe(0);
});

it('where other threads ran in every window, it is the CPU time of this one', () => {
  const series = [window(0, 150), window(1, 150)];
  // 26.7 us of wall-clock time an I/O.
  expect(bestCostNs({ series, userCpuNs: 24_000, systemCpuNs: 6000 })).toBe(100);
});
