/** The 99th percentile of a step's latencies second by second, all its workers together, as the live view sees it. */

import type { StepP99 } from '../worker/outcome.js';
import { controlPhase, markStartNs, Phase } from '../worker/shared-state.js';
import type { LiveFigures, WatchedWorker } from './live-view.js';

export class P99Series {
  readonly #endMs: number[] = [];
  readonly #ns: number[] = [];
  #wasMeasuring = false;

  /**
   * Takes one look. The first one in the measured time is left out: it began before, and a ramp's counts start over.
   * @param nowNs on the workers' clock
   */
  add(workers: readonly WatchedWorker[], { phase, p99Ns }: Pick<LiveFigures, 'phase' | 'p99Ns'>, nowNs: number): void {
    const isMeasuring = phase === 'run';
    if (isMeasuring && this.#wasMeasuring && p99Ns !== null) {
      const begun = workers.filter(({ shared }) => shared.control[controlPhase]! >= Phase.measuring);
      const startNs = Math.min(...begun.map(({ shared }) => shared.marks[markStartNs]!));
      this.#endMs.push(Math.round((nowNs - startNs) / 1e6));
      this.#ns.push(Math.round(p99Ns));
    }
    this.#wasMeasuring = isMeasuring;
  }

  /** Absent without a look. */
  values(): { readonly p99?: StepP99 } {
    return this.#ns.length === 0 ? {} : { p99: { endMs: this.#endMs, ns: this.#ns } };
  }
}
