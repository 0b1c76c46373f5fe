/**
 * What is counted of chains while they run: latency and fate of each element, by element as it is written (`write:4` is
 * one). Columns, so that nothing is allocated or boxed per request.
 */

import { elementText } from '../job/chain.js';
import type { ChainOptions } from '../job/job.js';
import { countsLength, LatencyRecorder, latencyCounts, sumsLength } from './latency.js';
import type { ChainReport } from './worker-report.js';

/** Columns of `ChainRecorder.elements`. */
export const elementDone = 0;
export const elementBytes = 1;
export const elementShort = 2;
export const elementFailed = 3;
export const elementCancelled = 4;
/** Of those done: seen complete at the same look as the one before, so that no time lies between. */
export const elementTogether = 5;
export const elementColumns = 6;

/** Columns of `ChainRecorder.chains`. */
export const chainComplete = 0;
export const chainBroken = 1;
export const chainTorn = 2;

export class ChainRecorder {
  /** By element; empty where elements are not timed. */
  readonly latency: LatencyRecorder;
  /** element × `elementColumns`. */
  readonly elements: Float64Array;
  /** [complete, broken, torn apart between two submissions] */
  readonly chains = new Float64Array(3);
  readonly #options: ChainOptions;

  constructor(options: ChainOptions) {
    const elementCount = options.elements.length;
    this.#options = options;
    this.latency = new LatencyRecorder(
      new Float64Array(countsLength(elementCount)),
      new Float64Array(sumsLength(elementCount)),
    );
    this.elements = new Float64Array(elementCount * elementColumns);
  }

  /** Forgets everything, as at the end of the ramp. */
  reset(): void {
    this.latency.reset();
    this.elements.fill(0);
    this.chains.fill(0);
  }

  report(): ChainReport {
    const { counts, sums } = this.latency;
    return {
      options: this.#options,
      completeCount: this.chains[chainComplete]!,
      brokenCount: this.chains[chainBroken]!,
      tornCount: this.chains[chainTorn]!,
      elements: this.#options.elements.map((element, index) => {
        const column = (which: number): number => this.elements[index * elementColumns + which]!;
        return {
          name: elementText(element),
          doneCount: column(elementDone),
          byteCount: column(elementBytes),
          shortCount: column(elementShort),
          failedCount: column(elementFailed),
          cancelledCount: column(elementCancelled),
          togetherCount: column(elementTogether),
          latency: latencyCounts(counts, sums, index),
        };
      }),
    };
  }
}
