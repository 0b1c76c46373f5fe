/** What the ways to gate share: their flags, what comes of them, and keeping what was run. */
import { existsSync, statSync } from 'node:fs';
import type { JobFlags } from '../cli/flags.js';
import type { JobFile } from '../cli/job-input.js';
import type { GateReport } from '../compare/types.js';
import type { IotestDocument, ResultDocument } from '../results/document.js';
import { saveResult } from '../results/files.js';
import { type Problem, UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';
import type { JudgeSettings } from './judge.js';
import { parseJobFileTolerances, parseToleranceFlags, type ToleranceSetting, tolerancesFrom } from './tolerances.js';

export interface GateFlags extends JobFlags {
  readonly baseline?: string | undefined;
  readonly current?: string | undefined;
  readonly run?: string | undefined;
  readonly ab: boolean;
  readonly aa: boolean;
  readonly budget?: string | undefined;
  readonly tolerance?: readonly string[] | undefined;
  readonly vary?: readonly string[] | undefined;
  readonly strict: boolean;
  readonly 'inconclusive-ok': boolean;
  readonly results: string;
  readonly 'no-save': boolean;
  readonly quiet: boolean;
}

export interface GateOutcome {
  readonly report: GateReport;
  readonly notes: readonly string[];
  /** What could not be saved. It does not change the verdict. */
  readonly failures: readonly Problem[];
  /** Somebody ended it early: what there is was kept, and nothing is judged. */
  readonly interrupted: boolean;
}

/** What a gate tells besides its verdict, as it comes. */
export interface Remarks {
  readonly notes: string[];
  readonly failures: Problem[];
}

export interface GateContext {
  readonly flags: GateFlags;
  /** Words that are no flags: job files of --ab and --aa. */
  readonly files: readonly string[];
  readonly commandLine: readonly string[];
  readonly root: string;
}

export type Judged = Pick<GateOutcome, 'report' | 'interrupted'>;

/** A full disk must not cost the verdict of an hour's run. */
export async function keepTrying({ notes, failures }: Remarks, save: () => Promise<string>): Promise<void> {
  try {
    notes.push(await save());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    failures.push(...error.problems);
  }
}

export async function saveUnlessTold(flags: GateFlags, document: IotestDocument, remarks: Remarks): Promise<void> {
  if (flags['no-save']) return;
  await keepTrying(remarks, async () => `saved as ${await saveResult(document, flags.results)}`);
}

export function remarksOn(document: ResultDocument): Remarks {
  return { notes: noisyNotes(document, ''), failures: [] };
}

/** @param where of which run, when it is not the one that is judged */
export function noisyNotes({ iotest }: ResultDocument, where: string): string[] {
  const prefix = where === '' ? '' : `${where}: `;
  return iotest?.noise?.isNoisy === true ? iotest.noise.reasons.map((reason) => `${prefix}noisy: ${reason}`) : [];
}

export function varied(flags: GateFlags): string[] {
  return (flags.vary ?? [])
    .flatMap((words) => words.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

export function settingsFor(flags: GateFlags, jobFiles: readonly JobFile[]): JudgeSettings {
  const settings: ToleranceSetting[] = [
    ...jobFiles.flatMap(({ path, text }) => parseJobFileTolerances(text, path)),
    ...parseToleranceFlags(flags.tolerance ?? []),
  ];
  return { tolerances: tolerancesFrom(settings), fingerprint: [], varied: varied(flags) };
}

/** @throws UserError for a word of `--vary` that no field of these results is called by. */
export function checkVaried(words: readonly string[], documents: readonly ResultDocument[]): void {
  const names = new Set([
    'fingerprint',
    ...documents.flatMap(({ iotest }) => iotest?.fingerprint?.fields.map(({ name }) => name) ?? []),
  ]);
  const parts = [...names].flatMap((name) => name.split('.').map((_, index, all) => all.slice(index).join('.')));
  const heads = [...names].flatMap((name) => name.split('.').map((_, index, all) => all.slice(0, index + 1).join('.')));
  const known = new Set([...parts, ...heads]);
  const problems = words
    .filter((word) => !known.has(word))
    .map((word): Problem => {
      const near = suggest(word, [...known]);
      const advice = near === null ? 'iotest probe lists the fields' : `did you mean "${near}"?`;
      return { place: null, message: `--vary ${word}: these results have no field of that name`, advice };
    });
  if (problems.length > 0) throw new UserError(problems);
}

export function isFile(path: string): boolean {
  return existsSync(path) && !statSync(path).isDirectory();
}
