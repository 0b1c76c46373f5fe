import { Flags } from '@oclif/core';
import { compareCsv, compareJson, compareMarkdown } from '../report/compare-export.js';
import { formatCompare } from '../report/compare-text.js';
import { BaseCommand, colorFlag } from './start/base.js';
import { compareAll } from './start/compare-all.js';
import { readCompareInputs } from './start/compare-inputs.js';

export default class Compare extends BaseCommand {
  static override summary = 'Compare saved results: what differs, by how much, and how sure that is.';
  static override description = `Takes results of iotest and JSON output of fio; a folder stands for repeated
runs of the same thing. One result of a run with several engines, files or
variants is compared within itself. Ratios are estimates over all repetitions
with 95 % intervals; "could see" is the smallest difference that four of five
such runs would have found.
Exit status: 0, whatever differs (see iotest gate).`;
  static override examples = [
    '<%= config.bin %> compare results/before.json results/after.json',
    '<%= config.bin %> compare results/20261122-120000-old-new-1f0a9c.json',
    '<%= config.bin %> compare nvme0/ nvme1/ --format markdown',
  ];
  static override usage = 'compare RESULT... [FLAGS]';
  /** Paths are taken from argv: oclif has no arguments that repeat. */
  static override strict = false;
  static override flags = {
    format: Flags.string({
      description: 'how to print it',
      options: ['table', 'markdown', 'csv', 'json'],
      default: 'table',
    }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Compare);
    const report = compareAll(await readCompareInputs(argv.map(String)));
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
