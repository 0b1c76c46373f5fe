/** Why jobs were as fast or slow as they were: what an explained run found, with its evidence and what would help. */
import { element, type Markup } from './markup.js';

export interface Explanation {
  /** Which job, in which variant. */
  readonly label: string;
  readonly findings: readonly {
    readonly sentence: string;
    readonly evidence: string;
    /** null where nothing is to be done. */
    readonly advice: string | null;
  }[];
}

/** null without any. */
export function explanationSection(all: readonly Explanation[]): Markup | null {
  const shown = all.filter(({ findings }) => findings.length > 0);
  if (shown.length === 0) return null;
  return element(
    'section',
    { id: 'explanations' },
    element('h2', {}, 'Why'),
    shown.map(({ label, findings }) => [
      element('h3', {}, label),
      element(
        'ul',
        { class: 'notes' },
        findings.map(({ sentence, evidence, advice }) =>
          element(
            'li',
            {},
            sentence,
            element('div', { class: 'faint' }, evidence),
            advice === null ? null : element('div', {}, `→ ${advice}`),
          ),
        ),
      ),
    ]),
  );
}
