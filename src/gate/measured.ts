/** Gates that measure until it is decided: two job files or one twice, taking turns, and a job against a saved result. */
import { type ParsedVariant, parseJobs, readJobFile } from '../cli/job-input.js';
import { labelsOf } from '../cli/result-words.js';
import { compareSets } from '../compare/compare.js';
import { mergedVariants, type SampleSet, sampleSets, wholeSet } from '../compare/samples.js';
import type { Comparison, GateReport } from '../compare/types.js';
import { workloadOfJob } from '../compare/workload.js';
import { directionsOf } from '../job/block-sizes.js';
import { time } from '../job/values.js';
import type { IotestDocument, ResultDocument } from '../results/document.js';
import { loadResult } from '../results/files.js';
import { compareFingerprints } from '../results/fingerprint.js';
import { readJobInput } from '../run/variant-flags.js';
import { UserError } from '../support/errors.js';
import {
  type GateContext,
  type GateFlags,
  type GateOutcome,
  type Judged,
  keepTrying,
  noisyNotes,
  remarksOfRun,
  saveUnlessTold,
  settingsFor,
} from './context.js';
import { confirm, type JudgeSettings, judge, needsConfirmation, withoutVerdict } from './judge.js';
import { passCount } from './looks.js';
import { saveNoise } from './noise.js';
import { GateRun, type GateRunInput } from './run.js';
import { UntilDecided } from './until-decided.js';

/** Twenty pairs of ten seconds and a ramp fit in; for longer jobs it grows until they do. */
const budgetDefault = '10m';

/** The sides of what runs now: which sets of its result belong to the old state, and which to the new one. */
interface Sides {
  readonly labels: readonly [old: string, current: string];
  readonly of: (document: ResultDocument) => readonly [old: SampleSet, current: SampleSet];
}

export async function gateFiles(context: GateContext): Promise<GateOutcome> {
  const { flags, files, root } = context;
  const settings = settingsFor(flags, [readJobFile(files[1]!, root)]);
  return (await gatePairs(context, { ...base(context), ...readJobInput(files, flags, root) }, settings)).outcome;
}

/** A job against itself: what is found is noise. */
export async function gateItself(context: GateContext): Promise<GateOutcome> {
  const { flags, files, root } = context;
  const jobFile = readJobFile(files[0]!, root);
  const settings = settingsFor(flags, [jobFile]);
  const parsed = parseJobs(jobFile, flags);
  const variants = ['A', 'A again'].map((name) => ({ name, ...parsed }));
  const { outcome, document } = await gatePairs(context, { ...base(context), jobFile, variants }, settings);
  if (flags['no-save'] || outcome.interrupted || document === null) return outcome;
  const remarks = { machine: outcome.machine ?? null, notes: [...outcome.notes], failures: [...outcome.failures] };
  const folder = flags.baseline ?? flags.results;
  await keepTrying(
    remarks,
    async () => `noise of this machine saved as ${await saveNoise(outcome.report, document, folder)}`,
  );
  return { ...outcome, ...remarks };
}

function base({ flags, commandLine, root }: GateContext): Pick<GateRunInput, 'flags' | 'commandLine' | 'root'> {
  return { flags, commandLine, root };
}

async function gatePairs({ flags }: GateContext, input: GateRunInput, settings: JudgeSettings) {
  const probe = new GateRun(input, 1);
  const sides = sidesOf(probe.variants, flags.engine ?? []);
  const compare = (document: ResultDocument) => compareSets(...sides.of(document), { design: 'paired' });
  const halves = [input.variants.slice(0, 1), input.variants.slice(1)].map((half, index) =>
    plannedSet(half, sides.labels[index]!, flags.engine ?? []),
  ) as [SampleSet, SampleSet];
  const first = judge(compareSets(...halves, { design: 'paired' }), settings);
  if (first.verdict === 'incomparable') return { outcome: notRun(first), document: null };
  const gauge = new Measuring(input, flags, settings, 'pairs', compare, probe);
  const refused = gauge.refusal(first);
  if (refused !== null) return { outcome: refused, document: null };
  const document = await gauge.measure();
  const remarks = remarksOfRun(document);
  await saveUnlessTold(flags, document, remarks);
  return { outcome: { ...gauge.judged(document), ...remarks }, document };
}

