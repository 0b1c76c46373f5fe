/** Where a verdict goes: the screen, files for CI, and what GitHub's runner reads. */
import { existsSync, statSync } from 'node:fs';
import { checkFile, writeWhole } from '../cli/output.js';
import { formatProblems } from '../report/problems.js';
import type { Style } from '../report/terminal.js';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import { appendOutput } from '../system/output-file.js';
import type { GateOutcome } from './context.js';
import { gateJson, gateJunit, gateMarkdown, githubAnnotations } from './export.js';
import { formatGate } from './text.js';

interface GateDestinations {
  readonly format: string;
  readonly junit?: string | undefined;
  readonly markdown?: string | undefined;
  /** Not to have decided is no failure. */
  readonly 'inconclusive-ok': boolean;
  /** Exit as `git bisect run` reads it. */
  readonly bisect: boolean;
}

function gateExitCode({ report, interrupted }: GateOutcome, isInconclusiveOk: boolean): ExitCode {
  if (interrupted) return ExitCode.interrupted;
  switch (report.verdict) {
    case 'regression':
      return ExitCode.regression;
    case 'incomparable':
      return ExitCode.incomparable;
    case 'inconclusive':
      return isInconclusiveOk ? ExitCode.ok : ExitCode.inconclusive;
    default:
      return ExitCode.ok;
  }
}

/** Good, bad, or not to be told; above 127 git ends the whole search. */
function bisectExitCode(found: ExitCode): ExitCode {
  if (found === ExitCode.ok || found === ExitCode.interrupted) return found;
  return found === ExitCode.regression ? ExitCode.bisectBad : ExitCode.bisectSkip;
}

/** Throws `UserError` before anything is run where a file could not be written after it. */
export function checkGateDestinations({ junit, markdown }: GateDestinations): void {
  for (const [flag, path] of [
    ['--junit', junit],
    ['--markdown', markdown],
  ] as const) {
    if (path !== undefined) checkFile(path, flag);
  }
}

/** GitHub drops a summary beyond this wholly. */
const summaryBytesMax = 1024 * 1024;

/**
 * Prints and writes everything. What cannot be written is told on stderr, and fails a gate that would have passed; it
 * never hides a verdict.
 */
export async function deliverGate(
  outcome: GateOutcome,
  destinations: GateDestinations,
  style: Style,
  errorStyle: Style,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const found = gateExitCode(outcome, destinations['inconclusive-ok']);
  const exitCode = destinations.bisect ? bisectExitCode(found) : found;
  process.stdout.write(destinations.format === 'json' ? gateJson(outcome, exitCode) : formatGate(outcome, style));
  if (environment.GITHUB_ACTIONS === 'true') {
    process.stderr.write(
      githubAnnotations(outcome, exitCode)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }
  const { GITHUB_STEP_SUMMARY: summary } = environment;
  if (summary !== undefined && summary !== '') appendSummary(summary, gateMarkdown(outcome));
  const failures: Problem[] = [...outcome.failures];
  for (const [path, text] of [
    [destinations.junit, gateJunit],
    [destinations.markdown, gateMarkdown],
  ] as const) {
    if (path === undefined) continue;
    try {
      await writeWhole(path, text(outcome, exitCode));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(...error.problems);
    }
  }
  if (failures.length > 0) process.stderr.write(formatProblems(failures, errorStyle));
  return failures.length > 0 && exitCode === ExitCode.ok && !destinations.bisect ? ExitCode.failed : exitCode;
}

/** Appends: earlier commands of the step have written there too. The verdict does not depend on it. */
function appendSummary(path: string, text: string): void {
  try {
    const size = existsSync(path) ? statSync(path).size : 0;
    if (size + Buffer.byteLength(text) > summaryBytesMax) {
      process.stderr.write('iotest: the job summary is full (1 MiB), so the verdict is not in it\n');
    } else appendOutput(path, text, path, 'append');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`iotest: the job summary could not be written: ${reason}\n`);
  }
}
