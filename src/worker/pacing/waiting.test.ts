import { describe, expect, it } from 'vitest';
import { createRequests } from '../../engines/requests.js';
import { createDraft } from '../../job/draft.js';
import { batchIssuedNs, batchNowNs, batchUntilNs, createSlotTimes } from '../slot-times.js';
import { JobPacer } from './job-pacer.js';
import { ThinkTime } from './think-time.js';
import { Waiting, type WaitingParts } from './waiting.js';

/** Each look takes `lookNs`; a timer wakes `lateNs` late. */
class TickingClock {
  readonly sleepsUntilNs: number[] = [];
  readonly sleepsFromNs: number[] = [];
  readonly #lookNs: number;
  readonly #lateNs: number;
  #nowNs = 0;

  constructor(lookNs: number, lateNs: number) {
    this.#lookNs = lookNs;
    this.#lateNs = lateNs;
  }

  readonly nowNs = (): number => {
    this.#nowNs += this.#lookNs;
    return this.#nowNs;
  };
  record(target: Float64Array, index: number): void {
    target[index] = this.nowNs();
  }
  sleepUntil(target: Float64Array, index: number): void {
    this.sleepsUntilNs.push(target[index]!);
    this.sleepsFromNs.push(this.#nowNs);
    this.#nowNs = Math.max(this.#nowNs, target[index]! + this.#lateNs);
  }
}

function create(lateNs: number, given: Partial<WaitingParts> = {}) {
  const clock = new TickingClock(50, lateNs);
  const times = createSlotTimes(1);
  times.batchNs[batchUntilNs] = Number.POSITIVE_INFINITY;
  const limit = Int32Array.of(0, 0, 100e6, 0);
  const waiting = new Waiting({ times, clock, limit, looksOnly: false, pollNs: 0, spins: true, ...given });
  const due = new Float64Array(1);
  return {
    clock,
    times,
    limit,
    waiting,
    due,
    now: () => times.batchNs[batchNowNs]!,
    /** How much was slept away and how much spun, of a wait of so long. */
    sleepFor: (ns: number) => {
      due[0] = times.batchNs[batchNowNs]! + ns;
      waiting.sleep(due);
      return { overNs: times.batchNs[batchNowNs]! - due[0], spunNs: due[0] - clock.sleepsUntilNs.at(-1)! };
    },
  };
}

describe('a wait', () => {
  it('ends right after its time, never before it, though timers are late', () => {
    for (const lateNs of [0, 20e3, 55e3]) {
      const { sleepFor } = create(lateNs);
      for (let n = 0; n < 1000; n++) {
        const { overNs } = sleepFor(1e6);
        expect(overNs).toBeGreaterThanOrEqual(0);
        expect(overNs).toBeLessThan(100);
      }
    }
  });

  it('spins as long as timers are late, and no longer than a tenth of a millisecond', () => {
    const spunNsAfter = (lateNs: number) => {
      const { sleepFor } = create(lateNs);
      for (let n = 0; n < 2000; n++) sleepFor(1e6);
      return sleepFor(1e6).spunNs;
    };
    expect(spunNsAfter(0)).toBeLessThanOrEqual(6e3);
    expect(spunNsAfter(30e3)).toBeGreaterThanOrEqual(30e3);
    expect(spunNsAfter(30e3)).toBeLessThan(45e3);
    expect(spunNsAfter(5e6)).toBeLessThanOrEqual(100e3 + 1);
  });

  it('shorter than a spin needs no timer', () => {
    const { clock, sleepFor, now } = create(0);
    clock.record(new Float64Array(1), 0);
    const before = now();
    sleepFor(30e3);
    expect(clock.sleepsUntilNs).toEqual([]);
    expect(now()).toBeGreaterThanOrEqual(before + 30e3);
  });

  it('is cut at 100 ms, and at the end of the run', () => {
    const long = create(0);
    long.sleepFor(10e9);
    expect(long.now()).toBeGreaterThanOrEqual(100e6);
    expect(long.now()).toBeLessThan(101e6);
    const ending = create(0);
    ending.times.batchNs[batchUntilNs] = 7e6;
    ending.sleepFor(10e9);
    expect(ending.now()).toBeGreaterThanOrEqual(7e6);
    expect(ending.now()).toBeLessThan(7.1e6);
  });
});

describe("the engine's wait", () => {
  it('is bounded by the time of the next I/O, less the spin, and freed again', () => {
    const { waiting, limit, due, times } = create(0);
    times.batchNs[batchIssuedNs] = 1e6;
    due[0] = 3e6;
    expect(waiting.bound(due, 1, true)).toBe(1);
    expect(limit[2]).toBe(2e6 - 60e3);
    expect(waiting.bound(due, 1, false)).toBe(1);
    expect(limit[2]).toBe(100e6);
  });

  it('is a look when the next I/O is near, when it cannot be bounded, and when it polls longer than that', () => {
    const due = Float64Array.of(50e3);
    expect(create(0).waiting.bound(due, 1, true)).toBe(0);
    due[0] = 10e6;
    expect(create(0, { limit: null }).waiting.bound(due, 1, true)).toBe(0);
    expect(create(0, { looksOnly: true }).waiting.bound(due, 1, true)).toBe(0);
    expect(create(0, { pollNs: 20e6 }).waiting.bound(due, 1, true)).toBe(0);
    // Held until something completes: nothing to be in time for.
    due[0] = Number.POSITIVE_INFINITY;
    expect(create(0, { limit: null }).waiting.bound(due, 1, true)).toBe(1);
  });
});

describe('thinktime_spin', () => {
  it('spends the first part of a pause computing, and sleeps the rest', () => {
    const { clock, times, waiting, due, now } = create(0);
    const thinkTime = new ThinkTime({
      options: { ...createDraft().thinkTime, pauseMs: 2, spinMs: 0.5 },
      times,
      requests: createRequests(1),
      due,
      schedule: null,
    });
    const { spinUntil } = thinkTime;
    const pacer = new JobPacer({ times, due, waiting, gates: [thinkTime], spinUntil, depthSearch: null });
    pacer.restart(false);
    expect(pacer.mayStart(0)).toBe(true);
    pacer.started(0);
    thinkTime.completed(0);
    const begun = now();
    expect(pacer.mayStart(0)).toBe(false);
    expect(pacer.sleep()).toBe(true);
    expect(clock.sleepsUntilNs).toEqual([begun + 2e6 - 60e3]);
    expect(clock.sleepsFromNs[0]).toBeGreaterThanOrEqual(begun + 0.5e6);
    expect(clock.sleepsFromNs[0]).toBeLessThan(begun + 0.6e6);
    expect(now()).toBeGreaterThanOrEqual(begun + 2e6);
    expect(pacer.mayStart(0)).toBe(true);
  });

  it('may be the whole pause: then no timer is set', () => {
    const { clock, times, waiting, due, now } = create(0);
    const thinkTime = new ThinkTime({
      options: { ...createDraft().thinkTime, pauseMs: 2, spinMs: 2 },
      times,
      requests: createRequests(1),
      due,
      schedule: null,
    });
    const { spinUntil } = thinkTime;
    const pacer = new JobPacer({ times, due, waiting, gates: [thinkTime], spinUntil, depthSearch: null });
    pacer.restart(false);
    pacer.started(0);
    thinkTime.completed(0);
    const begun = now();
    expect(pacer.mayStart(0)).toBe(false);
    pacer.sleep();
    expect(clock.sleepsUntilNs.filter((ns) => ns > begun + 1e6)).toEqual([]);
    expect(now()).toBeGreaterThanOrEqual(begun + 2e6);
  });
});
