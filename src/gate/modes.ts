/** The ways to gate: from flags to a judged report, with what has to be kept of it. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JobFlags } from '../cli/flags.js';
import { type JobFile, parseJobs, readJobFile } from '../cli/job-input.js';
import { labelsOf } from '../cli/result-words.js';
import { compareSets } from '../compare/compare.js';
import { onlySet } from '../compare/inputs.js';
import { type SampleSet, sampleSets } from '../compare/samples.js';
import type { Comparison, GateReport } from '../compare/types.js';
import type { IotestDocument, ResultDocument } from '../results/document.js';
import { loadResult, saveResult } from '../results/files.js';
import { compareFingerprints, type FieldDifference } from '../results/fingerprint.js';
import { findResultPath } from '../results/folder.js';
import { findReference, listResults } from '../results/index-file.js';
import { readJobInput } from '../run/variants.js';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import { compareHistory, historyWindowMax } from './history.js';
import { confirm, type JudgeSettings, judge, needsConfirmation, withoutVerdict } from './judge.js';
import { readNoise, saveNoise } from './noise.js';
import { GateRun } from './run.js';
import { parseJobFileTolerances, parseToleranceFlags, type ToleranceSetting, tolerancesFrom } from './tolerances.js';

export interface GateFlags extends JobFlags {
  readonly baseline?: string | undefined;
  readonly current?: string | undefined;
  readonly run?: string | undefined;
  readonly ab: boolean;
  readonly aa: boolean;
  readonly tolerance?: readonly string[] | undefined;
  readonly vary?: readonly string[] | undefined;
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
interface Remarks {
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

/** Pairs that find a true 10 % at 4 % noise in 95 of 100 gates; see docs/gate.md. */
const pairCountDefault = 20;
/** Where a run counts as one sample, or is compared with as many. */
const repeatDefault = 10;

/**
 * The same flags with paths in the place of names of results.
 * @throws UserError for a combination of flags that means nothing, and for names that no result has.
 */
export function checkGateFlags(flags: GateFlags, files: readonly string[]): GateFlags {
  const modes = [
    flags.ab && '--ab',
    flags.aa && '--aa',
    flags.run !== undefined && '--run',
    flags.current !== undefined && '--current',
  ];
  const chosen = modes.filter((mode) => mode !== false);
  if (chosen.length !== 1) {
    const message = chosen.length === 0 ? 'nothing to judge' : `${chosen.join(' and ')} exclude each other`;
    throw UserError.of(
      message,
      'use --ab OLD.ini NEW.ini, --baseline DIR --run JOB.ini, --baseline FILE --current FILE, or --aa JOB.ini',
    );
  }
  refuseMeaningless(flags);
  if (flags.ab) expectFiles(files, 2, '--ab OLD.ini NEW.ini');
  else if (flags.aa) expectFiles(files, 1, '--aa JOB.ini');
  else expectFiles(files, 0, `${chosen[0]} takes no further files`);
  if (flags.ab || flags.aa) return flags;
  if (flags.baseline === undefined) {
    throw UserError.of(`${chosen[0]} needs a --baseline to be compared with`, 'name a result, or a folder of results');
  }
  if (flags.current === undefined) return { ...flags, baseline: pathOfBaseline(flags.results, flags.baseline) };
  const [baseline, current] = [flags.baseline, flags.current].map((word) => findResultPath(flags.results, word));
  return { ...flags, baseline, current };
}

/** A folder of earlier runs is made with the first of them, so that a name which nothing has is one to be made. */
function pathOfBaseline(results: string, word: string): string {
  return isNameOfResult.test(word) ? findResultPath(results, word) : word;
}

/** `latest`, `latest~1`, or the beginning of an id, which is a date. */
const isNameOfResult = /^(?:latest(?:~\d+)?|\d{8}-[^/]*)$/;

/**
 * @param context flags as `checkGateFlags` gives them
 * @throws UserError for whatever reading and running throw.
 */
export async function runGate(context: GateContext): Promise<GateOutcome> {
  const { flags, files } = context;
  if (flags.ab) return gateFiles(context, files);
  if (flags.aa) return gateItself(context, files[0]!);
  return flags.run !== undefined
    ? gateRun(context, flags.run, flags.baseline!)
    : gateSaved(flags, flags.baseline!, flags.current!);
}

