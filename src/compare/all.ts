/** Several subjects against the first: figures, machines, and which is really the best. */

import { compareFingerprints } from '../results/fingerprint.js';
import { compareLabelled, findBest } from './best.js';
import type { CompareInputs } from './inputs.js';
import type { CompareReport } from './text.js';

export function compareAll({ subjects, notes }: Pick<CompareInputs, 'subjects' | 'notes'>): CompareReport {
  const [first, ...others] = subjects;
  return {
    labels: subjects.map(({ set }) => set.label),
    comparisons: others.map((other) => compareLabelled(first!, other, { curves: others.length === 1 })),
    fingerprints: others.map((other) =>
      other.document === first!.document ? [] : compareFingerprints(first!.document, other.document),
    ),
    best: findBest(subjects),
    notes,
  };
}
