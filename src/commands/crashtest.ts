import { statSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { BaseCommand, colorFlag } from '../cli/base.js';
import { jobFlags } from '../cli/flags.js';
import { type JobFile, readJobFile } from '../cli/job-input.js';
import { checkFile, writeWhole } from '../cli/output.js';
import { type CrashtestDocument, documentOf, statusOf } from '../crashtest/document.js';
import { runKills } from '../crashtest/kill.js';
import { planWriters } from '../crashtest/plan.js';
import { runAfter, runBefore } from '../crashtest/power.js';
import { statePlace } from '../crashtest/state-place.js';
import { crashtestText, roundText } from '../crashtest/text.js';
import { keyFrom, runWriter } from '../crashtest/writer.js';
import { time } from '../job/values.js';
import { plainStyle } from '../report/terminal.js';
import { ExitCode, UserError } from '../support/errors.js';
import { jsonText, printable } from '../support/printable.js';

export default class Crashtest extends BaseCommand {
  static override summary = 'Check that what a sync has promised is there after a crash.';
  static override description = `Runs the job in a process of its own and keeps account of what each sync that
returned (fsync, fdatasync, sync=, a linked write and sync) has promised.
Alone: kills the writer (kill -9) at a drawn moment, several times, and checks
every promise after each. Around a real power cut: --before writes and keeps
what was promised elsewhere (--state), --after checks it when power is back.
The first broken promise is told with its place, its write and its sync
(docs/crash.md). Writes as run does: devices and files of others need
--destructive.
Exit status: 0 every promise was kept, 1 the job failed, 2 bad usage or job
file, 3 a promise was broken, 4 nothing was promised, 130 interrupted.`;
  static override examples = [
    '<%= config.bin %> crashtest job.ini',
    '<%= config.bin %> crashtest job.ini --rounds 20 --within 10s',
    '<%= config.bin %> crashtest job.ini --before --state other-host:job.state',
    '<%= config.bin %> crashtest job.ini --after --state other-host:job.state',
  ];
  static override args = {
    file: Args.string({ description: 'job file, or - for standard input', required: true }),
  };
  static override flags = {
    ...jobFlags,
    rounds: Flags.integer({
      description: 'kill the writer so many times; 5 unless given',
      helpValue: 'N',
      min: 1,
      max: 10_000,
    }),
    within: Flags.string({
      description: 'kill it at most so long after its first sync has returned; 2s unless given',
      helpValue: 'TIME',
    }),
    before: Flags.boolean({ description: 'write until the power is cut, and keep what is promised in --state' }),
    after: Flags.boolean({ description: 'check what --state says was promised; writes nothing' }),
    state: Flags.string({
      description:
        'where --before keeps what was promised: a file on another device, another host (ssh), or - for a pipe',
      helpValue: 'FILE|HOST:PATH|-',
    }),
    format: Flags.string({ description: 'how to print the result', options: ['text', 'json'], default: 'text' }),
    output: Flags.string({
      char: 'o',
      description: 'write the result to this file instead of stdout',
      helpValue: 'FILE',
    }),
    quiet: Flags.boolean({ char: 'q', description: 'no progress and no notes on stderr, errors only', default: false }),
    'no-color': colorFlag,
    writer: Flags.string({ description: 'for iotest itself', hidden: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Crashtest);
    const file = readJobFile(args.file, this.config.root);
    if (flags.writer !== undefined) {
      const { plan } = planWriters(file, flags, !flags.before);
      return await runWriter(plan, keyFrom(flags.writer));
    }
    refuseWhatDoesNotFit(flags);
    const withinMs = withinOf(flags.within ?? '2s');
    if (flags.output !== undefined) checkFile(flags.output, '--output');
    if (flags.before) return await this.#before(file, args.file, flags);
    if (flags.after) return await this.#tell(runAfter(file, flags, statePlace(flags.state!), flags.state!), flags);
    const { jobs } = planWriters(file, flags, true);
    const roundCount = flags.rounds ?? 5;
    const { rounds, isInterrupted } = await runKills({
      ...this.#call(file, args.file, flags),
      jobs,
      roundCount,
      withinMs,
      onRound: (round, index) => this.#say(flags, `${index}/${roundCount} ${roundText(round)}`),
    });
    await this.#tell(
      documentOf({ way: 'kill', jobs, rounds, restarted: false, leftOutBytes: 0 }, isInterrupted),
      flags,
    );
  }

  async #before(file: JobFile, source: string, flags: CrashtestFlags): Promise<void> {
    const { plan, jobs } = planWriters(file, flags, false);
    const { syncCount, writeCount, isStopped } = await runBefore({
      ...this.#call(file, source, flags),
      jobs,
      targets: plan.targets,
      place: statePlace(flags.state!),
      say: (text) => this.#say(flags, text),
    });
    const next = syncCount === 0 ? 'no sync has returned: nothing was promised' : 'cut the power now, then run --after';
    this.#say(
      flags,
      `the job ${isStopped ? 'was stopped' : 'is done'}: ${writeCount} writes, ${syncCount} syncs; ${next}`,
    );
    process.exitCode = isStopped ? ExitCode.interrupted : syncCount === 0 ? ExitCode.inconclusive : ExitCode.ok;
  }

  /** What came through a pipe is gone once it was read. */
  #call({ text }: JobFile, source: string, flags: CrashtestFlags) {
    const isNamed = source !== '-' && statSync(source, { throwIfNoEntry: false })?.isFile() === true;
    const words = [isNamed ? source : '-', ...forwarded(flags)];
    return { root: this.config.root, words, jobText: isNamed ? null : text };
  }

  #say({ quiet }: CrashtestFlags, text: string): void {
    if (!quiet) process.stderr.write(`iotest: ${text}\n`);
  }

  async #tell(document: CrashtestDocument, flags: CrashtestFlags): Promise<void> {
    const { format, output } = flags;
    const style = output === undefined ? this.styleOf(process.stdout, flags['no-color']) : plainStyle(false);
    const text = format === 'json' ? jsonText(document) : crashtestText(document, style);
    if (output === undefined) process.stdout.write(text);
    else await writeWhole(output, text);
    process.exitCode = statusOf(document);
  }
}

