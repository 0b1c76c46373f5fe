/** What whoever starts a run gives to it: how to stop it, and who is told how far it is. */
import type { MismatchNotice } from '../stats/verify-report.js';
import type { Progress, StepOutcome } from '../worker/outcome.js';
import type { RunControl } from './run-control.js';
import type { RunWatch } from './run-watch.js';

export interface RunHooks {
  /** What must be over before anything is measured, beside the preparation of the workers; it may fail. */
  readonly before?: Promise<unknown>;
  readonly control: RunControl;
  /**
   * Asked when the workers of a step are ready, or some cannot start; they wait for what it waits for. Gives the instant at
   * which they begin, on the clock of `performance`, or null: they do not.
   */
  readonly barrier?: (canStart: boolean) => Promise<number | null>;
  /** About once a second. */
  readonly onProgress: (progress: Progress) => void;
  /** Workers look at what the kernel does for them. */
  readonly explains?: boolean;
  /** Told of each wrong block of a job that verifies, at once. */
  readonly onMismatch?: (notice: MismatchNotice) => void;
  /** Asked between the repetitions of a plan with what there is; true: the others are not needed. */
  readonly isEnough?: (steps: readonly StepOutcome[]) => boolean;
  /** Told of each step, for whoever wants to look in between. */
  readonly watch?: RunWatch;
}
