/**
 * Whether a job's figures have become steady, over a rolling window of equal intervals, as fio defines it: either no
 * value lies further from the mean than the limit, or the line of least squares through the values is flatter than it.
 * Or as the SNIA defines it (snia.ts): both, over five rounds, and at most 25 rounds are made.
 */
import type { SteadyStateOptions } from '../job/job.js';
import { sniaRoundsMax } from '../job/snia-rounds.js';
import { judgeSnia } from './snia.js';
import type { SteadyStateReport } from './worker-report.js';

/** What an interval showed, in whole numbers as fio keeps them. */
interface SteadyStateValues {
  readonly iops: number;
  readonly bytesPerSecond: number;
  readonly latencyNs: number;
}

export class SteadyState {
  readonly #options: SteadyStateOptions;
  readonly #lookCount: number;
  #window: SteadyStateValues[] = [];
  /** Under the SNIA's definition the judged figure of every round. */
  readonly #rounds: number[] = [];
  #verdict: Pick<SteadyStateReport, 'isAttained' | 'criterion' | 'maxDeviation' | 'slope'> = {
    isAttained: false,
    criterion: 0,
    maxDeviation: 0,
    slope: 0,
  };

  constructor(options: SteadyStateOptions) {
    this.#options = options;
    this.#lookCount = Math.round(options.durationMs / options.intervalMs);
  }

  /** Takes the values of one more interval; true as soon as the state is attained, and from then on. */
  add(values: SteadyStateValues): boolean {
    if (this.#verdict.isAttained) return true;
    if (this.isOver) return false;
    this.#window = [...this.#window, values].slice(-this.#lookCount);
    if (this.#options.isSnia) this.#rounds.push(this.#judged(values));
    if (this.#window.length === this.#lookCount) this.#verdict = this.#judge();
    return this.#verdict.isAttained;
  }

  /** No further rounds may be made. */
  get isOver(): boolean {
    return this.#rounds.length >= sniaRoundsMax;
  }

  report(): SteadyStateReport {
    const column = (value: (values: SteadyStateValues) => number) =>
      Array.from({ length: this.#lookCount }, (_, index) => {
        const values = this.#window[index];
        return values === undefined ? 0 : value(values);
      });
    return {
      ...this.#verdict,
      iops: column(({ iops }) => iops),
      bytesPerSecond: column(({ bytesPerSecond }) => bytesPerSecond),
      latencyNs: column(({ latencyNs }) => latencyNs),
      ...(this.#options.isSnia ? { rounds: [...this.#rounds] } : {}),
    };
  }

  #judged(values: SteadyStateValues): number {
    const names = { iops: 'iops', bw: 'bytesPerSecond', lat: 'latencyNs' } as const;
    return values[names[this.#options.figure]];
  }

  #judge() {
    const { isSnia, isSlope, isPercent, limit } = this.#options;
    const values = this.#window.map((one) => this.#judged(one));
    const snia = isSnia ? judgeSnia(values) : null;
    if (snia !== null) {
      const { isSteady, rangePercent, range, slope } = snia;
      return { isAttained: isSteady, criterion: rangePercent, maxDeviation: range, slope };
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const figureOf = isSlope ? slopeOf(values, mean) : Math.max(...values.map((value) => Math.abs(value - mean)));
    // Nothing was done at all: there is no share of nothing, and no steady state.
    const criterion = !isPercent ? figureOf : mean === 0 ? 0 : (100 * figureOf) / mean;
    return {
      isAttained: mean > 0 && Math.abs(criterion) < limit,
      criterion,
      maxDeviation: isSlope ? 0 : figureOf,
      slope: isSlope ? figureOf : 0,
    };
  }
}

/** Of the line of least squares through values at 0, 1, 2 … */
function slopeOf(values: readonly number[], mean: number): number {
  const middle = (values.length - 1) / 2;
  let [rise, run] = [0, 0];
  for (const [x, value] of values.entries()) {
    rise += (x - middle) * (value - mean);
    run += (x - middle) ** 2;
  }
  return rise / run;
}
