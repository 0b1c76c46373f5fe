import { Flags } from '@oclif/core';
import type { PageInput } from '../report/page/page.js';
import { compareFingerprints } from '../stats/fingerprint.js';
import { UserError } from '../support/errors.js';
import { BaseCommand } from './start/base.js';
import { compareAll } from './start/compare/all.js';
import { type CompareInputs, readCompareInputs } from './start/compare/inputs.js';
import { writeWhole } from './start/deliver.js';
import { resultsFlag } from './start/results-flags.js';

/** Each against the first: more tables than this nobody reads. */
const comparedMax = 8;

export default class Report extends BaseCommand {
  static override summary = 'Make a page of results: charts and tables in one HTML file.';
  static override description = `Takes paths of results of iotest and of JSON output of fio (json+ for
histograms), or names of saved results as iotest results lists them: an id,
the beginning of one, latest, latest~1 (the one before). A folder stands for
its files; what is compared with what is as in iotest compare. The page needs no network and no script, is light or dark
as its reader's system, and has a table behind every chart.
--format svg writes one chart alone, chosen with --chart; without --chart, the
charts that there are get listed.`;
  static override examples = [
    '<%= config.bin %> report latest --output report.html',
    '<%= config.bin %> report old.json new.json --title "Before and after" -o report.html',
    '<%= config.bin %> report fio-output.json --format svg --chart depth > depth.svg',
  ];
  static override usage = 'report RESULT... [FLAGS]';
  /** Names are taken from argv: oclif has no arguments that repeat. */
  static override strict = false;
  static override flags = {
    format: Flags.string({ description: 'a page, or one chart', options: ['html', 'svg'], default: 'html' }),
    chart: Flags.string({ description: 'which chart to write with --format svg', helpValue: 'ID' }),
    title: Flags.string({ description: 'title of the page', helpValue: 'TEXT' }),
    output: Flags.string({ char: 'o', description: 'write to this file instead of stdout', helpValue: 'FILE' }),
    results: resultsFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Report);
    if (flags.chart !== undefined && flags.format !== 'svg') {
      throw UserError.of('--chart chooses a drawing', 'add --format svg');
    }
    if (argv.length === 0) {
      throw UserError.of('no results to report', 'name one or more: iotest report latest --output report.html');
    }
    const inputs = await readCompareInputs(argv.map(String), flags.results);
    const page = pageInput(inputs, flags.title);
    // Loaded here: no other command draws.
    const { htmlPage } = await import('../report/page/page.js');
    const text = flags.format === 'html' ? htmlPage(page) : await this.drawing(page, flags.chart);
    if (flags.output === undefined) process.stdout.write(text);
    else await writeWhole(flags.output, text);
  }

  private async drawing(page: PageInput, wanted: string | undefined): Promise<string> {
    const { pageCharts } = await import('../report/page/page.js');
    const { standaloneSvg } = await import('../report/page/chart.js');
    const { standaloneCss } = await import('../report/page/style.js');
    const charts = pageCharts(page);
    const chart = charts.find(({ id }) => id === wanted);
    if (chart !== undefined) return standaloneSvg(chart, standaloneCss);
    const list = charts.map(({ id, title }) => `--chart ${id}  (${title})`).join('\n    ');
    throw UserError.of(
      wanted === undefined ? 'which chart?' : `there is no chart "${wanted}" in these results`,
      charts.length === 0 ? 'the results hold no I/O to draw' : `one of\n    ${list}`,
    );
  }
}

function pageInput({ documents, subjects, notes }: CompareInputs, title: string | undefined): PageInput {
  const [first] = documents;
  const compared = subjects.slice(0, comparedMax + 1);
  const left = subjects.length - compared.length;
  return {
    title: title ?? (documents.length === 1 ? `iotest: ${first!.label}` : `iotest: ${documents.length} results`),
    subjects: documents,
    comparisons: compared.length < 2 ? [] : compareAll({ subjects: compared, notes: [] }).comparisons,
    fingerprints: documents
      .slice(1, comparedMax + 1)
      .map(({ document }) => compareFingerprints(first!.document, document)),
    notes:
      left > 0
        ? [...notes, `${left} further results are in the tables and charts, and not compared with the first`]
        : notes,
  };
}
