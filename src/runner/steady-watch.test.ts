import { describe, expect, it } from 'vitest';
import type { SteadyStateOptions } from '../job/job.js';
import { sampleJob, samplePlannedWorker } from '../testing/sample-result.js';
import { controlPhase, createSharedState, markStartNs, Phase } from '../worker/shared-state.js';
import { SteadyWatch } from './steady-watch.js';

const second = 1e9;

/** Workers whose memory the test writes, as if they ran. */
function step(
  given: Partial<SteadyStateOptions>,
  workerCount = 1,
  groupReporting = true,
  end?: (index: number, isSteady: boolean) => void,
) {
  const { ending } = sampleJob();
  const steadyState = { ...ending.steadyState, isSlope: false, limit: 5, durationMs: 3000, ...given };
  const workers = Array.from({ length: workerCount }, () => ({
    planned: samplePlannedWorker({ job: sampleJob({ groupReporting, ending: { ...ending, steadyState } }) }),
    shared: createSharedState({ submission: false, openLoop: false }),
  }));
  const ended: number[] = [];
  const watch = new SteadyWatch(workers, end ?? ((index) => ended.push(index)));
  return {
    watch,
    ended,
    begin(index: number, ns: number): void {
      workers[index]!.shared.marks[markStartNs] = ns;
      workers[index]!.shared.control[controlPhase] = Phase.measuring;
    },
    phase(index: number, phase: number): void {
      workers[index]!.shared.control[controlPhase] = phase;
    },
    /** So many more reads of 4 KiB and 100 µs. */
    work(index: number, ioCount: number): void {
      const { shared } = workers[index]!;
      shared.total.sums[0]! += ioCount;
      shared.total.sums[1]! += ioCount * 100_000;
      shared.totals[0]! += ioCount * 4096;
    },
  };
}

describe('one worker', () => {
  it('is looked at once per interval, by the time that really passed', () => {
    const { watch, ended, begin, work } = step({});
    watch.look(5 * second);
    begin(0, 6 * second);
    // Looks come late by a little and by much; the rate is the same in each interval.
    let before = 6 * second;
    for (const ns of [6.3, 6.9, 7.02, 7.5, 8.1, 9.9, 10.1].map((time) => time * second)) {
      work(0, ((ns - before) / second) * 1000);
      before = ns;
      watch.look(ns);
    }
    const { steadyState } = watch.outcomeOf(0);
    // Fractions are cut off, as by fio.
    expect(steadyState!.isAttained).toBe(true);
    for (const iops of steadyState!.iops) expect(1000 - iops).toBeLessThanOrEqual(1);
    expect(steadyState!.latencyNs).toEqual([100_000, 100_000, 100_000]);
    for (const bytes of steadyState!.bytesPerSecond) expect(Math.abs(4_096_000 - bytes)).toBeLessThanOrEqual(1);
    expect(ended).toEqual([0]);
  });

  it('leaves out the ramp of the steady state', () => {
    const { watch, begin, work } = step({ rampMs: 2000 });
    begin(0, 0);
    for (const [ns, ioCount] of [
      [1, 7],
      [2, 9],
      [3, 500],
      [4, 510],
      [5, 505],
    ] as const) {
      work(0, ioCount);
      watch.look(ns * second);
    }
    expect(watch.outcomeOf(0).steadyState!.iops).toEqual([500, 510, 505]);
  });

  it('goes on while it is not steady, and says how it was in the end', () => {
    const { watch, ended, begin, work, phase } = step({});
    begin(0, 0);
    for (let ns = 1; ns <= 6; ns++) {
      work(0, ns * 100);
      watch.look(ns * second);
    }
    phase(0, Phase.ended);
    watch.look(8 * second);
    expect(ended).toEqual([]);
    expect(watch.outcomeOf(0).steadyState).toMatchObject({ isAttained: false, iops: [400, 500, 600], criterion: 20 });
  });

  it('is ended after 25 rounds that are not steady as the SNIA has it', () => {
    const ended: (readonly [number, boolean])[] = [];
    const given = { isSnia: true, durationMs: 5000 };
    const { watch, begin, work } = step(given, 1, true, (index, isSteady) => ended.push([index, isSteady]));
    begin(0, 0);
    for (let ns = 1; ns <= 30; ns++) {
      work(0, ns % 2 === 0 ? 100 : 300);
      watch.look(ns * second);
    }
    expect(ended).toEqual([[0, false]]);
    expect(watch.outcomeOf(0).steadyState!.rounds).toHaveLength(25);
  });

  it('is not watched when nobody asked for it', () => {
    const { watch } = step({ durationMs: 0 });
    expect(watch.isNeeded).toBe(false);
    expect(watch.outcomeOf(0)).toEqual({});
  });
});

describe('several workers', () => {
  it('are added up and end together with group_reporting', () => {
    const { watch, ended, begin, work } = step({}, 2);
    begin(0, 0);
    begin(1, 0);
    for (let ns = 1; ns <= 3; ns++) {
      // One grows as the other shrinks.
      work(0, 100 * ns);
      work(1, 1000 - 100 * ns);
      watch.look(ns * second);
    }
    expect(ended).toEqual([0, 1]);
    expect(watch.outcomeOf(1).steadyState!.iops).toEqual([1000, 1000, 1000]);
  });

  it('stand for themselves without it', () => {
    const { watch, ended, begin, work } = step({}, 2, false);
    begin(0, 0);
    begin(1, 0);
    for (let ns = 1; ns <= 3; ns++) {
      work(0, 100 * ns);
      work(1, 1000);
      watch.look(ns * second);
    }
    expect(ended).toEqual([1]);
    expect(watch.outcomeOf(0).steadyState!.isAttained).toBe(false);
  });

  it('count from when each begins, one that is in its ramp not at all', () => {
    const { watch, begin, work, phase } = step({}, 2);
    begin(0, 0);
    phase(1, Phase.ramp);
    work(1, 5000);
    work(0, 100);
    watch.look(1 * second);
    // What the ramp counted is forgotten when it ends.
    work(1, -5000);
    begin(1, 1 * second);
    work(0, 100);
    work(1, 60);
    watch.look(2 * second);
    expect(watch.outcomeOf(0).steadyState!.iops).toEqual([100, 160, 0]);
  });
});
