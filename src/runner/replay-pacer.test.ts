import { describe, expect, it } from 'vitest';
import { simulate } from '../testing/simulated-run.js';
import { ReplayPacer } from './replay-pacer.js';
import { batchNowNs } from './slot-times.js';

/** When each I/O was issued, ns after the first. */
function startsOf(
  dueNs: readonly number[],
  depth: number,
  serviceNs: number,
): { starts: number[]; intended: number[] } {
  const starts: number[] = [];
  const intended: number[] = [];
  const nextDueNs = Float64Array.of(dueNs[0]!);
  simulate({
    depth,
    ioCount: dueNs.length,
    serviceNs: () => serviceNs,
    pacer: ({ times, clock }) => {
      const pacer = new ReplayPacer(times, { nextDueNs });
      return {
        mayStart: (inFlight) => pacer.mayStart(inFlight),
        started: (slot) => {
          pacer.started(slot);
          starts.push(times.batchNs[batchNowNs]!);
          intended.push(times.intendedNs[slot]!);
          nextDueNs[0] = dueNs[starts.length] ?? Number.POSITIVE_INFINITY;
        },
        // Simulated time does not pass by itself.
        sleep: () => {
          clock.advanceTo(clock.nowNs() + 1000);
          return true;
        },
        restart: (isRamp) => pacer.restart(isRamp),
        boundWait: (waitFor, isHeld) => pacer.boundWait(waitFor, isHeld),
      };
    },
  });
  return { starts: starts.map((ns) => ns - starts[0]!), intended: intended.map((ns) => ns - intended[0]!) };
}

describe('ReplayPacer', () => {
  it('starts each I/O when it is due, and never before', () => {
    const due = [0, 1e6, 1e6, 5e6, 9e6];
    const { starts, intended } = startsOf(due, 4, 50e3);
    expect(intended).toEqual(due);
    for (const [index, start] of starts.entries()) {
      expect(start).toBeGreaterThanOrEqual(due[index]!);
      expect(start).toBeLessThan(due[index]! + 60e3);
    }
  });

  it('catches up after a slow one, and still says when each was due', () => {
    const due = [0, 1e6, 2e6, 20e6];
    const { starts, intended } = startsOf(due, 1, 4e6);
    expect(intended).toEqual(due);
    expect(starts.map((ns) => Math.round(ns / 1e6))).toEqual([0, 4, 8, 20]);
  });
});
