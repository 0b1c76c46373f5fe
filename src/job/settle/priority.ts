/** What the priorities of single I/Os (cmdprio options) exclude and need. */
import type { JobDraft } from '../draft.js';
import type { Findings } from './findings.js';

export function checkCommandPriority({ engine }: JobDraft, findings: Findings): void {
  const { commandPriority } = engine;
  if (commandPriority === null) return;
  const { percent, split } = commandPriority;
  const hasShare = percent.read > 0 || percent.write > 0;
  if (hasShare && split !== null) {
    findings.refuse('cmdprio_bssplit', 'cmdprio_percentage says the same for all sizes', 'leave one of the two out');
  } else if (!hasShare && split === null) {
    const message = 'cmdprio_class, cmdprio and cmdprio_hint have no effect without a share of I/Os that have them';
    findings.warn('priority-without-share', message, 'set cmdprio_percentage or cmdprio_bssplit');
  }
}
