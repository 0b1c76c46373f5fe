/**
 * From the words of `iotest compare` and `iotest report` to documents, and to what of them is compared. The same for both:
 *
 * - a file is one subject; alone, or where it has nothing in common with the others, one for each of its variants;
 * - a folder among other words is one subject: its files are repetitions of one thing;
 * - a folder that is all there is gives each of its files as a subject.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { findResults, labelsOf } from '../cli/result-words.js';
import type { ResultDocument } from '../results/document.js';
import { loadResult } from '../results/files.js';
import { isResultName, namesIn } from '../results/index-file.js';
import { UserError } from '../support/errors.js';
import type { LabelledSet } from './best.js';
import { joinSets, sampleSets, setsByVariant } from './samples.js';

/** One thing to compare. */
export interface CompareSubject extends LabelledSet {
  /** Whose fingerprint counts: the first of several files. */
  readonly document: ResultDocument;
}

export interface LabelledDocument {
  readonly label: string;
  readonly document: ResultDocument;
}

export interface CompareInputs {
  readonly subjects: readonly CompareSubject[];
  /** Each file by itself, those of folders too. */
  readonly documents: readonly LabelledDocument[];
  /** Files of folders that are no results. */
  readonly notes: readonly string[];
}

/** Files of one folder that are read at most; more would fill the memory. */
const folderFilesMax = 500;

/**
 * @param words paths, or names of results in the folder `results`
 * @throws UserError when a name fits none, a file cannot be read, or a folder holds no result.
 */
export async function readCompareInputs(words: readonly string[], results: string): Promise<CompareInputs> {
  const notes: string[] = [];
  const sources: { label: string; isFolder: boolean; files: readonly LabelledDocument[] }[] = [];
  for (const { path, label } of findResults(words, results)) {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const files = isFolder ? await readFolder(path, notes) : [{ label, document: await loadResult(path) }];
    sources.push({ label, isFolder, files });
  }
  const isOneWord = words.length === 1;
  const groups = sources.flatMap(({ label, isFolder, files }) =>
    !isFolder || isOneWord ? files.map((file) => ({ label: file.label, files: [file] })) : [{ label, files }],
  );
  return {
    subjects: subjectsOfAll(groups),
    documents: sources.flatMap(({ label, isFolder, files }) =>
      isFolder && !isOneWord ? files.map((file) => ({ ...file, label: `${label}/${file.label}` })) : files,
    ),
    notes,
  };
}

interface FileGroup {
  readonly label: string;
  /** Repetitions of one thing. */
  readonly files: readonly LabelledDocument[];
}

/** One for each group, job by job and engine by engine; where these have nothing in common, one for each of their variants. */
function subjectsOfAll(groups: readonly FileGroup[]): CompareSubject[] {
  const [first] = groups;
  if (groups.length === 1 && first!.files.length === 1) return subjectsOf(first!.files[0]!, 0, true);
  const paired = setsByVariant(
    groups.flatMap(({ files }) => files.map(({ label, document }) => ({ label, sets: sampleSets(document, label) }))),
  );
  const joined = groups.map(({ label, files }, run): CompareSubject => {
    const own = paired.splice(0, files.length);
    return { set: files.length === 1 ? own[0]! : joinSets(own, label), run, document: files[0]!.document };
  });
  const [base, ...others] = joined;
  const keys = [...base!.set.jobs.keys()];
  if (others.some(({ set }) => keys.some((key) => set.jobs.has(key)))) return joined;
  const isSingle = groups.every(({ files }) => files.length === 1);
  return isSingle ? groups.flatMap(({ files }, run) => subjectsOf(files[0]!, run, false)) : joined;
}

/** One, or one for each variant. */
export function subjectsOf({ document, label }: LabelledDocument, run: number, isAlone: boolean): CompareSubject[] {
  const sets = sampleSets(document, label);
  const named = sets.length > 1 && !isAlone ? sets.map((set) => ({ ...set, label: `${label} ${set.label}` })) : sets;
  return named.map((set) => ({ set, run, document }));
}

/** Its results by name; what is none is named in `notes`. */
async function readFolder(folder: string, notes: string[]): Promise<LabelledDocument[]> {
  const names = namesIn(folder).filter(isResultName).sort();
  if (names.length > folderFilesMax) {
    throw UserError.of(`${folder} holds ${names.length} results`, `name those to compare; ${folderFilesMax} at most`);
  }
  const read: { path: string; document: ResultDocument }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    try {
      read.push({ path, document: await loadResult(path) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      notes.push(`${path} left out: ${error.message}`);
    }
  }
  if (read.length === 0) {
    throw new UserError([
      { place: null, message: `there is no result in ${folder}`, advice: 'iotest run saves results in results/' },
      ...notes.map((message) => ({ place: null, message, advice: null })),
    ]);
  }
  const labels = labelsOf(read.map(({ path }) => path));
  return read.map(({ document }, index) => ({ label: labels[index]!, document }));
}