/** A flag that would be ignored is a misunderstanding, and had better be told before the run. */
function refuseMeaningless(flags: GateFlags): void {
  const refuse = (isGiven: boolean, message: string, advice: string) => {
    if (isGiven) throw UserError.of(message, advice);
  };
  const isGiven = (values: readonly string[] | undefined) => values !== undefined && values.length > 0;
  refuse(flags.ab && flags.baseline !== undefined, '--ab has its baseline in the first file', 'leave --baseline out');
  refuse(
    (flags.ab || flags.aa) && isGiven(flags.vary),
    '--vary has no meaning where both sides run on this machine',
    'leave --vary out',
  );
  const running = [
    isGiven(flags.engine) && '--engine',
    isGiven(flags.set) && '--set',
    isGiven(flags.section) && '--section',
    isGiven(flags.destructive) && '--destructive',
    flags.readonly === true && '--readonly',
    flags.runtime !== undefined && '--runtime',
    flags.repeat !== undefined && '--repeat',
  ].filter((flag) => flag !== false);
  refuse(
    flags.current !== undefined && running.length > 0,
    `${running.join(', ')} changes how jobs run, and nothing is run with --current`,
    'leave it out, or use --run JOB.ini',
  );
}

function expectFiles(files: readonly string[], count: number, usage: string): void {
  if (files.length === count) return;
  throw UserError.of(`${files.length} files are given, ${count} expected`, `usage: iotest gate ${usage}`);
}

// ------------------------------------------------------------------------------------------- both sides in one run

async function gateFiles(context: GateContext, files: readonly string[]): Promise<GateOutcome> {
  const { flags, root } = context;
  const jobFile = readJobFile(files[1]!, root);
  const settings = settingsFor(flags, [jobFile]);
  const input = readJobInput(files, flags, root);
  const run = new GateRun({ ...runInput(context, pairCountDefault), ...input, variantCount: 2 });
  return (await gateTwoVariants(context, run, settings)).outcome;
}

/** A job against itself: what is found is noise. */
async function gateItself(context: GateContext, file: string): Promise<GateOutcome> {
  const { flags, root } = context;
  const jobFile = readJobFile(file, root);
  const settings = settingsFor(flags, [jobFile]);
  const parsed = parseJobs(jobFile, flags);
  const variants = ['A', 'A again'].map((name) => ({ name, ...parsed }));
  const run = new GateRun({ ...runInput(context, pairCountDefault), jobFile, variants, variantCount: 2 });
  const { outcome, document } = await gateTwoVariants(context, run, settings);
  if (flags['no-save'] || outcome.interrupted) return outcome;
  const remarks = { notes: [...outcome.notes], failures: [...outcome.failures] };
  const folder = flags.baseline ?? flags.results;
  await keepTrying(
    remarks,
    async () => `noise of this machine saved as ${await saveNoise(outcome.report, document, folder)}`,
  );
  return { ...outcome, ...remarks };
}

/** A full disk must not cost the verdict of an hour's run. */
async function keepTrying({ notes, failures }: Remarks, save: () => Promise<string>): Promise<void> {
  try {
    notes.push(await save());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    failures.push(...error.problems);
  }
}

async function gateTwoVariants({ flags }: GateContext, run: GateRun, settings: JudgeSettings) {
  const [old, current] = run.variants as [string, string];
  const compareVariantsOf = (document: ResultDocument): Comparison => {
    // One that was interrupted early has a single variant, and does not tell it apart by its label.
    const sets = sampleSets(document, old);
    const setOf = (label: string) => sets.find((set) => set.label === label) ?? { label, jobs: new Map(), notes: [] };
    return compareSets(setOf(old), setOf(current), { design: 'paired' });
  };
  const document = await run.run();
  const remarks = remarksOn(document);
  await saveUnlessTold(flags, document, remarks);
  const first = judge(compareVariantsOf(document), settings);
  const judged = await confirmed(first, settings, document, run, compareVariantsOf, remarks.notes);
  return { outcome: { ...judged, ...remarks }, document };
}

async function saveUnlessTold(flags: GateFlags, document: IotestDocument, remarks: Remarks): Promise<void> {
  if (flags['no-save']) return;
  await keepTrying(remarks, async () => `saved as ${await saveResult(document, flags.results)}`);
}

function remarksOn(document: ResultDocument): Remarks {
  return { notes: noisyNotes(document), failures: [] };
}

type Judged = Pick<GateOutcome, 'report' | 'interrupted'>;

