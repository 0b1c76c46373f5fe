/** From the words of the command line to a plan: reads the job file and looks at its targets. Opens nothing for I/O. */

import { randomInt } from 'node:crypto';
import { basename } from 'node:path';
import { engineNameOf } from '../job/engine-label.js';
import { type Override, type ParsedJobFile, parseJobFile } from '../job/expand.js';
import type { Substitutions } from '../job/ini.js';
import { machineSubstitutions } from '../job/machine.js';
import { inOneSight } from '../machine/block-device.js';
import { heldTargets } from '../machine/held-targets.js';
import { inspectTarget, listRegularFiles } from '../machine/target.js';
import { makePlan, type PlanVariant } from '../plan/plan.js';
import type { Plan } from '../plan/types.js';
import { spareThreadCount } from '../runner/worker-boot.js';
import { type Problem, UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';
import { readInput, readStandardInput } from '../system/input-file.js';
import { addressSpaceLeftBytes, availableMemoryBytes, openFileLimit, threadsLeft } from '../system/memory.js';
import { checkExpectedOutputs, guardFile } from '../system/output-file.js';
import type { JobFlags } from './flags.js';
import { checkFile } from './output.js';
import { listShippedJobs, readShippedJob } from './shipped-jobs.js';

/** Some 20 million I/Os. */
const recordingBytesMax = 512 * 2 ** 20;

export interface JobFile {
  /** As given; `stdin` for `-`. */
  readonly path: string;
  readonly text: string;
}

/** Longer than any job file. */
const jobFileBytesMax = 4 * 2 ** 20;

/**
 * @param source a path, `-` for standard input, or the name of a shipped job.
 * @param root the package's folder, for the shipped jobs.
 * @throws UserError for what cannot be read, or is no regular file.
 */
export function readJobFile(source: string, root: string): JobFile {
  const path = source === '-' ? 'stdin' : source;
  if (source !== '-') guardFile(source, 'the job file itself');
  const input =
    source === '-'
      ? readStandardInput({ bytesMax: jobFileBytesMax })
      : readInput(source, { bytesMax: jobFileBytesMax, pipes: true });
  if (input.ok) return { path, text: input.bytes.toString('utf8') };
  const { code, problem } = input;
  // A word that is no file and the name of a shipped job means that.
  if (code === 'ENOENT' && isShipped(source, root)) {
    return { path: `jobs/${source}.ini`, text: readShippedJob(root, source) };
  }
  if (code === 'ENOENT') throw UserError.of(`there is no job file ${source}`, adviceForMissing(source, root));
  if (code !== null) throw UserError.of(`${path} ${problem}`, 'check the path and its permissions');
  const advice = problem.includes('directory')
    ? 'give a job file, or - for standard input'
    : 'give a job file, or - for standard input; targets are named in it (filename=), not on the command line';
  throw UserError.of(`${path} is no job file: it ${problem}`, advice);
}

function adviceForMissing(source: string, root: string): string {
  const name = basename(source).replace(/\.ini$/, '');
  return isShipped(name, root) ? `a job of that name is shipped: iotest run ${name}` : adviceForUnknown(name, root);
}

function adviceForUnknown(name: string, root: string): string {
  const near = suggest(
    name,
    listShippedJobs(root).map((job) => job.name),
  );
  const other = near === null ? '' : `; the shipped job "${near}" is run by iotest run ${near}`;
  return `check the path; iotest jobs lists the shipped ones${other}`;
}

function isShipped(name: string, root: string): boolean {
  return listShippedJobs(root).some((job) => job.name === name);
}

/** @param changes options set in addition to `--set`, and after it. */
export function parseJobs(
  file: JobFile,
  flags: JobFlags,
  changes: readonly Override[] = [],
  substitutions: Substitutions = machineSubstitutions(),
): ParsedJobFile {
  return parseJobFile(file.text, file.path, {
    overrides: [...overridesOf(flags), ...changes],
    sections: flags.section ?? [],
    engines: (flags.engine ?? []).map(engineNameOf),
    ...substitutions,
  });
}

function overridesOf({ set = [], runtime }: JobFlags): Override[] {
  const overrides = set.map((text) => overrideOf(text, '--set'));
  return runtime === undefined ? overrides : [...overrides, { key: 'runtime', value: runtime, label: '--runtime' }];
}

/** @param text `option=value`, or a bare flag. */
export function overrideOf(text: string, label: string): Override {
  const equals = text.indexOf('=');
  return equals < 0
    ? { key: text, value: null, label }
    : { key: text.slice(0, equals), value: text.slice(equals + 1), label };
}

/** One way to run: named when there are several. */
export interface ParsedVariant extends ParsedJobFile {
  readonly name: string | null;
}

/**
 * What a run would do, with the warnings of the job files and of the plan.
 * @param asksForFiles false as in fio: a user's files may be written without permission
 * @param drawOrder of the ways in each repetition; machines that run together draw the same
 */
export function planJobs(
  variants: readonly ParsedVariant[],
  flags: JobFlags,
  asksForFiles = true,
  drawOrder: () => boolean = () => randomInt(2) === 1,
): Plan {
  const plan = inOneSight(() =>
    makePlan(variants.map(variantOf(variants.length)), {
      engines: flags.engine ?? [],
      repeat: flags.repeat ?? 1,
      destructive: flags.destructive ?? [],
      inspect: inspectTarget,
      hold: heldTargets.inspect,
      usesOf: heldTargets.usesBeforeClaims,
      listFiles: listRegularFiles,
      filePolicy: { asksForFiles, readOnly: flags.readonly ?? false },
      allowExec: flags['allow-exec'] ?? false,
      memoryAvailableBytes: availableMemoryBytes(),
      openFileLimit: openFileLimit(),
      addressSpaceLeftBytes: addressSpaceLeftBytes(),
      threadsLeft: threadsLeft() + spareThreadCount(),
      readRecording: (path) => {
        guardFile(path, 'a recording that the jobs replay');
        return readInput(path, { bytesMax: recordingBytesMax, pipes: true });
      },
      drawSeed: () => randomInt(2 ** 32),
      drawOrder,
    }),
  );
  guardRun(plan, asksForFiles);
  return { ...plan, warnings: [...variants.flatMap(({ warnings }) => warnings), ...plan.warnings] };
}

/** Neither logs nor any other output may meet a target, and nothing is added to what is no iolog. Throws `UserError`. */
function guardRun({ targets, steps }: Plan, asksForFiles: boolean): void {
  for (const { path, kind } of targets) {
    if (kind === 'file' || kind === 'missing') guardFile(path, 'a target of this run');
  }
  const logs = steps.flatMap(({ workers }) => workers.flatMap((worker) => worker.logs?.files ?? []));
  const problems: Problem[] = [];
  const kinds = new Map(logs.map(({ path, kind }) => [path, kind]));
  for (const [path, kind] of kinds) {
    try {
      checkFile(path, 'the log');
      if (asksForFiles && kind === 'iolog') refuseOthersFile(path);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  checkExpectedOutputs();
}

/** fio's, of every version. */
const iologBegin = 'fio version ';

/** A job file may name any file there, and what is recorded is added to it. */
function refuseOthersFile(path: string): void {
  const input = readInput(path, { bytesMax: iologBegin.length, beginning: true });
  if (!input.ok || input.bytes.length === 0 || input.bytes.toString('latin1') === iologBegin) return;
  throw UserError.of(
    `the log ${path} is there already and no iolog: write_iolog would add to it`,
    'name a file that is not there yet',
  );
}

/** fio's result has one place for global options: of several files, each job carries its own instead. */
function variantOf(count: number): (variant: ParsedVariant) => PlanVariant {
  return ({ name, jobSet }) => {
    if (count === 1) return { name, jobSet };
    const jobs = jobSet.jobs.map((job) => ({ ...job, typedOptions: { ...jobSet.globalOptions, ...job.typedOptions } }));
    return { name, jobSet: { globalOptions: {}, jobs } };
  };
}
