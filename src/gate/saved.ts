/** Gates by what is saved: one result against another, and a result or a run against earlier ones in a folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseJobs, readJobFile } from '../cli/job-input.js';
import { labelsOf } from '../cli/result-words.js';
import { compareSets } from '../compare/compare.js';
import { type SampleSet, wholeSet } from '../compare/samples.js';
import type { Comparison, GateReport } from '../compare/types.js';
import type { IotestDocument } from '../results/document.js';
import { loadResult, saveResult } from '../results/files.js';
import { compareFingerprints, type FieldDifference } from '../results/fingerprint.js';
import { findReference, listResults } from '../results/index-file.js';
import { ExitCode, UserError } from '../support/errors.js';
import {
  checkVaried,
  type GateContext,
  type GateFlags,
  type GateOutcome,
  isFile,
  type Judged,
  keepTrying,
  noisyNotes,
  type Remarks,
  remarksOn,
  settingsFor,
  varied,
} from './context.js';
import { compareHistory, historyWindowMax } from './history.js';
import { type JudgeSettings, judge, needsConfirmation, withoutVerdict } from './judge.js';
import { confirmed } from './measured.js';
import { readNoise } from './noise.js';
import { GateRun } from './run.js';

/** Where a run counts as one sample. */
const repeatDefault = 10;

/** A job now against earlier results in a folder, which it joins. */
export async function gateAgainstFolder(
  { flags, commandLine, root }: GateContext,
  source: string,
  baseline: string,
): Promise<GateOutcome> {
  const jobFile = readJobFile(source, root);
  const settings = settingsFor(flags, [jobFile]);
  const variants = [{ name: null, ...parseJobs(jobFile, flags) }];
  const run = new GateRun({ flags, commandLine, root, jobFile, variants }, flags.repeat ?? repeatDefault);
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

export async function gateSaved(flags: GateFlags, baseline: string, current: string): Promise<GateOutcome> {
  const document = await loadResult(current);
  const text = document.iotest?.jobFile ?? null;
  const settings = settingsFor(flags, text === null ? [] : [text]);
  const remarks = remarksOn(document);
  if (!existsSync(baseline) || isFile(baseline)) {
    const saved = await loadResult(baseline);
    checkVaried(settings.varied, [saved, document]);
    remarks.notes.push(...noisyNotes(saved, 'the baseline'));
    const [baselineLabel, currentLabel] = labelsOf([baseline, current]) as [string, string];
    const comparison = compareSets(wholeSet(saved, baselineLabel), wholeSet(document, currentLabel), {
      design: 'independent',
    });
    const first = judge(comparison, { ...settings, fingerprint: compareFingerprints(saved, document) });
    return { ...unconfirmed(first), ...remarks };
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

/** What was saved cannot be run again. */
function unconfirmed(first: GateReport): Judged {
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
  checkVaried(settings.varied, [document]);
  const { earlier, fingerprint } = await earlierResults(flags, folder, document);
  const [currentLabel] = labelsOf([currentName]) as [string];
  const noise = existsSync(folder) ? readNoise(folder, document, remarks.notes) : () => null;
  const compare = (each: IotestDocument) => compareHistory(earlier, wholeSet(each, currentLabel), folder, noise);
  const withFingerprint = { ...settings, fingerprint };
  const comparison = compare(document);
  const first =
    earlier.length === 0 && fingerprint.length === 0
      ? firstOfItsKind(comparison, settings, folder)
      : judge(comparison, withFingerprint);
  if (run === null) return { ...unconfirmed(first), ...remarks };
  if (document.iotest.interrupted) {
    const reason = 'the run was interrupted: what was complete by then is shown, not judged';
    return { report: { ...withoutVerdict(first, reason), confirmed: 'not needed' }, interrupted: true, ...remarks };
  }
  const again = (jobNames: ReadonlySet<string>) => run.again(jobNames);
  const judged = { report: first, interrupted: false };
  return { ...(await confirmed(judged, withFingerprint, compare, again, remarks.notes)), ...remarks };
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
    const earlier = documents.map((each, index) => wholeSet(each, window[index]!.id));
    return { earlier, fingerprint: compareFingerprints(documents[0]!, document) };
  }
  const names = new Set(document.jobs.map((job) => job.jobname));
  const related = listResults(folder).results.find((entry) => entry.jobs.some((name) => names.has(name)));
  if (related === undefined) return { earlier: [], fingerprint: [] };
  return { earlier: [], fingerprint: compareFingerprints(await loadResult(join(folder, related.file)), document) };
}
