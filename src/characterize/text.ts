/** What a characterization measured, as tables for a terminal: a line per job, section by section. */

import { joinRounds, type SectionResult, unfinishedTexts } from '../page/characterization.js';
import { glanceTable } from '../page/characterize-sections.js';
import { mixMatrices } from '../page/rate-pictures.js';
import { type RunGroup, runGroups, summaryPercents } from '../page/runs.js';
import { preconditionText } from '../report/steady-state-text.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import { briefWarningLines } from '../report/warning-lines.js';
import type { IotestDocument } from '../results/document.js';
import { printable } from '../support/printable.js';
import { formatBandwidthShort, formatIops, formatLatencyNs } from '../support/units.js';

/** @param documents of one characterization, in order */
export function characterizeSummary(documents: readonly IotestDocument[], style: Style): string {
  const sections = joinRounds(documents);
  const blocks = sections.map(({ title, document, roundCount }) => {
    const rounds = roundCount > 1 ? ` (medians of ${roundCount} rounds)` : '';
    const before = (document.iotest.preconditioning ?? []).map((part) => printable(`  ${preconditionText(part)}`));
    const groups = runGroups({ label: '', document });
    const hasVariants = new Set(groups.map(({ variant }) => variant)).size > 1;
    const rows = groups.flatMap((group) => rowsOf(group, hasVariants));
    const head = ['', 'IOPS', 'bandwidth', 'mean', 'p50', 'p99', 'p99.9'];
    const table = tableLines({
      rows: [head, ...rows],
      align: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
      indent: 2,
      gap: 2,
    });
    const matrix = matrixLines(groups, style);
    if (matrix.length > 0) return [style.heading(`${title}${rounds}`), ...before, ...matrix];
    return [style.heading(`${title}${rounds}`), ...before, ...(rows.length === 0 ? ['  no I/O was completed'] : table)];
  });
  const warnings = documents.flatMap(({ iotest }) => iotest.warnings.map((each) => ({ ...each, jobName: null })));
  const all = [
    briefWarningLines(warnings, style),
    unfinishedTexts(sections).map((text) => style.caution(printable(text))),
    ...blocks,
    glanceLines(sections, style),
  ].filter((lines) => lines.length > 0);
  return blocks.length === 0 ? '' : `${all.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The figures that are asked for first: they end the summary. */
function glanceLines(sections: readonly SectionResult[], style: Style): string[] {
  const part = sections[0]?.document.iotest.characterize;
  if (part === undefined) return [];
  const { id, settings, leftOut } = part;
  const { rows } = glanceTable([{ id, label: '', settings, leftOut, sections }]);
  return [
    style.heading('At a glance'),
    ...tableLines({ rows: rows.map((row) => row.map(printable)), align: ['left', 'left'], indent: 2, gap: 2 }),
  ];
}

/** Mixes down, block sizes across; empty for jobs that make no matrix. */
function matrixLines(groups: readonly RunGroup[], style: Style): string[] {
  return mixMatrices(groups).flatMap(({ rows, columns, values }) => [
    '  IOPS, reads and writes together:',
    ...tableLines({
      rows: [
        ['reads/writes', ...columns].map(style.faint),
        ...rows.map((row, index) => [
          row,
          ...values[index]!.map((value) => (value === null ? '–' : formatIops(value))),
        ]),
      ],
      align: ['left', ...columns.map(() => 'right' as const)],
      indent: 2,
      gap: 2,
    }),
  ]);
}

function rowsOf(group: RunGroup, hasVariants: boolean): string[][] {
  return group.directions.map((figures) => {
    const name = [group.jobName, hasVariants ? group.variant : '', group.directions.length > 1 ? figures.name : ''];
    return [
      printable(name.filter((part) => part !== '').join(' ')),
      formatIops(figures.iops),
      formatBandwidthShort(figures.bytesPerSecond),
      ...[figures.meanNs, ...summaryPercents.map((percent) => figures.percentileNs[percent])].map((ns) =>
        ns === null ? '–' : formatLatencyNs(ns),
      ),
    ];
  });
}
