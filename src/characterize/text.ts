/** What a characterization measured, as tables for a terminal: a line per job, section by section. */

import { joinRounds } from '../page/characterization.js';
import { type RunGroup, runGroups } from '../page/runs.js';
import { preconditionText } from '../report/steady-state-text.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import type { IotestDocument } from '../results/document.js';
import { printable } from '../support/printable.js';
import { formatBandwidthShort, formatIops, formatLatencyNs } from '../support/units.js';

/** @param documents of one characterization, in order */
export function characterizeSummary(documents: readonly IotestDocument[], style: Style): string {
  const blocks = joinRounds(documents).map(({ title, document, roundCount }) => {
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
    return [style.heading(`${title}${rounds}`), ...before, ...(rows.length === 0 ? ['  no I/O was completed'] : table)];
  });
  return blocks.length === 0 ? '' : `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function rowsOf(group: RunGroup, hasVariants: boolean): string[][] {
  return group.directions.map((figures) => {
    const at = (percent: number) => figures.curve.find((point) => Math.abs(point.percent - percent) < 1e-9)?.ns ?? null;
    const name = [group.jobName, hasVariants ? group.variant : '', group.directions.length > 1 ? figures.name : ''];
    return [
      printable(name.filter((part) => part !== '').join(' ')),
      formatIops(figures.iops),
      formatBandwidthShort(figures.bytesPerSecond),
      ...[figures.meanNs, at(50), at(99), at(99.9)].map((ns) => (ns === null ? '–' : formatLatencyNs(ns))),
    ];
  });
}
