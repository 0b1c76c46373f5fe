/** What can only be settled when all jobs are known: which waits for which, and what the end of one means. */
import type { Place, Problem } from '../support/errors.js';
import { suggestion } from '../support/suggest.js';
import type { JobDraft } from './draft.js';
import type { ErrorOptions, Job } from './job.js';
import { quote } from './values.js';

/** A `wait_for` as it was met. */
export interface Wait {
  readonly job: Pick<Job, 'name'>;
  /** Of the job to wait for. */
  readonly name: string;
  /** How many jobs stand above, clones counted. */
  readonly above: number;
  readonly place: Place;
}

/** As fio: there must be exactly one job of that name, and it must stand above. */
export function waitProblems(waits: readonly Wait[], jobs: readonly Pick<Job, 'name' | 'cloneIndex'>[]): Problem[] {
  return waits.flatMap(({ job, name, above, place }) => {
    const problem = (message: string, advice: string | null): Problem[] => [
      { place, message: `wait_for: ${message}`, advice },
    ];
    if (name === job.name) return problem('a job cannot wait for itself', null);
    const earlier = jobs.slice(0, above).filter(({ cloneIndex }) => cloneIndex === 0);
    const count = earlier.filter((other) => other.name === name).length;
    if (count === 1) return [];
    if (count > 1) return problem(`${count} jobs are called ${quote(name)}`, 'give each its own name');
    if (jobs.slice(above).some((other) => other.name === name)) {
      return problem(`the job ${quote(name)} stands below`, 'move it up: a job can only wait for one above it');
    }
    const names = [...new Set(earlier.map((other) => other.name))].filter((other) => other !== job.name);
    const list = names.length === 0 ? 'there is none' : `above ${names.length === 1 ? 'is' : 'are'} ${listed(names)}`;
    return problem(`there is no job ${quote(name)} above`, suggestion(name, names) ?? list);
  });
}

function listed(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(', ')}, and ${names.length - 10} more` : names.join(', ');
}

/** `exitall` is a switch of the whole run: one job that has it turns it on for all. */
export function shareExitAll(jobs: readonly Job[]): readonly Job[] {
  if (!jobs.some(({ ending }) => ending.exitAll)) return jobs;
  return jobs.map((job) => ({ ...job, ending: { ...job.ending, exitAll: true } }));
}

/** A later `continue_on_error` may have switched a direction off again; its list then means nothing, as in fio. */
export function settledErrors({ errors, continueOnError }: JobDraft): ErrorOptions {
  const { read, write } = errors.ignoredErrnos;
  return {
    ...errors,
    ignoredErrnos: { read: continueOnError.read ? read : null, write: continueOnError.write ? write : null },
  };
}
