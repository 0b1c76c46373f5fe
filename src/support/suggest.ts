import { distance } from 'fastest-levenshtein';

/**
 * The name that was probably meant, or null when none is near enough to be worth saying.
 * Case and the choice between `-` and `_` do not count; a third of the letters may be wrong, at most four,
 * and two letters may always have changed places.
 * Of equally near names the one with the same first letter wins, then the first in the list.
 */
export function suggest(typed: string, names: Iterable<string>): string | null {
  const wanted = normalize(typed);
  if (wanted.length === 0 || wanted.length > 64) return null;
  const distanceMax = Math.min(4, Math.max(1, Math.floor(wanted.length / 3)));
  let best: string | null = null;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const candidate = normalize(name);
    if (Math.abs(candidate.length - wanted.length) > distanceMax) continue;
    const edits = distance(wanted, candidate);
    const allowed = edits === 2 && sameLetters(wanted, candidate) ? 2 : distanceMax;
    if (edits > allowed || edits >= candidate.length) continue;
    const cost = edits + (candidate[0] === wanted[0] ? 0 : 0.5);
    if (cost < bestCost) {
      best = name;
      bestCost = cost;
    }
  }
  return best;
}

/** `did you mean "iodepth"?`, or null. */
export function suggestion(typed: string, names: Iterable<string>): string | null {
  const name = suggest(typed, names);
  return name === null ? null : `did you mean "${name}"?`;
}

function sameLetters(left: string, right: string): boolean {
  return [...left].sort().join('') === [...right].sort().join('');
}

function normalize(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
