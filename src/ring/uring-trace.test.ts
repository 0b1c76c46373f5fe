import { describe, expect, it } from 'vitest';
import { pathsOf, ringTrace } from './uring-trace.js';

const trace = ringTrace('/nowhere', 8);
const bits = trace.bitCount;

/** Counts as the kernel would give them: task work as a list of the requests in each run. */
function counts(given: {
  readonly submitted: number;
  readonly punted?: number;
  readonly completedInWorker?: number;
  readonly runs?: readonly number[];
}): number[] {
  const { submitted, punted = 0, completedInWorker = 0, runs = [] } = given;
  const perBit = Array.from({ length: bits }, (_, bit) => runs.filter((run) => (run >> bit) & 1).length);
  return [submitted, punted, submitted, completedInWorker, 0, ...perBit, ...perBit.map(() => 0)];
}

describe('the ways of requests', () => {
  it('has bits enough for every request in flight', () => {
    expect(ringTrace('/nowhere', 1).bitCount).toBe(2);
    expect(bits).toBe(5);
    expect(ringTrace('/nowhere', 512).bitCount).toBe(11);
  });

  it('sums what ran as task work from its bits', () => {
    const paths = pathsOf(trace, counts({ submitted: 100, runs: [8, 7, 1, 2, 5] }), false);
    expect(paths).toMatchObject({ submitted: 100, inline: 77, taskWork: 23, worker: 0, polled: 0 });
  });

  it('counts what workers did once, whether they complete it or hand it back as task work', () => {
    const handedBack = pathsOf(trace, counts({ submitted: 16, punted: 16, runs: [8, 8] }), false);
    expect(handedBack).toMatchObject({ inline: 0, taskWork: 0, worker: 16 });
    const completed = pathsOf(trace, counts({ submitted: 16, punted: 10, completedInWorker: 10, runs: [6] }), false);
    expect(completed).toMatchObject({ inline: 0, taskWork: 6, worker: 10 });
  });

  it('takes all of a polled ring as polled, but for what workers did', () => {
    expect(pathsOf(trace, counts({ submitted: 9, punted: 1 }), true)).toMatchObject({
      polled: 8,
      worker: 1,
      inline: 0,
    });
  });

  it('adds up to what completed', () => {
    for (const runs of [[], [1], [8, 8, 8], [31, 31]]) {
      const { inline, taskWork, worker, polled } = pathsOf(trace, counts({ submitted: 20, punted: 3, runs }), false);
      expect(inline + taskWork + worker + polled).toBe(20);
    }
  });
});
