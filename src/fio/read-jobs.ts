/** The jobs of fio's command line and of the job files behind it, as one run. */

import { type JobFile, readJobFile } from '../cli/job-input.js';
import { type JobSource, type ParsedJobFile, parseJobSources } from '../job/expand.js';
import { parseIni, type RawSection } from '../job/ini.js';
import { machineSubstitutions } from '../job/machine.js';
import { UserError } from '../support/errors.js';
import type { FioArguments } from './arguments.js';

interface FioJobs {
  readonly sources: readonly JobSource[];
  /** What the result records as the job file. */
  readonly recorded: JobFile;
}

/** Reads the files. @throws UserError when one cannot be read. */
export function readSources({ jobs, files }: FioArguments, root: string): FioJobs {
  const texts = files.map((file) => readJobFile(file, root));
  const sources = texts.map(({ path, text }, index) => ({
    name: path,
    ini: parseIni(text, path, machineSubstitutions()),
    startsAnew: index > 0,
  }));
  const own: JobSource = { name: 'the command line', ini: jobs, startsAnew: false };
  const typed = jobs.sections.length === 0 ? [] : [{ path: 'the command line', text: jobText(jobs.sections) }];
  const included = sources.flatMap(({ ini }) => ini.included);
  const all = [...typed, ...texts, ...included];
  return {
    sources: [own, ...sources],
    recorded: {
      path: all.map(({ path }) => path).join(', '),
      text: all.length === 1 ? all[0]!.text : all.map(({ path, text }) => `; ${path}\n${text}\n`).join('\n'),
    },
  };
}

/** The command line's jobs in the words of a job file. */
function jobText(sections: readonly RawSection[]): string {
  return sections
    .map(({ name, options }) =>
      [`[${name}]`, ...options.map(({ key, value }) => (value === null ? key : `${key}=${value}`))].join('\n'),
    )
    .join('\n');
}

/** @throws UserError with everything that is wrong. */
export function parseSources(sources: readonly JobSource[], sections: readonly string[]): ParsedJobFile {
  return parseJobSources(sources, { ...machineSubstitutions(), overrides: [], sections });
}

export function hasJobs(sources: readonly JobSource[], sections: readonly string[]): boolean {
  return sources.some(({ ini }) =>
    ini.sections.some(({ isGlobal, name }) => !isGlobal && (sections.length === 0 || sections.includes(name))),
  );
}

/** The sources with a job that has nothing but the defaults. */
export function withDefaultsJob(sources: readonly JobSource[]): JobSource[] {
  const place = { file: 'defaults', line: 0, column: 0, text: '' };
  const ini = {
    sections: [{ name: 'defaults', isGlobal: false, place, options: [] }],
    problems: [],
    warnings: [],
    included: [],
  };
  return [...sources, { name: 'defaults', ini, startsAnew: false }];
}

/** @throws UserError naming each job that would write or trim. */
export function refuseWrites({ jobSet }: ParsedJobFile): void {
  const problems = jobSet.jobs
    .filter(({ cloneIndex, workload }) => cloneIndex === 0 && workload.directions !== 'read')
    .map(({ name }) => ({
      place: null,
      message: `job "${name}" would write or trim, but fio is in read-only mode`,
      advice: 'leave out --readonly, or give the job rw=read or rw=randread',
    }));
  if (problems.length > 0) throw new UserError(problems);
}

/** --warnings-fatal. @throws UserError with each doubt. */
export function refuseDoubts({ warnings }: ParsedJobFile): void {
  if (warnings.length === 0) return;
  throw new UserError(warnings.map(({ message, advice }) => ({ place: null, message, advice })));
}
