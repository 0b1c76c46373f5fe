/** From text to a result document, with everything that is wrong with it told at once. */
import { type Place, type Problem, UserError } from '../support/errors.js';
import { hostsOf, type IotestPart, misfits, type ResultDocument } from './document.js';
import { asOfToday } from './fingerprint.js';
import { jobOptions } from './job-part.js';
import { excessOf } from './limits.js';
import { type MigrationOutcome, migrateResult } from './migrate.js';
import { withDirections } from './unified.js';
import { schemaVersion } from './version.js';

/**
 * Reads a result: ours, or fio's `json` or `json+` output with or without messages around it.
 * @param fileName names the text in error messages.
 * Documents of earlier schema versions are brought to the present one.
 * @throws UserError with every problem found; nothing else.
 */
export function parseResult(text: string, fileName: string): ResultDocument {
  const migrated = migrateResult(parseJson(text, fileName));
  if (migrated.kind !== 'current') throw new UserError([versionProblem(migrated, fileName)]);
  const { data } = migrated;
  for (const each of [data, ...hostDocumentsOf(data)]) {
    const root = each as { jobs?: unknown } | null;
    if (Array.isArray(root?.jobs)) root.jobs = root.jobs.map(withDirections);
  }
  const foreign = foreignProblems(data, fileName);
  const problems = foreign.length > 0 ? foreign : misfitProblems(data, fileName);
  if (problems.length > 0) throw new UserError(problems);
  const document = data as ResultDocument;
  for (const each of [document, ...hostsOf(document).flatMap((host) => host.document ?? [])]) settle(each, fileName);
  // The data itself, not the schema's copy: keys that it does not name (fio's steadystate, prios…) must survive.
  return document;
}

/** Of data that has not been looked at yet. */
function hostDocumentsOf(data: unknown): unknown[] {
  const hosts = (data as { iotest?: { hosts?: unknown } | null } | null)?.iotest?.hosts;
  return Array.isArray(hosts) ? hosts.map((host) => (host as { document?: unknown } | null)?.document ?? null) : [];
}

/** What the schema cannot say of a document is checked, and what earlier versions did not write is added. Throws `UserError`. */
function settle(document: ResultDocument, fileName: string): void {
  if (document.iotest !== undefined && document.iotest.jobs.length !== document.jobs.length) {
    throw new UserError([
      {
        place: placeOf(fileName),
        message: `jobs has ${document.jobs.length} entries but iotest.jobs has ${document.iotest.jobs.length}`,
        advice: 'the file was changed by hand or by another program: run the job again',
      },
    ]);
  }
  const { iotest } = document;
  if (iotest !== undefined) {
    refuseLooseEnds(iotest, fileName);
    for (const job of iotest.jobs) complete(job.options, jobOptions.parse(job.options));
  }
  if (iotest?.fingerprint) iotest.fingerprint = asOfToday(iotest.fingerprint, iotest.jobs);
}

