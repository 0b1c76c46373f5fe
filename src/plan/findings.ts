/** Collects everything that is wrong or doubtful about a plan, so that the user hears of all of it at once. */
import type { Job } from '../job/job.js';
import { ExitCode, type Place, type Problem, UserError } from '../support/errors.js';
import type { Warning } from '../support/warning.js';

/** Something that is found in each clone of a job, as a rule with other file names: told once, for the first. */
interface Repeated<T> {
  readonly what: T;
  /** Job and message, without numbers; null = of no job. */
  readonly likeness: string | null;
  readonly clones: Set<number>;
  /** As it was told of each: repetitions and engine variants say the same again. */
  readonly messages: Set<string>;
  readonly cloneCount: number;
}

export class Findings {
  readonly #problems: Repeated<Problem>[] = [];
  readonly #warnings: Repeated<Warning>[] = [];
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
      ({ what }) => what.message === message && what.place?.file === place?.file && what.place?.line === place?.line,
    );
    if (!isKnown)
      this.#problems.push({
        what: problem,
        likeness: null,
        clones: new Set(),
        messages: new Set([message]),
        cloneCount: 1,
      });
  }

  warn(job: Job | null, code: string, message: string, advice: string | null): void {
    const jobName = job?.name ?? null;
    if (this.#warnings.some(({ what, messages }) => what.jobName === jobName && messages.has(message))) return;
    note(this.#warnings, job, { code, jobName, message, advice });
  }

  get warnings(): readonly Warning[] {
    return this.#warnings.map(told);
  }

  get hasProblems(): boolean {
    return this.#problems.length > 0;
  }

  /** Throws when there is any problem. */
  throwIfAny(): void {
    if (!this.hasProblems) return;
    throw new UserError(this.#problems.map(told), this.#isUsage ? ExitCode.usage : ExitCode.failed);
  }

  #addProblem(job: Job | null, message: string, advice: string | null): void {
    // Clones and engine variants repeat what is wrong with their job.
    if (this.#problems.some(({ messages }) => messages.has(message))) return;
    note(this.#problems, job, { place: job === null ? null : placeOf(job), message, advice });
  }
}

/** A section of a job file, or a `--name=` of fio's command line, which has no lines. */
export function placeOf({ source: { file, line, section } }: Job): Place {
  if (line === 0) return { file: `${file}=${section}`, line, column: 0, text: '' };
  return { file, line, column: 1, text: `[${section}]` };
}

function note<T extends { readonly message: string }>(list: Repeated<T>[], job: Job | null, what: T): void {
  if (job === null) {
    list.push({ what, likeness: null, clones: new Set(), messages: new Set([what.message]), cloneCount: 1 });
    return;
  }
  const { source, cloneIndex, cloneCount } = job;
  const likeness = [source.file, source.line, source.section, what.message.replace(/\d+/g, '0')].join('\n');
  const known = list.find((each) => each.likeness === likeness && !each.clones.has(cloneIndex));
  // What one clone has twice, as with each of its files, the first of it has too.
  if (known === undefined) {
    list.push({ what, likeness, clones: new Set([cloneIndex]), messages: new Set([what.message]), cloneCount });
    return;
  }
  known.clones.add(cloneIndex);
  known.messages.add(what.message);
}

function told<T extends { readonly message: string }>({ what, clones, cloneCount }: Repeated<T>): T {
  if (clones.size < 2) return what;
  const count = clones.size === cloneCount ? `all ${cloneCount}` : `${clones.size} of ${cloneCount}`;
  return { ...what, message: `${what.message} (and likewise in ${count} clones)` };
}
