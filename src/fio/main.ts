/** `iotest fio`: from fio's command line to fio's output and exit status. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerSignals, leave } from '../cli/signals.js';
import { endQuietlyWhenNobodyReads, holdBackForeignControls } from '../cli/streams.js';
import { tellWhatIsUncaught } from '../cli/uncaught.js';
import { formatBug, formatProblems } from '../report/problems.js';
import { fioVersion } from '../results/version.js';
import { UserError } from '../support/errors.js';
import { limitError } from '../support/machine-limits.js';
import { readArguments } from './arguments.js';
import { answer, usage } from './questions.js';
import { stderrStyle } from './stderr-style.js';
import { stoppedStatus, terminatingLine } from './stopped.js';

/**
 * @param words what stands behind `fio`.
 * @param root the package's folder.
 * Sets `process.exitCode` as fio does: 1 when nothing could be run, else the number of jobs that failed, 128 after a
 * signal. Throws nothing.
 */
export async function startFio(words: readonly string[], root: string): Promise<void> {
  endQuietlyWhenNobodyReads();
  holdBackForeignControls();
  tellWhatIsUncaught(tell);
  answerSignals({ stop: (signal) => leave(signal, terminatingLine(signal), stoppedStatus), status: () => {} });
  try {
    process.exitCode = await execute(words, root);
  } catch (error) {
    process.exitCode = tell(error);
  }
}

function tell(error: unknown): number {
  const style = stderrStyle();
  const known = error instanceof UserError ? error : limitError(error);
  process.stderr.write(known === null ? formatBug(error, style) : formatProblems(known.problems, style));
  if (process.env.IOTEST_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return 1;
}

async function execute(words: readonly string[], root: string): Promise<number> {
  const args = readArguments(words);
  const { settings } = args;
  const version = fioVersion(toolVersion(root));
  if (settings.question !== null) {
    const { text, status } = answer(settings.question, version);
    process.stdout.write(text);
    return status;
  }
  const isDry = settings.parseOnly || settings.showCommand;
  if (args.files.length === 0 && args.jobs.sections.every(({ isGlobal }) => isGlobal) && !isDry) {
    process.stderr.write('No job(s) defined\n\n');
    process.stdout.write(usage(version));
    return 1;
  }
  if (!isDry) (await import('../runner/head-start.js')).headStart();
  // What is needed for jobs alone is loaded here, so that the answers above come at once.
  const { hasJobs, parseSources, readSources, refuseDoubts, refuseWrites, withDefaultsJob } = await import(
    './read-jobs.js'
  );
  const { sources, recorded } = readSources(args, root);
  // Defaults alone are no mistake in a dry run, and are checked as any job's.
  const isEmpty = isDry && !hasJobs(sources, []);
  const parsed = parseSources(isEmpty ? withDefaultsJob(sources) : sources, settings.sections);
  if (settings.readOnly) refuseWrites(parsed);
  if (settings.warningsFatal) refuseDoubts(parsed);
  if (isDry && settings.debug.has('parse')) {
    const { announceDebug, debugParse } = await import('./debug.js');
    process.stdout.write(announceDebug(settings.debug) + debugParse(parsed.jobSet.jobs));
  }
  if (settings.showCommand) {
    const { showCommand } = await import('./show-command.js');
    for (const { ini } of sources) if (ini.sections.length > 0) process.stdout.write(showCommand(ini.sections));
  }
  if (isDry) return 0;
  const { runFio } = await import('./run.js');
  return runFio({ parsed, recorded, settings, words, root, version });
}

function toolVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}
