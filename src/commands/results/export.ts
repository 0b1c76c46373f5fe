import { Flags } from '@oclif/core';
import { csv } from '../../report/results-text.js';
import { serialiseResult } from '../../stats/fio-json.js';
import type { ResultDocument } from '../../stats/result.js';
import { resultHistogramLog, resultRows } from '../../stats/result-export.js';
import { loadResult } from '../../stats/result-files.js';
import { BaseCommand } from '../start/base.js';
import { writeWhole } from '../start/deliver.js';
import { findResult } from '../start/result-words.js';
import { resultId, resultsFlags } from '../start/results-flags.js';

export default class ResultsExport extends BaseCommand {
  static override summary = 'Write a saved result for other programs.';
  static override description =
    `hlog: a log for the tools of HdrHistogram, one interval per job, direction and repetition, values in ns.
csv: a row per job and direction. json: the whole document, which fio's readers take too.`;
  static override examples = [
    '<%= config.bin %> results export latest --format hlog --output latest.hlog',
    '<%= config.bin %> results export latest --format csv',
  ];
  static override args = { id: resultId };
  static override flags = {
    ...resultsFlags,
    format: Flags.string({ description: 'what to write', options: ['hlog', 'csv', 'json'], required: true }),
    output: Flags.string({ char: 'o', description: 'write to this file instead of stdout', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ResultsExport);
    const { path, id } = findResult(args.id, flags.results);
    const text = render(await loadResult(path), id, flags.format);
    if (flags.output === undefined) process.stdout.write(text);
    else await writeWhole(flags.output, text);
  }
}

function render(document: ResultDocument, id: string, format: string): string {
  if (format === 'hlog') return resultHistogramLog(document);
  if (format === 'csv') return csv(resultRows(document).map((row) => ({ result: id, ...row })));
  return serialiseResult(document);
}
