/** A look into a run while it goes on: what each worker does, the rates, and the whole outcome so far. */

import type { Plan, PlannedWorker } from '../plan/types.js';
import { type Clock, epochMs } from '../system/clock.js';
import type { RunOutcome, StepOutcome } from '../worker/outcome.js';
import { controlPhase, Phase } from '../worker/shared-state.js';
import { type LiveFigures, LiveView } from './live-view.js';
import { stepSeconds } from './step-schedule.js';
import type { WorkerHandle } from './worker-handle.js';

interface WatchedPhase {
  readonly worker: PlannedWorker;
  readonly phase: 'not started' | 'preparing' | 'waiting' | 'ramp' | 'measuring' | 'draining' | 'ended';
}

const phaseNames: Readonly<Record<number, WatchedPhase['phase']>> = {
  [Phase.preparing]: 'preparing',
  [Phase.waiting]: 'waiting',
  [Phase.ramp]: 'ramp',
  [Phase.measuring]: 'measuring',
  [Phase.draining]: 'draining',
  [Phase.ended]: 'ended',
};

/** Given to the coordinator, which tells it of each step. Costs the workers nothing. */
export class RunWatch {
  readonly #plan: Plan;
  readonly #startedEpochMs = epochMs();
  readonly #done: StepOutcome[] = [];
  #stepIndex = 0;
  #stepStartedEpochMs = 0;
  #handles: readonly WorkerHandle[] = [];
  readonly #views = new Map<string, LiveView>();
  readonly #lookers: readonly string[];
  #clock: Clock | null = null;

  /** @param lookers who will ask for rates: each has them since its own last look. */
  constructor(plan: Plan, lookers: readonly string[]) {
    this.#plan = plan;
    this.#lookers = lookers;
  }

  /** The workers of a step are being prepared. */
  begin(stepIndex: number, handles: readonly WorkerHandle[], clock: Clock): void {
    this.#stepIndex = stepIndex;
    this.#stepStartedEpochMs = epochMs();
    this.#handles = handles;
    this.#clock = clock;
    for (const looker of this.#lookers) this.#views.set(looker, new LiveView(handles, clock.nowNs()));
  }

  /** The step's outcome is known. */
  end(outcome: StepOutcome): void {
    this.#done.push(outcome);
    this.#handles = [];
    this.#views.clear();
  }

  /** Rates since the last look, and how long it will take; null between steps. */
  look(looker: string): LiveFigures | null {
    const view = this.#views.get(looker);
    if (view === undefined || this.#clock === null) return null;
    const figures = view.look(this.#clock.nowNs());
    const later = this.#plan.steps
      .slice(this.#stepIndex + 1)
      .reduce((sum, { workers }) => sum + stepSeconds(workers), 0);
    return { ...figures, secondsLeft: figures.secondsLeft === null ? null : figures.secondsLeft + later };
  }

  /** Every worker of the plan, in order. */
  phases(): WatchedPhase[] {
    return this.#plan.steps.flatMap(({ workers }, stepIndex) =>
      workers.map((worker, index): WatchedPhase => {
        if (stepIndex < this.#done.length) return { worker, phase: 'ended' };
        const handle = stepIndex === this.#stepIndex ? this.#handles[index] : undefined;
        return { worker, phase: handle === undefined ? 'not started' : phaseNames[handle.control[controlPhase]!]! };
      }),
    );
  }

  /** As if the run ended now. Steps that have not begun are left out. */
  outcome(): RunOutcome {
    const step = this.#plan.steps[this.#stepIndex];
    const running =
      this.#clock === null || this.#handles.length === 0 || step === undefined
        ? []
        : [
            {
              engineLabel: step.engineLabel,
              variant: step.variant,
              repetition: step.repetition,
              startedEpochMs: this.#stepStartedEpochMs,
              elapsedMs: epochMs() - this.#stepStartedEpochMs,
              workers: this.#handles.map((handle) => handle.snapshot(this.#clock!.nowNs())),
              diskUse: [],
            },
          ];
    return {
      startedEpochMs: this.#startedEpochMs,
      elapsedMs: epochMs() - this.#startedEpochMs,
      steps: [...this.#done, ...running],
      interrupted: false,
      warnings: [],
    };
  }
}