interface CrashtestFlags {
  readonly before: boolean;
  readonly after: boolean;
  readonly state?: string | undefined;
  readonly rounds?: number | undefined;
  readonly within?: string | undefined;
  readonly format: string;
  readonly output?: string | undefined;
  readonly quiet: boolean;
  readonly 'no-color': boolean;
  readonly set?: string[] | undefined;
  readonly section?: string[] | undefined;
  readonly engine?: string[] | undefined;
  readonly destructive?: string[] | undefined;
  readonly runtime?: string | undefined;
  readonly readonly?: boolean | undefined;
  readonly 'allow-exec'?: boolean | undefined;
}

/** What the writer gets as well. */
function forwarded({
  set = [],
  section = [],
  engine = [],
  destructive = [],
  runtime,
  before,
  ...flags
}: CrashtestFlags): string[] {
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  return [
    ...each('--set', set),
    ...each('--section', section),
    ...each('--engine', engine),
    ...each('--destructive', destructive),
    ...(runtime === undefined ? [] : ['--runtime', runtime]),
    ...(flags.readonly === true ? ['--readonly'] : []),
    ...(flags['allow-exec'] === true ? ['--allow-exec'] : []),
    ...(before ? ['--before'] : []),
  ];
}

/** A day; timers take no more than 24. */
const withinMsMax = 86_400_000;

function withinOf(text: string): number {
  const parsed = time('s').parse(text, { kiloBase: 1024, cpuCount: 1 });
  if (!parsed.ok) throw UserError.of(`--within: ${parsed.message}`, parsed.advice);
  if (parsed.value <= withinMsMax) return Math.round(parsed.value);
  throw UserError.of(`--within ${printable(text)} is more than a day`, 'kill it sooner, and more often (--rounds)');
}

function refuseWhatDoesNotFit({ before, after, state, rounds, within, output, format }: CrashtestFlags): void {
  if (before && after) throw UserError.of('--before and --after are two commands', 'cut the power between them');
  if ((before || after) && state === undefined) {
    throw UserError.of(
      `--${before ? 'before' : 'after'} needs to know where what was promised is kept`,
      'add --state HOST:PATH, a file on another device, or - for a pipe',
    );
  }
  if (!before && !after && state !== undefined) {
    throw UserError.of('a kill needs no state', 'leave out --state, or add --before or --after');
  }
  if ((before || after) && (rounds !== undefined || within !== undefined)) {
    throw UserError.of(
      `--${rounds === undefined ? 'within' : 'rounds'} is for kills`,
      'leave it out: power is cut by you',
    );
  }
  if (before && (output !== undefined || format === 'json')) {
    throw UserError.of(
      `--before has no result yet: --${output === undefined ? 'format' : 'output'} has no place`,
      'give it to --after',
    );
  }
}
