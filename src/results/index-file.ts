/**
 * The results of a folder without reading each: a line per file in `index.jsonl`, valid as long as the file's size and
 * time of change are those of the line. The files are the truth: what the index lacks is read from them, and it can be
 * deleted at any time. Lines are only appended, in one write, so that several processes can share it; a rewrite takes
 * its place by rename(2). Where the folder cannot be written to, there is just no index.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { FingerprintField } from '../machine/fingerprint.js';
import { errorCode, UserError } from '../support/errors.js';
import { readInput } from '../system/input-file.js';
import { appendOutput, writeOutputNow } from '../system/output-file.js';
import { acceptanceSuffix } from './acceptance.js';
import type { Fingerprint } from './document.js';
import { resultBytesMax } from './files.js';
import { agreeInBlocking, identityOf } from './fingerprint.js';
import { entryOf, isResultEntry, type ResultEntry } from './index-entry.js';
import { labelSuffix, readLabel } from './labels.js';
import { parseResult } from './parse.js';
import { schemaVersion } from './version.js';

export const indexFileName = 'index.jsonl';

/** Some 100,000 results; a longer one is written anew. */
const indexBytesMax = 64 * 2 ** 20;

/** Raised when the lines change. An index of another version is written anew. */
const indexVersion = 3;

/** A file that is no result that can be read, and why. */
export interface SkippedFile {
  readonly file: string;
  readonly message: string;
  readonly advice: string | null;
}

export interface ListedResult extends ResultEntry {
  /** null without one. */
  readonly label: string | null;
  /** Somebody said that a reference of `iotest gate` begins with it. */
  readonly isAccepted: boolean;
}

interface ResultList {
  /** Newest first. */
  readonly results: readonly ListedResult[];
  /** By name. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * All results of a folder: files that end in `.json`. Damaged and foreign ones are named, and do no harm.
 * @throws UserError when the folder is missing or cannot be read.
 */
export function listResults(directory: string): ResultList {
  const { lines, names } = readFolder(directory);
  return {
    results: lines
      .flatMap(({ entry }) => entry ?? [])
      .sort(newestFirst)
      .map(listed(directory, names)),
    skipped: lines.flatMap(({ file, problem }) => (problem === null ? [] : [{ file, ...problem }])),
  };
}

/** What stands beside a result, added to what is in it. */
function listed(directory: string, names: readonly string[]): (entry: ResultEntry) => ListedResult {
  const beside = new Set(names);
  return (entry) => ({
    ...entry,
    label: beside.has(entry.id + labelSuffix) ? readLabel(directory, entry.id) : null,
    isAccepted: beside.has(entry.id + acceptanceSuffix),
  });
}

export interface ReferenceQuery {
  /** The run that is to be judged: earlier ones must agree with it in every blocking field, the jobs among them. */
  readonly fingerprint: Fingerprint;
  /** Blocking fields that may differ, in the words of `isVaried` (fingerprint.ts). */
  readonly vary?: readonly string[];
  /** How many at most. */
  readonly count: number;
  /** Only results that began before this moment, ISO 8601. */
  readonly before?: string;
  /** The reference begins with the first result of this label, not with what was accepted. */
  readonly label?: string | undefined;
}

export interface Reference {
  /** Oldest first. */
  readonly results: readonly ListedResult[];
  /** Why it begins where it does. */
  readonly begins: 'labelled' | 'accepted' | 'first';
}

/**
 * What a run is judged by: of the complete results (not interrupted, no job failed) of the same jobs on the same machine
 * the last that somebody accepted and those after it, `count` in all; where nobody did, the first. Later results do not
 * move it.
 * @throws UserError when the folder is missing or cannot be read, or no such result has the label.
 */
export function findReference(directory: string, query: ReferenceQuery): Reference {
  const { lines, blocking, names } = readFolder(directory);
  const { fingerprint, vary = [], before, label, count } = query;
  const isAlike = new Map<string, boolean>(
    [...blocking].map(([key, fields]) => [key, agreeInBlocking(fields, fingerprint.fields, vary)]),
  );
  const alike = lines
    .flatMap(({ entry }) => (entry === null ? [] : [entry]))
    .filter((entry) => entry.identity !== null && isAlike.get(entry.identity) === true)
    .filter((entry) => !entry.interrupted && entry.failedJobCount === 0)
    .filter((entry) => before === undefined || Date.parse(entry.startedAt) < Date.parse(before))
    .sort(newestFirst)
    .reverse()
    .map(listed(directory, names));
  const accepted = alike.findLastIndex(({ isAccepted }) => isAccepted);
  if (label === undefined) {
    const start = Math.max(0, accepted);
    return { results: alike.slice(start, start + count), begins: accepted < 0 ? 'first' : 'accepted' };
  }
  const start = alike.findIndex((result) => result.label === label);
  if (start >= 0) return { results: alike.slice(start, start + count), begins: 'labelled' };
  const labels = [...new Set(alike.flatMap((result) => result.label ?? []))];
  throw UserError.of(
    `no result in ${directory} of these jobs on this machine has the label "${label}"`,
    labels.length === 0 ? 'give one its label: iotest results label ID TEXT' : `labels there: ${labels.join(', ')}`,
  );
}

/** Equal times (copies, repaired clocks) by name, so that the order is always the same. */
function newestFirst(a: ResultEntry, b: ResultEntry): number {
  return compareTexts(b.startedAt, a.startedAt) || compareTexts(b.id, a.id);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names of the files that should be results: those of iotest, and fio's that were put beside them. */
export function isResultName(name: string): boolean {
  return name.endsWith('.json') && !name.startsWith('.');
}

/** Names of everything in a results folder. Throws UserError. */
export function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    const code = errorCode(error);
    const advice = 'name the folder with --results DIR; iotest run makes it with the first result';
    if (code === 'ENOENT') throw UserError.of(`there is no results folder ${directory}`, advice);
    if (code === 'ENOTDIR') throw UserError.of(`${directory} is no folder`, advice);
    throw UserError.of(`the results folder ${directory} cannot be read: ${code}`, 'check its permissions');
  }
}

