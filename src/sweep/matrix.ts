/** The points of a sweep, each with the plan that measures it. */

import type { JobFlags } from '../cli/flags.js';
import { type JobFile, type ParsedVariant, parseJobs, planJobs } from '../cli/job-input.js';
import { splitEngineLabel } from '../job/engine-label.js';
import type { Override } from '../job/expand.js';
import type { Plan, PlannedWorker } from '../plan/types.js';
import { plannedSeconds, stepSeconds } from '../runner/step-schedule.js';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import type { PointOfSweep } from './document.js';
import { pointText } from './points.js';
import type { Axis } from './values.js';

export interface Point extends PointOfSweep {
  /** The jobs with the point's values. */
  readonly variant: ParsedVariant;
  readonly flags: JobFlags;
}

/** More runs than this is a slip. */
const pointCountMax = 20_000;

/** Every combination of the values, the last axis running fastest. */
function combinations(axes: readonly Axis[]): Record<string, string>[] {
  return axes.reduce<Record<string, string>[]>(
    (points, { option, values }) => points.flatMap((point) => values.map((value) => ({ ...point, [option]: value }))),
    [{}],
  );
}

/**
 * The jobs of every point, read from one job file.
 * @throws UserError with the problems of all points at once: values that an option does not take among them.
 */
export function readPoints(file: JobFile, axes: readonly Axis[], flags: JobFlags): Point[] {
  const count = axes.reduce((product, { values }) => product * values.length, flags.repeat ?? 1);
  if (count > pointCountMax) {
    throw UserError.of(`this would be ${count} runs`, `at most ${pointCountMax} are possible: take fewer values`);
  }
  const problems = new Problems();
  problems.add(conflicts(axes, flags));
  const engines = axes.find(({ option }) => option === 'engine')?.values ?? [];
  for (const engine of engines) problems.collect(() => [splitEngineLabel(engine)]);
  const points = combinations(axes).flatMap((values, index): Point[] => {
    const { engine, ...options } = values;
    const changes = Object.entries(options).map(([key, value]): Override => ({ key, value, label: `--vary ${key}` }));
    const own = engine === undefined ? flags : { ...flags, engine: [engine] };
    return problems.collect(() => [
      { index, values, variant: { name: null, ...parseJobs(file, flags, changes) }, flags: own },
    ]);
  });
  problems.throwIfAny();
  return points;
}

/**
 * What one run of a point would do, as its target is now.
 * @throws UserError when the machine cannot do it.
 */
export function planPoint({ variant, flags }: Point, repetition: number): Plan {
  const plan = planJobs([variant], flags);
  return { ...plan, steps: plan.steps.filter((step) => step.repetition === repetition) };
}

/**
 * The plan of each point's first run, so that nothing begins that could not be finished.
 * @throws UserError with the problems of all points at once.
 */
export function planPoints(points: readonly Point[]): Plan[] {
  const problems = new Problems();
  const plans = points.map((point) => problems.collect(() => [planPoint(point, 0)]));
  const logging = plans.flat().flatMap((plan) => workersOf(plan).filter(({ logs }) => logs !== null));
  const names = [...new Set(logging.map(({ job }) => job.name))];
  problems.add(
    names.map((name) => ({
      place: null,
      message: `${name} writes logs, and each point of the sweep would overwrite those of the one before`,
      advice: 'leave write_bw_log and its like out; the result holds a series of each point',
    })),
  );
  problems.throwIfAny();
  return plans.flat();
}

function workersOf(plan: Plan): PlannedWorker[] {
  return plan.steps.flatMap(({ workers }) => workers);
}

/** Everything that any of the plans needs on disk, in one. */
export function layOutPlan(plans: readonly Plan[]): Plan {
  return { ...plans[0]!, steps: plans.flatMap(({ steps }) => steps) };
}

/** How long a plan takes, as far as the job file says, and whether some job runs until its data is done. */
export function plannedTime(plan: Plan): { readonly seconds: number; readonly isKnown: boolean } {
  return {
    seconds: plan.steps.reduce((sum, { workers }) => sum + stepSeconds(workers), 0),
    isKnown: workersOf(plan).every((worker) => plannedSeconds(worker) !== null),
  };
}

/** An option that is varied, and fixed by another flag. */
function conflicts(axes: readonly Axis[], { set = [], runtime }: JobFlags): Problem[] {
  const fixed = [...set.map((text) => text.split('=', 1)[0]!.trim()), ...(runtime === undefined ? [] : ['runtime'])];
  return axes
    .filter(({ option }) => fixed.includes(option) || (option === 'engine' && fixed.includes('ioengine')))
    .map(({ option }) => ({
      place: null,
      message: `${option} is varied, and set to one value as well`,
      advice: 'leave one of the two out',
    }));
}

/** Problems of many points: those of the job file itself would come once for each. */
class Problems {
  readonly #found: Problem[] = [];
  #exitCode: UserError['exitCode'] | null = null;

  add(problems: readonly Problem[]): void {
    for (const problem of problems) {
      const isKnown = this.#found.some(
        ({ message, place }) =>
          message === problem.message && place?.line === problem.place?.line && place?.file === problem.place?.file,
      );
      if (!isKnown) this.#found.push(problem);
    }
  }

  collect<T>(make: () => T[]): T[] {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.add(error.problems);
      this.#exitCode ??= error.exitCode;
      return [];
    }
  }

  throwIfAny(): void {
    if (this.#found.length > 0) throw new UserError(this.#found, this.#exitCode ?? ExitCode.usage);
  }
}

/** For messages and progress. */
export function textOf({ values }: PointOfSweep): string {
  return pointText(values);
}
