/**
 * What the terminal can show, decided once per stream and passed on: nothing else asks the environment about colour,
 * and nothing else imports chalk. (chalk 5 does not honour NO_COLOR by itself.)
 */
import { Chalk } from 'chalk';

export interface TerminalInput {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the stream is a terminal. */
  readonly isTerminal: boolean;
  /** `--no-color` was given. */
  readonly noColor: boolean;
  /** `--ascii`. */
  readonly ascii?: boolean | undefined;
  /** `--charts` or `--no-charts`; absent = on a terminal. */
  readonly charts?: boolean | undefined;
}

/** Names say what is marked, not which colour it gets. */
export interface Style {
  /** False: ASCII alone, in tables, bars and marks. */
  readonly unicode: boolean;
  /** Draw what only shows figures again that are there as text. */
  readonly charts: boolean;
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

export function decideStyle(input: TerminalInput): Style {
  const chalk = new Chalk({ level: decideColor(input) ? 1 : 0 });
  return {
    unicode: input.ascii !== true && decideUnicode(input.environment),
    charts: input.charts ?? input.isTerminal,
    heading: (text) => chalk.bold.cyan(text),
    strong: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    bad: (text) => chalk.bold.red(text),
    caution: (text) => chalk.yellow(text),
  };
}

/** No colour, ASCII or not: for files and for tests. */
export function plainStyle(unicode: boolean, charts = false): Style {
  const same = (text: string) => text;
  return { unicode, charts, heading: same, strong: same, faint: same, good: same, bad: same, caution: same };
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
