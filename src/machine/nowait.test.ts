import { expect, it } from 'vitest';
import { supportsNowait } from './nowait.js';

it('says no of what the kernel never reads without blocking, and nothing of what is not there', () => {
  // procfs has no FMODE_NOWAIT.
  expect(supportsNowait('/proc/self/status', false)).toBe(false);
  expect(supportsNowait('/nowhere/at/all', false)).toBeNull();
});

it('says yes of a character device that is never made to wait', () => {
  expect(supportsNowait('/dev/zero', false)).toBe(true);
});
