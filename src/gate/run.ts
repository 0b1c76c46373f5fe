/** Runs what a gate judges: as `iotest run` would, and once more when the first verdict has to be confirmed. */

import type { JobFlags } from '../cli/flags.js';
import { type JobFile, type ParsedVariant, planJobs } from '../cli/job-input.js';
import type { Plan } from '../plan/types.js';
import type { IotestDocument } from '../results/document.js';
import { exitCodeOf, runDocument } from '../run/document.js';
import { watchRun } from '../run/watch.js';
import { ExitCode, UserError } from '../support/errors.js';

export interface GateRunInput {
  readonly jobFile: JobFile;
  readonly variants: readonly ParsedVariant[];
  /** How many variants the plan must have: 2 to compare them, 1 to compare with what is saved. */
  readonly variantCount: 1 | 2;
  readonly flags: JobFlags & { readonly quiet: boolean };
  readonly commandLine: readonly string[];
  readonly root: string;
}

/** A run that can be repeated. */
export class GateRun {
  readonly #input: GateRunInput;
  readonly #plan: Plan;

  /** Throws `UserError` for what cannot be run, and where variants are not as many as can be judged. */
  constructor(input: GateRunInput) {
    this.#input = input;
    this.#plan = planJobs(input.variants, input.flags);
    const { variants } = this;
    if (variants.length === input.variantCount) return;
    const advice =
      input.variantCount === 2
        ? 'give two job files, and at most one --engine'
        : 'give one --engine at most, and jobs of one ioengine: a baseline holds one variant';
    throw UserError.of(`this would run ${variants.length} variants: ${variants.join(', ')}`, advice);
  }

  /** Names of the variants, in the order of the plan: also of those that an interrupted run did not come to. */
  get variants(): readonly string[] {
    return [...new Set(this.#plan.steps.map((step) => step.variant))];
  }

  /**
   * Runs it all, or only the steps that some of the jobs take part in. An interrupted run gives what there is, when
   * anything was measured.
   * @throws UserError when jobs met errors (1): there is nothing to judge then.
   */
  async run(jobNames: ReadonlySet<string> | null = null): Promise<IotestDocument> {
    const { flags, jobFile, commandLine, root } = this.#input;
    const steps = this.#plan.steps.filter(
      (step) => jobNames === null || step.workers.some(({ job }) => jobNames.has(job.name)),
    );
    const plan = { ...this.#plan, steps };
    const document = await runDocument({ plan, jobFile, commandLine, root }, () =>
      watchRun(plan, { quiet: flags.quiet }),
    );
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
}
