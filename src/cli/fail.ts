/** The end of every command that went wrong: what is shown, where, and with which exit status. */

import { Errors } from '@oclif/core';
import { bugDocument, errorDocument, formatBug, formatProblems } from '../report/problems.js';
import { decideStyle } from '../report/terminal.js';
import { ExitCode, UserError } from '../support/errors.js';
import { limitError } from '../support/machine-limits.js';
import { jsonText } from '../support/printable.js';
import { asUsageError } from './usage-error.js';

/** Shows `error` (as JSON on stdout when JSON was asked for, else on stderr) and gives the exit status. */
export function fail(error: unknown, argv: readonly string[]): number {
  if (error instanceof Errors.ExitError) return error.oclif.exit ?? ExitCode.failed;
  const problem = error instanceof UserError ? error : (limitError(error) ?? asUsageError(error));
  if (asksForJson(argv)) {
    const document = problem === null ? bugDocument(error) : errorDocument(problem);
    process.stdout.write(jsonText(document));
  } else {
    const style = decideStyle({
      environment: process.env,
      isTerminal: process.stderr.isTTY === true,
      noColor: argv.includes('--no-color'),
    });
    process.stderr.write(problem === null ? formatBug(error, style) : formatProblems(problem.problems, style));
  }
  if (process.env.IOTEST_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  const exitCode = problem?.exitCode ?? ExitCode.failed;
  // To `git bisect run` any other status below 128 is a bad commit.
  return asksForBisect(argv) && exitCode !== ExitCode.interrupted ? ExitCode.bisectSkip : exitCode;
}

function asksForBisect(argv: readonly string[]): boolean {
  return argv[0] === 'gate' && wordsBefore(argv).includes('--bisect');
}

/** Read from the words themselves: the error may be that they do not parse. */
function asksForJson(argv: readonly string[]): boolean {
  const words = wordsBefore(argv);
  return words.some((word, index) => {
    const value = word === '--format' ? words[index + 1] : /^--format=(.*)$/.exec(word)?.[1];
    return value === 'json' || value === 'json+';
  });
}

/** Those that can be flags. */
function wordsBefore(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}
