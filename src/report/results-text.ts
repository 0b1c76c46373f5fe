/** `iotest results`: the folder as a table, and what a single result has to say beside its report. */
import type { ResultDocument } from '../results/document.js';
import { resultRows } from '../results/export.js';
import type { ListedResult, SkippedFile } from '../results/index-file.js';
import { printable } from '../support/printable.js';
import { formatBandwidthShort, formatIops, formatLatencyNs } from '../support/units.js';
import { csvField } from './csv-field.js';
import { reportColumns, truncate, wrap } from './layout.js';
import { tableLines } from './table.js';
import type { Style } from './terminal.js';

/** Ids of iotest begin with the date and the time of the run: shown at least as far as that. */
const idColumnsMin = '20261122-120000'.length;

/**
 * One line per result, newest first, and one below for its label. An id is shown as far as it takes to tell it from the
 * others.
 * @param all every result of the folder: what ids must differ from.
 */
export function formatResultList(shown: readonly ListedResult[], all: readonly ListedResult[], style: Style): string {
  if (all.length === 0) return 'no results\n';
  const ids = shortIds(all.map(({ id }) => id));
  const columns = nameColumns(Math.max(...shown.map(({ id }) => ids.get(id)!.length), 0));
  const rows = shown.map((result) => [
    ids.get(result.id)!,
    truncate(printable(result.name), columns.name, style.unicode),
    listed(result.jobs, columns.jobs, style),
    listed(result.engines, columns.engines, style),
    formatIops(result.headline.iops),
    result.headline.latencyMeanNs === null ? '-' : formatLatencyNs(result.headline.latencyMeanNs),
    marksOf(result),
  ]);
  const head = ['ID', 'NAME', 'JOBS', 'ENGINES', 'IOPS', 'MEAN', ''];
  const align = ['left', 'left', 'left', 'left', 'right', 'right', 'left'] as const;
  const [first, ...lines] = tableLines({ rows: [head, ...rows], align, indent: 0, gap: 2 });
  const marks = new Set(rows.flatMap((row) => [...row[6]!]));
  const legend = Object.entries(markMeanings).flatMap(([mark, meaning]) =>
    marks.has(mark) ? [`${mark} ${meaning}`] : [],
  );
  return `${[
    style.strong(first!),
    ...lines.flatMap((line, index) => {
      const { label } = shown[index]!;
      return label === null
        ? [line]
        : [line, style.faint(`  ${truncate(printable(label), reportColumns - 2, style.unicode)}`)];
    }),
    ...(legend.length === 0 ? [] : ['', style.faint(legend.join(', '))]),
  ].join('\n')}\n`;
}

/** Ids are needed whole and figures have their width; names share what is left, as far as they can be told apart. */
function nameColumns(idColumns: number): { readonly name: number; readonly jobs: number; readonly engines: number } {
  const figuresAndGaps = 5 + 6 + 3 + 6 * 2;
  const left = Math.max(24, reportColumns - idColumns - figuresAndGaps);
  const third = Math.floor(left * 0.3);
  return { name: third, jobs: third, engines: left - 2 * third };
}

const markMeanings = {
  n: 'noisy: something else was at work',
  e: 'a job had errors',
  i: 'interrupted',
  f: "fio's own",
  a: 'accepted: a reference begins with it',
} as const;

function marksOf({ isNoisy, failedJobCount, interrupted, source, isAccepted }: ListedResult): string {
  const marks = { n: isNoisy === true, e: failedJobCount > 0, i: interrupted, f: source === 'fio', a: isAccepted };
  return Object.entries(marks)
    .flatMap(([mark, applies]) => (applies ? [mark] : []))
    .join('');
}

/** The first, and how many more there are. */
function listed(names: readonly string[], columns: number, style: Style): string {
  const more = names.length > 1 ? ` +${names.length - 1}` : '';
  return truncate(printable(names[0] ?? '-'), columns - more.length, style.unicode) + more;
}

/** The beginning of each that no other begins with; of one that another begins with, all of it. */
export function shortIds(ids: readonly string[], columnsMin: number = idColumnsMin): Map<string, string> {
  const sorted = [...ids].sort();
  return new Map(
    sorted.map((id, index) => {
      const common = Math.max(commonLength(id, sorted[index - 1]), commonLength(id, sorted[index + 1]));
      return [id, printable(id.slice(0, Math.max(columnsMin, common + 1)))];
    }),
  );
}

function commonLength(a: string, b: string | undefined): number {
  let length = 0;
  while (b !== undefined && length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Each as a line, for stderr. */
export function skippedLines(skipped: readonly SkippedFile[], style: Style): string[] {
  return skipped.flatMap(({ file, message, advice }) => {
    const mark = style.unicode ? '→' : '->';
    return [
      ...wrap(printable(`skipped ${file}: ${message}`), '').map((line) => style.caution(line)),
      ...(advice === null ? [] : wrap(printable(advice), `  ${mark} `)),
    ];
  });
}

/** Keys of the JSON list and columns of the CSV list are the same facts. */
export function resultListDocument(results: readonly ListedResult[], skipped: readonly SkippedFile[]): unknown {
  return { results, skipped };
}

export function resultListCsv(results: readonly ListedResult[]): string {
  return csv(
    results.map(({ headline, jobs, engines, ...result }) => ({
      id: result.id,
      file: result.file,
      startedAt: result.startedAt,
      source: result.source,
      name: result.name,
      jobs: jobs.join(' '),
      engines: engines.join(' '),
      repetitionCount: result.repetitionCount,
      iops: headline.iops,
      bytesPerSecond: headline.bytesPerSecond,
      latencyMeanNs: headline.latencyMeanNs,
      interrupted: result.interrupted,
      failedJobCount: result.failedJobCount,
      isNoisy: result.isNoisy,
      identity: result.identity,
      jobHash: result.jobHash,
      label: result.label,
      isAccepted: result.isAccepted,
    })),
  );
}

/**
 * RFC 4180, with a line of names; null is an empty field. A text that a spreadsheet would take for a formula gets an
 * apostrophe in front. Empty without rows.
 */
export function csv(rows: readonly Readonly<Record<string, string | number | boolean | null>>[]): string {
  if (rows.length === 0) return '';
  const cell = (value: string | number | boolean | null): string => {
    if (typeof value !== 'string') return value === null ? '' : String(value);
    return csvField(value);
  };
  const lines = [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row).map(cell))];
  return `${lines.map((line) => line.join(',')).join('\n')}\n`;
}

/** A result of fio's, whose JSON has less than our report shows. */
export function formatFioResult(document: ResultDocument, style: Style): string {
  const rows = resultRows(document).map((row) => [
    truncate(printable(row.job), 20, style.unicode),
    row.direction,
    formatIops(row.iops),
    formatBandwidthShort(row.bytesPerSecond),
    ...[row.latencyMeanNs, row.p50Ns, row.p99Ns, row.latencyMaxNs].map((ns) =>
      ns === null ? '-' : formatLatencyNs(ns),
    ),
  ]);
  const head = ['JOB', 'OP', 'IOPS', 'BW', 'MEAN', 'P50', 'P99', 'MAX'];
  const align = ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'] as const;
  return `${[
    style.strong(printable(`${document['fio version']}, ${document.time}`)),
    '',
    ...tableLines({ rows: [head, ...rows], align, indent: 0, gap: 2 }),
  ].join('\n')}\n`;
}
