/** Gates by what is saved: one result against another, and a result or a run against earlier ones in a folder. */
import { existsSync } from 'node:fs';
import { parseJobs, readJobFile } from '../cli/job-input.js';
import { labelsOf } from '../cli/result-words.js';
import { compareSets } from '../compare/compare.js';
import { wholeSet } from '../compare/samples.js';
import type { Comparison, GateReport } from '../compare/types.js';
import type { IotestDocument } from '../results/document.js';
import { loadResult } from '../results/files.js';
import { compareFingerprints } from '../results/fingerprint.js';
import { ExitCode, UserError } from '../support/errors.js';
import {
  type GateContext,
  type GateFlags,
  type GateOutcome,
  isFile,
  type Judged,
  keepTrying,
  noisyNotes,
  type Remarks,
  remarksOfRun,
  settingsFor,
} from './context.js';
import { compareHistory } from './history.js';
import { type JudgeSettings, judge, needsConfirmation, withoutVerdict } from './judge.js';
import { confirmed } from './measured.js';
import { readNoise } from './noise.js';
import { type FolderReference, keepJudged, referenceIn } from './reference.js';
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
  const remarks = remarksOfRun(document);
  const reference = await referenceIn(baseline, document, settings.varied, flags.reference);
  const outcome = await againstFolder(baseline, source, document, reference, settings, remarks, run);
  if (!flags['no-save']) await keepTrying(remarks, () => keepJudged(document, outcome, baseline, reference));
  return outcome;
}

export async function gateSaved(flags: GateFlags, baseline: string, current: string): Promise<GateOutcome> {
  const document = await loadResult(current);
  const text = document.iotest?.jobFile ?? null;
  const settings = settingsFor(flags, text === null ? [] : [text]);
  const remarks = remarksOfRun(document);
  if (!existsSync(baseline) || isFile(baseline)) {
    const saved = await loadResult(baseline);
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
  const ours = document as IotestDocument;
  const reference = await referenceIn(baseline, ours, settings.varied, flags.reference);
  return againstFolder(baseline, current, ours, reference, settings, remarks, null);
}

/** What was saved cannot be run again. */
function unconfirmed(first: GateReport): Judged {
  const confirmation = needsConfirmation(first) ? 'not possible' : 'not needed';
  return { report: { ...first, confirmed: confirmation }, interrupted: false };
}

async function againstFolder(
  folder: string,
  currentName: string,
  document: IotestDocument,
  { earlier, fingerprint, note }: FolderReference,
  settings: JudgeSettings,
  remarks: Remarks,
  run: GateRun | null,
): Promise<GateOutcome> {
  if (note !== null) remarks.notes.push(note);
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
