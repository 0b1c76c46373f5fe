/**
 * Runs a plan: lays files out, then step after step starts the workers together, watches them, and collects what they
 * report. A worker that dies costs its own result at most: its counts are in shared memory.
 */

import fs from 'node:fs';
import { engineTraits } from '../job/engine-traits.js';
import { type DiskStatistics, type DiskUse, diskStatistics, diskUseBetween } from '../machine/block-device.js';
import { withEnds } from '../plan/open-ended.js';
import type { Plan, Step } from '../plan/types.js';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import type { Warning } from '../support/warning.js';
import { installBusGuard } from '../system/bus-guard.js';
import { type Clock, createClock, currentMonotonicSecond, epochMs } from '../system/clock.js';
import { describeErrno } from '../system/errno.js';
import type { PreconditionOutcome, RunOutcome, StepOutcome, WorkerOutcome } from '../worker/outcome.js';
import { createFlows } from '../worker/pacing/flow.js';
import { EndCause } from '../worker/shared-state.js';
import { createSqThreadShares } from '../worker/sq-thread.js';
import { dropCaches } from './drop-caches.js';
import { layOutFiles } from './lay-out-files.js';
import { LiveView } from './live-view.js';
import { loopCostNs } from './loop-cost.js';
import { P99Series } from './p99-series.js';
import { fillOutcome, fillSteps, settlingOutcome, settlingStep } from './precondition.js';
import { RampWatch } from './ramp-watch.js';
import type { RunHooks } from './run-hooks.js';
import { heldBuffersFor, heldFor, makeEmptyFiles, RunTargets, refuseUsed } from './run-targets.js';
import { SteadyWatch } from './steady-watch.js';
import { StepLogs } from './step-logs.js';
import { pauseMsAfter, StepSchedule, stepSeconds } from './step-schedule.js';
import { WorkerHandle } from './worker-handle.js';
import { ZoneTables } from './zone-tables.js';

const progressIntervalMs = 1000;
/** How exactly ramps by size and the intervals of steady states are kept; rates are over the time that really passed. */
const lookMs = 20;

/** Throws `UserError` when targets are not what they were or cannot be prepared; what workers meet is in the outcome. */
export async function runPlan(plan: Plan, hooks: RunHooks): Promise<RunOutcome> {
  const targets = new RunTargets(plan);
  try {
    targets.claim();
    targets.markBusy();
    const outcome = await runSteps(plan, hooks);
    if (outcome.steps.length > 0) targets.unlink();
    return outcome;
  } finally {
    targets.markLeft();
    targets.release();
  }
}

async function runSteps(plan: Plan, hooks: RunHooks): Promise<RunOutcome> {
  const startedEpochMs = epochMs();
  const clockBaseSecond = currentMonotonicSecond();
  const clock = createClock(clockBaseSecond);
  const warnings: Warning[] = [];
  const steps: StepOutcome[] = [];
  /** Ways, each in one repetition, that a job has ended for good (exit_what=all). */
  const endedWays = new Set<string>();
  const beginnings = new Map<string, Beginning>();
  const zones = new ZoneTables(plan);
  await layOutFiles(plan, hooks);
  const preconditioning: PreconditionOutcome[] = [];
  const precondition = async (step: Step, laterIndex: number, outcomeOf: typeof fillOutcome): Promise<StepOutcome> => {
    const run = new StepRun(plan, step, laterIndex - 1, preconditionHooks(hooks), clock, clockBaseSecond, zones, {
      atMs: null,
    });
    const outcome = await run.run(warnings);
    preconditioning.push(outcomeOf(outcome, hooks.control.isStopping));
    return outcome;
  };
  for (const step of fillSteps(plan)) {
    if (hooks.control.isStopping) break;
    throwFailures(await precondition(step, 0, fillOutcome));
  }
  for (const [stepIndex, step] of plan.steps.entries()) {
    const isNext = steps.length > 0 && steps.at(-1)!.repetition !== step.repetition;
    if (isNext && !hooks.control.isStopping && hooks.isEnough?.(steps) === true) break;
    const way = `${step.wayIndex}:${step.repetition}`;
    if (endedWays.has(way) && !hooks.control.isStopping) {
      steps.push(unstartedStep(step));
      hooks.watch?.end(steps.at(-1)!);
      continue;
    }
    if (stepIndex > 0 && repetitionCount(plan) > 1) await hooks.control.pause(pauseMsAfter(steps.at(-1)!.elapsedMs));
    if (hooks.control.isStopping) break;
    const settling = settlingStep(step);
    if (settling !== null) await precondition(settling, stepIndex, settlingOutcome);
    if (hooks.control.isStopping) break;
    const beginning = beginnings.get(way) ?? { atMs: null };
    beginnings.set(way, beginning);
    const run = new StepRun(plan, step, stepIndex, hooks, clock, clockBaseSecond, zones, beginning);
    steps.push(await run.run(warnings));
    hooks.watch?.end(steps.at(-1)!);
    if (run.endsLaterSteps) endedWays.add(way);
  }
  return {
    startedEpochMs,
    elapsedMs: epochMs() - startedEpochMs,
    steps,
    interrupted: hooks.control.isStopping,
    ...(preconditioning.length === 0 ? {} : { preconditioning }),
    warnings,
  };
}

