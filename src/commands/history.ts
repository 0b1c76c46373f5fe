import { Args, Flags } from '@oclif/core';
import { BaseCommand, colorFlag, pictureFlags } from '../cli/base.js';
import { writeWhole } from '../cli/output.js';
import { resultsFlag } from '../cli/results-flags.js';
import { isMetricName } from '../compare/metrics.js';
import { type MetricName, metricNames } from '../compare/types.js';
import { findChanges, type HistoryChanges } from '../history/changes.js';
import { historyCsv, historyJson, historyMarkdown } from '../history/export.js';
import { readHistory } from '../history/series.js';
import { formatHistory } from '../history/text.js';
import { skippedLines } from '../report/results-text.js';
import type { Style } from '../report/terminal.js';

import { UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';

type Format = 'table' | 'markdown' | 'csv' | 'json' | 'html';

export default class History extends BaseCommand {
  static override summary = 'Show how saved results went over time: when they changed, by how much, and what else did.';
  static override description = `Looks at all results of a folder, those that a gate set aside too, and finds
the points at which a level changed for good (E-divisive with permutation
tests). Each result counts as one value, the median of its repetitions.
Of each job the rate and the p99 are looked at, unless --metric names others.
Exit status: 0, whatever changed (see iotest gate).`;
  static override examples = [
    '<%= config.bin %> history',
    '<%= config.bin %> history randread --results baseline --metric p99.9',
    '<%= config.bin %> history --format html --output history.html',
  ];
  static override args = { job: Args.string({ description: 'the job to look at; all without it' }) };
  static override flags = {
    results: resultsFlag,
    metric: Flags.string({
      description: `what to look at: ${metricNames.join(', ')}`,
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    format: Flags.string({
      description: 'how to print it',
      options: ['table', 'markdown', 'csv', 'json', 'html'],
      default: 'table',
    }),
    title: Flags.string({ description: 'title of the page', helpValue: 'TEXT' }),
    output: Flags.string({ char: 'o', description: 'write to this file instead of stdout', helpValue: 'FILE' }),
    ...pictureFlags,
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(History);
    const format = flags.format as Format;
    if (flags.title !== undefined && format !== 'html') {
      throw UserError.of('--title is of a page', 'add --format html');
    }
    const metrics = metricsOf(flags.metric ?? []);
    const changes = await findChanges(await readHistory(flags.results, { jobName: args.job ?? null, metrics }));
    const style = this.styleOf(process.stdout, flags['no-color'], flags);
    const text = await render(changes, format, flags.title ?? null, style);
    if (flags.output === undefined) process.stdout.write(text);
    else await writeWhole(flags.output, text);
    const skipped = skippedLines(changes.history.skipped, this.styleOf(process.stderr, flags['no-color']));
    if (format !== 'json') process.stderr.write(skipped.map((line) => `${line}\n`).join(''));
  }
}

async function render(changes: HistoryChanges, format: Format, title: string | null, style: Style): Promise<string> {
  switch (format) {
    case 'json':
      return historyJson(changes);
    case 'markdown':
      return historyMarkdown(changes);
    case 'csv':
      return historyCsv(changes);
    case 'html': {
      // What draws is loaded here: no other format does.
      const { historyPage } = await import('../history/page.js');
      return historyPage(changes, title);
    }
    default:
      return formatHistory(changes, style);
  }
}

function metricsOf(words: readonly string[]): MetricName[] {
  const names = words.flatMap((word) => word.split(',')).map((word) => word.trim());
  return names.map((name) => {
    if (isMetricName(name)) return name;
    const near = suggest(name, metricNames);
    const advice = near === null ? `metrics: ${metricNames.join(', ')}` : `did you mean "${near}"?`;
    throw UserError.of(`--metric: there is no metric "${name}"`, advice);
  });
}
