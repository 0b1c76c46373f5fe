import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base.js';
import { resultsFlags } from '../../cli/results-flags.js';
import { formatResultList, resultListCsv, resultListDocument, skippedLines } from '../../report/results-text.js';
import { listResults } from '../../results/index-file.js';
import { UserError } from '../../support/errors.js';
import { jsonText } from '../../support/printable.js';

export default class ResultsList extends BaseCommand {
  static override summary = 'List the saved results, newest first.';
  static override description = `IOPS and mean latency are those of the fastest step: all jobs that ran
together. Files that are no results are named on stderr and skipped.`;
  static override examples = [
    '<%= config.bin %> results list',
    '<%= config.bin %> results list --limit 0 --format csv > results.csv',
  ];
  static override flags = {
    ...resultsFlags,
    limit: Flags.string({ description: 'show this many, 0 for all', helpValue: 'COUNT', default: '30' }),
    format: Flags.string({ description: 'how to print', options: ['table', 'json', 'csv'], default: 'table' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ResultsList);
    const limit = countOf(flags.limit);
    const { results, skipped } = listResults(flags.results);
    const shown = limit === 0 ? results : results.slice(0, limit);
    if (flags.format === 'json') {
      process.stdout.write(jsonText(resultListDocument(shown, skipped)));
      return;
    }
    const style = this.styleOf(process.stdout, flags['no-color']);
    process.stdout.write(flags.format === 'csv' ? resultListCsv(shown) : formatResultList(shown, results, style));
    const left = results.length - shown.length;
    const notes = [
      ...(left === 0 ? [] : [`${left} older ones are not shown: --limit 0 shows all`]),
      ...skippedLines(skipped, this.styleOf(process.stderr, flags['no-color'])),
    ];
    process.stderr.write(notes.map((line) => `${line}\n`).join(''));
  }
}

function countOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw UserError.of(`--limit ${text} is no count`, 'give a number, 0 for all');
  return Number(text);
}