/** The report, confirmed by a second run of what was flagged where that is needed. */
async function confirmed(
  first: GateReport,
  settings: JudgeSettings,
  measured: IotestDocument,
  run: GateRun,
  compare: (document: IotestDocument) => Comparison,
  notes: string[],
): Promise<Judged> {
  if (measured.iotest.interrupted) {
    const report = withoutVerdict(first, 'the run was interrupted: what was complete by then is shown, not judged');
    return { report: { ...report, confirmed: 'not needed' }, interrupted: true };
  }
  if (!needsConfirmation(first)) return { report: { ...first, confirmed: 'not needed' }, interrupted: false };
  const flagged = first.metrics.filter(({ verdict }) => verdict === 'regression');
  const second = await secondRun(run, new Set(flagged.map(({ jobName }) => jobName.replace(/ \(\d+\)$/, ''))));
  if (second === null || second.iotest.interrupted) {
    const what = [...new Set(flagged.map((gated) => `${gated.jobName} ${gated.comparison.label}`))].join(', ');
    const reason = `${what}: looked worse, and the second run that should confirm it was interrupted`;
    return { report: withoutVerdict(first, reason), interrupted: true };
  }
  notes.push(...noisyNotes(second).map((note) => `in the second run: ${note}`));
  return { report: confirm(first, compare(second), settings), interrupted: false };
}

/** null when it was stopped before it measured anything: that must not cost what the first run found. */
async function secondRun(run: GateRun, jobNames: ReadonlySet<string>): Promise<IotestDocument | null> {
  try {
    return await run.run(jobNames);
  } catch (error) {
    if (error instanceof UserError && error.exitCode === ExitCode.interrupted) return null;
    throw error;
  }
}

function noisyNotes({ iotest }: ResultDocument): string[] {
  return iotest?.noise?.isNoisy === true ? iotest.noise.reasons.map((reason) => `noisy: ${reason}`) : [];
}

// ------------------------------------------------------------------------------------------- against saved results

async function gateRun(context: GateContext, source: string, baseline: string): Promise<GateOutcome> {
  const { flags, root } = context;
  const jobFile = readJobFile(source, root);
  const settings = settingsFor(flags, [jobFile]);
  const variants = [{ name: null, ...parseJobs(jobFile, flags) }];
  const run = new GateRun({ ...runInput(context, repeatDefault), jobFile, variants, variantCount: 1 });
  if (isFile(baseline)) {
    const [saved, document] = [await loadResult(baseline), await run.run()];
    const remarks = remarksOn(document);
    await saveUnlessTold(flags, document, remarks);
    return againstFile(baseline, saved, source, document, settings, remarks, run);
  }
  const document = await run.run();
  const remarks = remarksOn(document);
  const outcome = await againstFolder(flags, baseline, source, document, settings, remarks, run);
  if (!flags['no-save']) await keepTrying(remarks, () => keep(document, outcome, baseline));
  return outcome;
}

/**
 * A regression must not become the measure of later runs, and must not be lost either; nor what may be one. A run that
 * was interrupted is no measure: no later gate chooses it.
 */
async function keep(document: IotestDocument, { report, interrupted }: Judged, folder: string): Promise<string> {
  if (interrupted) {
    const path = await saveResult(document, document.iotest.interrupted ? folder : join(folder, 'rejected'));
    return `saved as ${path}, which is no part of the baseline`;
  }
  if (report.verdict !== 'regression') return `kept as ${await saveResult(document, folder)}`;
  const path = await saveResult(document, join(folder, 'rejected'));
  return `not added to the baseline; saved as ${path} (move it to ${folder} to accept it)`;
}

async function gateSaved(flags: GateFlags, baseline: string, current: string): Promise<GateOutcome> {
  const document = await loadResult(current);
  const text = document.iotest?.jobFile ?? null;
  const settings = settingsFor(flags, text === null ? [] : [text]);
  const remarks = remarksOn(document);
  if (!existsSync(baseline) || !statSync(baseline).isDirectory()) {
    return againstFile(baseline, await loadResult(baseline), current, document, settings, remarks, null);
  }
  if (document.iotest === undefined) {
    throw UserError.of(
      `${current} is of fio and says nothing of its machine: results to compare it with cannot be chosen in ${baseline}`,
      'name the baseline by its file, with --vary fingerprint when the machine is the same',
      ExitCode.incomparable,
    );
  }
  return againstFolder(flags, baseline, current, document as IotestDocument, settings, remarks, null);
}

async function againstFile(
  baseline: string,
  saved: ResultDocument,
  currentName: string,
  document: ResultDocument,
  settings: JudgeSettings,
  remarks: Remarks,
  run: GateRun | null,
): Promise<GateOutcome> {
  const [baselineLabel, currentLabel] = labelsOf([baseline, currentName]) as [string, string];
  const set = onlySet(saved, baselineLabel);
  const compare = (each: ResultDocument) => compareSets(set, onlySet(each, currentLabel), { design: 'independent' });
  const withFingerprint = { ...settings, fingerprint: compareFingerprints(saved, document) };
  const first = judge(compare(document), withFingerprint);
  return { ...(await concluded(first, withFingerprint, document, run, compare, remarks.notes)), ...remarks };
}

