/** A whole page from results: one self-contained HTML file that needs no network and no script. */

import { confidenceText, differenceText, figureText, isBetter, isReal } from '../compare/figures.js';
import type { Comparison } from '../compare/types.js';
import { targetText } from '../report/run-header.js';
import { preconditionText } from '../report/steady-state-text.js';
import type { ResultDocument } from '../results/document.js';
import { figureDefinitions, repetitionsMean } from '../results/figures.js';
import type { FieldDifference } from '../results/fingerprint.js';
import { formatBandwidthShort, formatIops, formatLatencyNs } from '../support/units.js';
import { type Characterization, splitSubjects, unfinishedTexts } from './characterization.js';
import { characterizeBlocks, glanceTable } from './characterize-sections.js';
import { type Chart, tableOf } from './chart.js';
import { explanationSection } from './explanations.js';
import { charts, pageText, section } from './frame.js';
import { latencyText } from './latency-pictures.js';
import { chartsOf, type JobBlock, jobBlocks, type Labels, labelsFor, overviewCharts } from './layout.js';
import { type Content, element, type Markup } from './markup.js';
import {
  type DirectionFigures,
  type RunGroup,
  runGroups,
  type Subject,
  summaryPercents,
  totalCpuNs,
  workloadText,
} from './runs.js';

export interface MachineDifference {
  readonly label: string;
  readonly against: string;
  readonly differences: readonly FieldDifference[];
}

export interface PageInput {
  readonly title: string;
  readonly subjects: readonly Subject[];
  /** Each variant or subject against the first, where there are several. */
  readonly comparisons: readonly Comparison[];
  /** In what the machines of two results differ, what matters most first. */
  readonly fingerprints: readonly MachineDifference[];
  /** Files that were left out, and why. */
  readonly notes: readonly string[];
}

/** A page of so many jobs has charts of the first ones; the rest is in its tables. */
const chartedJobsMax = 60;

/** What is on a page: characterizations, which have sections of their own, and everything else job by job. */
function contentOf({ subjects }: PageInput) {
  const { characterizations, others } = splitSubjects(subjects);
  const groups = others.flatMap(runGroups);
  const labels = labelsFor(groups);
  const blocks = jobBlocks(groups);
  return { characterizations, sections: characterizeBlocks(characterizations), others, groups, labels, blocks };
}

/** All charts of a page in its order, for those who want one alone. */
export function pageCharts(input: PageInput): Chart[] {
  const { sections, groups, labels, blocks } = contentOf(input);
  return [
    ...sections.flatMap((section) => section.charts),
    ...overviewCharts(groups, labels),
    ...blocks.flatMap((block) => chartsOf(block, labels)),
  ];
}

export function htmlPage(input: PageInput): string {
  const { characterizations, sections, others, groups, labels, blocks } = contentOf(input);
  const overview = overviewCharts(groups, labels);
  const left = blocks.length - chartedJobsMax;
  const shown = characterizations.length > 0 ? sections.flatMap(({ charts }) => charts).length : 0;
  const body = element(
    'main',
    {},
    element('h1', {}, input.title),
    element('p', { class: 'faint' }, subtitle(others, characterizations)),
    characterizations.length === 0 ? null : section('At a glance', ...glance(characterizations)),
    input.fingerprints.some(({ differences }) => differences.length > 0)
      ? section('Machines', machineTable(input))
      : null,
    sections.map(({ title, text, charts: own }) =>
      own.length === 0 ? null : section(title, element('p', { class: 'faint' }, text), charts(own)),
    ),
    groups.length > 0 || shown === 0 ? section('Summary', summaryTable(groups, labels), errorList(groups)) : null,
    overview.length === 0 ? null : section('Overview', charts(overview)),
    input.comparisons.length === 0
      ? null
      : section('Differences', element('div', { class: 'tables' }, comparisonBlocks(input.comparisons))),
    blocks.slice(0, chartedJobsMax).map((block) => jobSection(block, labels)),
    left > 0
      ? element(
          'p',
          {},
          `Charts of the first ${chartedJobsMax} jobs are shown; the figures of the other ${left} are in the summary.`,
        )
      : null,
    explanationSection(input.subjects),
    section('What ran where', [...characterizations.map(characterizationFacts), ...others.map(subjectFacts)]),
    findings(input, characterizations),
    section('Method', method(input.subjects)),
  );
  return pageText(input.title, body);
}

/** More results than this would make a title of a page. */
const namedMax = 8;

function subtitle(others: readonly Subject[], characterizations: readonly Characterization[]): string {
  const texts = [
    ...characterizations.map(({ label, sections }) => `${label}: ${sections.at(-1)?.document.time ?? ''}`),
    ...others.map(({ label, document }) => `${label}: ${document.time}`),
  ];
  const more = texts.length - namedMax;
  return [...texts.slice(0, namedMax), ...(more > 0 ? [`and ${more} more`] : [])].join(' · ');
}

