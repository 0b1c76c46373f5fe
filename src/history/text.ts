/** A history for people: what changed, when, by how much, and what else changed then; 80 columns. */
import { changeText, figureText, probabilityText } from '../compare/figures.js';
import { sideTexts } from '../compare/text.js';
import { truncate, wrap } from '../report/layout.js';
import { type Plot, plotLines } from '../report/plot.js';
import type { Style } from '../report/terminal.js';
import type { FieldDifference } from '../results/fingerprint.js';
import { printable } from '../support/printable.js';
import type { Change, HistoryChanges, SeriesChanges } from './changes.js';
import type { HistoryPoint, HistoryResult, HistorySeries } from './series.js';

/** Of what else changed; `--format json` has all. */
const alsoChangedMax = 6;

/** Ends with a newline. */
export function formatHistory(changes: HistoryChanges, style: Style): string {
  const { history, all } = changes;
  const blocks = [
    [...wrap(headline(changes), '').map(style.strong), ...wrap(scopeText(changes), '').map(style.faint)],
    ...jobsOf(all).map((group) => jobBlock(group, changes, style)),
    history.notes.flatMap((note) => wrap(printable(note), 'note: ')),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The answer in a line. */
export function headline({ history, all, resultsNeeded }: HistoryChanges): string {
  const found = all.flatMap(({ changes }) => changes);
  const worse = found.filter(({ isWorse }) => isWorse).length;
  const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  const where = `in ${plural(history.resultCount, 'result')} of ${printable(history.folder)}`;
  if (history.resultCount === 0) return `iotest history: there is no complete result in ${printable(history.folder)}`;
  if (all.every(({ series }) => series.points.length < resultsNeeded))
    return `iotest history: too few to tell a change ${where}`;
  if (found.length === 0) return `iotest history: no change found ${where}`;
  return `iotest history: ${plural(found.length, 'change')} ${where}: ${worse} for the worse, ${found.length - worse} for the better`;
}

/** Between which days, and how sure. */
export function scopeText({ all, level, resultsNeeded }: HistoryChanges): string {
  const times = all.flatMap(({ series }) => series.points.map(({ result }) => result.startedAt)).sort();
  if (times.length === 0) return 'iotest run saves results in results/; --results DIR names another folder';
  const share = `${Number((level * 100).toPrecision(2))} %`;
  return (
    `${momentText(times[0]!)} to ${momentText(times.at(-1)!)} (UTC); a series needs ${resultsNeeded} results before a ` +
    `change can be told; ${share} of those without one seem to have one`
  );
}

/** Series of one job and variant together, in the order of their first result. */
function jobsOf(all: readonly SeriesChanges[]): SeriesChanges[][] {
  const groups = new Map<string, SeriesChanges[]>();
  for (const each of all) {
    const title = seriesTitle(each.series);
    groups.set(title, [...(groups.get(title) ?? []), each]);
  }
  return [...groups.values()];
}

/** `randread: randread 4096B, io_uring`. */
export function seriesTitle({ jobName, workload, variant }: HistorySeries): string {
  return `${jobName}: ${workload}, ${variant}`;
}

function jobBlock(group: readonly SeriesChanges[], changes: HistoryChanges, style: Style): string[] {
  const title = truncate(printable(seriesTitle(group[0]!.series)), 80, style.unicode);
  return [style.heading(title), ...group.flatMap((each) => seriesLines(each, changes, style))];
}

function seriesLines(each: SeriesChanges, { resultsNeeded }: HistoryChanges, style: Style): string[] {
  const { series, changes } = each;
  const lines = wrap(nowText(each, resultsNeeded), '  ');
  if (changes.length === 0) return lines;
  return [
    ...lines,
    ...(style.charts ? plotLines(plotOf(each), style) : []),
    ...changes.flatMap((change) => changeLines(change, series, style)),
  ];
}

/** Where the series stands, against where its reference begins. */
export function nowText({ series, levels, changes, reference, sinceReference }: SeriesChanges, needed: number): string {
  const count = series.points.length;
  const now = `${series.label} ${figureText(series.unit, levels.at(-1)!.median)}`;
  if (count < needed)
    return `${now}: ${count} ${count === 1 ? 'result' : 'results'}, too few to tell a change (${needed} are needed)`;
  if (changes.length === 0) return `${now}: no change in ${count} results`;
  const begin = reference.result.isAccepted ? 'the accepted' : 'the first';
  if (sinceReference === null) return `${now}: as at ${begin} result, ${momentText(reference.result.startedAt)}`;
  const { ratio, isWorse } = sinceReference;
  const how = `${changeText(ratio)} (${isWorse ? 'worse' : 'better'}) since ${begin} result, ${momentText(reference.result.startedAt)}`;
  return `${now}: ${how}${isDrift(changes) ? `; ${changes.length} changes in one direction are a drift` : ''}`;
}

/** From here on steps in one direction are called a drift. */
const driftMin = 3;

function isDrift(changes: readonly Change[]): boolean {
  return changes.length >= driftMin && new Set(changes.map(({ isWorse }) => isWorse)).size === 1;
}

function changeLines(change: Change, series: HistorySeries, style: Style): string[] {
  const { before, after, isWorse, pValue, alsoChanged } = change;
  const color = isWorse ? style.bad : style.good;
  const size = color(`${changeText(change.ratio)} ${isWorse ? 'worse' : 'better'}`);
  const head = `${momentText(after.result.startedAt)}  ${size}  ${intervalText(change)}, p ${probabilityText(pValue)}`;
  const arrow = style.unicode ? '→' : '->';
  const figures = `${figureText(series.unit, before.value)} ${arrow} ${figureText(series.unit, after.value)}`;
  return [
    `    ${head}`,
    ...wrap(printable(`${resultText(before)} ${arrow} ${resultText(after)}, ${figures}`), '      '),
    ...alsoChangedLines(alsoChanged, arrow, style),
  ];
}

function alsoChangedLines(differences: readonly FieldDifference[], arrow: string, style: Style): string[] {
  if (differences.length === 0) return [style.faint('      nothing else is known to have changed')];
  const shown = differences.slice(0, alsoChangedMax);
  const left = differences.length - shown.length;
  const texts = shown.map((each) => differenceText(each, arrow));
  return wrap(`${texts.join(', ')}${left > 0 ? `, and ${left} more` : ''}`, '      also changed: ').map((line) =>
    style.caution(line),
  );
}

/** `kernel.release 6.17.0 → 6.18.0`. */
export function differenceText({ field, left, right }: FieldDifference, arrow: string): string {
  return printable(`${field} ${sideTexts({ left, right }).join(` ${arrow} `)}`);
}

/** `-21.0 to -19.2 %`, at 95 %. */
export function intervalText({ interval }: Change): string {
  if (interval === null) return 'too few results for an interval';
  return `${changeText(interval.low).replace(' %', '')} to ${changeText(interval.high)}`;
}

/** An id, with its label, and whether it was set aside. */
export function resultText({ result }: HistoryPoint): string {
  const { id, label } = result;
  return `${id}${label === null ? '' : ` "${label}"`}${marksText(result)}`;
}

function marksText({ isAccepted, setAside }: HistoryResult): string {
  const marks = [...(isAccepted ? ['accepted'] : []), ...(setAside === null ? [] : [setAside])];
  return marks.length === 0 ? '' : ` (${marks.join(', ')})`;
}

/** `2026-11-03 14:00`, in UTC. */
export function momentText(iso: string): string {
  return printable(iso).slice(0, 16).replace('T', ' ');
}

/** Results by their number, since they rarely lie evenly in time, and the level of each part through them. */
function plotOf({ series, levels }: SeriesChanges): Plot {
  const dayAt = (place: number) =>
    series.points[Math.min(series.points.length - 1, Math.round(place))]!.result.startedAt;
  return {
    x: { scale: 'linear', format: (place) => momentText(dayAt(place)).slice(0, 10) },
    y: { scale: 'linear', format: (value) => figureText(series.unit, value) },
    series: [
      {
        label: 'level',
        points: levels.flatMap(({ from, to, median }) => [from, to - 1].map((x) => ({ x, y: median }))),
      },
      { label: 'result', points: series.points.map(({ value }, x) => ({ x, y: value })) },
    ],
    rows: 7,
  };
}
