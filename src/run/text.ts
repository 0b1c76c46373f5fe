/** A whole result as text for people, 80 columns wide, from the document alone. */

import type { Comparison } from '../compare/types.js';
import { differenceLines } from '../compare/variant-differences.js';
import { explanationLines } from '../explain/text.js';
import { directions } from '../job/per-direction.js';
import { compareEngines, engineTableLines } from '../report/engine-table.js';
import { hostLines } from '../report/hosts-text.js';
import { amounts, rates, shownFigures } from '../report/job-figures.js';
import { type JobPair, jobLines } from '../report/job-text.js';
import { repetitionLines } from '../report/repetitions.js';
import { headerLines } from '../report/run-header.js';
import type { Style } from '../report/terminal.js';
import { briefWarningLines, warningLines } from '../report/warning-lines.js';
import type { IotestDocument } from '../results/document.js';
import { directionName } from '../results/unified.js';
import { printable } from '../support/printable.js';
import { formatMilliseconds, formatPercent } from '../support/units.js';
import type { Warning } from '../support/warning.js';
import { answerLines } from './answer.js';

interface RunTextSettings {
  /** Of a run with repetitions, what its variants differ in; else the engines are set side by side. */
  readonly differences?: readonly Comparison[];
  /** False: what ran where, what to beware of, and the answer alone. */
  readonly details?: boolean;
}

/** Ends with a newline, and with the answer. */
export function formatRun(
  document: IotestDocument,
  warnings: readonly Warning[],
  style: Style,
  { differences = [], details = true }: RunTextSettings = {},
): string {
  const blocks = [
    headerLines(document, style),
    ...(details ? detailBlocks(document, differences, style) : []),
    hostLines(document, style),
    explanationLines(document, style),
    details ? warningLines(warnings, style) : briefWarningLines(warnings, style),
    document.iotest.interrupted ? [style.caution('interrupted: this is what was measured until then')] : [],
    answerLines(document, style, details),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n').trimEnd())
    .join('\n\n')}\n`;
}

function detailBlocks(document: IotestDocument, differences: readonly Comparison[], style: Style): string[][] {
  const { repetitions, steps } = document.iotest;
  return [
    ...(repetitions.length > 1
      ? [repetitionLines(document, style)]
      : steps.map((step) => stepLines(document, step, style))),
    differences.length > 0 ? differenceLines(differences, style) : engineTableLines(compareEngines(document), style),
  ];
}

type Step = IotestDocument['iotest']['steps'][number];

function stepLines(document: IotestDocument, step: Step, style: Style): string[] {
  const pairs = step.jobIndexes.map((index) => ({ fio: document.jobs[index]!, iotest: document.iotest.jobs[index]! }));
  const groups = [...new Set(pairs.map((pair) => pair.fio.groupid))];
  return [
    ...pairs.flatMap((pair) => [...jobLines(pair, style), '']),
    ...groups.flatMap((group) =>
      groupLines(
        group,
        pairs.filter((pair) => pair.fio.groupid === group),
        style,
      ),
    ),
    ...diskLines(step),
  ];
}

/** Totals of a group, where it is more than one entry: bandwidth over the longest run time, as fio's run status. */
function groupLines(group: number, pairs: readonly JobPair[], style: Style): string[] {
  if (pairs.length < 2) return [];
  const figures = shownFigures(pairs[0]!.iotest);
  const lines = directions.flatMap((name) => {
    const active = pairs.map((pair) => pair.fio[name]).filter((direction) => direction.total_ios > 0);
    if (active.length === 0) return [];
    const bytes = active.reduce((sum, direction) => sum + direction.io_bytes, 0);
    const runtimeMs = Math.max(...active.map((direction) => direction.runtime));
    const bandwidth = runtimeMs > 0 ? (bytes * 1000) / runtimeMs : 0;
    const [rate, otherRate] = rates(bandwidth, figures);
    const [amount, otherAmount] = amounts(bytes, figures);
    const label = directionName(pairs[0]!.fio, name);
    return [
      `  ${label.padEnd(5)}: BW=${rate} (${otherRate}), io=${amount} (${otherAmount}), run=${formatMilliseconds(runtimeMs)}`,
    ];
  });
  return [style.strong(`all ${pairs.length} jobs of group ${group}:`), ...lines];
}

function diskLines({ diskUse }: Step): string[] {
  return diskUse.map(
    (disk) =>
      `  disk ${printable(disk.name)}: ios=${disk.readIos}/${disk.writeIos}, merge=${disk.readMerges}/${disk.writeMerges}, ` +
      `ticks=${disk.readTicksMs}/${disk.writeTicksMs}, util=${formatPercent(disk.utilPercent)}`,
  );
}
