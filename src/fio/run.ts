/** Runs the jobs and prints what fio prints: before, while, and after. */

import { type JobFile, planJobs } from '../cli/job-input.js';
import { answerSignals, type StopSignal } from '../cli/signals.js';
import type { ParsedJobFile } from '../job/expand.js';
import { readMachine } from '../machine/machine.js';
import type { Plan } from '../plan/types.js';
import { formatProblems } from '../report/problems.js';
import { warningLines } from '../report/warning-lines.js';
import type { IotestDocument } from '../results/document.js';
import { saveResult } from '../results/files.js';
import { serialiseResult, withBins } from '../results/fio-json.js';
import { anyDocumentOf } from '../run/document.js';
import { withSurroundings } from '../run/surroundings.js';
import { runPlan } from '../runner/coordinator.js';
import { RunControl } from '../runner/run-control.js';
import { mismatchHeading } from '../stats/verify-report.js';
import { UserError } from '../support/errors.js';
import type { RunOutcome } from '../worker/outcome.js';
import type { FioSettings } from './arguments.js';
import { announceDebug, debugParse, debugPlan } from './debug.js';
import { watchMeanwhile } from './meanwhile.js';
import { FioOutput } from './output.js';
import { formatFioStart } from './start.js';
import { stderrStyle } from './stderr-style.js';
import { stoppedStatus, terminatingLine } from './stopped.js';
import { formatFioTerse } from './terse.js';
import { formatFioResult } from './text.js';
import { Trigger } from './trigger.js';
import { formatMismatch } from './wrong-block.js';

interface FioRun {
  readonly parsed: ParsedJobFile;
  readonly recorded: JobFile;
  readonly settings: FioSettings;
  readonly words: readonly string[];
  readonly root: string;
  /** The line of --version. */
  readonly version: string;
}

/** Gives the exit status. @throws UserError when nothing could be run. */
export async function runFio({ parsed, recorded, settings, words, root, version }: FioRun): Promise<number> {
  const plan = planOf(parsed, settings);
  const output = new FioOutput(settings.output);
  output.write(announceDebug(settings.debug));
  if (settings.debug.has('parse')) output.write(debugParse(parsed.jobSet.jobs));
  output.write(debugPlan(plan, settings.debug));
  if (settings.formats.has('normal')) output.write(formatFioStart(plan, version));
  const facts = { plan, jobFile: recorded, commandLine: ['iotest', 'fio', ...words], root };
  const control = new RunControl();
  const trigger = new Trigger(settings.trigger, control);
  const { outcome, surroundings } = await withSurroundings(plan, () => {
    const machine = { ...readMachine() };
    return watchRun(plan, settings, control, output, (soFar) => {
      output.write(render(anyDocumentOf({ ...facts, outcome: soFar, machine }), settings));
      // A file is brought up to date each time; that it fails is told at the end.
      output.flush().catch(() => {});
    });
  });
  trigger.act();
  const document = anyDocumentOf({ ...facts, outcome, machine: surroundings.machine, surroundings });
  output.write(render(document, settings));
  await output.flush();
  tellOfErrors(document);
  if (settings.results !== null) await saveResult(document, settings.results);
  return outcome.interrupted && !trigger.isPulled ? stoppedStatus : failedCount(outcome);
}

function planOf(parsed: ParsedJobFile, settings: FioSettings): Plan {
  try {
    const flags = {
      destructive: allowedDevices(settings),
      readonly: settings.readOnly,
      'allow-exec': settings.allowExec || process.env.IOTEST_ALLOW_EXEC === '1',
    };
    return asFioRuns(planJobs([{ name: null, ...parsed }], flags, false), settings.auxPath);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problems = error.problems.map((problem) => ({
      ...problem,
      advice: problem.advice?.replace(/--destructive (\S+)$/, '--destructive=$1, or set IOTEST_DESTRUCTIVE=$1') ?? null,
    }));
    throw new UserError(problems, error.exitCode);
  }
}

function asFioRuns(plan: Plan, auxPath: string | null): Plan {
  const aux = auxPath === null ? {} : { auxFolder: auxPath };
  const steps = plan.steps.map((step) => ({
    ...step,
    workers: step.workers.map((worker) => ({ ...worker, needsRegistration: true, ...aux })),
  }));
  return { ...plan, steps };
}

/** Devices that may be written: fio's scripts cannot name them by a flag of ours, so a variable does as well. */
function allowedDevices({ destructive }: FioSettings): string[] {
  const fromEnvironment = (process.env.IOTEST_DESTRUCTIVE ?? '').split(',').filter((device) => device !== '');
  return [...destructive, ...fromEnvironment];
}

async function watchRun(
  plan: Plan,
  settings: FioSettings,
  control: RunControl,
  output: FioOutput,
  onStatus: (soFar: RunOutcome) => void,
): Promise<RunOutcome> {
  const meanwhile = watchMeanwhile(plan, settings, onStatus);
  const stop = (signal: StopSignal): void => {
    const line = terminatingLine(signal);
    // Not into JSON: what reads it would stumble.
    if (settings.formats.has('normal')) output.write(line);
    else process.stderr.write(line);
    control.requestStop();
  };
  answerSignals({ stop, status: meanwhile.tell });
  try {
    return await runPlan(plan, {
      control,
      onProgress: () => {},
      onMismatch: (notice) => process.stderr.write(formatMismatch(notice)),
      watch: meanwhile.watch,
    });
  } finally {
    // The signals stay in hand: one that comes now must not cost the output.
    meanwhile.stop();
  }
}

/** All formats asked for, in fio's order. */
function render(document: IotestDocument, { formats, withBins: bins, terseVersion }: FioSettings): string {
  return [
    formats.has('terse') ? formatFioTerse(document, terseVersion) : '',
    formats.has('json') ? serialiseResult(bins ? withBins(document) : document) : '',
    formats.has('normal') ? formatFioResult(document, process.pid) : '',
  ].join('');
}

/** On stderr: errors always, doubts only where a person reads, for scripts take any word there for a failure. */
function tellOfErrors({ iotest }: IotestDocument): void {
  const style = stderrStyle();
  const found = iotest.jobs.flatMap(({ jobName, errors }) =>
    errors
      // Those were told when they were found.
      .filter(({ message }) => !message.startsWith(mismatchHeading))
      .map(({ message, advice }) => ({ place: null, message: `job "${jobName}": ${message}`, advice })),
  );
  // Clones meet the same errors.
  const first = found.filter((each, index) => found.findIndex(({ message }) => message === each.message) === index);
  const problems = first.map((each) => {
    const { length: count } = found.filter(({ message }) => message === each.message);
    return count === 1 ? each : { ...each, message: `${each.message} (${count} times)` };
  });
  if (problems.length > 0) process.stderr.write(formatProblems(problems, style));
  if (process.stderr.isTTY === true) {
    process.stderr.write(
      warningLines(iotest.warnings, style)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }
}

/** An exit status has eight bits. */
function failedCount({ steps }: RunOutcome): number {
  const workers = steps.flatMap((step) => step.workers);
  return Math.min(255, workers.filter(({ report, failure }) => failure !== null || report?.error != null).length);
}
