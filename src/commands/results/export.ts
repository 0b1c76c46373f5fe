import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base.js';
import { writeWhole } from '../../cli/output.js';
import { findResult } from '../../cli/result-words.js';
import { resultId, resultsFlags } from '../../cli/results-flags.js';
import { csv } from '../../report/results-text.js';
import type { ResultDocument } from '../../results/document.js';
import { resultHistogramLog, resultRows } from '../../results/export.js';
import { bencherJson, benchstatText } from '../../results/export-benchmarks.js';
import { openMetricsText, prometheusText } from '../../results/export-metrics.js';
import { loadResult } from '../../results/files.js';
import { serialiseResult } from '../../results/fio-json.js';

const formats = ['csv', 'hlog', 'prometheus', 'openmetrics', 'benchstat', 'bencher', 'json'] as const;

export default class ResultsExport extends BaseCommand {
  static override summary = 'Write a saved result for other programs.';
  static override description = `csv: a row per job, direction and repetition. hlog: a log for the tools of
HdrHistogram, values in ns. prometheus: the text format, for node_exporter's
textfile collector. openmetrics: with the latencies as histograms.
benchstat: Go's benchmark format, a line per repetition. bencher: Bencher's
JSON. json: the whole document, which fio's readers take too.`;
  static override examples = [
    '<%= config.bin %> results export latest --format hlog --output latest.hlog',
    '<%= config.bin %> results export latest --format csv',
    '<%= config.bin %> results export latest --format prometheus -o /var/lib/node_exporter/iotest.prom',
    '<%= config.bin %> results export latest --format benchstat > new.txt; benchstat -col /engine new.txt',
  ];
  static override args = { id: resultId };
  static override flags = {
    ...resultsFlags,
    format: Flags.string({ description: 'what to write', options: [...formats], required: true }),
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
  switch (format) {
    case 'hlog':
      return resultHistogramLog(document);
    case 'csv':
      return csv(resultRows(document).map((row) => ({ result: id, ...row })));
    case 'prometheus':
      return prometheusText(document, id);
    case 'openmetrics':
      return openMetricsText(document, id);
    case 'benchstat':
      return benchstatText(document);
    case 'bencher':
      return bencherJson(document);
    default:
      return serialiseResult(document);
  }
}