/** Earlier versions did not write all options: those get what was done then, which the schema says. */
function complete(options: object, whole: object): void {
  const given = options as Record<string, unknown>;
  for (const [key, value] of Object.entries(whole)) {
    const known = Object.hasOwn(given, key) ? given[key] : undefined;
    if (known === undefined) given[key] = value;
    else if (isObject(known) && isObject(value)) complete(known, value);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Dates with words in them pass `Date.parse` too. */
const isoDate = /^\d{4}-\d\d-\d\dT[\d:.]{8,18}Z$/;

/** Throws `UserError` for what fits the schema by its form alone: numbers of jobs that are not there, dates that are none. */
function refuseLooseEnds({ jobs, startedAt, steps, repetitions, sweep }: IotestPart, fileName: string): void {
  const lists = [...steps, ...repetitions, ...(sweep?.points ?? []).flatMap((point) => point.jobs)];
  const loose = lists.flatMap(({ jobIndexes }) => jobIndexes).find((index) => index >= jobs.length);
  const date = [startedAt, ...repetitions.map((each) => each.startedAt)].find(
    (text) => !isoDate.test(text) || Number.isNaN(Date.parse(text)),
  );
  const isWhole = (sweep?.points ?? []).every(({ values }) =>
    sweep!.axes.every(({ option }) => Object.hasOwn(values, option)),
  );
  const messages = [
    ...(loose === undefined ? [] : [`a step, repetition or point names job ${loose} of ${jobs.length}`]),
    ...(date === undefined ? [] : ['startedAt is no date']),
    ...(isWhole ? [] : ['a point of the sweep lacks the value of an axis']),
  ];
  if (messages.length === 0) return;
  const advice = 'the file was changed by hand or by another program: run the job again';
  throw new UserError(messages.map((message) => ({ place: placeOf(fileName), message, advice })));
}

function placeOf(file: string): Place {
  return { file, line: 0, column: 0, text: '' };
}

/** Messages that fio mixes into its output stand before the first line `{` and after the last `}`. */
function outerBraces(text: string): { readonly json: string; readonly start: number } | null {
  const opening = /^[ \t\uFEFF]*\{/m.exec(text);
  const end = text.lastIndexOf('}');
  if (opening === null || end < opening.index) return null;
  const start = text.indexOf('{', opening.index);
  return { json: text.slice(start, end + 1), start };
}

function parseJson(text: string, fileName: string): unknown {
  const found = outerBraces(text);
  if (found === null) {
    throw new UserError([
      {
        place: placeOf(fileName),
        message: text.trim() === '' ? 'the file is empty' : 'there is no JSON document in it',
        advice: 'give a result of iotest, or output of fio --output-format=json',
      },
    ]);
  }
  const excess = excessOf(found.json);
  if (excess !== null) {
    const advice = 'give a result of iotest, or output of fio --output-format=json';
    throw new UserError([{ place: placeOf(fileName), message: `this is no result: ${excess}`, advice }]);
  }
  try {
    return JSON.parse(found.json);
  } catch {
    throw new UserError([
      {
        place: jsonErrorPlace(text, found, fileName),
        // Neither the line nor the parser's words: the file may be any that this user may read.
        message: 'not valid JSON',
        advice: 'the file may be cut short, or hold several documents (fio --status-interval): keep one whole document',
      },
    ]);
  }
}

/**
 * Where the JSON goes wrong. Node does not always tell, but a prefix of the text that ends before the mistake fails only
 * by its end: the shortest one that fails otherwise is searched by halving.
 */
function jsonErrorPlace(text: string, found: { readonly json: string; readonly start: number }, file: string): Place {
  let [good, bad] = [0, found.json.length];
  if (bad > searchedMax || !failsBeforeEnd(found.json)) return placeOf(file);
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (failsBeforeEnd(found.json.slice(0, middle))) bad = middle;
    else good = middle;
  }
  const before = text.slice(0, found.start + good);
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  return { file, line, column, text: '' };
}

/** Each look parses it again. */
const searchedMax = 4 * 2 ** 20;

function failsBeforeEnd(json: string): boolean {
  try {
    JSON.parse(json);
    return false;
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    const position = /at position (\d+)/.exec(reason)?.[1];
    if (position !== undefined) return Number(position) < json.length && !reason.startsWith('Unterminated');
    return !reason.startsWith('Unexpected end');
  }
}

function versionProblem(outcome: Exclude<MigrationOutcome, { kind: 'current' }>, fileName: string): Problem {
  const place = placeOf(fileName);
  const { version } = outcome;
  if (outcome.kind === 'newer') {
    const advice = 'read it with the iotest that wrote it, or a newer one';
    return {
      place,
      message: `schema version ${version} is newer than ${schemaVersion}, the newest known here`,
      advice,
    };
  }
  const advice = 'the file was changed, or written by an unknown version: run the job again';
  const what = typeof version === 'number' ? `schema version ${version}` : 'its schema version';
  return { place, message: `${what} is not known here`, advice };
}

/** Documents that are JSON and even fio's, but of a kind that holds no jobs in the usual form. */
function foreignProblems(data: unknown, fileName: string): Problem[] {
  const place = placeOf(fileName);
  const root = data as Record<string, unknown>;
  if (root.client_stats !== undefined && root.jobs === undefined) {
    const advice = "run fio without --client, or give one server's own output";
    return [{ place, message: "fio's client/server output is not supported", advice }];
  }
  if (root['fio version'] === undefined) {
    const advice = 'give a result of iotest, or output of fio --output-format=json';
    return [{ place, message: 'this is JSON but not a result: "fio version" is missing', advice }];
  }
  return [];
}

function misfitProblems(data: unknown, fileName: string): Problem[] {
  return misfits(data).map(({ path, message }) => ({
    place: placeOf(fileName),
    message: `${pathText(path)}: ${message}`,
    advice: 'the file was changed, or written by an unknown version: run the job again',
  }));
}

/** `jobs[0].read.iops`. Keys that are no plain words stand in quotes: `jobs[0]["job options"]`. */
function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^\w+$/.test(String(part))) text += `[${JSON.stringify(String(part))}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text === '' ? 'the document' : text;
}
