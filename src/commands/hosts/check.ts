import { Args, Flags } from '@oclif/core';
import { BaseCommand, colorFlag } from '../../cli/base.js';
import { hostFlags, hostsValue, jobFlags, variantFlags } from '../../cli/flags.js';
import { checkFleet } from '../../fleet/check.js';
import { formatFleetCheck } from '../../fleet/check-text.js';
import { fleetOf } from '../../fleet/hosts.js';
import { readJobInput } from '../../run/variant-flags.js';
import { ExitCode } from '../../support/errors.js';
import { jsonText } from '../../support/printable.js';

export default class HostsCheck extends BaseCommand {
  static override summary = 'Look whether a job could run on several hosts; start nothing there.';
  static override description = `Each host is reached as iotest run --hosts would: its version, its kernel, how
well its clock is known, and with a job file what it would open and write there,
or why it refuses. Exit status: 0 all are ready, 1 some are not.`;
  static override examples = [
    '<%= config.bin %> hosts check --hosts h1,h2,h3',
    '<%= config.bin %> hosts check job.ini --hosts @hosts.txt',
  ];
  static override args = { file: Args.string({ description: 'job file, or - for standard input' }) };
  static override flags = {
    ...jobFlags,
    ...variantFlags,
    ...hostFlags,
    hosts: Flags.string({ description: 'these hosts', helpValue: hostsValue, required: true }),
    format: Flags.string({ description: 'how to print', options: ['text', 'json'], default: 'text' }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(HostsCheck);
    const fleet = fleetOf(flags);
    const { commandLine } = this;
    const { root } = this.config;
    const input = args.file === undefined ? null : readJobInput([args.file], flags, root);
    const job = input === null ? null : { fleet, input, flags, explains: false, commandLine };
    const check = await checkFleet(fleet, job, root);
    const text =
      flags.format === 'json'
        ? jsonText(check)
        : formatFleetCheck(check, this.styleOf(process.stdout, flags['no-color']));
    process.stdout.write(text);
    const isReady = check.problems.length === 0 && check.hosts.every(({ problems }) => problems.length === 0);
    process.exitCode = isReady ? ExitCode.ok : ExitCode.failed;
  }
}
