import { Flags } from '@oclif/core';
import { BaseCommand, colorFlag } from '../cli/base.js';
import { jobFlags } from '../cli/flags.js';
import { resultsFlagFor } from '../cli/results-flags.js';
import { checkGateDestinations, deliverGate } from '../gate/deliver.js';
import { checkGateFlags, runGate, savingFolder } from '../gate/modes.js';
import { checkDestinations } from '../run/destinations.js';

export default class Gate extends BaseCommand {
  static override summary = 'Judge whether storage got slower: pass, improved, regression, or honestly neither.';
  static override description = `Strongest is --ab: both job files now, taking turns, until it is decided.
The interval of each deciding metric is held against its tolerance: wholly
beyond it is a regression, wholly within it a pass, across it inconclusive.
Deciding are the throughput and the latency of each direction (p99; with a
rate from the intended start), and what --tolerance or a comment like
"; gate_p99=10%" in the job file names. Defaults: iops, bw, mean, p50 5%,
p99 and cpu 10%, p99.9 20%.
Exit status: 0 pass or improved, 1 jobs had errors, 2 bad usage,
3 regression, 4 inconclusive (0 with --inconclusive-ok), 5 the results cannot
be compared, 130 interrupted (what was measured is kept, nothing is judged).`;
  static override examples = [
    '<%= config.bin %> gate --ab old.ini new.ini',
    '<%= config.bin %> gate --baseline baseline/ --run job.ini --repeat 10',
    '<%= config.bin %> gate --baseline base.json --current new.json --vary kernel',
    '<%= config.bin %> gate --aa job.ini',
  ];
  static override usage = 'gate [FILE...] [FLAGS]';
  /** Job files are taken from argv: oclif has no arguments that repeat. */
  static override strict = false;
  static override flags = {
    ab: Flags.boolean({ description: 'run two job files, the old and the new, taking turns', default: false }),
    aa: Flags.boolean({
      description: 'run one job file against itself: the noise of this machine, which is kept',
      default: false,
    }),
    baseline: Flags.string({
      description: 'a result (path, id or latest, see iotest results), or a folder of earlier ones',
      helpValue: 'RESULT',
    }),
    current: Flags.string({ description: 'the result to judge: path, id or latest', helpValue: 'RESULT' }),
    run: Flags.string({
      description:
        'run this job file and judge it; against a folder the run joins it, or is set aside when worse or undecided',
      helpValue: 'JOB.ini',
    }),
    tolerance: Flags.string({
      description: 'how much worse a metric may get: p99=10%, randread:iops=3%, cpu=off',
      helpValue: 'METRIC=PERCENT',
      multiple: true,
      multipleNonGreedy: true,
    }),
    vary: Flags.string({
      description: 'fields of the fingerprint that may differ: kernel,scheduler',
      helpValue: 'FIELDS',
      multiple: true,
      multipleNonGreedy: true,
    }),
    reference: Flags.string({
      description: 'judge by the results from the first of this label on, not by those that were accepted',
      helpValue: 'LABEL',
    }),
    bisect: Flags.boolean({
      description: 'exit as git bisect run reads it: 0 good, 1 bad, 125 cannot tell; keeps nothing',
      default: false,
    }),
    budget: Flags.string({
      description: 'measure until it is decided, for so long at most (unless given 10m, or what 20 pairs take)',
      helpValue: 'TIME',
    }),
    'inconclusive-ok': Flags.boolean({ description: 'exit with 0 when nothing could be decided', default: false }),
    strict: Flags.boolean({
      description: 'exit with 4 when nothing could be decided, as without it; for scripts that say so',
      default: false,
    }),
    repeat: Flags.integer({
      description: 'repetitions of each side at most, in the place of a budget; against a folder 10 unless given',
      helpValue: 'N',
      min: 1,
      max: 1000,
    }),
    ...jobFlags,
    format: Flags.string({ description: 'how to print the verdict', options: ['text', 'json'], default: 'text' }),
    junit: Flags.string({ description: 'write JUnit XML to this file', helpValue: 'FILE' }),
    markdown: Flags.string({ description: 'write Markdown to this file', helpValue: 'FILE' }),
    results: resultsFlagFor(
      'folder for runs of --ab, --aa, and --run against one result; names of results are looked up in it',
    ),
    'no-save': Flags.boolean({ description: 'keep nothing of what is run', default: false }),
    quiet: Flags.boolean({ char: 'q', description: 'no progress on stderr, errors only', default: false }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { argv, flags: parsed } = await this.parse(Gate);
    const given = { ...parsed, 'no-save': parsed['no-save'] || parsed.bisect };
    const files = argv.map(String);
    checkGateDestinations(given);
    const flags = { ...given, ...checkGateFlags(given, files) };
    if (flags.current === undefined) checkDestinations({ ...flags, results: savingFolder(flags) });
    const outcome = await runGate({
      flags,
      files,
      commandLine: this.commandLine,
      root: this.config.root,
    });
    const style = this.styleOf(process.stdout, flags['no-color']);
    const errorStyle = this.styleOf(process.stderr, flags['no-color']);
    process.exitCode = await deliverGate(outcome, flags, style, errorStyle, process.env);
  }
}
