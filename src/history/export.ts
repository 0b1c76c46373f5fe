/** A history for other programs: JSON, Markdown and CSV. */
import { markdownCell, markdownTable } from '../compare/export.js';
import { changeText, figureText, probabilityText } from '../compare/figures.js';
import { csv } from '../report/results-text.js';
import { jsonText, printable } from '../support/printable.js';
import type { HistoryChanges, SeriesChanges } from './changes.js';
import {
  differenceText,
  headline,
  intervalText,
  momentText,
  nowText,
  resultText,
  scopeText,
  seriesTitle,
} from './text.js';

/** Raised when a reader of the version before would misunderstand it. */
const historySchemaVersion = 1;

export function historyJson({ history, all, level, resultsNeeded }: HistoryChanges): string {
  const document = {
    history: {
      schemaVersion: historySchemaVersion,
      folder: history.folder,
      resultCount: history.resultCount,
      level,
      resultsNeeded,
      notes: history.notes,
      skipped: history.skipped,
      series: all.map(seriesDocument),
    },
  };
  return jsonText(document);
}

function seriesDocument({ series, levels, changes, reference, sinceReference }: SeriesChanges) {
  const { jobName, workload, variant, metric, unit, better, points } = series;
  return {
    job: jobName,
    workload,
    variant,
    direction: metric.direction,
    metric: metric.name,
    unit,
    better,
    points: points.map(({ result: { file: _, ...result }, value }) => ({ ...result, value })),
    levels: levels.map(({ from, to, median }) => ({ firstIndex: from, lastIndex: to - 1, median })),
    reference: reference.result.id,
    sinceReference,
    changes: changes.map(({ index, before, after, ratio, interval, pValue, isWorse, alsoChanged }) => ({
      index,
      before: before.result.id,
      after: after.result.id,
      startedAt: after.result.startedAt,
      label: after.result.label,
      ratio,
      interval: interval === null ? null : { ...interval, confidence: 0.95 },
      pValue,
      isWorse,
      alsoChanged,
    })),
  };
}

/** Names are anybody's. */
const cell = (text: string) => markdownCell(printable(text));

export function historyMarkdown(changes: HistoryChanges): string {
  const { history, all, resultsNeeded } = changes;
  const head = ['job', 'figure', 'when (UTC)', 'change', '95 % interval', 'p', 'first result', 'also changed'];
  const rows = all.flatMap(({ series, changes: own }) =>
    own.map((change) => [
      cell(seriesTitle(series)),
      cell(series.label),
      momentText(change.after.result.startedAt),
      `**${changeText(change.ratio)}** ${change.isWorse ? 'worse' : 'better'}`,
      intervalText(change),
      probabilityText(change.pValue),
      cell(resultText(change.after)),
      cell(change.alsoChanged.map((each) => differenceText(each, '→')).join(', ')) || '-',
    ]),
  );
  const lines = [
    `## ${cell(headline(changes))}`,
    '',
    scopeText(changes),
    '',
    ...markdownTable(head, rows),
    ...(rows.length === 0 ? [] : ['']),
    ...all.map((each) => `- ${cell(`${seriesTitle(each.series)}: ${nowText(each, resultsNeeded)}`)}`),
    ...history.notes.map((note) => `\n> ${cell(note)}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** A row for each result of each series. */
export function historyCsv({ all }: HistoryChanges): string {
  return csv(
    all.flatMap(({ series, levels, changes }) =>
      series.points.map(({ result, value }, index) => ({
        job: printable(series.jobName),
        workload: printable(series.workload),
        variant: printable(series.variant),
        direction: series.metric.direction,
        metric: series.metric.name,
        unit: series.unit,
        result: printable(result.id),
        startedAt: result.startedAt,
        label: result.label === null ? null : printable(result.label),
        isAccepted: result.isAccepted,
        setAside: result.setAside,
        value,
        level: levels.find(({ to }) => index < to)!.median,
        change: changes.find((change) => change.index === index)?.ratio ?? null,
      })),
    ),
  );
}

/** For the page's title and tables. */
export function figuresOf({ series, levels }: SeriesChanges): readonly (readonly string[])[] {
  return series.points.map((point, index) => [
    momentText(point.result.startedAt),
    resultText(point),
    figureText(series.unit, point.value),
    figureText(series.unit, levels.find(({ to }) => index < to)!.median),
  ]);
}
