/**
 * What was asked of the storage, as one hash: only what differs from the defaults goes in, so that an option of a later
 * version, left alone, changes no hash. Results of before that are hashed anew from the options that they hold.
 */
import { createHash } from 'node:crypto';
import { createDraft } from '../job/draft.js';
import type { Step } from '../plan/types.js';
import type { IotestJob } from './document.js';

/** Raised when the same options would give another hash. Fingerprints without it hashed every option, defaults too. */
export const jobHashVersion = 2;

const hashDigits = 16;

type Tree = Readonly<Record<string, unknown>>;

/**
 * Over the effective options of each different job, wherever they were written and however often they ran. Left out
 * are names of files (the target and its disk are fields of their own), descriptions, what is only about showing the
 * result, and every option at its default. 16 hex digits.
 */
export function hashJobs(steps: readonly Step[]): string {
  return hashTexts(
    steps.flatMap(({ variant, workers }) =>
      workers.map(({ job, engine, engineLabel }) => askedText({ ...job, engine }, engineLabel, variant)),
    ),
  );
}

/**
 * The same from a result, of any version: an option that it does not have is at its default. null where the result does
 * not hold the options of all jobs: of different jobs that report as a group it has those of the first.
 */
export function hashSavedJobs(jobs: readonly IotestJob[]): string | null {
  if (jobs.length === 0 || jobs.some(({ workerCount, options }) => workerCount !== options.cloneCount)) return null;
  return hashTexts(jobs.map(({ options, engineLabel, variant }) => askedText({ ...options }, engineLabel, variant)));
}

function hashTexts(texts: readonly string[]): string {
  const different = [...new Set(texts)].sort();
  return createHash('sha256').update(different.join('\n')).digest('hex').slice(0, hashDigits);
}

function askedText(options: Tree, engineLabel: string, variant: string): string {
  const { source: _, description, typedOptions, groupIndex, groupReporting, cloneIndex, measure, ...asked } = options;
  const { filenames, directories, ...target } = asked.target as Tree & {
    readonly filenames: readonly string[] | null;
    readonly directories: readonly string[];
  };
  const places = { filenameCount: filenames?.length ?? null, directoryCount: directories.length };
  return canonicalJson({
    asked: withoutDefaults({ ...asked, target: { ...target, ...places } }, defaults),
    engineLabel,
    variant,
  });
}

const draft = createDraft();
const defaults: Tree = {
  ...draft,
  target: { ...draft.target, filenameCount: null, directoryCount: 0 },
  // What settling a job makes of "not given".
  workload: { ...draft.workload, order: { ...draft.workload.order, zoneMode: 'none' } },
};

/** The parts of a tree that are not as the defaults have them, at every depth. Lists are taken whole. */
function withoutDefaults(values: Tree, usual: Tree): Tree {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const normal = usual[key];
    if (value === undefined || canonicalJson(value) === canonicalJson(normal)) continue;
    if (!isTree(value) || !isTree(normal)) {
      kept[key] = value;
      continue;
    }
    const inner = withoutDefaults(value, normal);
    if (Object.keys(inner).length > 0) kept[key] = inner;
  }
  return kept;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON with the keys of each object in order, so that equal data gives equal text. */
function canonicalJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value, (_, part: unknown) =>
    isTree(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
  return text ?? '';
}
