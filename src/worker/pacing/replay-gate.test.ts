import { describe, expect, it } from 'vitest';
import { simulate } from '../../testing/simulated-run.js';
import { batchNowNs } from '../slot-times.js';

/** When each I/O was issued, ns after the first, and how often the engine was asked. */
function startsOf(dueNs: readonly number[], depth: number, serviceNs: (index: number) => number) {
  const starts: number[] = [];
  const intended: number[] = [];
  const nextDueNs = Float64Array.of(dueNs[0]!);
  const { levels, clock } = simulate({
    depth,
    ioCount: dueNs.length,
    serviceNs,
    replay: { nextDueNs },
    onStarted: (slot, { times }) => {
      starts.push(times.batchNs[batchNowNs]!);
      intended.push(times.intendedNs[slot]!);
      nextDueNs[0] = dueNs[starts.length] ?? Number.POSITIVE_INFINITY;
    },
  });
  return {
    starts: starts.map((ns) => ns - starts[0]!),
    intended: intended.map((ns) => ns - intended[0]!),
    callCount: levels.complete.reduce((sum, count) => sum + count, 0),
    endNs: clock.nowNs(),
  };
}

describe('ReplayGate', () => {
  it('starts each I/O exactly when it is due', () => {
    const due = [0, 1e6, 1e6, 5e6, 9e6];
    const { starts, intended } = startsOf(due, 4, () => 50e3);
    expect(intended).toEqual(due);
    expect(starts).toEqual(due);
  });

  it('waits for the next one while others are in flight, instead of looking again and again', () => {
    const due = [0, 1e6, 2e6, 40e6];
    const { starts, callCount } = startsOf(due, 4, (index) => (index === 0 ? 30e6 : 50e3));
    expect(starts).toEqual(due);
    // One call that waits, and one that reaps, per I/O at most.
    expect(callCount).toBeLessThanOrEqual(2 * due.length);
  });

  it('catches up after a slow one, and still says when each was due', () => {
    const due = [0, 1e6, 2e6, 20e6];
    const { starts, intended } = startsOf(due, 1, () => 4e6);
    expect(intended).toEqual(due);
    expect(starts.map((ns) => Math.round(ns / 1e6))).toEqual([0, 4, 8, 20]);
  });
});