function glance(all: readonly Characterization[]): Content[] {
  const leftOut = [...new Set(all.flatMap((each) => each.leftOut))];
  const unfinished = all.flatMap(({ label, sections }) =>
    unfinishedTexts(sections).map((text) => (all.length === 1 ? text : `${label}: ${text}`)),
  );
  return [
    unfinished.length === 0
      ? null
      : element(
          'ul',
          { class: 'notes bad' },
          unfinished.map((text) => element('li', {}, text)),
        ),
    element('div', { class: 'scroll' }, tableOf(glanceTable(all))),
    leftOut.length === 0
      ? null
      : element(
          'ul',
          { class: 'notes' },
          leftOut.map((text) => element('li', {}, text)),
        ),
  ];
}

// --------------------------------------------------------------------------------------------------------- summary

function summaryTable(groups: readonly RunGroup[], labels: Labels): Markup {
  const hasIntervals = groups.some(({ directions }) => directions.some(({ iopsInterval }) => iopsInterval !== null));
  const isRated = groups.some(({ directions }) => directions.some(({ openLoop }) => openLoop !== null));
  const rows = groups.flatMap((group) =>
    group.directions.map((figures) => [
      `${labels.full(group)}${group.trouble === null ? '' : ' (not whole)'}`,
      workloadText(group.workload),
      group.directions.length > 1 ? figures.name : '',
      String(group.repetitionCount),
      formatIops(figures.iops),
      ...(hasIntervals ? [intervalText(figures)] : []),
      formatBandwidthShort(figures.bytesPerSecond),
      latencyText(figures.meanNs),
      ...summaryPercents.map((percent) => latencyText(figures.percentileNs[percent])),
      ...(isRated ? [latencyText(figures.openLoop?.p99Ns ?? null)] : []),
      latencyText(figures.maxNs),
      group.cpuPerIo === null ? '–' : formatLatencyNs(totalCpuNs(group.cpuPerIo)),
    ]),
  );
  if (rows.length === 0) return element('p', {}, 'No I/O was completed in any job of these results.');
  const head = [
    'job',
    'workload',
    '',
    'runs',
    'IOPS',
    ...(hasIntervals ? ['95 % interval'] : []),
    'bandwidth',
    'mean',
    'p50',
    'p99',
    'p99.9',
    ...(isRated ? ['open-loop p99'] : []),
    'max',
    'CPU per I/O',
  ];
  return element('div', { class: 'scroll words' }, tableOf({ head, rows }));
}

function intervalText({ iopsInterval }: DirectionFigures): string {
  return iopsInterval === null ? '–' : `${formatIops(iopsInterval.low)} – ${formatIops(iopsInterval.high)}`;
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
                    [
                      '',
                      comparison.baselineLabel,
                      comparison.currentLabel,
                      `ratio (${confidenceText(job.metrics)} interval)`,
                    ].map((text) => element('th', { scope: 'col' }, text)),
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
    element('td', { class: `text ${verdict ?? ''}`.trim() }, `${differenceText(metric)}${word}`),
  );
}

function machineTable({ fingerprints }: PageInput): Markup[] {
  return fingerprints.flatMap(({ label, against, differences }) => {
    if (differences.length === 0) return [];
    const isPlain = ({ class: kind, left, right }: FieldDifference) =>
      kind === 'blocking' && left.value !== null && right.value !== null;
    const plain = differences.filter(isPlain);
    const rest = differences.filter((difference) => !isPlain(difference));
    const table = (shown: readonly FieldDifference[]) => fieldTable(shown, against, label);
    return [
      element('h3', {}, `${label} against ${against}, what matters most first`),
      ...(plain.length === 0 || rest.length === 0
        ? [table(differences)]
        : [
            table(plain),
            element(
              'details',
              {},
              element('summary', {}, `${rest.length} more that matter less, or are known of one alone`),
              table(rest),
            ),
          ]),
    ];
  });
}

function fieldTable(differences: readonly FieldDifference[], against: string, label: string): Markup {
  return element(
    'div',
    { class: 'scroll fields' },
    tableOf({
      head: ['field', 'matters', against, label],
      rows: differences.map((difference) => [
        difference.field,
        { blocking: 'much', warning: 'some', informative: 'little' }[difference.class],
        sideText(difference.left),
        sideText(difference.right),
      ]),
    }),
  );
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

function subjectFacts(subject: Subject): Markup {
  return definitions(factsOf(subject));
}

function factsOf({ label, document }: Subject): [string, string][] {
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
    for (const part of iotest.preconditioning ?? []) facts.push(['before measuring', preconditionText(part)]);
    if (iotest.interrupted) facts.push(['note', 'the run was interrupted; this is what it had measured']);
  }
  return facts;
}

