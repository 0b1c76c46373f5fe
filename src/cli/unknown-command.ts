import { UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';

/** Throws a `UserError` with a suggestion when the first word is no command. Flags alone (`--help`) are not its matter. */
export function refuseUnknownCommand(argv: readonly string[], commands: readonly string[]): void {
  const [word] = argv;
  if (word === undefined || word.startsWith('-') || commands.includes(word)) return;
  const message = `unknown command "${word}"`;
  if (/\.(ini|fio|job)$/.test(word)) throw UserError.of(message, `to run a job file: iotest run ${word}`);
  const near = suggest(word, commands);
  throw UserError.of(message, near === null ? `commands: ${commands.join(', ')}` : `did you mean "iotest ${near}"?`);
}
