/** Measuring until it is decided: looks at what there is between repetitions, and says whether more is needed. */

import { repetitionsMin } from '../compare/rule.js';
import type { Comparison, GateReport } from '../compare/types.js';
import type { StepOutcome } from '../worker/outcome.js';
import { type Forecast, forecast } from './forecast.js';
import { type JudgeSettings, judge } from './judge.js';
import { countMax, countToConfirm, type Look, lookAt, nextLook, passCount } from './looks.js';
import { durationText, labelOf, percent } from './words.js';

export interface Bounds {
  /** As many as somebody asked for at most; null: until the budget is spent. */
  readonly repeat: number | null;
  /** null: as long as the repetitions take. */
  readonly budgetSeconds: number | null;
  /** The budget grows to hold so many: nobody asked for less. */
  readonly least: number;
}

interface UntilDecidedInput {
  readonly bounds: Bounds;
  /** `pairs`, or `repetitions` against what is saved. */
  readonly unit: 'pairs' | 'repetitions';
  /** Seconds of one, as planned; null where only running tells. */
  readonly plannedSeconds: number | null;
  readonly settings: JudgeSettings;
  readonly compare: (steps: readonly StepOutcome[]) => Comparison;
  /** Told after each look that leaves something open. */
  readonly say: (text: string) => void;
}

export class UntilDecided {
  readonly #input: UntilDecidedInput;
  /** How many there will be at most, as far as is known. */
  #last: number;
  #look: Look | null = null;
  #forecast: Forecast | null = null;
  #secondsEach: number | null;

  constructor(input: UntilDecidedInput) {
    this.#input = input;
    this.#secondsEach = input.plannedSeconds;
    this.#last = lastOf(input.bounds, input.plannedSeconds);
  }

  /** How many there will be at most, as far as is known. */
  get last(): number {
    return this.#last;
  }

  /** How many to plan. */
  get planned(): number {
    const { repeat } = this.#input.bounds;
    return repeat === null ? countMax : countToConfirm(repeat);
  }

  /** What was looked at last; of an end that was no look, all there is. */
  lookOf(count: number): Look {
    if (this.#look?.count === count) return this.#look;
    return lookAt(count, count) ?? { count, share: 1, mayPass: true, mayFail: true };
  }

  /** What is known before anything runs and should be said. Empty: nothing. */
  beforehand(): string[] {
    const { bounds, unit, plannedSeconds } = this.#input;
    const each = plannedSeconds === null ? '' : ` of ${durationText(plannedSeconds)} each`;
    if (this.#last >= passCount) {
      const all = plannedSeconds === null ? '' : ` (${durationText(plannedSeconds * this.#last)})`;
      return [`${unit}${each} until it is decided, ${this.#last} at most${all}`];
    }
    const limit =
      bounds.repeat !== null && bounds.repeat === this.#last ? '--repeat allows' : 'the budget has room for';
    return [`${limit} ${this.#last} ${unit}${each}; ${passCount} would show rarer slow runs too`];
  }

  /** Why nothing can be decided, whatever is measured; null where something can. */
  cannot(): { readonly reason: string; readonly advice: string } | null {
    const { bounds, unit } = this.#input;
    if (this.#last >= repetitionsMin) return null;
    const least = `${repetitionsMin} ${unit} are the least that decide anything`;
    if (bounds.repeat === this.#last) {
      return { reason: `--repeat ${bounds.repeat}: ${least}`, advice: `use --repeat ${passCount}, or leave it out` };
    }
    const [each, all] = [this.#secondsEach!, this.#secondsEach! * passCount].map(durationText);
    const budget = durationText(bounds.budgetSeconds!);
    return {
      reason: `one of the ${unit} takes ${each}, so that ${budget} have room for ${this.#last}: ${least}`,
      advice: `allow ${passCount} of them with --budget ${all}, or shorten the jobs with --runtime`,
    };
  }

  /** The coordinator's question after each repetition. */
  readonly isEnough = (steps: readonly StepOutcome[]): boolean => {
    const hasFailed = steps.some(({ workers }) =>
      workers.some(({ report, failure }) => failure !== null || (report?.error ?? null) !== null),
    );
    if (hasFailed) return true;
    const count = new Set(steps.map(({ repetition }) => repetition)).size;
    this.#learn(steps, count);
    if (this.cannot() !== null) return true;
    const look = lookAt(count, this.#last);
    if (look === null) return false;
    this.#look = look;
    const { settings, compare, say, unit } = this.#input;
    const report = judge(compare(steps), { ...settings, look });
    this.#forecast = forecast(report, count, this.#last);
    if (report.verdict !== 'inconclusive') return true;
    const isSuspect = report.metrics.some(
      ({ role, comparison }) => role === 'deciding' && comparison.finding === 'worse',
    );
    if (isSuspect && count < countToConfirm(count)) {
      this.#last = countToConfirm(this.#last);
      say(`after ${count} ${unit} it looks worse: looking again after ${nextLook(count, this.#last)}`);
      return false;
    }
    if (count >= this.#last || this.#forecast?.isHopeless === true) return true;
    say(this.#progressText(count));
    return false;
  };

  /** Time per repetition from what was measured: jobs can be slower than planned, and some have no planned end. */
  #learn(steps: readonly StepOutcome[], count: number): void {
    const { bounds } = this.#input;
    const [first, last] = [steps[0]!, steps.at(-1)!];
    const elapsed = (last.startedEpochMs + last.elapsedMs - first.startedEpochMs) / 1000;
    this.#secondsEach = elapsed / count;
    if (bounds.budgetSeconds === null) return;
    const left = Math.max(0, Math.floor((bounds.budgetSeconds - elapsed) / this.#secondsEach));
    this.#last = Math.min(bounds.repeat ?? countMax, Math.max(bounds.least, count + left));
  }

  #progressText(count: number): string {
    const { unit } = this.#input;
    const needed = this.#forecast?.count ?? passCount;
    const seconds = Math.max(0, needed - count) * this.#secondsEach!;
    return `after ${count} ${unit}: not decided yet; about ${needed} would, ${durationText(seconds)} more`;
  }

  /** The report with a line on what to do about what is not decided. */
  advise(report: GateReport, count: number): GateReport {
    if (report.verdict !== 'inconclusive') return report;
    const { unit } = this.#input;
    const found = forecast(report, count, Math.max(count, this.#last));
    if (found === null) return report;
    const { metric, scatter, tolerance } = found;
    const varies = `${labelOf(metric)} varies by ${percent(scatter)} from run to run`;
    const percentNeeded = Math.ceil(tolerance * 100);
    const wider =
      percentNeeded > toleranceSensibleMax
        ? ''
        : `, or allow more (--tolerance ${metric.comparison.metric.name}=${percentNeeded}%)`;
    const seconds = this.#secondsEach;
    const longer =
      found.count === null || seconds === null
        ? `more than ${countMax} ${unit} would be needed: make them longer (--runtime)`
        : `about ${found.count} ${unit} would decide: --budget ${durationText(Math.ceil(found.count * seconds))}`;
    return { ...report, advice: `${varies}; ${longer}, find a quieter machine${wider}` };
  }
}

/** Nobody would want to hear of a tolerance beyond it. */
const toleranceSensibleMax = 50;

function lastOf({ repeat, budgetSeconds, least }: Bounds, secondsEach: number | null): number {
  const fits = budgetSeconds === null || secondsEach === null ? countMax : Math.floor(budgetSeconds / secondsEach);
  return Math.min(repeat ?? countMax, Math.max(least, fits));
}
