import { UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';

/** Throws a `UserError` with a suggestion when the first word is no command. Flags alone (`--help`) are not its matter. */
export function refuseUnknownCommand(argv: readonly string[], commands: readonly string[]): void {
  const [word, next = ''] = argv;
  if (word === undefined || commands.includes(word) || word === '--help' || word === '-h') return;
  // `hosts check`: nothing is called `hosts` alone.
  if (commands.includes(`${word}:${next}`)) return;
  const ofTopic = commands.filter((command) => command.startsWith(`${word}:`));
  if (ofTopic.length > 0) {
    if (/^(?:--help|-h)$/.test(next)) return;
    const typed = ofTopic.map((command) => command.replaceAll(':', ' ')).join(', ');
    throw UserError.of(
      next === '' ? `${word} alone is no command` : `unknown command "${word} ${next}"`,
      `there is: ${typed}`,
    );
  }
  if (word.startsWith('-'))
    throw UserError.of(`unknown flag ${word}`, 'a command comes first: iotest run FILE; see iotest --help');
  const message = `unknown command "${word}"`;
  if (/\.(ini|fio|job)$/.test(word)) throw UserError.of(message, `to run a job file: iotest run ${word}`);
  const typed = commands.map((command) => command.replaceAll(':', ' '));
  const near = suggest(word, typed);
  throw UserError.of(message, near === null ? `commands: ${typed.join(', ')}` : `did you mean "iotest ${near}"?`);
}
