import { expect, it } from 'vitest';
import { simulate } from '../../testing/simulated-run.js';

function starts(given: Parameters<typeof simulate>[0]) {
  const issued: number[] = [];
  const run = simulate({
    ...given,
    observer: ({ times }) => ({ completed: (slot) => issued.push(times.issuedNs[slot]!) }),
  });
  return { ...run, issued };
}

it('one at a time: the I/O, then the cycles, then the next I/O', () => {
  const { issued, measured } = starts({ cyclesNs: 30_000, ioCount: 5, serviceNs: () => 10_000 });
  expect(issued).toEqual([0, 40_000, 80_000, 120_000, 160_000]);
  // As in fio what follows the last one is part of the job.
  expect(measured.elapsedNs).toBe(200_000);
});

it('several in flight: they go on while the thread computes, and are seen afterwards', () => {
  const { issued, reads } = starts({ cyclesNs: 30_000, depth: 4, ioCount: 8, serviceNs: () => 10_000 });
  const gaps = issued.slice(1).map((ns, index) => ns - issued[index]!);
  expect(gaps.every((ns) => ns >= 30_000)).toBe(true);
  expect(reads.count).toBe(8);
  expect(reads.minNs).toBeGreaterThanOrEqual(10_000);
});

it('work that takes no time at all does not hold it up for ever', () => {
  const { issued } = starts({ cyclesNs: 30_000, ioCount: 3, serviceNs: () => 0 });
  expect(issued).toEqual([0, 30_000, 60_000]);
});

it('ends with the run time', () => {
  const { reads, measured } = starts({ cyclesNs: 300e6, runtimeMs: 1000, serviceNs: () => 0 });
  expect(measured.ended).toBe('runtime');
  expect(reads.count).toBe(4);
});
