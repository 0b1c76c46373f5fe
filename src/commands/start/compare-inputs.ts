/** From the words of `iotest compare` and `iotest gate` to sample sets: files, folders, and the variants in them. */
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LabelledSet } from '../../compare/best.js';
import { joinSets, type SampleSet, sampleSets } from '../../compare/samples.js';
import type { ResultDocument } from '../../stats/result.js';
import { loadResult } from '../../stats/result-files.js';
import { isResultName, namesIn } from '../../stats/result-index.js';
import { UserError } from '../../support/errors.js';

/** One thing to compare. */
export interface CompareSubject extends LabelledSet {
  /** Whose fingerprint counts: the first of several files. */
  readonly document: ResultDocument;
}

export interface CompareInputs {
  readonly subjects: readonly CompareSubject[];
  /** Files of folders that are no results. */
  readonly notes: readonly string[];
}

/** Files of one folder that are read at most; more would fill the memory. */
const folderFilesMax = 500;

/**
 * A file is one subject, or one for each of its variants. The files of a folder are repetitions of one subject; when
 * the folder is all that is given, each is one.
 * @throws UserError when a file cannot be read, or fewer than two subjects are found.
 */
export async function readCompareInputs(paths: readonly string[]): Promise<CompareInputs> {
  if (paths.length === 0) {
    throw UserError.of('no results to compare', 'name two or more: iotest compare old.json new.json');
  }
  const notes: string[] = [];
  const subjects: CompareSubject[] = [];
  const labels = labelsOf(paths);
  let run = 0;
  for (const [index, path] of paths.entries()) {
    if (!isFolder(path)) {
      subjects.push(...subjectsOf(await loadResult(path), labels[index]!, run++, paths.length === 1));
      continue;
    }
    const files = await readFolder(path, notes);
    if (paths.length === 1) {
      for (const { name, document } of files) subjects.push(...subjectsOf(document, name, run++, files.length === 1));
    } else {
      const sets = files.flatMap(({ name, document }) => sampleSets(document, name).slice(0, 1));
      const document = files[0]!.document;
      subjects.push({ set: joinSets(sets, labels[index]!), run: run++, document });
    }
  }
  if (subjects.length < 2) {
    const advice = 'name two results, or one of a run with --repeat and several engines, files or variants';
    throw UserError.of(`${paths.join(', ')} holds one result: there is nothing to compare it with`, advice);
  }
  return { subjects, notes };
}

function subjectsOf(document: ResultDocument, label: string, run: number, isAlone: boolean): CompareSubject[] {
  const sets = sampleSets(document, label);
  const named = sets.length > 1 && !isAlone ? sets.map((set) => ({ ...set, label: `${label} ${set.label}` })) : sets;
  return named.map((set) => ({ set, run, document }));
}

export interface ReportInputs {
  readonly documents: readonly LabelledDocument[];
  /** What can be compared: documents, or their variants. */
  readonly subjects: readonly CompareSubject[];
  readonly notes: readonly string[];
}

export interface LabelledDocument {
  readonly label: string;
  readonly document: ResultDocument;
}

/**
 * Each file by itself, also those of folders.
 * @throws UserError when a file cannot be read, or there is none.
 */
export async function readReportInputs(paths: readonly string[]): Promise<ReportInputs> {
  if (paths.length === 0) {
    throw UserError.of('no results to report', 'name one or more: iotest report results/run.json --output report.html');
  }
  const notes: string[] = [];
  const documents: LabelledDocument[] = [];
  const labels = labelsOf(paths);
  for (const [index, path] of paths.entries()) {
    if (!isFolder(path)) {
      documents.push({ label: labels[index]!, document: await loadResult(path) });
      continue;
    }
    const folder = paths.length === 1 ? '' : `${labels[index]!}/`;
    const files = await readFolder(path, notes);
    documents.push(...files.map(({ name, document }) => ({ label: `${folder}${name}`, document })));
  }
  const isAlone = documents.length === 1;
  return {
    documents,
    subjects: documents.flatMap(({ label, document }, run) => subjectsOf(document, label, run, isAlone)),
    notes,
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

interface NamedDocument {
  readonly name: string;
  readonly document: ResultDocument;
}

/** Its results by name; what is none is named in `notes`. */
async function readFolder(path: string, notes: string[]): Promise<NamedDocument[]> {
  const names = namesIn(path).filter(isResultName).sort();
  if (names.length > folderFilesMax) {
    throw UserError.of(`${path} holds ${names.length} results`, `name those to compare; ${folderFilesMax} at most`);
  }
  const documents: NamedDocument[] = [];
  for (const name of names) {
    try {
      documents.push({ name: stem(name), document: await loadResult(join(path, name)) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      notes.push(`${join(path, name)} left out: ${error.message}`);
    }
  }
  if (documents.length === 0) {
    throw new UserError([
      { place: null, message: `there is no result in ${path}`, advice: 'iotest run saves results in results/' },
      ...notes.map((message) => ({ place: null, message, advice: null })),
    ]);
  }
  return documents;
}

/** File names without folders and endings, where these tell them apart. */
export function labelsOf(paths: readonly string[]): string[] {
  const stems = paths.map(stem);
  return new Set(stems).size === stems.length ? stems : paths.map(String);
}

function stem(path: string): string {
  return basename(path).replace(/\.json$/, '') || path;
}

/** The only variant of a document. Throws `UserError` where there are several. */
export function onlySet(document: ResultDocument, label: string): SampleSet {
  const [set, ...others] = sampleSets(document, label);
  if (others.length === 0) return set!;
  const names = [set!, ...others].map((each) => each.label).join(', ');
  throw UserError.of(`${label} holds several variants: ${names}`, `compare them with iotest compare ${label}`);
}
