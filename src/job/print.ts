/** Jobs → a job file with every option and its effective value, so that parsing it gives the same jobs again. */
import { draftOfJob } from './draft.js';
import type { Job, JobSet } from './job.js';
import { optionTable } from './options/index.js';

/**
 * The job file, in fio's syntax and with the options in the order of the table. Defaults are folded into each section.
 * A value that no job file can hold (with `;`, `#` or a variable in it, as a flag may have set it) is printed under a
 * comment that says so.
 */
export function printJobFile(jobSet: JobSet): string {
  const sections: string[] = [];
  let groupIndex = jobSet.jobs[0]?.groupIndex ?? 0;
  for (const job of jobSet.jobs) {
    if (job.cloneIndex !== 0) continue;
    sections.push(printSection(job, job.groupIndex !== groupIndex));
    groupIndex = job.groupIndex;
  }
  return sections.join('\n');
}

function printSection(job: Job, newGroup: boolean): string {
  const lines = [`[${job.source.section}]`];
  for (const [name, value] of effectiveOptions(job, newGroup)) {
    if (name === 'name' && value === job.source.section) continue;
    if (isUnwritable(value))
      lines.push('; the next value can be given on the command line only, a job file reads it otherwise');
    lines.push(`${name}=${value}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Name and effective value of every option that the job has a value for; those of other engines are left out. */
export function effectiveOptions(job: Job, newGroup = false): readonly (readonly [name: string, value: string])[] {
  const draft = draftOfJob(job, newGroup);
  return optionTable.flatMap(({ name, scope, write, hidden, defaultText }) => {
    if (write === null || (scope !== 'job' && !scope.includes(job.engine.name))) return [];
    const value = write(draft);
    return value === null || (hidden && value === defaultText) ? [] : [[name, value] as const];
  });
}

function isUnwritable(value: string): boolean {
  return /[;#]|\$\{|\$ncpus|\$pagesize|\$mb_memory/.test(value);
}