/** Names of variants are those of the files, with the engine where there are several. */
function sidesOf(variants: readonly string[], engines: readonly string[]): Sides {
  const half = variants.length / 2;
  const [olds, currents] = [variants.slice(0, half), variants.slice(half)];
  const isSeveral = half > 1;
  const label = (names: readonly string[]) => (isSeveral ? names[0]!.slice(0, -(engines[0]!.length + 1)) : names[0]!);
  const labels = [label(olds), label(currents)] as const;
  return {
    labels,
    of: (document) => {
      // One that was interrupted early has a single variant, and does not tell it apart by its label.
      const sets = sampleSets(document, variants[0]!);
      const setOf = (name: string): SampleSet =>
        sets.find((set) => set.label === name) ?? { label: name, jobs: new Map(), notes: [], failedCount: 0 };
      const side = (names: readonly string[], of: string) => mergedVariants(names.map(setOf), of, engines);
      return [side(olds, labels[0]), side(currents, labels[1])];
    },
  };
}

/** The jobs of a side before anything ran: their names, and what they will do. */
function plannedSet(variants: readonly ParsedVariant[], label: string, engines: readonly string[]): SampleSet {
  const sets = variants.map(({ jobSet }): SampleSet => {
    const seen = new Map<string, number>();
    const jobs = jobSet.jobs.map(({ name, workload }) => {
      const occurrence = seen.get(name) ?? 0;
      seen.set(name, occurrence + 1);
      const jobName = occurrence === 0 ? name : `${name} (${occurrence + 1})`;
      const planned = workloadOfJob(workload, directionsOf(workload), null);
      return [`${name}\n${occurrence}`, { jobName, variant: null, workload: planned, samples: [] }] as const;
    });
    return { label, jobs: new Map(jobs), notes: [], failedCount: 0 };
  });
  const all = engines.length > 1 ? engines.flatMap(() => sets) : sets;
  return mergedVariants(all, label, engines.length > 1 ? engines : undefined);
}

function notRun(report: GateReport): GateOutcome {
  return { report, notes: ['this was known beforehand: nothing was run'], failures: [], interrupted: false };
}

/** Measuring until it is decided, and the verdict at the end. */
class Measuring {
  readonly #run: GateRun;
  readonly #until: UntilDecided;
  readonly #settings: JudgeSettings;
  readonly #compare: (document: ResultDocument) => Comparison;

