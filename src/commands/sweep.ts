import { randomInt } from 'node:crypto';
import { Flags } from '@oclif/core';
import { BaseCommand, colorFlag, type FlagsOf, pictureFlags } from '../cli/base.js';
import { documentFlags, type JobFlags, jobFlags, variantFlags } from '../cli/flags.js';
import { type JobFile, readJobFile } from '../cli/job-input.js';
import { resultsArgument, resultsFlagFor } from '../cli/results-flags.js';
import { formatProblems } from '../report/problems.js';
import { saveResult } from '../results/files.js';
import { manifestDifferences, type SweepManifest } from '../results/sweep-manifest.js';
import { deliver } from '../run/deliver.js';
import { checkDestinations } from '../run/destinations.js';
import { exitCodeOf, packageOf } from '../run/document.js';
import { withIncluded } from '../run/variant-flags.js';
import { WatchedRuns } from '../run/watched-runs.js';
import { ExitCode, UserError } from '../support/errors.js';
import { mergeSweep, placeOf, type SweepDocument, type SweepFacts } from '../sweep/document.js';
import { type Point, plannedTime, planPoints, readPoints, textOf } from '../sweep/matrix.js';
import { sweepOrder } from '../sweep/order.js';
import { formatSweepPlan } from '../sweep/plan-text.js';
import { runSweep } from '../sweep/run.js';
import { keyOf, newSweepId, SweepStore } from '../sweep/store.js';
import { formatSweep } from '../sweep/text.js';
import { TimeLeft } from '../sweep/time-left.js';
import { parseAxes } from '../sweep/values.js';

const { engine: _, ...sweptJobFlags } = jobFlags;

