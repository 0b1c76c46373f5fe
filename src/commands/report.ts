import { Flags } from '@oclif/core';
import { loadCharacterization } from '../characterize/run.js';
import { BaseCommand } from '../cli/base.js';
import { writeWhole } from '../cli/output.js';
import { resultsFlag } from '../cli/results-flags.js';
import { compareAll } from '../compare/all.js';
import {
  type CompareInputs,
  type CompareSubject,
  type LabelledDocument,
  readCompareInputs,
  subjectsOf,
} from '../compare/inputs.js';
import type { Characterization } from '../page/characterization.js';
import type { Chart } from '../page/chart.js';
import type { MachineDifference, PageInput } from '../page/page.js';
import { compareFingerprints } from '../results/fingerprint.js';
import { UserError } from '../support/errors.js';

/** Each against the first: more tables than this nobody reads. */
const comparedMax = 8;

type Format = 'html' | 'svg' | 'png' | 'markdown' | 'csv';

export default class Report extends BaseCommand {
  static override summary = 'Make a page of results: charts and tables in one HTML file.';
  static override description = `Takes paths of results of iotest and of JSON output of fio (json+ for
histograms), or names of saved results as iotest results lists them: an id,
the beginning of one, its label, latest, latest~1 (the one before). A folder stands for
its files, --characterize for all sections of a characterization; what is
compared with what is as in iotest compare. The page needs no network and no
script, is light or dark as its reader's system, and has a table behind
every chart. --format svg draws one chart alone, png does with rsvg-convert
or Chromium, markdown and csv write its figures; --chart says which. Without
--chart markdown has all, and the others list them.`;
  static override examples = [
    '<%= config.bin %> report latest --output report.html',
    '<%= config.bin %> report old.json new.json --title "Before and after" -o report.html',
    '<%= config.bin %> report --characterize 20261125-133000-1f0a9c -o disk.html',
    '<%= config.bin %> report fio-output.json --format svg --chart depth > depth.svg',
  ];
  static override usage = 'report [RESULT...] [FLAGS]';
  /** Names are taken from argv: oclif has no arguments that repeat. */
  static override strict = false;
  static override flags = {
    characterize: Flags.string({
      description: 'the sections of this characterization; repeat to compare machines or disks',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
    }),
    format: Flags.string({
      description: 'a page; or one chart as a drawing, or its figures',
      options: ['html', 'svg', 'png', 'markdown', 'csv'],
      default: 'html',
    }),
    chart: Flags.string({ description: 'which chart to write, with another format than html', helpValue: 'ID' }),
    title: Flags.string({ description: 'title of the page', helpValue: 'TEXT' }),
    output: Flags.string({ char: 'o', description: 'write to this file instead of stdout', helpValue: 'FILE' }),
    results: resultsFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Report);
    const format = flags.format as Format;
    if (format === 'png' && flags.output === undefined && process.stdout.isTTY) {
      throw UserError.of('a picture is no text for a terminal', 'name a file: --output chart.png');
    }
    if (flags.chart !== undefined && format === 'html') {
      throw UserError.of('--chart chooses one chart, and a page has all', 'add --format svg, png, markdown or csv');
    }
    const ids = flags.characterize ?? [];
    if (argv.length === 0 && ids.length === 0) {
      throw UserError.of('no results to report', 'name one or more: iotest report latest --output report.html');
    }
    const characterized = (await Promise.all(ids.map((id) => loadCharacterization(flags.results, id)))).flat();
    const read: CompareInputs =
      argv.length === 0
        ? { documents: [], subjects: [], notes: [] }
        : await readCompareInputs(argv.map(String), flags.results);
    const documents = [
      ...characterized.map((document, index) => ({ label: `section ${index + 1}`, document })),
      ...read.documents,
    ];
    const page = await pageInput(documents, read.subjects, read.notes, flags.title);
    const text = await render(page, format, flags.chart);
    if (flags.output === undefined) process.stdout.write(text);
    else await writeWhole(flags.output, text);
  }
}

