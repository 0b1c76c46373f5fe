/** A whole page from results: one self-contained HTML file that needs no network and no script. */
import type { Comparison } from '../../compare/types.js';
import type { FieldDifference } from '../../stats/fingerprint.js';
import type { ResultDocument } from '../../stats/result.js';
import { formatBandwidthShort, formatIops, formatLatencyNs } from '../../support/units.js';
import { differenceText, figureText, isBetter, isReal } from '../compare-figures.js';
import { targetText } from '../run-header.js';
import { type Chart, figureOf, tableOf } from './chart.js';
import { latencyText } from './latency-pictures.js';
import { chartsOf, type JobBlock, jobBlocks, type Labels, labelsFor, overviewCharts } from './layout.js';
import { type Content, element, type Markup, textOf } from './markup.js';
import { type RunGroup, runGroups, type Subject, workloadText } from './runs.js';
import { pageCss } from './style.js';

export interface PageInput {
  readonly title: string;
  readonly subjects: readonly Subject[];
  /** Each variant or subject against the first, where there are several. */
  readonly comparisons: readonly Comparison[];
  /** For each subject but the first: in what its machine differs from the first one's. */
  readonly fingerprints: readonly (readonly FieldDifference[])[];
  /** Files that were left out, and why. */
  readonly notes: readonly string[];
}

/** All charts of a page in its order, for those who want one alone. */
export function pageCharts({ subjects }: PageInput): Chart[] {
  const groups = subjects.flatMap(runGroups);
  const labels = labelsFor(groups);
  return [...overviewCharts(groups, labels), ...jobBlocks(groups).flatMap((block) => chartsOf(block, labels))];
}

export function htmlPage(input: PageInput): string {
  const groups = input.subjects.flatMap(runGroups);
  const labels = labelsFor(groups);
  const overview = overviewCharts(groups, labels);
  const blocks = jobBlocks(groups);
  const body = element(
    'main',
    {},
    element('h1', {}, input.title),
    element('p', { class: 'faint' }, subtitle(input.subjects)),
    section('Summary', summaryTable(groups, labels), errorList(groups)),
    overview.length === 0 ? null : section('Overview', charts(overview)),
    input.comparisons.length === 0
      ? null
      : section('Differences', element('div', { class: 'tables' }, comparisonBlocks(input.comparisons))),
    input.fingerprints.some((differences) => differences.length > 0) ? section('Machines', machineTable(input)) : null,
    blocks.map((block) => jobSection(block, labels)),
    section('What ran where', input.subjects.map(subjectFacts)),
    findings(input),
    section('Method', method(input.subjects)),
  );
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('meta', { name: 'generator', content: 'iotest' }),
    element('title', {}, input.title),
  );
  // Our own text, and a browser reads `&quot;` in a style sheet as it stands there.
  const styled = textOf(head).replace('</head>', `<style>${pageCss}</style></head>`);
  return `<!doctype html>\n<html lang="en">${styled}${textOf(element('body', {}, body))}</html>\n`;
}

function section(title: string, ...content: Content[]): Markup {
  return element('section', {}, element('h2', {}, title), content);
}

function charts(all: readonly Chart[]): Markup {
  return element('div', { class: 'charts' }, all.map(figureOf));
}

function subtitle(subjects: readonly Subject[]): string {
  return subjects.map(({ label, document }) => `${label}: ${document.time}`).join(' · ');
}

// --------------------------------------------------------------------------------------------------------- summary

function summaryTable(groups: readonly RunGroup[], labels: Labels): Markup {
  const rows = groups.flatMap((group) =>
    group.directions.map((figures) => [
      labels.full(group),
      workloadText(group.workload),
      group.directions.length > 1 ? figures.name : '',
      group.repetitionCount > 1 ? String(group.repetitionCount) : '1',
      formatIops(figures.iops),
      formatBandwidthShort(figures.bytesPerSecond),
      latencyText(figures.meanNs),
      ...[50, 99, 99.9].map((percent) =>
        latencyText(figures.curve.find((point) => Math.abs(point.percent - percent) < 1e-9)?.ns ?? null),
      ),
      latencyText(figures.maxNs),
      group.cpuPerIo === null
        ? '–'
        : formatLatencyNs(group.cpuPerIo.userNs + group.cpuPerIo.systemNs + group.cpuPerIo.ringThreadNs),
    ]),
  );
  if (rows.length === 0) return element('p', {}, 'No I/O was completed in any job of these results.');
  const head = [
    'job',
    'workload',
    '',
    'runs',
    'IOPS',
    'bandwidth',
    'mean',
    'p50',
    'p99',
    'p99.9',
    'max',
    'CPU per I/O',
  ];
  return element('div', { class: 'scroll words' }, tableOf({ head, rows }));
}

function errorList(groups: readonly RunGroup[]): Markup | null {
  const errors = groups.flatMap((group) => group.errors.map((error) => `${group.jobName}: ${error}`));
  if (errors.length === 0) return null;
  const distinct = [...new Set(errors)];
  return element(
    'ul',
    { class: 'notes bad' },
    distinct.map((error) => element('li', {}, error)),
  );
}

// ----------------------------------------------------------------------------------------------------- differences

