import { expect, it } from 'vitest';
import { cpuMegahertz, cyclesToNs, megahertzIn } from './cpu-frequency.js';

it('cycles take time by the frequency', () => {
  expect(cyclesToNs(3000, 3000)).toBe(1000);
  expect(cyclesToNs(1, 500)).toBe(2);
  expect(cyclesToNs(0)).toBe(0);
  expect(cyclesToNs(1000, null)).toBe(0);
});

it('the frequency is what /proc/cpuinfo says', () => {
  expect(megahertzIn('processor\t: 0\ncpu MHz\t\t: 2096.022\nprocessor\t: 1\ncpu MHz\t\t: 800.5\n')).toEqual([
    2096.022, 800.5,
  ]);
  expect(megahertzIn('processor : 0\nBogoMIPS : 50.00\n')).toEqual([]);
  const megahertz = cpuMegahertz();
  if (megahertz !== null) expect(megahertz).toBeGreaterThan(100);
});
