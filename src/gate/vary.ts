/** The words of `--vary`: which fields of a fingerprint they can name, asked before anything is run. */
import { describeOptions } from '../job/options/describe.js';
import { readFingerprint } from '../machine/fingerprint.js';
import { readMachine } from '../machine/machine.js';
import { isVaried, runFieldNames } from '../results/fingerprint.js';
import { type Problem, UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';

/** Words of the flag, which may be repeated and hold several. */
export function variedWords(values: readonly string[] | undefined): string[] {
  return (values ?? [])
    .flatMap((words) => words.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** @throws UserError that lists the fields, for words that name none: such a flag would be ignored. */
export function checkVaried(words: readonly string[]): void {
  if (words.length === 0) return;
  const machine = readFingerprint({ machine: readMachine(), targets: [], isBuffered: false, environment: {} });
  const fields = [...machine.map(({ name }) => name), ...runFieldNames, 'fingerprint'];
  const options = describeOptions().map(({ name }) => `job.${name}`);
  const unknown = words.filter(
    (word) => ![...fields, ...options].some((name) => isVaried(name, [withoutNumber(word)])),
  );
  if (unknown.length === 0) return;
  const known = [...new Set(fields.flatMap((name) => [name, name.split('.')[0]!, name.split('.').at(-1)!]))];
  const problems = unknown.map((word): Problem => {
    const near = suggest(word, known);
    const list = `fields: ${fields.join(', ')}; kernel stands for all that begin with it, scheduler for that of any disk`;
    const advice = near === null ? list : `did you mean "${near}"? ${list}`;
    return { place: null, message: `--vary ${word}: results have no field of that name`, advice };
  });
  throw new UserError(problems);
}

/** `disk2.scheduler` is that of the second disk. */
function withoutNumber(word: string): string {
  return word.replace(/^(disk|target|fileSystem)[1-9]\d*(?=\.|$)/, '$1');
}
