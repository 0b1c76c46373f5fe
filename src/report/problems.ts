/**
 * How problems look: to people (place, sentence, the line with a caret, what to do) and to machines (one JSON object).
 *
 *   job.ini:12:1: unknown option "iodpeth"
 *       iodpeth=32
 *       ^
 *     -> did you mean "iodepth"?
 */
import { ExitCode, type Place, type Problem, type UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { reportColumns, wrap } from './layout.js';
import type { Style } from './terminal.js';

/** Columns shown of a line of source; a longer one is cut around the caret. */
const sourceColumns = 72;

export function formatProblems(problems: readonly Problem[], style: Style): string {
  const blocks = problems.map((problem) => formatProblem(problem, style));
  if (problems.length > 1) blocks.push(`${problems.length} problems`);
  return `${blocks.join('\n')}\n`;
}

function formatProblem(problem: Problem, style: Style): string {
  const lines = [`${style.strong(heading(problem.place))} ${style.bad(printable(problem.message))}`];
  if (problem.place !== null)
    lines.push(...sourceWithCaret(problem.place, style), ...includedFrom(problem.place, style));
  if (problem.advice !== null) {
    // A list of what there is has a line for each.
    for (const [index, line] of problem.advice.split('\n').entries()) {
      const first = index > 0 ? '    ' : style.unicode ? '  → ' : '  -> ';
      lines.push(...wrap(printable(line), first, reportColumns));
    }
  }
  return lines.join('\n');
}

/** `job.ini:12:1:` as compilers write it, so that editors can jump there. */
function heading(place: Place | null): string {
  if (place === null) return 'iotest:';
  const line = place.line > 0 ? `:${place.line}` : '';
  const column = place.line > 0 && place.column > 0 ? `:${place.column}` : '';
  return `${printable(place.file)}${line}${column}:`;
}

function sourceWithCaret(place: Place, style: Style): string[] {
  if (place.text.trim() === '') return [];
  const caretIndex = Math.max(0, place.column - 1);
  const start = caretIndex < sourceColumns - 8 ? 0 : caretIndex - Math.floor(sourceColumns / 2);
  const shown = printable(place.text.slice(start, start + sourceColumns));
  const lines = [style.faint(`    ${shown}`)];
  // Tabs before the caret are repeated, so that the caret stands below its character at any tab width.
  const before = place.text.slice(start, caretIndex).replace(/[^\t]/g, ' ');
  if (place.column > 0) lines.push(`    ${before}${style.bad('^')}`);
  return lines;
}

function includedFrom({ includedFrom: from }: Place, style: Style): string[] {
  return from === undefined
    ? []
    : [style.faint(`    included from ${printable(from.file)}:${from.line}`), ...includedFrom(from, style)];
}

/** What `--format json` prints instead of a result. */
interface ErrorDocument {
  readonly error: {
    /** `usage`, `failed`, …: the name of the exit status; `internal` for a bug of ours. */
    readonly code: string;
    readonly message: string;
    readonly problems: readonly {
      readonly file: string | null;
      readonly line: number | null;
      readonly column: number | null;
      readonly text: string | null;
      readonly message: string;
      readonly advice: string | null;
    }[];
  };
}

export function errorDocument(error: UserError): ErrorDocument {
  const code = Object.entries(ExitCode).find(([, status]) => status === error.exitCode)?.[0] ?? 'failed';
  return {
    error: {
      code,
      message: error.message,
      problems: error.problems.map(({ place, message, advice }) => ({
        file: place?.file ?? null,
        line: place !== null && place.line > 0 ? place.line : null,
        column: place !== null && place.column > 0 ? place.column : null,
        text: place !== null && place.text !== '' ? place.text : null,
        message,
        advice,
      })),
    },
  };
}

const howToReport =
  'please report it with the command line, the job file, and what this prints again with IOTEST_DEBUG=1';

/** Anything that is not a `UserError` should not have happened. */
export function formatBug(error: unknown, style: Style): string {
  const lines = [
    `${style.strong('iotest:')} ${style.bad('this is a bug of iotest')}: ${printable(messageOf(error))}`,
    ...wrap(howToReport, style.unicode ? '  → ' : '  -> ', reportColumns),
  ];
  return `${lines.join('\n')}\n`;
}

export function bugDocument(error: unknown): ErrorDocument {
  const message = messageOf(error);
  return {
    error: {
      code: 'internal',
      message,
      problems: [{ file: null, line: null, column: null, text: null, message, advice: howToReport }],
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
