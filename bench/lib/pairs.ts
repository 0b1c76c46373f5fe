/** Interleaved pairs: A B, B A, A B … so that a drift of the machine falls on both alike. */
import type { Case, Goal } from './cases.js';
import type { Figures } from './contenders.js';
import type { Targets } from './targets.js';

export interface Row {
  readonly case: string;
  readonly title: string;
  readonly metric: string;
  /** What is divided by what. */
  readonly contenders: readonly [string, string];
  readonly goal: Goal | null;
  /** One per pair. */
  readonly ratios: readonly number[];
  readonly median: number;
  /** Medians of the absolute values. */
  readonly values: readonly [number, number];
  readonly isMet: boolean | null;
}

export interface CaseResult {
  readonly rows: readonly Row[];
  /** Over the runs of iotest. */
  readonly garbageCollections: number;
}

export async function runCase(
  benchCase: Case,
  targets: Targets,
  { pairs, seconds }: { readonly pairs: number; readonly seconds: number },
): Promise<CaseResult> {
  const [first, second] = benchCase.contenders(targets);
  const done: [Figures, Figures][] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) {
      const figures = await first.run(seconds);
      done.push([figures, await second.run(seconds)]);
    } else {
      const figures = await second.run(seconds);
      done.push([await first.run(seconds), figures]);
    }
  }
  const rows = benchCase.metrics.map(({ name, pick, goal }): Row => {
    const ratios = done.map(([a, b]) => pick(a) / pick(b));
    return {
      case: benchCase.name,
      title: benchCase.title,
      metric: name,
      contenders: [first.label, second.label],
      goal,
      ratios,
      median: median(ratios),
      values: [median(done.map(([a]) => pick(a))), median(done.map(([, b]) => pick(b)))],
      isMet: goal === null ? null : meets(median(ratios), goal),
    };
  });
  const counts = done.flat().map(({ garbageCollections }) => garbageCollections);
  return { rows, garbageCollections: counts.reduce((all, count) => all + (Number.isNaN(count) ? 0 : count), 0) };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function meets(value: number, { min, max }: Goal): boolean {
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

export function describeGoal(goal: Goal | null): string {
  if (goal === null) return '';
  if (goal.min !== undefined && goal.max !== undefined) return `${goal.min}–${goal.max}`;
  return goal.min !== undefined ? `≥ ${goal.min}` : `≤ ${goal.max}`;
}
