import { Flags } from '@oclif/core';
import { BaseCommand, colorFlag } from '../cli/base.js';
import { resultsFlag } from '../cli/results-flags.js';
import { compareAll } from '../compare/all.js';
import { compareCsv, compareJson, compareMarkdown } from '../compare/export.js';
import { readCompareInputs } from '../compare/inputs.js';
import { formatCompare } from '../compare/text.js';
import { UserError } from '../support/errors.js';

export default class Compare extends BaseCommand {
  static override summary = 'Compare saved results: what differs, by how much, and how sure that is.';
  static override description = `Takes paths of results of iotest and of JSON output of fio, or names of
saved results as iotest results lists them: an id, the beginning of one,
its label, latest, latest~1 (the one before). A folder among others stands
for repeated runs of the same thing; of a single folder each file is
compared. One result of a run with several engines, files or variants is
compared within itself. What it came to is said first; ratios are estimates
over all repetitions with intervals of at least 95 %.
Exit status: 0, whatever differs (see iotest gate).`;
  static override examples = [
    '<%= config.bin %> compare latest~1 latest',
    '<%= config.bin %> compare results/before.json results/after.json',
    '<%= config.bin %> compare results/20261122-120000-old-new-1f0a9c.json',
    '<%= config.bin %> compare nvme0/ nvme1/ --format markdown',
  ];
  static override usage = 'compare RESULT... [FLAGS]';
  /** Names are taken from argv: oclif has no arguments that repeat. */
  static override strict = false;
  static override flags = {
    format: Flags.string({
      description: 'how to print it',
      options: ['table', 'markdown', 'csv', 'json'],
      default: 'table',
    }),
    results: resultsFlag,
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Compare);
    const words = argv.map(String);
    if (words.length === 0) {
      throw UserError.of('no results to compare', 'name two or more: iotest compare latest~1 latest');
    }
    const inputs = await readCompareInputs(words, flags.results);
    if (inputs.subjects.length < 2) {
      const advice = 'name two results, or one of a run with --repeat and several engines, files or variants';
      throw UserError.of(`${words.join(', ')} holds one result: there is nothing to compare it with`, advice);
    }
    const report = compareAll(inputs);
    const style = this.styleOf(process.stdout, flags['no-color']);
    const text = {
      table: () => formatCompare(report, style),
      markdown: () => compareMarkdown(report),
      csv: () => compareCsv(report),
      json: () => compareJson(report),
    }[flags.format as 'table' | 'markdown' | 'csv' | 'json'];
    process.stdout.write(text());
  }
}
