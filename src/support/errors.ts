/**
 * What can go wrong, as values that say where, what, and what to do about it.
 * A `UserError` is shown to people as it stands; anything else that reaches the top is a bug of ours.
 */

/** Exit statuses of the command; scripts rely on them. */
export const ExitCode = {
  ok: 0,
  /** A job had I/O errors, or this machine cannot do what was asked. */
  failed: 1,
  /** Bad usage, job file or flag. */
  usage: 2,
  regression: 3,
  /** Of `crashtest`: what a sync had promised is not there. */
  brokenPromise: 3,
  inconclusive: 4,
  incomparable: 5,
  /** By Ctrl-C; after another signal the program ends with 128 and the number of that one (cli/signals.ts). */
  /** With `gate --bisect`: what `git bisect run` takes for a bad commit, and for one that cannot be told. */
  bisectBad: 1,
  bisectSkip: 125,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A place in a text that came from outside: a job file, or the command line (`file` is then e.g. "--set"). */
export interface Place {
  readonly file: string;
  /** 1-based; 0 when the text has no lines, as a flag. */
  readonly line: number;
  /** 1-based; 0 when the whole line is meant. */
  readonly column: number;
  /** The line as it stands, to be shown with a caret under `column`. */
  readonly text: string;
  /** Where the file that this is in was included; absent in the file that was named. */
  readonly includedFrom?: Place;
}

/** One thing that is wrong (or, in a list of warnings, doubtful) and what to do instead. */
export interface Problem {
  readonly place: Place | null;
  /** One sentence, no full stop: `unknown option "iodpeth"`. */
  readonly message: string;
  /** What to write or do instead; null only where nothing can be done. */
  readonly advice: string | null;
  /** What the system said, where it is that which failed; positive. */
  readonly errno?: number;
}

/** Everything that is wrong with one input, all at once. */
export class UserError extends Error {
  readonly problems: readonly Problem[];
  readonly exitCode: ExitCode;

  constructor(problems: readonly Problem[], exitCode: ExitCode = ExitCode.usage) {
    super(problems.map((problem) => problem.message).join('; '));
    this.name = 'UserError';
    this.problems = problems;
    this.exitCode = exitCode;
  }

  /** For the frequent case of one problem that is not in a file. */
  static of(
    message: string,
    advice: string | null = null,
    exitCode: ExitCode = ExitCode.usage,
    errno: number | null = null,
  ): UserError {
    return new UserError([{ place: null, message, advice, ...(errno === null ? {} : { errno }) }], exitCode);
  }
}

/** Of an error of the system, as `ENOENT`; null for any other. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null;
}

/** An invariant of ours does not hold: a bug, never the user's fault. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}

export function assert(condition: boolean, why: string): asserts condition {
  if (!condition) throw new InvariantError(why);
}
