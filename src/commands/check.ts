import { Args, Flags } from '@oclif/core';
import { BaseCommand, colorFlag, type FlagsOf } from '../cli/base.js';
import { jobFlags, variantFlags } from '../cli/flags.js';
import { planJobs } from '../cli/job-input.js';
import { printJobFile } from '../job/print.js';
import type { Plan } from '../plan/types.js';
import { checkDocument, formatCheck } from '../report/check-text.js';
import { readJobInput } from '../run/variant-flags.js';
import { jsonText } from '../support/printable.js';

export default class Check extends BaseCommand {
  static override summary = 'Validate a job file and show what would run, without touching a device.';
  static override description =
    'Prints what each step would open and do, what was set, and every warning. Takes the flags of run.';
  static override examples = [
    '<%= config.bin %> check job.ini',
    '<%= config.bin %> check job.ini --format ini >expanded.ini',
    '<%= config.bin %> check job.ini --engine psync --engine io_uring+sqpoll --set iodepth=64',
  ];
  static override args = {
    file: Args.string({ description: 'job file, or - for standard input', required: true }),
  };
  static override flags = {
    ...jobFlags,
    ...variantFlags,
    format: Flags.string({
      description: 'how to print; ini is the job file alone, with every option that each job would have',
      options: ['text', 'ini', 'json'],
      default: 'text',
    }),
    all: Flags.boolean({ description: 'show every option of each job, not only those that were set', default: false }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Check);
    const { variants } = readJobInput([args.file], flags, this.config.root);
    const plan = planJobs(variants, flags);
    process.stdout.write(this.#textOf(plan, flags));
  }

  #textOf(plan: Plan, { format, all, 'no-color': noColor }: FlagsOf<typeof Check>): string {
    if (format === 'json') return jsonText(checkDocument(plan));
    if (format === 'ini') return printJobFile(plan.jobSet, { marksChanges: true });
    const style = this.styleOf(process.stdout, noColor);
    return formatCheck(plan, printJobFile(plan.jobSet, all ? {} : { onlyTyped: true }), style, all);
  }
}
