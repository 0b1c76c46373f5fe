import { describe, expect, it } from 'vitest';
import { type SimulatedParts, simulate } from '../testing/simulated-run.js';
import { type CompletionObserver, combineObservers, type Pacer } from './loop-hooks.js';
import { batchNowNs, batchUntilNs } from './slot-times.js';

/** One I/O each `gapNs` from the clock's zero on, whatever became of the ones before. */
class EveryGap implements Pacer {
  startedCount = 0;
  readonly inFlightSeen: number[] = [];
  readonly bounds: boolean[] = [];
  readonly restarts: boolean[] = [];
  readonly #parts: SimulatedParts;
  readonly #gapNs: number;

  constructor(parts: SimulatedParts, gapNs: number) {
    this.#parts = parts;
    this.#gapNs = gapNs;
  }

  mayStart(inFlightCount: number): boolean {
    this.inFlightSeen.push(inFlightCount);
    return this.#parts.times.batchNs[batchNowNs]! >= this.startedCount * this.#gapNs;
  }

  started(slot: number): void {
    this.#parts.times.intendedNs[slot] = this.startedCount++ * this.#gapNs;
  }

  sleep(): boolean {
    const dueNs = this.startedCount * this.#gapNs;
    this.#parts.clock.advanceTo(Math.min(dueNs, this.#parts.times.batchNs[batchUntilNs]!));
    return true;
  }

  restart(isRamp: boolean): void {
    this.restarts.push(isRamp);
  }

  boundWait(_waitFor: number, isHeld: boolean): number {
    this.bounds.push(isHeld);
    return 0;
  }
}

const noted = (parts: SimulatedParts, log: number[][]): CompletionObserver => ({
  completed: (slot) =>
    log.push([slot, parts.times.batchNs[batchNowNs]! - parts.times.intendedNs[slot]!, parts.times.issuedNs[slot]!]),
});

describe('a pacer', () => {
  it('says when each I/O starts, and the loop sleeps in between', () => {
    const log: number[][] = [];
    const { reads, measured } = simulate({
      ioCount: 5,
      serviceNs: () => 100,
      pacer: (parts) => new EveryGap(parts, 1e6),
      observer: (parts) => noted(parts, log),
    });
    expect(reads).toEqual({ count: 5, sumNs: 500, minNs: 100, maxNs: 100 });
    expect(log.map(([, , issuedNs]) => issuedNs)).toEqual([0, 1e6, 2e6, 3e6, 4e6]);
    expect(log.map(([, openLoopNs]) => openLoopNs)).toEqual([100, 100, 100, 100, 100]);
    expect(measured.ended).toBe('done');
  });

  it('finds late I/Os due at once, and their latency tells of the wait', () => {
    const log: number[][] = [];
    simulate({
      ioCount: 4,
      serviceNs: (index) => (index === 0 ? 3.5e6 : 100),
      pacer: (parts) => new EveryGap(parts, 1e6),
      observer: (parts) => noted(parts, log),
    });
    expect(log.map(([, openLoopNs]) => openLoopNs)).toEqual([3.5e6, 2.5e6 + 100, 1.5e6 + 200, 0.5e6 + 300]);
  });

  it('is asked with the number in flight, and told before each call of the engine whether it holds', () => {
    let made: EveryGap | null = null;
    const { levels } = simulate({
      depth: 4,
      ioCount: 8,
      serviceNs: () => 2.5e6,
      pacer: (parts) => {
        made = new EveryGap(parts, 1e6);
        return made;
      },
    });
    expect(Math.max(...made!.inFlightSeen)).toBe(3);
    expect(made!.bounds).toContain(true);
    // The last call is the one after the loop: the drain waits without a bound of the pacer.
    expect(made!.bounds.at(-1)).toBe(false);
    expect(levels.depth[2]).toBe(0);
  });

  it('does not outlive the time given', () => {
    const { measured } = simulate({ runtimeMs: 10, serviceNs: () => 1000, pacer: (parts) => new EveryGap(parts, 7e6) });
    expect(measured).toMatchObject({ elapsedNs: 10e6, ended: 'runtime' });
  });
});

describe('an observer', () => {
  it('sees each recorded I/O once, also those that took several rounds and those of the drain', () => {
    const log: number[][] = [];
    const { reads, measured } = simulate({
      depth: 4,
      runtimeMs: 20,
      serviceNs: () => 3e6,
      result: (index, byteCount) => (index === 3 ? -11 : index === 5 ? byteCount / 2 : index === 9 ? -5 : byteCount),
      tolerated: { read: true, write: true, verify: false },
      observer: (parts) => noted(parts, log),
    });
    expect(measured.ended).toBe('runtime');
    expect(reads.count).toBeGreaterThan(20);
    expect(log).toHaveLength(reads.count);
  });

  it('may be several in one', () => {
    const seen: string[] = [];
    const named = (name: string): CompletionObserver => ({ completed: (slot) => seen.push(`${name}${slot}`) });
    expect(combineObservers([null, null])).toBeNull();
    const only = named('a');
    expect(combineObservers([null, only])).toBe(only);
    combineObservers([named('a'), null, named('b')])!.completed(7);
    expect(seen).toEqual(['a7', 'b7']);
  });
});
