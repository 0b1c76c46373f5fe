/**
 * The clock by which I/O is timed: CLOCK_MONOTONIC (clock_gettime(2)), read by a foreign call into memory that is mapped
 * for good. 68 ns a reading and nothing for the collector, where performance.now() costs 62 ns and allocates 16 bytes.
 */
import { libc } from './libc.js';
import { mapMemory } from './memory.js';

const CLOCK_MONOTONIC = 1;
const TIMER_ABSTIME = 1;

export interface Clock {
  /**
   * Nanoseconds since `baseNs`. Whole numbers, exact for 104 days after the base.
   * Not boxed as long as V8 inlines the call, which it does in hot code; `record` does not even depend on that.
   */
  nowNs(): number;
  /** Writes `nowNs()` to `target[index]`. */
  record(target: Float64Array, index: number): void;
  /**
   * Sleeps until the clock shows `target[index]` (clock_nanosleep(2)); returns early when a signal comes, and late by what
   * the kernel's timers are: 50 µs of slack unless `setTimerSlack` says otherwise.
   */
  sleepUntil(target: Float64Array, index: number): void;
  /**
   * Where this clock's zero is, on CLOCK_MONOTONIC. Clocks made with the same base can be compared, on any thread.
   */
  readonly baseNs: number;
  /** Median cost of one reading, ns; takes a few milliseconds. */
  calibrate(): number;
}

/**
 * Clocks begin at 1000 s. While seconds are few, their product with 10^9 fits 32 bits, V8 compiles it so, and throws the
 * code of the whole run loop away in the third second.
 */
const headStartSeconds = 1000;

/** The second of CLOCK_MONOTONIC that has begun last: a base for the clocks of all threads of one run. */
export function currentMonotonicSecond(): number {
  const memory = mapMemory(16);
  const words = new Uint32Array(memory.view, 0, 4);
  libc.func('clock_gettime', 'int', ['int', 'uint64_t'])(CLOCK_MONOTONIC, memory.address);
  const seconds = words[0]!;
  memory.free();
  return seconds;
}

/** `baseSecond`: as `currentMonotonicSecond` gives it. The clock's memory stays mapped as long as the process lives. */
export function createClock(baseSecond: number = currentMonotonicSecond()): Clock {
  const memory = mapMemory(32);
  // struct timespec: tv_sec at 0, tv_nsec at 8; the machine's uptime fits the lower word of the seconds for 136 years.
  const words = new Int32Array(memory.view, 0, 4);
  const wakeWords = new Int32Array(memory.view, 16, 4);
  const wakeAddress = memory.address + 16;
  const clockNanosleep = libc.func('clock_nanosleep', 'int', ['int', 'int', 'uint64_t', 'uint64_t']);
  const address = memory.address;
  const clockGettime = libc.func('clock_gettime', 'int', ['int', 'uint64_t']);
  const base = (baseSecond - headStartSeconds) | 0;

  function nowNs(): number {
    clockGettime(CLOCK_MONOTONIC, address);
    return ((words[0]! - base) | 0) * 1e9 + words[2]!;
  }

  return {
    nowNs,
    record: (target, index) => {
      clockGettime(CLOCK_MONOTONIC, address);
      target[index] = ((words[0]! - base) | 0) * 1e9 + words[2]!;
    },
    sleepUntil: (target, index) => {
      const seconds = Math.floor(target[index]! / 1e9);
      wakeWords[0] = seconds + base;
      wakeWords[2] = target[index]! - seconds * 1e9;
      clockNanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, wakeAddress, 0);
    },
    baseNs: base * 1e9,
    calibrate: () => calibrate(nowNs),
  };
}

function calibrate(nowNs: () => number): number {
  const roundCount = 31;
  const readsPerRound = 1000;
  const costs = new Float64Array(roundCount);
  for (let round = 0; round < roundCount; round++) {
    const startNs = nowNs();
    for (let read = 1; read < readsPerRound; read++) nowNs();
    costs[round] = (nowNs() - startNs) / readsPerRound;
  }
  // The first rounds are compiled on the way; the median ignores them.
  return costs.sort()[roundCount >> 1]!;
}

/** Wall-clock time, ms since 1970. */
export function epochMs(): number {
  return Date.now();
}

/** CLOCK_REALTIME. */
export const realTimeClockId = 0;

/** Any clock of clock_gettime(2) by its number, ms since its epoch; whole numbers. */
export function clockMs(clockId: number): number {
  const memory = mapMemory(16);
  const words = new Uint32Array(memory.view, 0, 4);
  libc.func('clock_gettime', 'int', ['int', 'uint64_t'])(clockId, memory.address);
  const ms = (words[0]! + words[1]! * 2 ** 32) * 1000 + Math.floor(words[2]! / 1e6);
  memory.free();
  return ms;
}
