import { Args, Flags } from '@oclif/core';
import { BaseCommand, colorFlag } from '../cli/base.js';
import { jobFlags, variantFlags } from '../cli/flags.js';
import { planJobs } from '../cli/job-input.js';
import { printJobFile } from '../job/print.js';
import { checkDocument, formatCheck } from '../report/check-text.js';
import { readJobInput } from '../run/variants.js';
import { jsonText } from '../support/printable.js';

export default class Check extends BaseCommand {
  static override summary = 'Validate a job file and show what would run, without touching a device.';
  static override description =
    'Prints each job with every option it would have, what would be opened, and every warning. Takes the flags of run.';
  static override examples = [
    '<%= config.bin %> check job.ini',
    '<%= config.bin %> check job.ini --engine psync --engine io_uring+sqpoll --set iodepth=64',
  ];
  static override args = {
    file: Args.string({ description: 'job file, or - for standard input', required: true }),
  };
  static override flags = {
    ...jobFlags,
    ...variantFlags,
    format: Flags.string({ description: 'how to print', options: ['text', 'json'], default: 'text' }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Check);
    const { variants } = readJobInput([args.file], flags, this.config.root);
    const plan = planJobs(variants, flags);
    const style = this.styleOf(process.stdout, flags['no-color']);
    process.stdout.write(
      flags.format === 'json'
        ? jsonText(checkDocument(plan))
        : formatCheck(plan, printJobFile(plan.jobSet, true), style),
    );
  }
}
