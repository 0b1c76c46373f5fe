/**
 * Does no I/O: each request is a stretch of computing (`cpuload`, `cpuchunks`, `cpumode`). The pauses between them, which
 * make the load what was asked for, are the pacer's.
 */
import { type EngineFacts, factsWithoutRing } from '../stats/engine-facts.js';
import { Random } from '../support/random.js';
import { createClock } from '../system/clock.js';
import type { Engine, EngineSetup } from './engine.js';

/** So that a stop is heard in a long stretch. */
const callNsMax = 100e6;
/** Some milliseconds of sorting. */
const sortedCount = 65536;

const nowNs = 0;
const untilNs = 1;
const callUntilNs = 2;

export function openEngine(setup: EngineSetup): Engine {
  return new ComputeEngine(setup);
}

class ComputeEngine implements Engine {
  readonly completedSlot = new Int32Array(1);
  readonly completedResult = new Int32Array(1);
  readonly #clock = createClock();
  readonly #chunkNs: number;
  /** null = only the time is spent. */
  readonly #numbers: Int32Array | null;
  readonly #random: Random;
  readonly #ns = new Float64Array(3);
  #isQueued = false;
  #isBegun = false;
  #isOver = false;

  constructor({ options, random }: EngineSetup) {
    this.#chunkNs = options.compute.chunkUs * 1000;
    this.#numbers = options.compute.mode === 'qsort' ? new Int32Array(sortedCount) : null;
    this.#random = random ?? Random.fromSeed(0);
  }

  queue(slot: number): void {
    this.completedSlot[0] = slot;
    this.#isQueued = true;
    this.#isBegun = false;
  }

  queueRest(slot: number, _doneBytes: number): void {
    this.queue(slot);
  }

  submit(): void {}

  submitAndReap(_completionsMin: number): number {
    if (!this.#isQueued) return 0;
    const ns = this.#ns;
    this.#clock.record(ns, nowNs);
    if (!this.#isBegun) ns[untilNs] = ns[nowNs]! + this.#chunkNs;
    this.#isBegun = true;
    ns[callUntilNs] = Math.min(ns[untilNs]!, ns[nowNs]! + callNsMax);
    while (!this.#isOver && ns[nowNs]! < ns[callUntilNs]!) {
      if (this.#numbers !== null) this.#sort(this.#numbers);
      this.#clock.record(ns, nowNs);
    }
    if (!this.#isOver && ns[nowNs]! < ns[untilNs]!) return 0;
    this.#isQueued = false;
    return 1;
  }

  #sort(numbers: Int32Array): void {
    for (let index = 0; index < numbers.length; index++) numbers[index] = this.#random.nextInt32();
    numbers.sort();
  }

  /** What is begun ends with the job. */
  endInput(): void {
    this.#isOver = true;
  }

  cancelAll(): void {
    this.#isOver = true;
  }

  close(): void {}

  describe(): EngineFacts {
    return factsWithoutRing('cpuio', 1);
  }
}