function comparisonBlocks(comparisons: readonly Comparison[]): Markup[] {
  return comparisons.flatMap((comparison) =>
    comparison.jobs.map((job) =>
      element(
        'div',
        {},
        element('h3', {}, `${job.jobName}: ${comparison.currentLabel} against ${comparison.baselineLabel}`),
        job.workloadDifferences.length > 0
          ? element('p', { class: 'bad' }, `cannot be compared: ${job.workloadDifferences.join(', ')}`)
          : element(
              'div',
              { class: 'scroll' },
              element(
                'table',
                {},
                element(
                  'thead',
                  {},
                  element(
                    'tr',
                    {},
                    ['', comparison.baselineLabel, comparison.currentLabel, 'ratio (95 % interval)'].map((text) =>
                      element('th', { scope: 'col' }, text),
                    ),
                  ),
                ),
                element('tbody', {}, job.metrics.map(differenceRow)),
              ),
            ),
      ),
    ),
  );
}

function differenceRow(metric: Comparison['jobs'][number]['metrics'][number]): Markup {
  const verdict = !isReal(metric) ? null : isBetter(metric) ? 'good' : 'bad';
  const word = verdict === null ? '' : verdict === 'good' ? ', better' : ', worse';
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, metric.label),
    element('td', {}, figureText(metric.unit, metric.baseline)),
    element('td', {}, figureText(metric.unit, metric.current)),
    element('td', { class: `text ${verdict ?? ''}`.trim() }, `${differenceText(metric, true)}${word}`),
  );
}

function machineTable({ subjects, fingerprints }: PageInput): Markup[] {
  return fingerprints.flatMap((differences, index) => {
    if (differences.length === 0) return [];
    const [first, other] = [subjects[0]!, subjects[index + 1]!];
    return [
      element('h3', {}, `${other.label} against ${first.label}, what matters most first`),
      element(
        'div',
        { class: 'scroll' },
        tableOf({
          head: ['field', 'matters', first.label, other.label],
          rows: differences.map((difference) => [
            difference.field,
            { blocking: 'much', warning: 'some', informative: 'little' }[difference.class],
            sideText(difference.left),
            sideText(difference.right),
          ]),
        }),
      ),
    ];
  });
}

function sideText({ value, reason }: FieldDifference['left']): string {
  if (value === null) return `unknown (${reason ?? 'no reason given'})`;
  return typeof value === 'object' ? value.join(' ') : String(value);
}

// ------------------------------------------------------------------------------------------------------------ jobs

function jobSection(block: JobBlock, labels: Labels): Markup | null {
  const shown = chartsOf(block, labels);
  if (shown.length === 0) return null;
  const workloads = [...new Set(block.groups.map((group) => workloadText(group.workload)))];
  return section(block.jobName, element('p', { class: 'faint' }, workloads.join(' · ')), charts(shown));
}

// ----------------------------------------------------------------------------------------------- machine and method

function subjectFacts({ label, document }: Subject): Markup {
  const facts: [string, string][] = [['result', `${label}, ${document.time}`]];
  const { iotest } = document;
  if (iotest === undefined) {
    facts.push(['made by', `${document['fio version']}; fio's JSON says nothing of the machine`]);
  } else {
    const { machine, tool } = iotest;
    const field = (name: string) => {
      const value = machine[name];
      return value === undefined || value === null ? '' : Array.isArray(value) ? value.join(' ') : String(value);
    };
    facts.push([
      'made by',
      `iotest ${tool.version}, Node ${tool.node}${tool.liburing === null ? '' : `, liburing ${tool.liburing}`}`,
    ]);
    facts.push(['command', iotest.commandLine.join(' ')]);
    facts.push(
      ['kernel', field('kernel')],
      ['CPU', [field('cpuCount'), field('cpuModel')].filter((text) => text !== '').join(' × ')],
    );
    for (const target of iotest.targets) facts.push(['target', targetText(target)]);
    if (iotest.noise !== null) {
      facts.push(['noise', iotest.noise.isNoisy ? iotest.noise.reasons.join('; ') : 'none seen around the run']);
    }
    if (iotest.interrupted) facts.push(['note', 'the run was interrupted; this is what it had measured']);
  }
  return element(
    'dl',
    {},
    facts
      .filter(([, text]) => text !== '')
      .flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)]),
  );
}

function findings({ subjects, notes }: PageInput): Markup | null {
  const warnings = subjects.flatMap(({ label, document }) =>
    (document.iotest?.warnings ?? []).map(({ message, advice }) => {
      const where = subjects.length > 1 ? `${label}: ` : '';
      return `${where}${message}${advice === null ? '' : ` → ${advice}`}`;
    }),
  );
  const all = [...new Set([...warnings, ...notes])];
  return all.length === 0
    ? null
    : section(
        'Findings',
        element(
          'ul',
          { class: 'notes' },
          all.map((text) => element('li', {}, text)),
        ),
      );
}

function method(subjects: readonly Subject[]): Markup {
  const definitions = new Set(subjects.flatMap(({ document }) => definitionOf(document)));
  const texts = [
    ...definitions,
    'IOPS and bandwidth are totals over the measured time, without the ramp. Of several repetitions the median is shown; percentiles and histograms are of all repetitions together. A percentile is shown with ten I/Os beyond it at least.',
    'Ratios are Hodges-Lehmann estimates over repetitions with exact rank intervals; a difference counts as real when its p value, adjusted for all figures compared (Holm), is below 5 %. "Could have seen" is the smallest difference that four of five such runs would have found.',
  ];
  return element(
    'div',
    { class: 'method' },
    texts.map((text) => element('p', {}, text)),
  );
}

function definitionOf(document: ResultDocument): string[] {
  if (document.iotest === undefined) {
    return [
      "Latencies of fio's results are those it gives percentiles of: from the submission's end (clat) unless it was asked for lat.",
    ];
  }
  return document.iotest.jobs.map(({ latencyDefinition }) => `Latency ${latencyDefinition}`);
}