// ---------------------------------------------------------------------------------------------------------- lines

/** What is known of one file. Either `entry` or `problem` is null. */
interface Line {
  readonly file: string;
  readonly sizeBytes: number;
  readonly changedMs: number;
  readonly entry: ResultEntry | null;
  readonly problem: { readonly message: string; readonly advice: string | null } | null;
}

type Blocking = Map<string, readonly FingerprintField[]>;

interface Index {
  readonly lines: Map<string, Line>;
  /** Blocking fields by identity: thousands of results share a handful of machines. */
  readonly blocking: Blocking;
  /** Lines in the file, the outdated ones among them; 0 when it must be written anew. */
  readonly lineCount: number;
}

function readFolder(directory: string): { lines: Line[]; blocking: Blocking; names: string[] } {
  const names = namesIn(directory).sort();
  const index = readIndex(directory);
  const lines: Line[] = [];
  const fresh: unknown[] = [];
  for (const file of names.filter(isResultName)) {
    const facts = statOrNull(path.join(directory, file));
    if (facts === null || facts.isDirectory()) continue;
    const known = index.lines.get(file);
    if (known !== undefined && known.sizeBytes === facts.size && known.changedMs === facts.mtimeMs) {
      lines.push(known);
      continue;
    }
    const read = readFile(directory, file, facts);
    if (read === null) continue;
    const { line, fingerprint } = read;
    lines.push(line);
    if (fingerprint !== null && !index.blocking.has(fingerprint.identity)) {
      const fields = fingerprint.fields.filter((field) => field.class === 'blocking');
      index.blocking.set(fingerprint.identity, fields);
      fresh.push({ identity: fingerprint.identity, fields });
    }
    fresh.push(line);
  }
  const outdatedCount = index.lineCount + fresh.length - lines.length - index.blocking.size - 1;
  if (index.lineCount === 0 || outdatedCount > lines.length + 100) {
    if (fresh.length > 0 || outdatedCount > 0) writeIndex(directory, lines, index.blocking);
  } else if (fresh.length > 0) appendToIndex(directory, fresh);
  return { lines, blocking: index.blocking, names };
}

