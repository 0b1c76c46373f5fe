import { Flags } from '@oclif/core';
import { BaseCommand, colorFlag, type FlagsOf, pictureFlags } from '../cli/base.js';
import { documentFlags, hostFlags, jobFlags, variantFlags } from '../cli/flags.js';
import { planJobs } from '../cli/job-input.js';
import { resultsFlagFor } from '../cli/results-flags.js';
import type { IotestDocument } from '../results/document.js';
import { checkDestinations } from '../run/destinations.js';
import { checkRequireSteady, unsteadyTexts } from '../run/require-steady.js';
import { withSurroundings } from '../run/surroundings.js';
import { filesOf, readJobInput } from '../run/variant-flags.js';
import { watchRun } from '../run/watched-runs.js';
import { ExitCode } from '../support/errors.js';

type RunFlags = FlagsOf<typeof Run>;

export default class Run extends BaseCommand {
  static override summary = 'Run the jobs of a job file and report what was measured.';
  static override description = `Ends with the answer: of each job IOPS, bandwidth, latency and CPU per I/O, of
several engines which is best. Details of one job stand above it, those of
several with --verbose or, afterwards, iotest results show. Results go to
stdout, everything else to stderr. Each run is also saved, whole, in results/.
Ctrl-C ends the run, reports and saves what was measured; a second one is in
a hurry. SIGTERM, SIGHUP, SIGQUIT and SIGUSR2 do the same. SIGUSR1 tells the
totals so far on stderr.
Exit status: 0 done, 1 a job had errors, 2 bad usage or job file, 4 not
steady (with --require-steady), 130 interrupted (128 and
the number of the signal).`;
  static override examples = [
    '<%= config.bin %> run jobs/quickstart.ini',
    '<%= config.bin %> run job.ini --engine psync --engine libaio --engine io_uring+sqpoll',
    '<%= config.bin %> run job.ini --set iodepth=64 --section randread --runtime 10s',
    '<%= config.bin %> run old.ini new.ini --repeat 10',
    '<%= config.bin %> run job.ini --variant shallow:iodepth=4 --variant deep:iodepth=64 --repeat 10',
    '<%= config.bin %> run job.ini --engine psync --engine io_uring --explain',
    '<%= config.bin %> run job.ini --hosts h1,h2,h3',
    '<%= config.bin %> run job.ini --format json --output out.json',
  ];
  static override usage = 'run FILE... [FLAGS]';
  /** Files are taken from argv: oclif has no arguments that repeat. */
  static override strict = false;
  static override flags = {
    ...jobFlags,
    ...variantFlags,
    ...hostFlags,
    explain: Flags.boolean({
      description: 'look at what the kernel did for each job, and say why it was fast or slow (docs/explain.md)',
      default: false,
    }),
    ...documentFlags,
    'require-steady': Flags.boolean({
      description:
        'exit with 4 when what looked for a steady state (steadystate, precondition=until-steady) found none',
      default: false,
    }),
    results: resultsFlagFor('folder in which the run is saved'),
    'no-save': Flags.boolean({ description: 'do not save the run', default: false }),
    quiet: Flags.boolean({ char: 'q', description: 'no progress and no notes on stderr, errors only', default: false }),
    verbose: Flags.boolean({
      description: 'also of several jobs percentiles, histograms, costs, and warnings with advice',
      default: false,
    }),
    ...pictureFlags,
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Run);
    const files = filesOf(argv);
    if (flags.hosts !== undefined) {
      await this.runOnHosts(files, flags, flags.hosts);
      return;
    }
    const { jobFile, variants } = readJobInput(files, flags, this.config.root);
    const plan = planJobs(variants, flags);
    checkDestinations(flags);
    if (flags['require-steady']) checkRequireSteady(plan);
    const { quiet, explain: explains } = flags;
    // What makes and shows the result is loaded while the workers prepare, and not while they measure.
    const later = Promise.all([import('../run/document.js'), import('../run/deliver.js')]);
    const { outcome, surroundings } = await withSurroundings(plan, () =>
      watchRun(plan, { quiet, unicode: flags.ascii ? false : undefined, explains, before: later }),
    );
    const [{ documentOf, exitCodeOf }, { deliver }] = await later;
    const { machine } = surroundings;
    const facts = { plan, jobFile, commandLine: this.commandLine, root: this.config.root };
    const document = documentOf({ ...facts, outcome, surroundings, machine });
    const delivered = await deliver(document, flags);
    const status = delivered ? exitCodeOf(document) : ExitCode.failed;
    process.exitCode = status === ExitCode.ok && flags['require-steady'] ? this.steadyStatus(document) : status;
  }

  private async runOnHosts(files: readonly string[], flags: RunFlags, hosts: string): Promise<void> {
    const [{ fleetOf }, { leadRun }, { exitCodeOf }, { deliver }] = await Promise.all([
      import('../fleet/hosts.js'),
      import('../fleet/leader.js'),
      import('../run/document.js'),
      import('../run/deliver.js'),
    ]);
    const { quiet, explain: explains, 'keep-going': keepsGoing = false } = flags;
    const fleet = fleetOf({ ...flags, hosts });
    const input = readJobInput(files, flags, this.config.root);
    checkDestinations(flags);
    const facts = { input, flags, explains, keepsGoing, quiet, commandLine: this.commandLine, root: this.config.root };
    const { document, hasLost } = await leadRun({ fleet, ...facts });
    const delivered = await deliver(document, flags);
    const status = delivered && !hasLost ? exitCodeOf(document) : ExitCode.failed;
    process.exitCode = status === ExitCode.ok && flags['require-steady'] ? this.steadyStatus(document) : status;
  }

  private steadyStatus(document: IotestDocument): ExitCode {
    const texts = unsteadyTexts(document);
    process.stderr.write(texts.map((text) => `iotest: ${text}\n`).join(''));
    return texts.length === 0 ? ExitCode.ok : ExitCode.inconclusive;
  }
}
