import { closest, distance } from 'fastest-levenshtein';

/** The candidate that `word` was probably meant to be: at most a third of its letters are wrong. Null when none is near. */
export function suggestOf(word: string, candidates: readonly string[]): string | null {
  const begun = candidates.filter((candidate) => word.length >= 2 && candidate.startsWith(word));
  if (begun.length === 1) return begun[0]!;
  if (candidates.length === 0) return null;
  const near = closest(word, candidates);
  return distance(word, near) <= Math.max(1, Math.floor(word.length / 3)) ? near : null;
}
