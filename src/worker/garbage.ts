/** Garbage collections of a worker: one before the clock starts, and how many came while it ran. */
import { PerformanceObserver } from 'node:perf_hooks';
import v8 from 'node:v8';
import vm from 'node:vm';

/** What preparing left behind is collected now, so that it cannot bring a collection into the measured time. */
export function collectGarbage(): void {
  v8.setFlagsFromString('--expose-gc');
  vm.runInNewContext('gc')({ type: 'minor' });
}

/** Counts garbage collections of this thread between start and stop. */
export class CollectionCounter {
  #startMs = 0;
  #stopMs = 0;
  #observer: PerformanceObserver | null = null;
  readonly #times: number[] = [];

  start(): void {
    this.#observer?.disconnect();
    this.#observer = new PerformanceObserver((list) => this.#take(list.getEntries()));
    this.#observer.observe({ entryTypes: ['gc'] });
    this.#startMs = performance.now();
  }

  stop(): void {
    this.#stopMs = performance.now();
  }

  /** Node hands entries over between turns of the event loop, which a hot worker has not had until now. */
  async count(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#take(this.#observer?.takeRecords() ?? []);
    this.#observer?.disconnect();
    return this.#times.filter((time) => time >= this.#startMs && time <= this.#stopMs).length;
  }

  #take(entries: readonly { readonly startTime: number }[]): void {
    for (const entry of entries) this.#times.push(entry.startTime);
  }
}