/** @param run null where there is only what was saved */
async function concluded(
  first: GateReport,
  settings: JudgeSettings,
  document: ResultDocument,
  run: GateRun | null,
  compare: (document: ResultDocument) => Comparison,
  notes: string[],
): Promise<Judged> {
  if (run !== null) return confirmed(first, settings, document as IotestDocument, run, compare, notes);
  const confirmation = needsConfirmation(first) ? 'not possible' : 'not needed';
  return { report: { ...first, confirmed: confirmation }, interrupted: false };
}

async function againstFolder(
  flags: GateFlags,
  folder: string,
  currentName: string,
  document: IotestDocument,
  settings: JudgeSettings,
  remarks: Remarks,
  run: GateRun | null,
): Promise<GateOutcome> {
  const { earlier, fingerprint } = await earlierResults(flags, folder, document);
  const [currentLabel] = labelsOf([currentName]) as [string];
  const noise = existsSync(folder) ? readNoise(folder, document, remarks.notes) : () => null;
  const compare = (each: ResultDocument) => compareHistory(earlier, onlySet(each, currentLabel), folder, noise);
  const withFingerprint = { ...settings, fingerprint };
  const comparison = compare(document);
  const first =
    earlier.length === 0 && fingerprint.length === 0
      ? firstOfItsKind(comparison, settings, folder)
      : judge(comparison, withFingerprint);
  return { ...(await concluded(first, withFingerprint, document, run, compare, remarks.notes)), ...remarks };
}

/** An empty folder is where every baseline begins: nothing is wrong, and nothing can be said. */
function firstOfItsKind(comparison: Comparison, settings: JudgeSettings, folder: string): GateReport {
  const report = judge(comparison, settings);
  return { ...report, verdict: 'inconclusive', reasons: [`there is no earlier result of these jobs in ${folder}`] };
}

interface Earlier {
  /** Newest first. */
  readonly earlier: readonly SampleSet[];
  /** Differences to the newest earlier one. */
  readonly fingerprint: readonly FieldDifference[];
}

/**
 * The last results of the same jobs on the same machine. Where there are none, but some of jobs of these names: their
 * differences, which then block.
 */
async function earlierResults(flags: GateFlags, folder: string, document: IotestDocument): Promise<Earlier> {
  const { fingerprint, startedAt } = document.iotest;
  if (!existsSync(folder) || fingerprint === null) return { earlier: [], fingerprint: [] };
  const vary = varied(flags);
  const reference = findReference(folder, { fingerprint, vary, count: historyWindowMax, before: startedAt });
  const window = reference.results.toReversed();
  if (window.length > 0) {
    const documents = await Promise.all(window.map(({ file }) => loadResult(join(folder, file))));
    const earlier = documents.map((each, index) => onlySet(each, window[index]!.id));
    return { earlier, fingerprint: compareFingerprints(documents[0]!, document) };
  }
  const names = new Set(document.jobs.map((job) => job.jobname));
  const related = listResults(folder).results.find((entry) => entry.jobs.some((name) => names.has(name)));
  if (related === undefined) return { earlier: [], fingerprint: [] };
  return { earlier: [], fingerprint: compareFingerprints(await loadResult(join(folder, related.file)), document) };
}

// ------------------------------------------------------------------------------------------------------- settings

function runInput({ flags, commandLine, root }: GateContext, repeat: number) {
  return { flags: { ...flags, repeat: flags.repeat ?? repeat }, commandLine, root };
}

function varied(flags: GateFlags): string[] {
  return (flags.vary ?? [])
    .flatMap((words) => words.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function settingsFor(flags: GateFlags, jobFiles: readonly JobFile[]): JudgeSettings {
  const settings: ToleranceSetting[] = [
    ...jobFiles.flatMap(({ path, text }) => parseJobFileTolerances(text, path)),
    ...parseToleranceFlags(flags.tolerance ?? []),
  ];
  return { tolerances: tolerancesFrom(settings), fingerprint: [], varied: varied(flags) };
}

/** Where a run will be saved. */
export function savingFolder({ run, baseline, results }: Pick<GateFlags, 'run' | 'baseline' | 'results'>): string {
  return run !== undefined && baseline !== undefined && !isFile(baseline) ? baseline : results;
}

function isFile(path: string): boolean {
  return existsSync(path) && !statSync(path).isDirectory();
}
