/** Runs what a gate judges: as `iotest run` would, until there is enough, and once more where that has to be confirmed. */

import type { JobFlags } from '../cli/flags.js';
import { type JobFile, type ParsedVariant, planJobs } from '../cli/job-input.js';
import type { FingerprintField } from '../machine/fingerprint.js';
import type { Plan } from '../plan/types.js';
import { buildResult } from '../results/build.js';
import type { IotestDocument } from '../results/document.js';
import { exitCodeOf, packageOf, runDocument } from '../run/document.js';
import { lookAt } from '../run/surroundings.js';
import { WatchedRuns } from '../run/watched-runs.js';
import { pauseMsAfter, stepSeconds } from '../runner/step-schedule.js';
import { ExitCode, UserError } from '../support/errors.js';
import type { Progress, StepOutcome } from '../worker/outcome.js';

export interface GateRunInput {
  readonly jobFile: JobFile;
  readonly variants: readonly ParsedVariant[];
  readonly flags: JobFlags & { readonly quiet: boolean };
  readonly commandLine: readonly string[];
  readonly root: string;
}

/** A run that can be repeated. */
export class GateRun {
  readonly #input: GateRunInput;
  readonly #plan: Plan;
  #say: ((text: string) => void) | null = null;

  /** Throws `UserError` for what cannot be run. */
  constructor(input: GateRunInput, repeat: number) {
    this.#input = input;
    this.#plan = planJobs(input.variants, { ...input.flags, repeat });
  }

  get plan(): Plan {
    return this.#plan;
  }

  /** Seconds of one repetition of all variants, as far as the jobs say when they end; null where they do not. */
  get plannedSeconds(): number | null {
    const steps = this.#plan.steps.filter(({ repetition }) => repetition === 0);
    const seconds = steps.map(({ workers }) => stepSeconds(workers));
    return seconds.some((each) => each === 0)
      ? null
      : seconds.reduce((sum, each) => sum + each + pauseMsAfter(each * 1000) / 1000, 0);
  }

  /** Names of the variants, in the order of the plan: also of those that an interrupted run did not come to. */
  get variants(): readonly string[] {
    return [...new Set(this.#plan.steps.map((step) => step.variant))];
  }

  /**
   * Runs what is asked for. An interrupted run gives what there is, when anything was measured.
   * @throws UserError when jobs met errors (1): there is nothing to judge then.
   */
  async run(asked: RunAsked = {}): Promise<IotestDocument> {
    const { flags, jobFile, commandLine, root } = this.#input;
    const { jobNames = null, repeat = Number.POSITIVE_INFINITY, isEnough, last } = asked;
    const steps = this.#plan.steps.filter(
      ({ repetition, workers }) =>
        repetition < repeat && (jobNames === null || workers.some(({ job }) => jobNames.has(job.name))),
    );
    const plan = { ...this.#plan, steps };
    const document = await runDocument({ plan, jobFile, commandLine, root }, async () => {
      const runs = new WatchedRuns({ quiet: flags.quiet });
      this.#say = (text) => runs.say(text);
      try {
        return await runs.run(plan, (progress) => asOfSome(progress, plan, last), isEnough);
      } finally {
        this.#say = null;
        runs.end();
      }
    });
    const status = exitCodeOf(document);
    if (status !== ExitCode.ok && status !== ExitCode.interrupted) {
      const problems = document.iotest.jobs.flatMap(({ jobName, errors }) =>
        errors.map(({ message, advice }) => ({ place: null, message: `${jobName}: ${message}`, advice })),
      );
      const distinct = problems.filter(
        (problem, index) => problems.findIndex((other) => other.message === problem.message) === index,
      );
      const verdict = { place: null, message: 'jobs met errors, so there is no verdict', advice: null };
      throw new UserError([...distinct, verdict], ExitCode.failed);
    }
    return document;
  }
  /** As `run`, of some jobs; null when it was stopped before it measured anything. */
  async again(jobNames: ReadonlySet<string>, repeat = Number.POSITIVE_INFINITY): Promise<IotestDocument | null> {
    try {
      return await this.run({ jobNames, repeat });
    } catch (error) {
      if (error instanceof UserError && error.exitCode === ExitCode.interrupted) return null;
      throw error;
    }
  }

  /** A line on stderr beside the live one. */
  say(text: string): void {
    const line = `iotest gate: ${text}`;
    if (this.#say !== null) this.#say(line);
    else if (!this.#input.flags.quiet) process.stderr.write(`${line}\n`);
  }

  /** A document of this machine in which nothing was measured yet. */
  unmeasured(): IotestDocument {
    return this.documentOf([], lookAt(this.#plan).fingerprint);
  }

  /** What steps measured so far, as a document that samples can be taken of. */
  documentOf(steps: readonly StepOutcome[], fingerprint: readonly FingerprintField[] | null = null): IotestDocument {
    return buildResult({
      outcome: { startedEpochMs: 0, elapsedMs: 0, steps, interrupted: false, warnings: [] },
      plan: this.#plan,
      machine: {},
      fingerprint,
      noise: null,
      commandLine: [],
      jobFile: null,
      tool: { version: packageOf(this.#input.root).version, koffi: '', liburing: null },
      warnings: [],
      targets: [],
    });
  }
}

interface RunAsked {
  /** Only steps that some of these take part in. */
  readonly jobNames?: ReadonlySet<string> | null;
  /** So many repetitions of those planned. */
  readonly repeat?: number;
  readonly isEnough?: (steps: readonly StepOutcome[]) => boolean;
  /** How many repetitions it will be at most. */
  readonly last?: () => number;
}

/** More is planned than will be run: the live line counts what there can be. */
function asOfSome(progress: Progress, { steps }: Plan, last: RunAsked['last']): Progress {
  if (last === undefined) return progress;
  const stepCount = Math.max(progress.stepIndex + 1, steps.filter(({ repetition }) => repetition < last()).length);
  return { ...progress, stepCount, etaSeconds: null };
}
