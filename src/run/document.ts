/** From the outcome of a run to its result document, and to the exit status. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobFile } from '../cli/job-input.js';
import type { Plan } from '../plan/types.js';
import { findWarnings, withWarnings } from '../report/warnings.js';
import { buildResult } from '../results/build.js';
import type { IotestDocument, MachineFields } from '../results/document.js';
import { assessNoise } from '../results/noise.js';
import { ExitCode, UserError } from '../support/errors.js';
import type { Warning } from '../support/warning.js';
import type { RunOutcome } from '../worker/outcome.js';
import { type Surroundings, withSurroundings } from './surroundings.js';

export interface RunFacts {
  readonly outcome: RunOutcome;
  readonly plan: Plan;
  readonly machine: MachineFields;
  /** Absent where nobody looked at them: there is no fingerprint then. */
  readonly surroundings?: Surroundings;
  readonly jobFile: JobFile;
  readonly commandLine: readonly string[];
  /** The package's folder. */
  readonly root: string;
}

/** Runs, with a look at the machine before and after. Throws as `documentOf`. */
export async function runDocument(
  facts: Pick<RunFacts, 'plan' | 'jobFile' | 'commandLine' | 'root'>,
  run: () => Promise<RunOutcome>,
): Promise<IotestDocument> {
  const { outcome, surroundings } = await withSurroundings(facts.plan, run);
  return documentOf({ ...facts, outcome, surroundings, machine: surroundings.machine });
}

/** Throws `UserError` with what the workers met when none of them measured anything, or that it was stopped so early: there is no result then. */
export function documentOf(facts: RunFacts): IotestDocument {
  const { outcome } = facts;
  const workers = outcome.steps.flatMap((step) => step.workers);
  const failures = workers.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  if (failures.length > 0 && workers.every(({ report }) => report === null)) {
    const distinct = failures.filter(
      (failure, index) => failures.findIndex((other) => other.message === failure.message) === index,
    );
    throw new UserError(distinct, ExitCode.failed);
  }
  if (outcome.interrupted && workers.every(({ report }) => report === null)) {
    throw UserError.of('stopped before anything was measured', null, ExitCode.interrupted);
  }
  return anyDocumentOf(facts);
}

/** The document of whatever came out, also when nothing was measured. */
export function anyDocumentOf({
  outcome,
  plan,
  machine,
  surroundings,
  jobFile,
  commandLine,
  root,
}: RunFacts): IotestDocument {
  const workers = outcome.steps.flatMap((step) => step.workers);
  const bindings = workers.map(({ report }) => report?.engine.binding ?? '');
  const liburing = bindings.find((binding) => binding.startsWith('liburing '))?.slice('liburing '.length) ?? null;
  const { version, dependencies } = packageOf(root);
  const document = buildResult({
    outcome,
    plan,
    machine,
    fingerprint: surroundings?.fingerprint ?? null,
    noise: null,
    commandLine,
    jobFile,
    tool: { version, koffi: dependencies.koffi!, liburing },
    warnings: [],
    targets: plan.targets,
  });
  const warnings = findWarnings(document);
  if (surroundings === undefined) return withWarnings(document, warnings);
  return withNoise(document, warnings, surroundings);
}

/** @param root the package's folder */
export function packageOf(root: string) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
}

/** Found from load and pressure of the last minute and ten seconds, so also after a run of our own a moment ago. */
const vagueCodes = ['busy-machine', 'busy-disks'];

/** Adds what the surroundings say, as facts and as one warning; it takes the place of the vaguer ones. */
function withNoise(
  document: IotestDocument,
  warnings: readonly Warning[],
  { readings, isBuffered }: Surroundings,
): IotestDocument {
  const found = warnings.filter(({ code }) => code === 'other-io-on-disk').map(({ message }) => message);
  const noise = assessNoise(readings, isBuffered, found);
  const news = noise.reasons.filter((reason) => !found.includes(reason));
  const advice = 'find it (top, iotop), stop it, and run again';
  const noisy = { code: 'noisy', jobName: null, message: `something else was at work: ${news.join('; ')}`, advice };
  const kept = warnings.filter(({ code }) => !vagueCodes.includes(code));
  const all = news.length === 0 ? kept : [...kept, noisy];
  return withWarnings({ ...document, iotest: { ...document.iotest, noise } }, all);
}

export function exitCodeOf({ iotest }: IotestDocument): ExitCode {
  if (iotest.interrupted) return ExitCode.interrupted;
  const hasErrors = iotest.jobs.some((job) => job.errors.length > 0 || job.ended === 'error' || job.ended === 'failed');
  return hasErrors ? ExitCode.failed : ExitCode.ok;
}