/** When the first jobs of a way began. As in fio, delays of later steps count from there too. */
interface Beginning {
  /** On the clock of `performance`; null = none has begun. */
  atMs: number | null;
}

/** What is done before measuring is shown as such, and followed by nobody who follows steps. */
function preconditionHooks({ control, onProgress }: RunHooks): RunHooks {
  return {
    control,
    onProgress: (progress) =>
      onProgress({
        ...progress,
        stepIndex: Math.max(0, progress.stepIndex),
        phase: progress.phase === 'run' ? 'precondition' : progress.phase,
      }),
  };
}

/** A region that could not be written is no ground to measure on. */
function throwFailures({ workers }: StepOutcome): void {
  const problems = workers.flatMap(({ worker, report, failure }): Problem[] => {
    const what = `precondition of ${worker.job.name}`;
    if (failure !== null) return [{ ...failure, message: `${what}: ${failure.message}` }];
    const error = report?.error ?? null;
    if (error === null) return [];
    const { name, meaning, advice } = describeErrno(error.errno);
    return [{ place: null, message: `${what}: ${error.during}: ${name}, ${meaning}`, advice }];
  });
  if (problems.length > 0) throw new UserError(problems, ExitCode.failed);
}

function repetitionCount(plan: Plan): number {
  return new Set(plan.steps.map((step) => step.repetition)).size;
}

function unstartedStep({ engineLabel, variant, repetition, workers }: Step): StepOutcome {
  const outcomes = workers.map((worker) => ({ worker, report: null, failure: null }));
  return {
    engineLabel,
    variant,
    repetition,
    startedEpochMs: epochMs(),
    elapsedMs: 0,
    workers: outcomes,
    diskUse: [],
  };
}

/**
 * One step: its workers prepare together, so that nobody warms up while another is measured; they start together, those
 * with `wait_for` when what they wait for has ended; and they are waited for.
 */
class StepRun {
  readonly #plan: Plan;
  #step: Step;
  readonly #stepIndex: number;
  readonly #hooks: RunHooks;
  readonly #clock: Clock;
  readonly #clockBaseSecond: number;
  readonly #zones: ZoneTables;
  readonly #schedule: StepSchedule;
  readonly #beginning: Beginning;
  readonly #p99 = new P99Series();
  /** The steps after this one must not run: a job with exit_what=all has ended. */
  endsLaterSteps = false;