function definitions(facts: readonly (readonly [string, string])[]): Markup {
  return element(
    'dl',
    {},
    facts
      .filter(([, text]) => text !== '')
      .flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)]),
  );
}

/** More than this nobody reads. */
const findingsMax = 60;

/** The machine and the target once, not once for each section. */
function characterizationFacts({ label, id, settings, sections }: Characterization): Markup {
  // The last one knows a file that the first one made.
  const { document } = sections.at(-1)!;
  const sentences = sections.flatMap((each) => each.document.iotest.preconditioning ?? []).map(preconditionText);
  const noisy = sections.filter((each) => each.rounds.some(({ iotest }) => iotest.noise?.isNoisy === true));
  const reasons = [
    ...new Set(noisy.flatMap((each) => each.rounds.flatMap(({ iotest }) => iotest.noise?.reasons ?? []))),
  ];
  const level = {
    quick: 'quick, about 5 minutes',
    default: 'default, about an hour',
    pts: 'with the durations of the SNIA test',
  }[settings.level];
  const facts: [string, string][] = [
    ['characterization', `${label}, ${id}`],
    [
      'level',
      `${level}${settings.scale === 1 ? '' : `, durations times ${settings.scale}`}${settings.writes ? '' : ', only reads'}`,
    ],
    ['before measuring', sentences.length === 0 ? 'nothing was written' : sentences.join('; ')],
    [
      'noise',
      noisy.length === 0
        ? 'none seen around the sections'
        : `in ${noisy.map(({ title }) => title.toLowerCase()).join(', ')}: ${reasons.slice(0, 4).join('; ')}`,
    ],
  ];
  const own = [
    ...facts,
    ...factsOf({ label, document }).filter(([name]) => !['result', 'noise', 'before measuring', 'note'].includes(name)),
  ];
  return definitions(own);
}

/** How noisy it was is told once for all sections of a characterization. */
function warningsOf({ iotest }: ResultDocument) {
  const isPart = iotest?.characterize !== undefined;
  return (iotest?.warnings ?? []).filter(({ code }) => !isPart || code !== 'noisy');
}

function findings({ subjects, notes }: PageInput, characterizations: readonly Characterization[]): Markup | null {
  const labels = new Map(characterizations.map(({ id, label }) => [id, label]));
  const nameOf = ({ label, document }: Subject) => labels.get(document.iotest?.characterize?.id ?? '') ?? label;
  const isAlone = new Set(subjects.map(nameOf)).size === 1;
  const found = subjects.flatMap((subject) =>
    warningsOf(subject.document).map(({ code, message, advice }) => {
      const title = subject.document.iotest?.characterize?.title;
      const parts = [...(isAlone ? [] : [nameOf(subject)]), ...(title === undefined ? [] : [title]), message];
      return {
        kind: `${nameOf(subject)} ${code}`,
        text: `${parts.join(': ')}${advice === null ? '' : ` → ${advice}`}`,
      };
    }),
  );
  const distinct = [...new Set([...likeEachOther(found), ...notes])];
  const more = distinct.length - findingsMax;
  const all = more > 0 ? [...distinct.slice(0, findingsMax), `and ${more} more`] : distinct;
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

/** Of a kind that many jobs have, the first two, and how many more there are. */
function likeEachOther(found: readonly { readonly kind: string; readonly text: string }[]): string[] {
  const kinds = new Map<string, Set<string>>();
  for (const { kind, text } of found) kinds.set(kind, (kinds.get(kind) ?? new Set()).add(text));
  return [...kinds.values()].flatMap((texts) => {
    const [first, second, ...others] = [...texts];
    const last = others.length === 0 ? second : `${second} (and ${others.length} more like it)`;
    return last === undefined ? [first!] : [first!, last];
  });
}

function method(subjects: readonly Subject[]): Markup {
  const named = new Set(subjects.flatMap(({ document }) => definitionOf(document)));
  const texts = [
    ...named,
    ...figureDefinitions.map(({ label, means }) => `${label}: ${means}.`),
    `${repetitionsMean} Curves and histograms are of all repetitions together; a point of a curve has ten I/Os beyond it at least. The 95 % interval of a median lies between two of its repetitions (sign test) and needs six of them.`,
    'Ratios are Hodges-Lehmann estimates over repetitions with exact rank intervals, in pairs where repetitions took turns and are enough for that, else over two groups; a difference counts as real when its p value, adjusted for all figures compared (Holm), is below 5 %. "Could have seen" is the smallest difference that four of five such runs would have found.',
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
