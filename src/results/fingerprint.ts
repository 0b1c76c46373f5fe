/**
 * Fingerprints: the fields of a machine (machine/fingerprint.ts reads them) and of a run, hashed and compared. All fields
 * are kept, never only a hash, so that a difference can be named.
 */
import { createHash } from 'node:crypto';
import type { FingerprintClass, FingerprintField } from '../machine/fingerprint.js';
import type { Plan } from '../plan/types.js';
import type { Fingerprint, IotestJob, IotestPart, ResultDocument } from './document.js';
import { isDifferent, withClasses } from './fingerprint-meaning.js';
import { jobDifferences } from './job-differences.js';
import { hashJobs, hashSavedJobs, jobHashVersion } from './job-hash.js';

/** 16 hex digits of SHA-256: enough to tell some thousand machines apart, short enough to be shown. */
const hashDigits = 16;

/** The fields with their hashes. The order of the fields does not matter to these. */
export function makeFingerprint(fields: readonly FingerprintField[]): Fingerprint {
  return {
    fields: fields.map((field) => ({
      ...field,
      value: typeof field.value === 'object' ? listOf(field.value) : field.value,
    })),
    identity: identityOf(fields),
    full: hashFields(fields),
    jobHashVersion,
  };
}

/**
 * Hash over the blocking fields: results that share it may be judged against each other. Others may be too, where values
 * are not equal and mean the same (`agreeInBlocking`).
 * @param vary fields that are allowed to differ, in the words of `isVaried`.
 */
export function identityOf(fields: readonly FingerprintField[], vary: readonly string[] = []): string {
  return hashFields(fields.filter((field) => field.class === 'blocking' && !isVaried(field.name, vary)));
}

function hashFields(fields: readonly FingerprintField[]): string {
  const lasting = fields
    .filter((field) => field.momentary !== true)
    .map(({ name, value }) => JSON.stringify([name, value]))
    .sort();
  return createHash('sha256').update(lasting.join('\n')).digest('hex').slice(0, hashDigits);
}

/**
 * Whether one of the words names the field: wholly (`disk.scheduler`), by what it is of (`kernel` for `kernel.release`
 * and `kernel.version`; `disk` for each field of the first disk), or by what it is (`scheduler`, of any disk).
 */
export function isVaried(name: string, vary: readonly string[]): boolean {
  return vary.some((word) => name === word || name.startsWith(`${word}.`) || name.endsWith(`.${word}`));
}

function listOf(value: readonly string[] | null): string[] | null {
  return value === null ? null : [...value];
}

// ------------------------------------------------------------------------------------------------ fields of a run

export interface RunFacts {
  readonly tool: { readonly version: string; readonly koffi: string; readonly liburing: string | null };
  readonly jobFile: { readonly text: string } | null;
  readonly commandLine: readonly string[];
  readonly plan: Plan;
}

/** Names of what the tool and the jobs add to the fields of the machine. */
export const runFieldNames = [
  'job',
  'tool.major',
  'io_uring.features',
  'tool.version',
  'tool.node',
  'tool.v8',
  'tool.koffi',
  'tool.liburing',
  'job.fileSha256',
  'job.seeds',
  'job.commandLine',
] as const;

/** What the tool and the jobs add to the fields of the machine. */
export function runFields(
  { tool, jobFile, commandLine, plan }: RunFacts,
  jobs: readonly IotestJob[],
): FingerprintField[] {
  const features = [...new Set(jobs.flatMap((job) => job.engine?.features ?? []))].sort();
  const [major, minor] = tool.version.split('.');
  return [
    { name: 'job', value: hashJobs(plan.steps), class: 'blocking' },
    // Before 1.0 a minor version may change anything.
    { name: 'tool.major', value: major === '0' ? `0.${minor}` : `${major}`, class: 'blocking' },
    features.length > 0
      ? { name: 'io_uring.features', value: features, class: 'blocking' }
      : { name: 'io_uring.features', value: null, reason: 'no job set up a ring', class: 'blocking' },
    { name: 'tool.version', value: tool.version, class: 'informative' },
    { name: 'tool.node', value: process.versions.node, class: 'warning' },
    { name: 'tool.v8', value: process.versions.v8, class: 'informative' },
    { name: 'tool.koffi', value: tool.koffi, class: 'informative' },
    tool.liburing === null
      ? { name: 'tool.liburing', value: null, reason: 'no job used liburing', class: 'warning' }
      : { name: 'tool.liburing', value: tool.liburing, class: 'warning' },
    jobFile === null
      ? { name: 'job.fileSha256', value: null, reason: 'the job did not come from a file', class: 'informative' }
      : {
          name: 'job.fileSha256',
          value: createHash('sha256').update(jobFile.text).digest('hex'),
          class: 'informative',
        },
    {
      name: 'job.seeds',
      value: [...new Set(jobs.flatMap((job) => job.seeds))].map(String),
      class: 'informative',
      momentary: true,
    },
    { name: 'job.commandLine', value: [...commandLine], class: 'informative', momentary: true },
  ];
}

