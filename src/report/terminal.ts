/**
 * What the terminal can show, decided once per stream and passed on: nothing else asks the environment about colour,
 * and nothing else imports chalk. (chalk 5 does not honour NO_COLOR by itself.)
 */
import { Chalk } from 'chalk';
import { reportColumns } from './layout.js';

interface TerminalInput {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the stream is a terminal. */
  readonly isTerminal: boolean;
  /** `--no-color` was given. */
  readonly noColor: boolean;
  /** `--ascii`. */
  readonly ascii?: boolean | undefined;
  /** `--charts` or `--no-charts`; absent = on a terminal. */
  readonly charts?: boolean | undefined;
  /** Of the terminal, where it is one. */
  readonly columns?: number | undefined;
}

/** Names say what is marked, not which colour it gets. */
export interface Style {
  /** False: ASCII alone, in tables, bars and marks. */
  readonly unicode: boolean;
  /** Draw what only shows figures again that are there as text. */
  readonly charts: boolean;
  /** What tables and sentences may take: those of the terminal; 80 in files and pipes. */
  readonly columns: number;
  readonly heading: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly caution: (text: string) => string;
}

/** `--no-color` beats NO_COLOR (no-color.org: any value but the empty one) beats FORCE_COLOR beats the terminal. */
export function decideColor(input: TerminalInput): boolean {
  const { environment, isTerminal, noColor } = input;
  if (noColor || isGiven(environment.NO_COLOR)) return false;
  const force = environment.FORCE_COLOR;
  if (isGiven(force)) return force !== '0' && force !== 'false';
  return isTerminal && environment.TERM !== 'dumb';
}

/** POSIX: the first of LC_ALL, LC_CTYPE and LANG that is not empty names the character set. */
export function decideUnicode(environment: TerminalInput['environment']): boolean {
  if (environment.TERM === 'dumb') return false;
  const locale = [environment.LC_ALL, environment.LC_CTYPE, environment.LANG].find(isGiven);
  return locale !== undefined && /utf-?8/i.test(locale);
}

/** Narrower no table is readable, wider no line is. A terminal that does not know how wide it is says 0. */
function decideColumns(columns: number | undefined): number {
  return columns === undefined || columns === 0 ? reportColumns : Math.min(200, Math.max(60, columns));
}

export function decideStyle(input: TerminalInput): Style {
  const chalk = new Chalk({ level: decideColor(input) ? 1 : 0 });
  return {
    unicode: input.ascii !== true && decideUnicode(input.environment),
    charts: input.charts ?? input.isTerminal,
    columns: input.isTerminal ? decideColumns(input.columns) : reportColumns,
    heading: (text) => chalk.bold.cyan(text),
    strong: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    bad: (text) => chalk.bold.red(text),
    caution: (text) => chalk.yellow(text),
  };
}

/** No colour, ASCII or not: for files and for tests. */
export function plainStyle(unicode: boolean, charts = false, columns: number = reportColumns): Style {
  const same = (text: string) => text;
  return { unicode, charts, columns, heading: same, strong: same, faint: same, good: same, bad: same, caution: same };
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