  constructor(
    input: GateRunInput,
    flags: GateFlags,
    settings: JudgeSettings,
    unit: 'pairs' | 'repetitions',
    compare: (document: ResultDocument) => Comparison,
    probe: GateRun,
  ) {
    this.#settings = settings;
    this.#compare = compare;
    this.#until = new UntilDecided({
      bounds: {
        repeat: flags.repeat ?? null,
        budgetSeconds: budgetSecondsOf(flags),
        least: flags.budget === undefined ? passCount : 0,
      },
      unit,
      plannedSeconds: probe.plannedSeconds,
      settings,
      compare: (steps) => compare(this.#run.documentOf(steps)),
      say: (text) => this.#run.say(text),
    });
    this.#run = new GateRun(input, this.#until.planned);
  }

  /** The verdict that nothing can change; null where measuring can. */
  refusal(first: GateReport): GateOutcome | null {
    const cannot = this.#until.cannot();
    if (cannot === null) return null;
    return notRun({ ...first, verdict: 'inconclusive', reasons: [cannot.reason], advice: cannot.advice, remarks: [] });
  }

  async measure(): Promise<IotestDocument> {
    for (const text of this.#until.beforehand()) this.#run.say(text);
    return this.#run.run({ isEnough: this.#until.isEnough, last: () => this.#until.last });
  }

  judged(document: IotestDocument, settings = this.#settings): Judged {
    const comparison = this.#compare(document);
    if (document.iotest.interrupted) return interruptedReport(judge(comparison, settings));
    const count = document.iotest.repetitions.length;
    const report = judge(comparison, { ...settings, look: this.#until.lookOf(count) });
    const cannot = this.#until.cannot();
    const isCut = cannot !== null && report.verdict === 'inconclusive';
    const advised = isCut
      ? { ...report, reasons: [cannot.reason, ...report.reasons], advice: cannot.advice }
      : this.#until.advise(report, count);
    return { report: { ...advised, confirmed: 'not needed' }, interrupted: false };
  }

  /** The same jobs once more, as often as before; null when it was stopped before it measured anything. */
  async again(jobNames: ReadonlySet<string>, repeat: number): Promise<IotestDocument | null> {
    return this.#run.again(jobNames, repeat);
  }
}

/** A number of repetitions bounds it instead, unless both are given. */
function budgetSecondsOf({ budget, repeat }: GateFlags): number | null {
  if (budget === undefined && repeat !== undefined) return null;
  const parsed = time('s').parse(budget ?? budgetDefault, { kiloBase: 1024, cpuCount: 1 });
  if (!parsed.ok || parsed.value <= 0) {
    throw UserError.of(`--budget ${budget} is no time above 0`, 'write a time with its unit, as 10m or 90s');
  }
  return parsed.value / 1000;
}

export function checkBudget(flags: GateFlags): void {
  budgetSecondsOf(flags);
}

function interruptedReport(report: GateReport): Judged {
  const text = 'the run was interrupted: what was complete by then is shown, not judged';
  return { report: { ...withoutVerdict(report, text), confirmed: 'not needed' }, interrupted: true };
}

/** A job now against one saved result. */
export async function gateAgainstFile(context: GateContext, source: string, baseline: string): Promise<GateOutcome> {
  const { flags, root } = context;
  const jobFile = readJobFile(source, root);
  const settings = settingsFor(flags, [jobFile]);
  const parsed = { name: null, ...parseJobs(jobFile, flags) };
  const input = { ...base(context), jobFile, variants: [parsed] };
  const saved = await loadResult(baseline);
  const [baselineLabel, currentLabel] = labelsOf([baseline, source]) as [string, string];
  const set = wholeSet(saved, baselineLabel);
  const compare = (document: ResultDocument) =>
    compareSets(set, wholeSet(document, currentLabel), { design: 'independent' });
  const planned = plannedSet([parsed], currentLabel, flags.engine ?? []);
  const probe = new GateRun(input, 1);
  // Jobs are compared by what they do, not by their names: the planned set does that.
  const fingerprint = compareFingerprints(saved, probe.unmeasured()).filter(({ field }) => !/^job\b/.test(field));
  const first = judge(compareSets(set, planned, { design: 'independent' }), { ...settings, fingerprint });
  if (first.verdict === 'incomparable') return notRun(first);
  const gauge = new Measuring(input, flags, settings, 'repetitions', compare, probe);
  const refused = gauge.refusal(first);
  if (refused !== null) return refused;
  const document = await gauge.measure();
  const remarks = remarksOfRun(document);
  remarks.notes.push(...noisyNotes(saved, 'the baseline'));
  await saveUnlessTold(flags, document, remarks);
  const withFingerprint = { ...settings, fingerprint: compareFingerprints(saved, document) };
  const judged = gauge.judged(document, withFingerprint);
  const again = (jobNames: ReadonlySet<string>) => gauge.again(jobNames, document.iotest.repetitions.length);
  return { ...(await confirmed(judged, withFingerprint, compare, again, remarks.notes)), ...remarks };
}

/**
 * The report, confirmed by a second run of what was flagged where that is needed.
 * @param again runs the jobs of these names once more; null when it was stopped before it measured anything
 */
export async function confirmed(
  { report: first, interrupted }: Judged,
  settings: JudgeSettings,
  compare: (document: IotestDocument) => Comparison,
  again: (jobNames: ReadonlySet<string>) => Promise<IotestDocument | null>,
  notes: string[],
): Promise<Judged> {
  if (interrupted || !needsConfirmation(first)) {
    return { report: { ...first, confirmed: 'not needed' }, interrupted };
  }
  const flagged = first.metrics.filter(({ verdict }) => verdict === 'regression');
  const second = await again(new Set(flagged.map(({ jobName }) => jobName.replace(/ \(\d+\)$/, ''))));
  if (second === null || second.iotest.interrupted) {
    const what = [...new Set(flagged.map((each) => `${each.jobName} ${each.comparison.label}`))].join(', ');
    const reason = `${what}: looked worse, and the second run that should confirm it was interrupted`;
    return { report: withoutVerdict(first, reason), interrupted: true };
  }
  notes.push(...noisyNotes(second, 'the second run'));
  return { report: confirm(first, compare(second), settings), interrupted: false };
}