/**
 * A fingerprint that was read, as this version makes it of these jobs: with the classes of its fields, and the hash of
 * the jobs. Earlier versions hashed all options there were, later ones may do otherwise again. Where the result does not
 * hold all its options, that hash stays as it is, and agrees with none of today.
 */
export function asOfToday(read: Fingerprint, jobs: readonly IotestJob[]): Fingerprint {
  const fields = withClasses(read.fields, jobs);
  const hash = read.jobHashVersion === jobHashVersion ? null : hashSavedJobs(jobs);
  const isOlder = read.jobHashVersion !== jobHashVersion && hash === null;
  const present = makeFingerprint(
    fields.map((field) => (field.name === 'job' ? { ...field, value: hash ?? field.value } : field)),
  );
  return isOlder ? { ...present, jobHashVersion: read.jobHashVersion } : present;
}

// ----------------------------------------------------------------------------------------------------- comparison

/** Whether results with these fields are measures of each other. A field that one side does not have is unknown there. */
export function agreeInBlocking(
  left: readonly FingerprintField[],
  right: readonly FingerprintField[],
  vary: readonly string[] = [],
): boolean {
  const [ours, theirs] = [left, right].map((fields) => new Map(fields.map((field) => [field.name, field])));
  const names = [...left, ...right].filter((field) => field.class === 'blocking').map(({ name }) => name);
  return names.every(
    (name) =>
      isVaried(name, vary) || !isDifferent(name, ours!.get(name)?.value ?? null, theirs!.get(name)?.value ?? null),
  );
}

/** One side of a difference. */
interface FieldSide {
  readonly value: FingerprintField['value'];
  /** Why there is no value; null when there is one. */
  readonly reason: string | null;
}

export interface FieldDifference {
  /** Name of the field, or `fingerprint` when one document has none at all. */
  readonly field: string;
  readonly class: FingerprintClass;
  readonly left: FieldSide;
  readonly right: FieldSide;
}

/**
 * The fields in which two results differ: blocking ones first, then warnings, then information; within these in the
 * order of the fingerprint. A field that is unknown on both sides does not differ; one that is unknown on one side does.
 *
 * fio's own JSON has no fingerprint. Whether the machines are the same is unknown then, and is said as one blocking
 * difference named `fingerprint`, also when neither side has one.
 */
export function compareFingerprints(a: ResultDocument, b: ResultDocument): FieldDifference[] {
  const [left, right] = [a.iotest?.fingerprint ?? null, b.iotest?.fingerprint ?? null];
  if (left === null || right === null) {
    const side = (document: ResultDocument, fingerprint: Fingerprint | null): FieldSide =>
      fingerprint === null
        ? { value: null, reason: whyNoFingerprint(document.iotest) }
        : { value: fingerprint.identity, reason: null };
    return [{ field: 'fingerprint', class: 'blocking', left: side(a, left), right: side(b, right) }];
  }
  const differences: FieldDifference[] = [];
  const rightFields = new Map(right.fields.map((field) => [field.name, field]));
  const leftNames = new Set(left.fields.map((field) => field.name));
  for (const field of left.fields) addDifference(differences, field, rightFields.get(field.name));
  for (const field of right.fields) if (!leftNames.has(field.name)) addDifference(differences, undefined, field);
  return withOptions(differences, a.iotest!.jobs, b.iotest!.jobs).sort(
    (one, other) => classOrder.indexOf(one.class) - classOrder.indexOf(other.class),
  );
}

/** Instead of the hashes of two jobs, which say nothing to anyone, the options that differ, as `job.bs`. */
function withOptions(
  differences: readonly FieldDifference[],
  left: readonly IotestJob[],
  right: readonly IotestJob[],
): FieldDifference[] {
  return differences.flatMap((difference): FieldDifference[] => {
    if (difference.field !== 'job') return [difference];
    const side = (value: string | null): FieldSide => ({ value, reason: value === null ? 'not there' : null });
    const options = jobDifferences(left, right).map((option) => ({
      field: `job.${option.name}`,
      class: difference.class,
      left: side(option.left),
      right: side(option.right),
    }));
    return options.length > 0 ? options : [difference];
  });
}

const classOrder: readonly FingerprintClass[] = ['blocking', 'warning', 'informative'];

function whyNoFingerprint(iotest: IotestPart | undefined): string {
  return iotest === undefined ? "fio's JSON says nothing of the machine" : 'it was not taken';
}

function addDifference(
  differences: FieldDifference[],
  left: FingerprintField | undefined,
  right: FingerprintField | undefined,
): void {
  const field = (left ?? right)!;
  if (!isDifferent(field.name, left?.value ?? null, right?.value ?? null)) return;
  // A job that is buffered on one side only makes fields blocking there: the stricter class counts.
  const classes = [left, right].flatMap((each) => (each === undefined ? [] : [each.class]));
  const strictest = classOrder.find((each) => classes.includes(each))!;
  differences.push({ field: field.name, class: strictest, left: sideOf(left), right: sideOf(right) });
}

function sideOf(field: FingerprintField | undefined): FieldSide {
  if (field === undefined) return { value: null, reason: 'this result does not have the field' };
  return { value: field.value, reason: field.value === null ? (field.reason ?? 'unknown') : null };
}
