/**
 * Results as users name them to compare, report, gate, `results show` and `results export`: a path, or a name in the results folder. And how
 * they are called in headings: by their label (`iotest results label`), else by the file's name.
 */
import { basename, dirname } from 'node:path';
import { findResultPath } from '../results/folder.js';
import { readLabel } from '../results/labels.js';

interface NamedPath {
  readonly path: string;
  /** For headings; no other of the same call has it. */
  readonly label: string;
}

/**
 * @param results the folder in which names are looked up
 * @throws UserError for a name that fits none, or more than one
 */
export function findResults(words: readonly string[], results: string): NamedPath[] {
  const paths = words.map((word) => findResultPath(results, word));
  const labels = labelsOf(paths);
  return paths.map((path, index) => ({ path, label: labels[index]! }));
}

interface FoundResult {
  readonly path: string;
  /** Stem of the file's name. */
  readonly id: string;
  /** null without one. */
  readonly label: string | null;
}

/** As `findResults`, for a single one. */
export function findResult(word: string, results: string): FoundResult {
  const path = findResultPath(results, word);
  return { path, id: stemOf(path), label: readLabel(dirname(path), stemOf(path)) };
}

/** Labels, or names of files without folders and endings; where these do not tell paths apart, with the paths. */
export function labelsOf(paths: readonly string[]): string[] {
  const short = paths.map(labelOf);
  const isOnly = (label: string) => short.indexOf(label) === short.lastIndexOf(label);
  return paths.map((path, index) => {
    const label = short[index]!;
    if (isOnly(label)) return label;
    return label === stemOf(path) ? path : `${label} (${path})`;
  });
}

function labelOf(path: string): string {
  const stem = stemOf(path);
  return (path.endsWith('.json') ? readLabel(dirname(path), stem) : null) ?? stem;
}

function stemOf(path: string): string {
  return basename(path).replace(/\.json$/, '') || path;
}
