/** In which options the jobs of two results differ, by the options' names and as a job file would have them. */
import { plainJob } from '../job/draft.js';
import { effectiveOptions } from '../job/print.js';
import { jobKeys } from './compared-variants.js';
import type { IotestJob } from './document.js';

interface OptionDifference {
  /** `bs`, or with several jobs that do not all differ in this way `fast.bs`. */
  readonly name: string;
  /** null = the option, or the whole job, is not there. */
  readonly left: string | null;
  readonly right: string | null;
}

/** Jobs are matched by their names. Empty where the options that are kept do not differ. */
export function jobDifferences(left: readonly IotestJob[], right: readonly IotestJob[]): OptionDifference[] {
  const [ours, theirs] = [firstOfEach(left), firstOfEach(right)];
  const shared = [...ours.keys()].filter((key) => theirs.has(key));
  const byChange = new Map<string, { readonly change: OptionDifference; readonly jobs: string[] }>();
  for (const key of shared) {
    for (const change of optionDifferences(ours.get(key)!, theirs.get(key)!)) {
      const text = JSON.stringify(change);
      const known = byChange.get(text) ?? { change, jobs: [] };
      known.jobs.push(key);
      byChange.set(text, known);
    }
  }
  const changed = [...byChange.values()].flatMap(({ change, jobs }) =>
    jobs.length === shared.length ? [change] : jobs.map((job) => ({ ...change, name: `${job}.${change.name}` })),
  );
  const missing = [
    ...[...ours.keys()].filter((key) => !theirs.has(key)).map((name) => ({ name, left: 'there', right: null })),
    ...[...theirs.keys()].filter((key) => !ours.has(key)).map((name) => ({ name, left: null, right: 'there' })),
  ];
  return [...changed, ...missing];
}

/** Repetitions and variants are the same job again; jobs of one name are not. */
function firstOfEach(jobs: readonly IotestJob[]): Map<string, IotestJob> {
  const found = new Map<string, IotestJob>();
  const keys = jobKeys(jobs);
  const known = new Set<string>();
  const seen = new Map<string, number>();
  for (const [index, job] of jobs.entries()) {
    const key = keys[index]!;
    if (known.has(key)) continue;
    known.add(key);
    const count = (seen.get(job.jobName) ?? 0) + 1;
    seen.set(job.jobName, count);
    found.set(count === 1 ? job.jobName : `${job.jobName} (${count})`, job);
  }
  return found;
}

function optionDifferences(left: IotestJob, right: IotestJob): OptionDifference[] {
  const [ours, theirs] = [new Map(askedOptions(left)), new Map(askedOptions(right))];
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((name) => {
    const change = { name, left: ours.get(name) ?? null, right: theirs.get(name) ?? null };
    return change.left === change.right ? [] : [change];
  });
}

/** What is no part of the question is left out (job-hash.ts). */
function askedOptions({ options }: IotestJob): readonly (readonly [name: string, value: string])[] {
  return effectiveOptions({
    ...options,
    description: null,
    groupReporting: false,
    target: { ...options.target, filenames: null, directories: [] },
    measure: plainJob().measure,
  });
}
