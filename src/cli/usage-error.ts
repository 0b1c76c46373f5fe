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
  return UserError.of(saidBriefly(error.message), 'see what the command takes with --help');
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
  const [first = '', second = ''] = message.split('\n').map((line) => line.trim());
  const flag = /^Parsing (--[\w-]+)$/.exec(first)?.[1];
  return flag === undefined || second === '' ? first : `${flag}: ${second[0]!.toLowerCase()}${second.slice(1)}`;
}