  constructor(
    plan: Plan,
    step: Step,
    stepIndex: number,
    hooks: RunHooks,
    clock: Clock,
    clockBaseSecond: number,
    zones: ZoneTables,
    beginning: Beginning,
  ) {
    this.#plan = plan;
    this.#step = step;
    this.#stepIndex = stepIndex;
    this.#hooks = hooks;
    this.#clock = clock;
    this.#clockBaseSecond = clockBaseSecond;
    this.#zones = zones;
    this.#schedule = new StepSchedule(step.workers);
    this.#beginning = beginning;
  }

  /** Never throws `UserError`: what kept the step from running is each worker's failure, and earlier steps are kept. */
  async run(warnings: Warning[]): Promise<StepOutcome> {
    const startedEpochMs = epochMs();
    const handles: WorkerHandle[] = [];
    const disks = new DiskWatch(this.#plan, this.#step);
    const logs = new StepLogs(this.#step.workers);
    let workers: WorkerOutcome[];
    try {
      this.#step = withEnds(this.#step, (path) => fs.statSync(path).size);
      refuseUsed(this.#step);
      for (const worker of this.#step.workers) makeEmptyFiles(worker);
      workers = await this.#runWorkers(handles, disks, logs, warnings);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const failure = error.problems[0]!;
      workers = this.#step.workers.map((worker) => ({ worker, report: null, failure }));
    } finally {
      // Whatever went wrong, no worker is left waiting for a start that will not come.
      for (const handle of handles) handle.stop();
      await Promise.all(handles.map((handle) => handle.ended));
      for (const handle of handles) this.#hooks.control.unwatch(handle.control);
    }
    workers = await finishLogs(logs, workers, warnings);
    const { engineLabel, variant, repetition } = this.#step;
    const elapsedMs = epochMs() - startedEpochMs;
    return {
      engineLabel,
      variant,
      repetition,
      startedEpochMs,
      elapsedMs,
      workers,
      diskUse: disks.difference(),
      ...this.#p99.values(),
    };
  }

  async #runWorkers(
    handles: WorkerHandle[],
    disks: DiskWatch,
    logs: StepLogs,
    warnings: Warning[],
  ): Promise<WorkerOutcome[]> {
    if (this.#step.workers.some(({ engine }) => engineTraits(engine.name).mapsFiles)) installBusGuard();
    const flows = createFlows(this.#step.workers);
    const sqThreads = createSqThreadShares(this.#step.workers);
    for (const [index, worker] of this.#step.workers.entries()) {
      const handle = new WorkerHandle(worker, this.#clockBaseSecond, {
        held: heldFor(worker),
        heldBuffers: heldBuffersFor(worker),
        logMemory: logs.memoryOf(worker),
        flow: flows[index]!,
        sqThread: sqThreads[index]!,
        zones: this.#zones.memoryFor(this.#step, worker),
        explains: this.#hooks.explains === true,
        onMismatch: this.#hooks.onMismatch,
      });
      handles.push(handle);
      this.#hooks.control.watch(handle.control);
    }
    this.#hooks.watch?.begin(this.#stepIndex, handles, this.#clock);
    const ticker = this.#watch(handles);
    const steady = new SteadyWatch(handles, (index, isSteady) =>
      handles[index]!.end(isSteady ? EndCause.steady : EndCause.roundsOver),
    );
    const ramp = new RampWatch(handles);
    const look = (): void => {
      ramp.look();
      steady.look(this.#clock.nowNs());
    };
    const looks = steady.isNeeded || ramp.isNeeded ? setInterval(look, lookMs) : undefined;
    try {
      const ruler = loopCostNs(this.#step.workers, this.#clockBaseSecond);
      // It may fail before anybody waits for it.
      ruler.catch(() => {});
      await Promise.all([logs.ready, this.#hooks.before, ...handles.map((handle) => handle.prepared)]);
      const loopNsPerIo = await ruler;
      // A job that cannot start must not let the others measure something that was not asked for.
      const canStart = !handles.some((handle) => handle.hasFailed);
      const { barrier } = this.#hooks;
      const beginMs = barrier === undefined ? performance.now() : await barrier(canStart);
      if (!canStart || beginMs === null) for (const handle of handles) handle.stop();
      disks.begin();
      const firstMs = beginMs ?? performance.now();
      this.#beginning.atMs ??= firstMs;
      const startedMs = this.#beginning.atMs;
      const startReady = (): void => {
        const ready = this.#schedule.takeReady();
        if (ready.length === 0) return;
        warnings.push(...dropCaches(ready.map((index) => this.#step.workers[index]!)));
        for (const index of ready) {
          const atMs = Math.max(firstMs, startedMs + this.#schedule.startDelayMs(index));
          handles[index]!.start(Math.max(0, atMs - performance.now()));
        }
      };
      const followEnd = async (handle: WorkerHandle, index: number): Promise<void> => {
        await handle.ended;
        const { others, endsLaterSteps } = this.#schedule.noteEnd(index, handle.hasErrors);
        for (const other of others) handles[other]!.end(EndCause.exitall);
        if (endsLaterSteps) this.endsLaterSteps = true;
        startReady();
      };
      startReady();
      await Promise.all(handles.map(followEnd));
      disks.end();
      return handles.map((handle, index) => ({ ...handle.outcome(loopNsPerIo), ...steady.outcomeOf(index) }));
    } finally {
      clearInterval(ticker);
      clearInterval(looks);
    }
  }

  #watch(handles: readonly WorkerHandle[]): NodeJS.Timeout {
    const view = new LiveView(handles, this.#clock.nowNs());
    return setInterval(() => {
      const nowNs = this.#clock.nowNs();
      const { secondsLeft, ...figures } = view.look(nowNs);
      this.#p99.add(handles, figures, nowNs);
      this.#hooks.onProgress({
        ...figures,
        stepIndex: this.#stepIndex,
        stepCount: this.#plan.steps.length,
        engineLabel: this.#step.engineLabel,
        etaSeconds: secondsLeft === null ? null : secondsLeft + this.#secondsOfLaterSteps(),
      });
    }, progressIntervalMs);
  }

  #secondsOfLaterSteps(): number {
    return this.#plan.steps.slice(this.#stepIndex + 1).reduce((sum, step) => sum + stepSeconds(step.workers), 0);
  }
}

/** A log that is not whole is its worker's failure: it was asked for as the result was. */
async function finishLogs(logs: StepLogs, workers: WorkerOutcome[], warnings: Warning[]): Promise<WorkerOutcome[]> {
  const finished = await logs.finish(workers.some(({ report }) => report !== null));
  warnings.push(...finished.warnings);
  return workers.map((outcome) => ({
    ...outcome,
    failure: outcome.failure ?? finished.problems.get(outcome.worker.workerIndex) ?? null,
  }));
}

/** What the disks below the step's targets do meanwhile, ours and others'. */
class DiskWatch {
  readonly #names: readonly string[];
  #startedMs = 0;
  #before: readonly DiskStatistics[] = [];
  #difference: readonly DiskUse[] = [];

  constructor(plan: Plan, step: Step) {
    const shown = step.workers.filter(({ job }) => job.measure.diskUse);
    const paths = new Set(shown.flatMap(({ files }) => files.map((file) => file.path)));
    const targets = plan.targets.filter((target) => paths.has(target.path));
    this.#names = [...new Set(targets.map((target) => target.queue?.disk).filter((name) => name !== undefined))];
  }

  begin(): void {
    this.#startedMs = epochMs();
    this.#before = this.#names.map((name) => diskStatistics(name)).filter((statistics) => statistics !== null);
  }

  end(): void {
    const elapsedMs = epochMs() - this.#startedMs;
    this.#difference = this.#before.flatMap((before) => {
      const after = diskStatistics(before.name);
      return after === null ? [] : [diskUseBetween(before, after, elapsedMs)];
    });
  }

  /** Empty when the step did not get as far. */
  difference(): readonly DiskUse[] {
    return this.#difference;
  }
}
