/** From the words of the command line to a plan: reads the job file and looks at its targets. Opens nothing for I/O. */
import { randomInt } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { type Override, type ParsedJobFile, parseJobFile } from '../../job/expand.js';
import { makePlan } from '../../runner/plan.js';
import type { Plan } from '../../runner/plan-types.js';
import { UserError } from '../../support/errors.js';
import { errnoName, errnoOf } from '../../system/errno.js';
import { inspectTarget } from '../../system/files.js';
import { availableMemoryBytes, pageBytes } from '../../system/memory.js';
import type { JobFlags } from './flags.js';
import { listShippedJobs } from './shipped-jobs.js';

export interface JobFile {
  /** As given; `stdin` for `-`. */
  readonly path: string;
  readonly text: string;
}

/** Longer than any job file; a mistyped path to a disk must not fill the memory. */
const jobFileBytesMax = 4 * 1024 * 1024;

/**
 * @param source a path, or `-` for standard input.
 * @param root the package's folder, to name a shipped job that was meant.
 */
export function readJobFile(source: string, root: string): JobFile {
  if (source === '-') return { path: 'stdin', text: readFileSync(0, 'utf8') };
  try {
    const facts = statSync(source);
    if (facts.isDirectory()) throw UserError.of(`${source} is a directory`, 'give a job file, or - for standard input');
    if (facts.isBlockDevice() || facts.size > jobFileBytesMax) {
      throw UserError.of(
        `${source} is no job file`,
        'name the target in a job file (filename=), not on the command line',
      );
    }
    return { path: source, text: readFileSync(source, 'utf8') };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const number = errnoOf(error);
    if (number === null) throw error;
    if (errnoName(number) !== 'ENOENT') {
      throw UserError.of(`${source} cannot be read: ${errnoName(number)}`, 'check the path and its permissions');
    }
    throw UserError.of(`there is no job file ${source}`, adviceForMissing(source, root));
  }
}

function adviceForMissing(source: string, root: string): string {
  const name = basename(source).replace(/\.ini$/, '');
  const isShipped = listShippedJobs(root).some((job) => job.name === name);
  return isShipped
    ? `a job of that name is shipped: iotest jobs ${name} | iotest run -`
    : 'check the path; iotest jobs lists the shipped ones';
}

export function parseJobs(file: JobFile, flags: JobFlags): ParsedJobFile {
  return parseJobFile(file.text, file.path, {
    overrides: overridesOf(flags),
    sections: flags.section ?? [],
    environment: process.env,
    cpuCount: availableParallelism(),
    pageBytes,
  });
}

function overridesOf({ set = [], runtime }: JobFlags): Override[] {
  const overrides = set.map((text): Override => {
    const equals = text.indexOf('=');
    return equals < 0
      ? { key: text, value: null, label: '--set' }
      : { key: text.slice(0, equals), value: text.slice(equals + 1), label: '--set' };
  });
  return runtime === undefined ? overrides : [...overrides, { key: 'runtime', value: runtime, label: '--runtime' }];
}

/** What a run would do, with the warnings of the job file and of the plan. */
export function planJobs({ jobSet, warnings }: ParsedJobFile, flags: JobFlags): Plan {
  const plan = makePlan([{ name: null, jobSet }], {
    engines: flags.engine ?? [],
    repeat: 1,
    destructive: flags.destructive ?? [],
    inspect: inspectTarget,
    memoryAvailableBytes: availableMemoryBytes(),
    drawSeed: () => randomInt(2 ** 32),
  });
  return { ...plan, warnings: [...warnings, ...plan.warnings] };
}
