import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base.js';
import { resultId, resultsFlags } from '../../cli/results-flags.js';
import { findResultId } from '../../results/folder.js';
import { readLabel, writeLabel } from '../../results/labels.js';
import { UserError } from '../../support/errors.js';
import { printable } from '../../support/printable.js';

export default class ResultsLabel extends BaseCommand {
  static override summary = 'Give a saved result a label.';
  static override description = 'All words after the id are the label. An empty one ("") takes the label away.';
  static override examples = ['<%= config.bin %> results label latest before the kernel update'];
  static override strict = false;
  static override args = { id: resultId, text: Args.string({ description: 'the label', required: true }) };
  static override flags = resultsFlags;

  async run(): Promise<void> {
    const { args, flags, argv } = await this.parse(ResultsLabel);
    const [, ...words] = argv as string[];
    if (words.some((word) => /^--\w/.test(word))) {
      throw UserError.of(`unknown flag ${words.find((word) => /^--\w/.test(word))}`, 'flags: --results, --no-color');
    }
    const id = findResultId(flags.results, args.id);
    await writeLabel(flags.results, id, words.join(' '));
    const label = readLabel(flags.results, id);
    process.stderr.write(`${printable(label === null ? `${id} has no label now` : `${id}: ${label}`)}\n`);
  }
}
