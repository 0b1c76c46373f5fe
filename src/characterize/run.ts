/** Runs the sections of a characterization one after another; each is a result by itself as soon as it is done. */
import { basename } from 'node:path';
import { type JobFile, type ParsedVariant, parseJobs, planJobs } from '../cli/job-input.js';
import { inspectTarget } from '../machine/target.js';
import { iopsOf } from '../page/characterization.js';
import type { Plan } from '../plan/types.js';
import { type CharacterizePart, type CharacterizeSettings, trackedJobs } from '../results/characterize-part.js';
import type { IotestDocument } from '../results/document.js';
import { loadResult, saveResult } from '../results/files.js';
import { isResultName, namesIn } from '../results/index-file.js';
import { writeLabel } from '../results/labels.js';
import { exitCodeOf, runDocument } from '../run/document.js';
import { WatchedRuns } from '../run/watched-runs.js';
import { judgeSnia } from '../stats/snia.js';
import { ExitCode, UserError } from '../support/errors.js';
import { leftOutTexts, type PlannedSection } from './sections.js';

interface CharacterizeRun {
  readonly id: string;
  readonly settings: CharacterizeSettings;
  readonly sections: readonly PlannedSection[];
  /** Done before, when it is resumed. */
  readonly done: readonly IotestDocument[];
  readonly results: string;
  readonly commandLine: readonly string[];
  /** The package's folder. */
  readonly root: string;
  readonly quiet: boolean;
  /** Told before each section. */
  readonly onSection: (section: PlannedSection, index: number) => void;
}

interface Characterized {
  /** Also those done before, in the order of the sections. */
  readonly documents: readonly IotestDocument[];
  readonly status: ExitCode;
  /** Whether the rounds of the matrix became steady; null where there are too few to judge. */
  readonly isSteady: boolean | null;
}

/** Throws `UserError` for what cannot be run, before anything is. */
export function checkSections({ sections, settings }: Pick<CharacterizeRun, 'sections' | 'settings'>): void {
  for (const section of sections.filter(({ round }) => (round ?? 1) === 1)) planOf(section, settings);
}

/** Keeps what was measured until an interruption or an error. */
export async function runSections(run: CharacterizeRun): Promise<Characterized> {
  const documents = [...run.done];
  let status: ExitCode = ExitCode.ok;
  const ended = (how: ExitCode): Characterized => ({
    documents,
    status: how,
    isSteady: isMatrixSteady(documents, run.settings),
  });
  const runs = new WatchedRuns({ quiet: run.quiet });
  try {
    for (const [index, section] of run.sections.entries()) {
      if (documents.some((document) => isOf(document, section))) continue;
      if (section.round !== null && isMatrixSteady(documents, run.settings) === true) continue;
      if (runs.isStopping) return ended(ExitCode.interrupted);
      run.onSection(section, index);
      const document = await runSection(run, section, runs).catch(nullWhenInterrupted);
      if (document === null) return ended(ExitCode.interrupted);
      const path = await saveResult(document, run.results);
      await writeLabel(run.results, basename(path, '.json'), labelOf(run.id, section));
      documents.push(document);
      const own = exitCodeOf(document);
      if (own === ExitCode.interrupted) return ended(own);
      if (own !== ExitCode.ok) status = own;
    }
  } finally {
    runs.end();
  }
  return ended(status);
}

/** Stopped before the section had measured anything: nothing is lost. */
function nullWhenInterrupted(error: unknown): null {
  if (error instanceof UserError && error.exitCode === ExitCode.interrupted) return null;
  throw error;
}

async function runSection(run: CharacterizeRun, section: PlannedSection, runs: WatchedRuns): Promise<IotestDocument> {
  const { settings, commandLine, root } = run;
  const { plan, jobFile } = planOf(section, settings);
  const document = await runDocument({ plan, jobFile, commandLine, root }, () => runs.run(plan));
  const characterize: CharacterizePart = {
    id: run.id,
    section: section.section,
    title: section.title,
    round: section.round,
    settings: { ...settings, engines: [...settings.engines] },
    leftOut: leftOutTexts(settings),
    planned: [...new Set(run.sections.map(({ title }) => title))],
  };
  return { ...document, iotest: { ...document.iotest, characterize } };
}

function planOf(
  section: PlannedSection,
  { target, writes, permitted }: CharacterizeSettings,
): { plan: Plan; jobFile: JobFile } {
  const jobFile = { path: `characterize-${section.section}.ini`, text: section.jobText };
  const filename = { key: 'filename', value: target.replaceAll(':', '\\:'), label: 'TARGET' };
  const parsed: ParsedVariant = { name: null, ...parseJobs(jobFile, {}, [filename]) };
  const flags = {
    engine: section.engines,
    repeat: section.repeat,
    destructive: (permitted ?? (writes && isDevice(target))) && writesIn(parsed) ? [target] : [],
  };
  const plan = planJobs([parsed], flags);
  // Said once, before it begins, by who asked for it.
  const warnings = plan.warnings.filter(({ code }) => code !== 'overwrites-file');
  return { plan: { ...plan, warnings }, jobFile };
}

function isDevice(target: string): boolean {
  return inspectTarget(target).kind === 'block';
}

/** A permission that nothing needs would be warned of. */
function writesIn({ jobSet }: ParsedVariant): boolean {
  return jobSet.jobs.some(({ workload, target }) => workload.directions !== 'read' || target.precondition !== 'none');
}

export function isOf({ iotest }: IotestDocument, { section, round }: PlannedSection): boolean {
  return iotest.characterize?.section === section && iotest.characterize.round === round && !iotest.interrupted;
}

/** By the rates of the tracked jobs over the rounds; null with fewer than five. */
function isMatrixSteady(documents: readonly IotestDocument[], settings: CharacterizeSettings): boolean | null {
  const rounds = documents.filter(({ iotest }) => iotest.characterize?.section === 'matrix' && !iotest.interrupted);
  const verdicts = trackedJobs(settings).map((name) =>
    judgeSnia(rounds.map((document) => iopsOf(document, name) ?? 0)),
  );
  if (verdicts.some((verdict) => verdict === null)) return null;
  return verdicts.every((verdict) => verdict!.isSteady);
}

function labelOf(id: string, { section, round }: PlannedSection): string {
  return `characterize ${id}: ${section}${round === null ? '' : `, round ${round}`}`;
}

/** The documents of one characterization in a results folder, oldest first. Throws `UserError` when there is none. */
export async function loadCharacterization(folder: string, id: string): Promise<IotestDocument[]> {
  const names = namesIn(folder)
    .filter((name) => isResultName(name) && name.includes('-characterize-'))
    .sort();
  const found: IotestDocument[] = [];
  const others = new Set<string>();
  for (const name of names) {
    const document = await loadResult(`${folder}/${name}`).catch((error: unknown) => {
      if (error instanceof UserError) return null;
      throw error;
    });
    const part = document?.iotest?.characterize;
    if (part === undefined) continue;
    if (part.id === id) found.push(document as IotestDocument);
    else others.add(part.id);
  }
  if (found.length > 0) return found;
  const known = [...others].slice(-5);
  throw UserError.of(
    `there is no characterization ${id} in ${folder}`,
    known.length === 0
      ? 'iotest characterize makes one; name its folder with --results DIR'
      : `there are ${known.join(', ')}`,
  );
}
