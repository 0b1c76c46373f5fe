/** Collects everything that is wrong or doubtful about a plan, so that the user hears of all of it at once. */
import type { Job } from '../job/job.js';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import type { Warning } from '../support/warning.js';

export class Findings {
  readonly #problems: Problem[] = [];
  readonly #warnings: Warning[] = [];
  #isUsage = false;

  /** The job or the command line asks for something that makes no sense. */
  usage(job: Job | null, message: string, advice: string | null): void {
    this.#isUsage = true;
    this.#addProblem(job, message, advice);
  }

  /** The request is sound, but this machine or device cannot do it. */
  machine(job: Job | null, message: string, advice: string | null): void {
    this.#addProblem(job, message, advice);
  }

  /** A problem with a place of its own, as in a file that a job names. */
  problem(problem: Problem): void {
    this.#isUsage = true;
    const { place, message } = problem;
    const isKnown = this.#problems.some(
      (known) => known.message === message && known.place?.file === place?.file && known.place?.line === place?.line,
    );
    if (!isKnown) this.#problems.push(problem);
  }

  warn(job: Job | null, code: string, message: string, advice: string | null): void {
    const jobName = job?.name ?? null;
    if (this.#warnings.some((known) => known.jobName === jobName && known.message === message)) return;
    this.#warnings.push({ code, jobName, message, advice });
  }

  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  get hasProblems(): boolean {
    return this.#problems.length > 0;
  }

  /** Throws when there is any problem. */
  throwIfAny(): void {
    if (!this.hasProblems) return;
    throw new UserError(this.#problems, this.#isUsage ? ExitCode.usage : ExitCode.failed);
  }

  #addProblem(job: Job | null, message: string, advice: string | null): void {
    // Clones and engine variants repeat what is wrong with their job.
    if (this.#problems.some((known) => known.message === message)) return;
    const place =
      job === null
        ? null
        : { file: job.source.file, line: job.source.line, column: 1, text: `[${job.source.section}]` };
    this.#problems.push({ place, message, advice });
  }
}
