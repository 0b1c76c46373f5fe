/** Ways to run that are compared: several job files, or one with options changed (`--variant`). */
import { basename } from 'node:path';
import type { JobFlags } from '../cli/flags.js';
import { type JobFile, overrideOf, type ParsedVariant, parseJobs, readJobFile } from '../cli/job-input.js';
import type { Override } from '../job/expand.js';
import type { Substitutions } from '../job/ini.js';
import { type Problem, UserError } from '../support/errors.js';

/** The job files among the words of the command line. */
export function filesOf(argv: readonly unknown[]): string[] {
  const files = argv.map(String);
  if (files.length > 0) return files;
  throw UserError.of(
    'no job file is given',
    'name a job file, or - for standard input; iotest jobs lists the shipped ones',
  );
}

export interface JobInput {
  /** All that was read, as the result records it. */
  readonly jobFile: JobFile;
  /** Each by itself, without what they include. */
  readonly files: readonly JobFile[];
  readonly variants: readonly ParsedVariant[];
}

/**
 * Reads and parses everything, and reports the problems of all files at once.
 * @param sources paths, or `-`; at least one
 * @param root the package's folder
 */
export function readJobInput(sources: readonly string[], flags: JobFlags, root: string): JobInput {
  refuseVariantsOfSeveral(sources.length, flags);
  const files = sources.map((source) => readJobFile(source, root));
  return parseJobInput(files, flags);
}

function refuseVariantsOfSeveral(fileCount: number, { variant = [] }: JobFlags): void {
  if (fileCount < 2 || variant.length === 0) return;
  throw UserError.of(
    '--variant changes one job file, and several are given',
    'give one file with variants, or several files without',
  );
}

/**
 * The same of files that were read.
 * @param substitutions what variables and `include` stand for, where it is not what they are on this machine
 */
export function parseJobInput(files: readonly JobFile[], flags: JobFlags, substitutions?: Substitutions): JobInput {
  refuseVariantsOfSeveral(files.length, flags);
  const changes = changesByVariant(flags.variant ?? []);
  const ways =
    changes.size > 0
      ? [...changes].map(([name, overrides]) => ({ name, file: files[0]!, overrides }))
      : files.map((file, index) => ({ name: fileNames(files)[index]!, file, overrides: [] as Override[] }));
  const variants = parseAll(ways, flags, substitutions);
  return { jobFile: withIncluded(joined(files), variants), files, variants };
}

function parseAll(
  ways: readonly { readonly name: string | null; readonly file: JobFile; readonly overrides: readonly Override[] }[],
  flags: JobFlags,
  substitutions?: Substitutions,
): ParsedVariant[] {
  const problems: Problem[] = [];
  const parsed: ParsedVariant[] = [];
  for (const { name, file, overrides } of ways) {
    try {
      parsed.push({ name, ...parseJobs(file, flags, overrides, substitutions) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems.filter((problem) => !problems.some((known) => isSame(known, problem))));
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return parsed;
}

/** Variants of one file share its problems. */
function isSame(one: Problem, other: Problem): boolean {
  return (
    one.message === other.message && one.place?.line === other.place?.line && one.place?.file === other.place?.file
  );
}

/** `NAME:OPTION=VALUE`, the same name several times for several options. */
function changesByVariant(texts: readonly string[]): Map<string, Override[]> {
  const changes = new Map<string, Override[]>();
  const problems: Problem[] = [];
  for (const text of texts) {
    const [, name, option] = /^([^:=]+):(.+)$/.exec(text) ?? [];
    if (name === undefined || option === undefined) {
      problems.push({
        place: null,
        message: `--variant ${text} is not NAME:OPTION=VALUE`,
        advice: 'write, for instance, --variant deep:iodepth=64',
      });
      continue;
    }
    changes.set(name, [...(changes.get(name) ?? []), overrideOf(option, `--variant ${name}`)]);
  }
  if (problems.length > 0) throw new UserError(problems);
  return changes;
}

/** The files' names without folder and ending, where these tell them apart; null for a single file. */
function fileNames(files: readonly JobFile[]): (string | null)[] {
  if (files.length === 1) return [null];
  const short = files.map(({ path }) => basename(path).replace(/\.[^.]+$/, ''));
  return new Set(short).size === short.length ? short : files.map(({ path }, index) => `${index + 1}:${path}`);
}

/** The text of included files too: a run is only the same when they are. */
export function withIncluded(file: JobFile, variants: readonly Pick<ParsedVariant, 'included'>[]): JobFile {
  const texts = new Map(variants.flatMap(({ included }) => included.map(({ path, text }) => [path, text] as const)));
  const parts = [...texts].map(([path, text]) => `; ---- included ${path}\n${text}`);
  return { path: file.path, text: [file.text, ...parts].join('\n') };
}

function joined(files: readonly JobFile[]): JobFile {
  if (files.length === 1) return files[0]!;
  return {
    path: files.map((file) => file.path).join(' '),
    text: files.map((file) => `; ---- ${file.path}\n${file.text}`).join('\n'),
  };
}
