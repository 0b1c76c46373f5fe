/** oclif's parse errors as our problems: one wording for everything that is wrong with a command line. */
import { Errors } from '@oclif/core';
import { type Problem, UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';

/** The parts of oclif's `CLIParseError`s that are read here; the classes themselves are not exported by name. */
interface ParseError {
  readonly flags?: readonly string[];
  readonly args?: readonly unknown[];
  readonly parse?: {
    readonly input?: {
      readonly flags?: Readonly<Record<string, { readonly hidden?: boolean }>>;
      readonly args?: Readonly<Record<string, unknown>>;
    };
  };
}

/** A `UserError` for what oclif says about the command line; null for any other error. */
export function asUsageError(error: unknown): UserError | null {
  if (!(error instanceof Errors.CLIError) || error instanceof Errors.ModuleLoadError) return null;
  const detail = error as Errors.CLIError & ParseError;
  const name = error.constructor.name;
  if (name === 'NonExistentFlagsError')
    return new UserError((detail.flags ?? []).map((flag) => unknownFlag(flag, detail)));
  if (name === 'UnexpectedArgsError') return new UserError(unexpectedArguments(detail));
  if (name === 'RequiredArgsError') {
    const missing = ((detail.args ?? []) as readonly { readonly name: string }[]).map((argument) => argument.name);
    return UserError.of(`missing ${missing.join(', ')}`, 'see what the command takes with --help');
  }
  return new UserError([inOurWords(saidBriefly(error.message))]);
}

/** oclif has its sentences only as texts; each that it can say of a flag, in our words. */
function inOurWords(text: string): Problem {
  const problem = (message: string, advice = 'see what the command takes with --help'): Problem => ({
    place: null,
    message,
    advice,
  });
  const listOf = (values: string) => `it takes ${values.replace(/, ([^,]+)$/, ' or $1')}`;
  const [, flag, values] = /^Flag (--[\w-]+) expects one of these values: (.+)$/.exec(text) ?? [];
  if (flag !== undefined) return problem(`${flag} needs a value`, listOf(values!));
  const [, asked, value, known] = /^Expected (--?[\w-]+)=(.*) to be one of: (.+)$/.exec(text) ?? [];
  if (asked !== undefined) {
    const near = suggest(value!, known!.split(', '));
    return problem(
      `${asked}: "${value}" is not one of its values`,
      near === null ? listOf(known!) : `did you mean ${near}?`,
    );
  }
  const [, bare] = /^Flag (--[\w-]+) expects a value$/.exec(text) ?? [];
  if (bare !== undefined) return problem(`${bare} needs a value`);
  const [, counted, number] = /^(--[\w-]+): expected an integer but received: (.*)$/.exec(text) ?? [];
  if (counted !== undefined) return problem(`${counted}: "${number}" is no whole number`);
  const [, limited, bound, limit, given] =
    /^(--[\w-]+): expected an integer (greater|less) than or equal to (-?\d+) but received: (.*)$/.exec(text) ?? [];
  if (limited !== undefined)
    return problem(`${limited}: ${given} is ${bound === 'greater' ? 'less' : 'more'} than ${limit}`);
  const [, needed] = /^Missing required flag ([\w-]+)$/.exec(text) ?? [];
  if (needed !== undefined) return problem(`--${needed} is missing`);
  const [, argument, list] = /^Expected (.+) to be one of: (.+)$/.exec(text) ?? [];
  if (argument !== undefined)
    return problem(`"${argument}" is not one of the words that can stand there`, listOf(list!));
  return problem(text);
}

function unknownFlag(flag: string, { parse }: ParseError): Problem {
  const known = Object.entries(parse?.input?.flags ?? {})
    .filter(([, definition]) => definition.hidden !== true)
    .map(([flagName]) => `--${flagName}`);
  const near = suggest(flag, known);
  const advice = near === null ? `flags: ${known.join(', ')}` : `did you mean ${near}?`;
  return { place: null, message: `unknown flag ${flag}`, advice };
}

function unexpectedArguments({ args, parse }: ParseError): Problem[] {
  const taken = Object.keys(parse?.input?.args ?? {}).join(', ');
  return (args ?? []).map((argument) => ({
    place: null,
    message: `unexpected argument "${String(argument)}"`,
    advice: taken === '' ? 'this command takes no arguments' : `this command takes one ${taken}; run others one by one`,
  }));
}

/** The first line; of `Parsing --repeat` and below it what is wrong, both in one: `--repeat: expected an integer …`. */
function saidBriefly(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  const [first = '', second = ''] = /^The following errors? occurred:$/.test(lines[0]!) ? lines.slice(1) : lines;
  const flag = /^Parsing (--[\w-]+)$/.exec(first)?.[1];
  return flag === undefined || second === '' ? first : `${flag}: ${second[0]!.toLowerCase()}${second.slice(1)}`;
}
