/** A device on a simulated clock: requests run in parallel, each for a scripted time. Whole runs with exact results. */
import type { Engine } from '../engines/engine.js';
import type { Requests } from '../engines/requests.js';
import type { EngineFacts } from '../stats/engine-facts.js';

export class SimulatedClock {
  #nowNs = 0;
  readonly nowNs = (): number => this.#nowNs;
  record(target: Float64Array, index: number): void {
    target[index] = this.#nowNs;
  }
  /** Never late. */
  sleepUntil(target: Float64Array, index: number): void {
    this.advanceTo(target[index]!);
  }
  advanceTo(ns: number): void {
    if (ns > this.#nowNs) this.#nowNs = ns;
  }
}

export interface Script {
  /** Service time of the nth request (0-based) with so many in flight, itself among them, ns. */
  readonly serviceNs: (index: number, inFlightCount: number) => number;
  /** Its result; the bytes asked for when not given. */
  readonly result?: (index: number, byteCount: number) => number;
}

interface Flight {
  readonly slot: number;
  readonly endNs: number;
  readonly result: number;
}

/** A call that does not wait takes this long. */
const pollNs = 100;

export class SimulatedEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  /** A wait ends after this long, as with real engines: 100 ms until a pacer writes something else. */
  readonly waitLimit = Int32Array.of(0, 0, 100e6, 0);
  issuedCount = 0;
  cancelCount = 0;
  readonly #clock: SimulatedClock;
  readonly #requests: Requests;
  readonly #script: Script;
  #queued: { readonly slot: number; readonly doneBytes: number }[] = [];
  #inFlight: Flight[] = [];

  constructor(requests: Requests, clock: SimulatedClock, script: Script) {
    this.#requests = requests;
    this.#clock = clock;
    this.#script = script;
    this.completedSlot = new Int32Array(requests.byteCount.length);
    this.completedResult = new Int32Array(requests.byteCount.length);
  }

  queue(slot: number): void {
    this.#queued.push({ slot, doneBytes: 0 });
  }

  queueRest(slot: number, doneBytes: number): void {
    this.#queued.push({ slot, doneBytes });
  }

  submit(): void {
    for (const { slot, doneBytes } of this.#queued) {
      const index = this.issuedCount++;
      const byteCount = this.#requests.byteCount[slot]! - doneBytes;
      const result = this.#script.result?.(index, byteCount) ?? byteCount;
      const serviceNs = this.#script.serviceNs(index, this.#inFlight.length + 1);
      this.#inFlight.push({ slot, endNs: this.#clock.nowNs() + serviceNs, result });
    }
    this.#queued = [];
  }

  submitAndReap(completionsMin: number): number {
    this.submit();
    this.#inFlight.sort((a, b) => a.endNs - b.endNs);
    const boundNs = this.#clock.nowNs() + this.waitLimit[0]! * 1e9 + this.waitLimit[2]!;
    const wanted = this.#inFlight[Math.min(completionsMin, this.#inFlight.length) - 1];
    if (completionsMin === 0) this.#clock.advanceTo(this.#clock.nowNs() + pollNs);
    if (wanted !== undefined) this.#clock.advanceTo(Math.min(wanted.endNs, boundNs));
    const now = this.#clock.nowNs();
    const done = this.#inFlight.filter(({ endNs }) => endNs <= now);
    this.#inFlight = this.#inFlight.filter(({ endNs }) => endNs > now);
    for (const [index, flight] of done.entries()) {
      this.completedSlot[index] = flight.slot;
      this.completedResult[index] = flight.result;
    }
    return done.length;
  }

  cancelAll(): void {
    this.cancelCount++;
    this.#inFlight = this.#inFlight.map(({ slot }) => ({ slot, endNs: this.#clock.nowNs(), result: -125 }));
  }

  close(): void {}

  describe(): EngineFacts {
    throw new Error('a simulated engine has no facts');
  }
}
