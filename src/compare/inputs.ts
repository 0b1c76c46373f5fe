/**
 * From the words of `iotest compare` and `iotest report` to documents, and to what of them is compared. The same for both:
 *
 * - a file is one subject, or one for each of its variants;
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
import { joinSets, sampleSets } from './samples.js';

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
  const isAlone = isOneWord && sources[0]!.files.length === 1;
  let run = 0;
  return {
    subjects: sources.flatMap(({ label, isFolder, files }): CompareSubject[] => {
      if (!isFolder || isOneWord) return files.flatMap((file) => subjectsOf(file, run++, isAlone));
      const sets = files.flatMap((file) => sampleSets(file.document, file.label).slice(0, 1));
      return [{ set: joinSets(sets, label), run: run++, document: files[0]!.document }];
    }),
    documents: sources.flatMap(({ label, isFolder, files }) =>
      isFolder && !isOneWord ? files.map((file) => ({ ...file, label: `${label}/${file.label}` })) : files,
    ),
    notes,
  };
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