/** What draws is loaded here: no other command does. */
async function render(page: PageInput, format: Format, wanted: string | undefined): Promise<string | Uint8Array> {
  const { htmlPage, pageCharts } = await import('../page/page.js');
  if (format === 'html') return htmlPage(page);
  const charts = pageCharts(page);
  const { chartCsv, chartMarkdown } = await import('../page/export.js');
  if (format === 'markdown' && wanted === undefined && charts.length > 0) return charts.map(chartMarkdown).join('\n');
  const chart = chartNamed(charts, wanted);
  if (format === 'markdown') return chartMarkdown(chart);
  if (format === 'csv') return chartCsv(chart);
  const { standaloneSvg } = await import('../page/chart.js');
  const { standaloneCss } = await import('../page/style.js');
  const svg = standaloneSvg(chart, standaloneCss);
  if (format === 'svg') return svg;
  const { pngOf } = await import('../cli/png.js');
  return pngOf(svg);
}

function chartNamed(charts: readonly Chart[], wanted: string | undefined): Chart {
  const chart = charts.find(({ id }) => id === wanted);
  if (chart !== undefined) return chart;
  const list = charts.map(({ id, title }) => `--chart ${id} (${title.replace(/\s+/g, ' ')})`).join('\n');
  throw UserError.of(
    wanted === undefined ? 'which chart?' : `there is no chart "${wanted}" in these results`,
    charts.length === 0 ? 'the results hold no I/O to draw' : `one of\n${list}`,
  );
}

async function pageInput(
  documents: readonly LabelledDocument[],
  subjects: readonly CompareSubject[],
  notes: readonly string[],
  title: string | undefined,
): Promise<PageInput> {
  const { splitSubjects } = await import('../page/characterization.js');
  const { characterizations, others } = splitSubjects(documents);
  const comparable = subjects.filter(({ document }) => document.iotest?.characterize === undefined);
  const compared = comparable.slice(0, comparedMax + 1);
  const left = comparable.length - compared.length;
  return {
    title: title ?? titleOf(characterizations, others),
    subjects: documents,
    comparisons: [
      ...characterizations.flatMap((each) => engineComparisons(each, characterizations.length === 1)),
      ...(compared.length < 2 ? [] : compareAll({ subjects: compared, notes: [] }).comparisons),
    ],
    fingerprints: [
      ...machineDifferences(
        characterizations.map(({ label, sections }) => ({ label, document: sections[0]!.document })),
      ),
      ...machineDifferences(others),
    ],
    notes: [
      ...notes,
      ...cutNote(left, 'are in the tables and charts, and not compared with the first'),
      ...cutNote(others.length - 1 - comparedMax, 'have machines that are not compared with that of the first'),
    ],
  };
}

function cutNote(left: number, what: string): string[] {
  return left > 0 ? [`${left} further results ${what}`] : [];
}

function titleOf(characterizations: readonly Characterization[], others: readonly LabelledDocument[]): string {
  if (characterizations.length > 0) return `iotest: ${characterizations.map(({ label }) => label).join(' and ')}`;
  return others.length === 1 ? `iotest: ${others[0]!.label}` : `iotest: ${others.length} results`;
}

/** Engines took turns in their section: differences with intervals. */
function engineComparisons({ label, sections }: Characterization, isAlone: boolean): PageInput['comparisons'] {
  const engines = sections.find(({ section }) => section === 'engines');
  const variants = engines === undefined ? [] : subjectsOf({ document: engines.document, label }, 0, isAlone);
  if (variants.length < 2) return [];
  // Of too few repetitions nothing can be told that the pictures of the section do not show.
  return compareAll({ subjects: variants, notes: [] }).comparisons.filter(({ jobs }) =>
    jobs.some(({ metrics }) => metrics.some(({ interval }) => interval !== null)),
  );
}

/** Each against the first. */
function machineDifferences(documents: readonly LabelledDocument[]): MachineDifference[] {
  const [first, ...others] = documents;
  return others.slice(0, comparedMax).map(({ label, document }) => ({
    label,
    against: first!.label,
    differences: compareFingerprints(first!.document, document),
  }));
}
