/** Why jobs were as fast or slow as they were: what the kernel did for them, where a run was told to look. */

import { kernelRows, missingOf } from '../explain/kernel-table.js';
import { findingsOf } from '../explain/rules.js';
import { type Scene, waysByJob } from '../explain/scene.js';
import type { IotestDocument } from '../results/document.js';
import { tableOf } from './chart.js';
import { type Content, element, type Markup } from './markup.js';
import type { Subject } from './runs.js';

/** null where nobody looked (`--explain`). */
export function explanationSection(subjects: readonly Subject[]): Markup | null {
  const blocks = subjects.flatMap(({ label, document }) =>
    document.iotest === undefined ? [] : jobBlocks(document as IotestDocument, subjects.length > 1 ? `${label}: ` : ''),
  );
  if (blocks.length === 0) return null;
  return element(
    'section',
    { id: 'explanations' },
    element('h2', {}, 'Why'),
    element(
      'p',
      { class: 'faint' },
      'What the kernel did for each job while it was measured, and what follows from that.',
    ),
    blocks,
  );
}

function jobBlocks(document: IotestDocument, prefix: string): Markup[] {
  return waysByJob(document).map(({ jobName, ways }) => {
    const variants = ways.map((scenes) => scenes[0]!.variant);
    const rows = kernelRows(ways).map((row) => row.map((cell) => cell ?? '–'));
    return element(
      'div',
      { class: 'why' },
      element('h3', {}, `${prefix}${jobName}: what the kernel did`),
      element('div', { class: 'scroll' }, tableOf({ head: ['', ...variants], rows })),
      notes([...ways.flatMap((scenes) => findings(scenes, ways.length > 1)), ...missing(ways)]),
    );
  });
}

function findings(scenes: readonly Scene[], namesVariant: boolean): Markup[] {
  return findingsOf(scenes).map(({ sentence, evidence, advice }) =>
    note(`${namesVariant ? `${scenes[0]!.variant}: ` : ''}${sentence}`, `evidence: ${evidence}`, advice),
  );
}

function missing(ways: readonly (readonly Scene[])[]): Markup[] {
  return missingOf(ways).map(({ what, reason, advice }) => note(`not measured: ${what}`, reason, advice));
}

function notes(all: readonly Markup[]): Content {
  return all.length === 0
    ? element('p', {}, 'Nothing of it asks for a change.')
    : element('ul', { class: 'notes' }, all);
}

/** @param advice null where nothing is to be done */
function note(sentence: string, evidence: string, advice: string | null): Markup {
  return element(
    'li',
    {},
    sentence,
    element('div', { class: 'faint' }, evidence),
    advice === null ? null : element('div', { class: 'advice' }, `→ ${advice}`),
  );
}
