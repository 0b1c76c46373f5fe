/** What the kernel did for each job and engine, as a table, and the sentences that follow from it. */

import { wrap } from '../report/layout.js';
import { tableLines } from '../report/table.js';
import type { Style } from '../report/terminal.js';
import type { IotestDocument } from '../results/document.js';
import { printable } from '../support/printable.js';
import { kernelRows, missingOf } from './kernel-table.js';
import { findingsOf } from './rules.js';
import { type Scene, waysByJob } from './scene.js';

/** Empty where nobody looked (no --explain). */
export function explanationLines(document: IotestDocument, style: Style): string[] {
  return waysByJob(document).flatMap(({ jobName, ways }) => {
    const lines = [
      `${style.heading(printable(jobName))}: what the kernel did`,
      ...columnBlocks(ways).flatMap((block) => tableOf(block, style)),
      ...ways.flatMap((scenes) => sentenceLines(scenes, ways.length > 1, style)),
      ...missingLines(ways, style),
    ];
    return [...lines, ''];
  });
}

const waysPerBlock = 3;

function columnBlocks(ways: readonly Scene[][]): Scene[][][] {
  return Array.from({ length: Math.ceil(ways.length / waysPerBlock) }, (_, index) =>
    ways.slice(index * waysPerBlock, (index + 1) * waysPerBlock),
  );
}

function tableOf(ways: readonly Scene[][], style: Style): string[] {
  const head = ['', ...ways.map((scenes) => style.strong(printable(scenes[0]!.variant)))];
  const body = kernelRows(ways).map((row) => row.map((cell) => cell ?? '-'));
  const align = ['left', ...ways.map(() => 'right')] as ('left' | 'right')[];
  return tableLines({ rows: [head, ...body], align, indent: 2, gap: 3 });
}

function sentenceLines(scenes: readonly Scene[], namesVariant: boolean, style: Style): string[] {
  const mark = style.unicode ? '→' : '->';
  const bullet = style.unicode ? '•' : '*';
  return findingsOf(scenes).flatMap(({ sentence, evidence, advice }) => [
    ...wrap(printable(`${namesVariant ? `${scenes[0]!.variant}: ` : ''}${sentence}`), `  ${bullet} `),
    ...wrap(printable(`evidence: ${evidence}`), '    ').map(style.faint),
    ...(advice === null ? [] : wrap(printable(advice), `    ${mark} `)),
  ]);
}

function missingLines(ways: readonly Scene[][], style: Style): string[] {
  const mark = style.unicode ? '→' : '->';
  return missingOf(ways).flatMap(({ what, reason, advice }) => [
    ...wrap(printable(`not measured: ${what}: ${reason}`), '  ').map(style.caution),
    ...(advice === null ? [] : wrap(printable(advice), `    ${mark} `)),
  ]);
}
