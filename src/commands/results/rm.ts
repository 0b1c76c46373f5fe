import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base.js';
import { resultId, resultsFlags } from '../../cli/results-flags.js';
import { findResultId, removeResult, resultPath } from '../../results/folder.js';
import { type Problem, UserError } from '../../support/errors.js';
import { printable } from '../../support/printable.js';

export default class ResultsRm extends BaseCommand {
  static override summary = 'Remove saved results and their labels.';
  static override description =
    'Names what it removes. More than one at a time needs --yes. Nothing is removed when any id is wrong.';
  static override examples = [
    '<%= config.bin %> results rm 20261122-120000',
    '<%= config.bin %> results rm 20261122-120000 20261122-120107 --yes',
  ];
  static override strict = false;
  static override args = { id: resultId };
  static override flags = {
    ...resultsFlags,
    yes: Flags.boolean({ char: 'y', description: 'remove more than one', default: false }),
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(ResultsRm);
    const ids = idsOf(flags.results, argv as string[]);
    if (ids.length > 1 && !flags.yes) {
      throw UserError.of(`${ids.length} results would be removed: ${ids.join(', ')}`, 'add --yes to remove them all');
    }
    for (const id of ids) {
      await removeResult(flags.results, id);
      process.stderr.write(`${printable(`removed ${resultPath(flags.results, id)}`)}\n`);
    }
  }
}

/** Each once; every id that is wrong is told. */
function idsOf(directory: string, asked: readonly string[]): string[] {
  const ids = new Set<string>();
  const problems: Problem[] = [];
  for (const text of asked) {
    try {
      if (text.startsWith('-')) throw UserError.of(`unknown flag ${text}`, 'flags: --results, --yes, --no-color');
      ids.add(findResultId(directory, text));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return [...ids];
}
