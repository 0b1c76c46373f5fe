/** What the ways to gate share: their flags, what comes of them, and keeping what was run. */
import { existsSync, statSync } from 'node:fs';
import type { JobFlags } from '../cli/flags.js';
import type { JobFile } from '../cli/job-input.js';
import type { GateReport } from '../compare/types.js';
import type { IotestDocument, ResultDocument } from '../results/document.js';
import { saveResult } from '../results/files.js';
import { type Problem, UserError } from '../support/errors.js';
import type { JudgeSettings } from './judge.js';
import { parseJobFileTolerances, parseToleranceFlags, type ToleranceSetting, tolerancesFrom } from './tolerances.js';
import { variedWords } from './vary.js';

export interface GateFlags extends JobFlags {
  readonly baseline?: string | undefined;
  readonly current?: string | undefined;
  readonly run?: string | undefined;
  readonly ab: boolean;
  readonly aa: boolean;
  readonly budget?: string | undefined;
  readonly tolerance?: readonly string[] | undefined;
  readonly vary?: readonly string[] | undefined;
  readonly reference?: string | undefined;
  readonly bisect: boolean;
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
  /** Of the current side; absent where nothing was run or nothing is known of it. */
  readonly machine?: MachineState | null;
}

/** What bears most on a verdict and is changed most easily; null: not known. */
export interface MachineState {
  readonly kernel: string | null;
  readonly governor: string | null;
}

/** What a gate tells besides its verdict, as it comes. */
export interface Remarks {
  /** Of the current side; null without a fingerprint. */
  readonly machine: MachineState | null;
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

export function remarksOfRun(document: ResultDocument): Remarks {
  return { machine: machineState(document), notes: noisyNotes(document, ''), failures: [] };
}

function machineState({ iotest }: ResultDocument): MachineState | null {
  const fields = iotest?.fingerprint?.fields;
  if (fields === undefined) return null;
  const text = (name: string) => fields.find((field) => field.name === name)?.value?.toString() ?? null;
  return { kernel: text('kernel.release'), governor: text('cpu.governor') };
}

/** @param where of which run, when it is not the one that is judged */
export function noisyNotes({ iotest }: ResultDocument, where: string): string[] {
  const prefix = where === '' ? '' : `${where}: `;
  return iotest?.noise?.isNoisy === true ? iotest.noise.reasons.map((reason) => `${prefix}noisy: ${reason}`) : [];
}

export function settingsFor(flags: GateFlags, jobFiles: readonly JobFile[]): JudgeSettings {
  const settings: ToleranceSetting[] = [
    ...jobFiles.flatMap(({ path, text }) => parseJobFileTolerances(text, path)),
    ...parseToleranceFlags(flags.tolerance ?? []),
  ];
  return { tolerances: tolerancesFrom(settings), fingerprint: [], varied: variedWords(flags.vary) };
}

export function isFile(path: string): boolean {
  return existsSync(path) && !statSync(path).isDirectory();
}