export default class Sweep extends BaseCommand {
  static override summary = 'Run a job file over a matrix of values, and show what each value is worth.';
  static override description = `Each --vary names an option and its values; every combination is a point.
engine is one as well, with modes: io_uring+sqpoll. 1,2,4..256 goes on as it
began, here by doubling. The points are measured in a drawn order, so that a
drift of the machine does not look like an effect of a value.
What was measured is kept at once: a sweep that was stopped goes on with
--resume. In the end it is one result like any other, for report and
compare.
Exit status: 0 done, 1 a job had errors, 2 bad usage or job file, 130
interrupted.`;
  static override examples = [
    '<%= config.bin %> sweep job.ini --vary iodepth=1,2,4..256 --vary engine=io_uring,libaio',
    '<%= config.bin %> sweep job.ini --vary iodepth=1,2,4..64 --vary bs=4k,16k,64k --repeat 5 --runtime 10s',
    '<%= config.bin %> sweep job.ini --vary rwmixread=100,70,0 --vary numjobs=1,2,4 --dry-run',
    '<%= config.bin %> sweep --resume latest',
  ];
  static override usage = 'sweep FILE --vary OPTION=LIST... [FLAGS]';
  /** The file is taken from argv, so that -- and - work as in run. */
  static override strict = false;
  static override flags = {
    vary: Flags.string({
      description: 'go through these values of an option; repeat to vary several',
      helpValue: 'OPTION=LIST',
      multiple: true,
      multipleNonGreedy: true,
    }),
    repeat: variantFlags.repeat,
    ...sweptJobFlags,
    resume: Flags.string({
      description: 'go on with a sweep that was stopped: its id, the beginning of it, or latest',
      helpValue: 'ID',
    }),
    'order-seed': Flags.integer({
      description: 'draw the order of the points from this number',
      helpValue: 'N',
      min: 0,
      max: 2 ** 31,
    }),
    'dry-run': Flags.boolean({ description: 'show the points, the order and the time; run nothing', default: false }),
    ...documentFlags,
    results: resultsFlagFor('folder in which the sweep is saved'),
    'no-save': Flags.boolean({ description: 'do not save the sweep; it cannot be resumed then', default: false }),
    quiet: Flags.boolean({ char: 'q', description: 'no progress and no notes on stderr, errors only', default: false }),
    ...pictureFlags,
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Sweep);
    const files = argv.map(String);
    if (files.length > 1) {
      throw UserError.of(`a sweep takes one job file, and ${files.length} are given`, 'sweep them one after another');
    }
    if (flags.resume !== undefined && flags['no-save']) {
      throw UserError.of('--no-save does not go with --resume', 'a sweep that is resumed was saved, and goes on so');
    }
    const resumed = flags.resume === undefined ? null : SweepStore.open(flags.results, flags.resume);
    try {
      await this.sweep(files[0], flags, resumed);
    } finally {
      resumed?.store.release();
    }
  }

  private async sweep(
    file: string | undefined,
    flags: SweepFlags,
    resumed: { readonly store: SweepStore; readonly manifest: SweepManifest } | null,
  ): Promise<void> {
    const { manifest, jobFile, points } = this.prepare(file, flags, resumed?.manifest ?? null);
    const plans = planPoints(points);
    checkDestinations(flags);
    const facts: SweepFacts = {
      id: manifest.id,
      axes: manifest.axes,
      repeat: manifest.repeat,
      orderSeed: manifest.orderSeed,
    };
    const order = sweepOrder(points.length, manifest.repeat, manifest.orderSeed);
    const time = new TimeLeft(plans.map(plannedTime));
    const errorStyle = this.styleOf(process.stderr, flags['no-color'], flags);
    const told = { facts, pointTexts: points.map(textOf), order };
    if (flags['dry-run']) {
      const seconds = time.of(order.map(({ pointIndex }) => pointIndex));
      process.stdout.write(formatSweepPlan({ ...told, doneCount: 0, seconds }, true));
      return;
    }
    const store = resumed?.store ?? (flags['no-save'] ? null : await SweepStore.create(flags.results, manifest));
    const runs = new WatchedRuns({ quiet: flags.quiet, unicode: errorStyle.unicode });
    const done = (await resumed?.store.load(manifest.id, (note) => runs.say(note))) ?? [];
    const known = new Set(done.map((part) => keyOf(placeOf(part))));
    const seconds = time.of(order.flatMap((run) => (known.has(keyOf(run)) ? [] : [run.pointIndex])));
    runs.say(formatSweepPlan({ ...told, doneCount: done.length, seconds }, false).trimEnd());
    let parts: SweepDocument[];
    try {
      const root = this.config.root;
      const { commandLine } = this;
      parts = await runSweep({ points, plans, order, facts, store, done, time, jobFile, commandLine, root }, runs);
    } catch (error) {
      if (store !== null) runs.say(resumeHint(manifest.id, flags.results));
      throw error;
    } finally {
      runs.end();
      store?.release();
    }
    const isWhole = parts.length === order.length;
    if (store !== null && !isWhole) runs.say(resumeHint(manifest.id, flags.results));
    if (parts.length === 0) {
      throw UserError.of('stopped before any point was measured', null, ExitCode.interrupted);
    }
    const document = mergeSweep(parts, !isWhole);
    const isSaved = store === null || !isWhole || (await this.save(document, store, flags, runs));
    const isDelivered = await deliver(document, { ...flags, 'no-save': true }, (style) =>
      formatSweep(document, document.iotest.warnings, style),
    );
    process.exitCode = isSaved && isDelivered ? exitCodeOf(document) : ExitCode.failed;
  }

  /** What is not given is taken from the sweep that is resumed; what is given must be the same. */
  private prepare(
    file: string | undefined,
    flags: SweepFlags,
    saved: SweepManifest | null,
  ): { readonly manifest: SweepManifest; readonly jobFile: JobFile; readonly points: readonly Point[] } {
    const source = file ?? saved?.source;
    if (source === undefined) {
      throw UserError.of(
        'no job file is given',
        'name a job file, or - for standard input; iotest jobs lists the shipped ones',
      );
    }
    if (file === undefined && source === '-') {
      const advice = `give it again: iotest sweep - --resume ${saved!.id} < job.ini`;
      throw UserError.of('the job file of this sweep came from standard input', advice);
    }
    const axes = flags.vary === undefined ? saved?.axes : parseAxes(flags.vary);
    if (axes === undefined) {
      throw UserError.of('nothing is varied', 'add, for instance, --vary iodepth=1,2,4..64; or use iotest run');
    }
    const read = readJobFile(source, this.config.root);
    const asked: JobFlags = {
      set: flags.set ?? saved?.set,
      section: flags.section ?? saved?.section,
      runtime: flags.runtime ?? saved?.runtime ?? undefined,
      repeat: flags.repeat ?? saved?.repeat ?? 1,
      destructive: flags.destructive,
      readonly: flags.readonly,
      'allow-exec': flags['allow-exec'],
    };
    const points = readPoints(read, axes, asked);
    const jobFile = withIncluded(
      read,
      points.map(({ variant }) => variant),
    );
    const manifest: SweepManifest = {
      manifestVersion: 1,
      id: saved?.id ?? newSweepId(jobFile.path),
      toolVersion: packageOf(this.config.root).version,
      source,
      jobFileText: jobFile.text,
      axes: axes.map(({ option, values }) => ({ option, values: [...values] })),
      repeat: asked.repeat!,
      set: [...(asked.set ?? [])],
      section: [...(asked.section ?? [])],
      runtime: asked.runtime ?? null,
      orderSeed: flags['order-seed'] ?? saved?.orderSeed ?? randomInt(2 ** 31),
    };
    const differences = saved === null ? [] : manifestDifferences(saved, manifest);
    if (differences.length > 0) {
      throw new UserError(
        differences.map((message, index) => ({
          place: null,
          message: `${saved!.id} cannot go on: ${message}`,
          advice: index < differences.length - 1 ? null : 'make it as it was, or begin a new sweep without --resume',
        })),
      );
    }
    return { manifest, jobFile, points };
  }

  /** False when it could not be saved; that has been said then, and the parts stay. */
  private async save(
    document: SweepDocument,
    store: SweepStore,
    flags: SweepFlags,
    runs: WatchedRuns,
  ): Promise<boolean> {
    try {
      runs.say(`saved as ${await saveResult(document, flags.results)}`);
      await store.remove();
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      process.stderr.write(formatProblems(error.problems, this.styleOf(process.stderr, flags['no-color'], flags)));
      runs.say(resumeHint(document.iotest.sweep.id, flags.results));
      return false;
    }
  }
}

type SweepFlags = FlagsOf<typeof Sweep>;

function resumeHint(id: string, results: string): string {
  const folder = resultsArgument(results);
  return `what was measured is kept; to go on: iotest sweep --resume ${id}${folder}`;
}