function readFile(
  directory: string,
  file: string,
  facts: fs.Stats,
): { readonly line: Line; readonly fingerprint: Fingerprint | null } | null {
  const common = { file, sizeBytes: facts.size, changedMs: facts.mtimeMs };
  try {
    if (!facts.isFile()) throw UserError.of('it is not a regular file', 'move it elsewhere');
    const input = readInput(path.join(directory, file), { bytesMax: resultBytesMax });
    // Removed since the folder was listed.
    if (!input.ok && input.code === 'ENOENT') return null;
    if (!input.ok) {
      throw UserError.of(`it ${input.problem}`, input.code === null ? 'move it elsewhere' : 'check its permissions');
    }
    const document = parseResult(input.bytes.toString('utf8'), file);
    return {
      line: { ...common, entry: entryOf(document, file), problem: null },
      fingerprint: document.iotest?.fingerprint ?? null,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, advice } = error.problems[0]!;
    return { line: { ...common, entry: null, problem: { message, advice } }, fingerprint: null };
  }
}

function readIndex(directory: string): Index {
  const index = { lines: new Map<string, Line>(), blocking: new Map() as Blocking };
  const input = readInput(path.join(directory, indexFileName), { bytesMax: indexBytesMax, links: false });
  if (!input.ok) return { ...index, lineCount: 0 };
  const [head, ...rest] = input.bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  if (head !== headLine()) return { ...index, lineCount: 0 };
  for (const line of rest) addLine(index, line);
  return { ...index, lineCount: rest.length + 1 };
}

/** Problems depend on what this version can read, so the schema's is in it too. */
function headLine(): string {
  return JSON.stringify({ index: indexVersion, schema: schemaVersion });
}

/** Whatever is wrong with a line, its file is read again. */
function addLine(index: Pick<Index, 'lines' | 'blocking'>, text: string): void {
  let data: Partial<Line> & { readonly identity?: unknown; readonly fields?: unknown };
  try {
    data = JSON.parse(text);
  } catch {
    return;
  }
  if (typeof data !== 'object' || data === null) return;
  if (typeof data.identity === 'string' && isFields(data.fields) && identityOf(data.fields) === data.identity) {
    index.blocking.set(data.identity, data.fields);
    return;
  }
  const { file, sizeBytes, changedMs, entry, problem } = data;
  if (typeof file !== 'string' || typeof sizeBytes !== 'number' || typeof changedMs !== 'number') return;
  const isResult = isResultEntry(entry) && entry.file === file && problem === null;
  // The fields come before the first result that has them; without them no window would find it.
  if (isResult && entry.identity !== null && !index.blocking.has(entry.identity)) return;
  const isProblem = entry === null && typeof problem?.message === 'string';
  if (isResult || isProblem) index.lines.set(file, { file, sizeBytes, changedMs, entry, problem: problem ?? null });
}

function isFields(value: unknown): value is FingerprintField[] {
  return (
    Array.isArray(value) &&
    value.every((field) => typeof field?.name === 'string' && field.class === 'blocking' && 'value' in field)
  );
}

function writeIndex(directory: string, lines: readonly Line[], blocking: Blocking): void {
  const used = new Set(lines.flatMap(({ entry }) => (entry?.identity == null ? [] : [entry.identity])));
  const fields = [...blocking].filter(([identity]) => used.has(identity));
  const all = [...fields.map(([identity, each]) => ({ identity, fields: each })), ...lines];
  try {
    writeOutputNow(
      path.join(directory, indexFileName),
      `${[headLine(), ...all.map((line) => JSON.stringify(line))].join('\n')}\n`,
      false,
    );
  } catch {
    // Read-only or full: then without.
  }
}

function appendToIndex(directory: string, lines: readonly unknown[]): void {
  const file = path.join(directory, indexFileName);
  try {
    // A line that was cut by a full disk must not swallow the first of these.
    const text = `\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
    appendOutput(file, text, file, 'append own');
  } catch {
    // As above.
  }
}

/** null when the file went away since the folder was listed. */
function statOrNull(file: string): fs.Stats | null {
  try {
    // A link that leads nowhere is there, but no result.
    return fs.statSync(file, { throwIfNoEntry: false }) ?? fs.lstatSync(file, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ELOOP') return fs.lstatSync(file);
    throw UserError.of(`${file} cannot be looked at: ${code}`, 'check the permissions of its folder');
  }
}
