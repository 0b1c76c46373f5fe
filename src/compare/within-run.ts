/** The variants of one run against its first: what the table at the end of `iotest run` says of repetitions. */
import type { ResultDocument } from '../results/document.js';
import { compareSets } from './compare.js';
import { sampleSets } from './samples.js';
import type { Comparison } from './types.js';

/**
 * One comparison for each variant but the first, which is the baseline of all. Empty for a run with one variant. With
 * too few repetitions there are ratios, and no intervals.
 */
export function compareVariants(document: ResultDocument): Comparison[] {
  const [first, ...others] = sampleSets(document, '');
  return others.map((other) => compareSets(first!, other, { design: 'paired' }));
}
