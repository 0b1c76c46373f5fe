import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base.js';
import { resultId, resultsFlags } from '../../cli/results-flags.js';
import { acceptResult, removeAcceptance } from '../../results/acceptance.js';
import { findToAccept } from '../../results/folder.js';
import { UserError } from '../../support/errors.js';
import { printable } from '../../support/printable.js';

export default class ResultsAccept extends BaseCommand {
  static override summary = 'Accept a level: let the reference of iotest gate begin with this result.';
  static override description = `Gates against a folder judge by the first results in it, or by the last that was
accepted and those after it; nothing else moves that reference. A result that
a gate set aside (rejected/, undecided/) comes back into the folder. All words
after the id say why.`;
  static override examples = [
    '<%= config.bin %> results accept latest the new kernel is slower, and stays --results baseline',
    '<%= config.bin %> results accept 20261122-120000 --withdraw --results baseline',
  ];
  static override strict = false;
  static override args = { id: resultId, why: Args.string({ description: 'why, for whoever asks later' }) };
  static override flags = {
    ...resultsFlags,
    withdraw: Flags.boolean({ description: 'take it back: the reference is what it was before', default: false }),
  };

  async run(): Promise<void> {
    const { args, flags, argv } = await this.parse(ResultsAccept);
    const [, ...words] = argv as string[];
    const flag = [args.id, ...words].find((word) => /^--\w/.test(word));
    if (flag !== undefined) {
      throw UserError.of(`unknown flag ${flag}`, 'flags: --withdraw, --results, --no-color');
    }
    const { entry, setAside } = findToAccept(flags.results, args.id);
    if (flags.withdraw) {
      if (!entry.isAccepted)
        throw UserError.of(`${entry.id} is not accepted`, 'iotest results marks those that are: a');
      await removeAcceptance(flags.results, entry.id);
      process.stderr.write(`${printable(entry.id)} is not accepted any more\n`);
      return;
    }
    const why = words.join(' ');
    await acceptResult(flags.results, entry.id, setAside, why);
    const reason = why === '' ? '' : `: ${why}`;
    process.stderr.write(`${printable(`${entry.id} is accepted${reason}`)}\n`);
  }
}
