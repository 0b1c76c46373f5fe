import { Args } from '@oclif/core';
import { BaseCommand, colorFlag } from '../cli/base.js';
import { listShippedJobs, readShippedJob } from '../cli/shipped-jobs.js';
import { formatJobList } from '../report/job-list.js';

export default class Jobs extends BaseCommand {
  static override summary = 'List the shipped jobs, or print one of them.';
  static override description = 'With a name, the job file goes to stdout as it is: a start for your own.';
  static override examples = ['<%= config.bin %> jobs', '<%= config.bin %> jobs quickstart > my.ini'];
  static override args = {
    name: Args.string({ description: 'name of a shipped job, with or without .ini' }),
  };
  static override flags = { 'no-color': colorFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Jobs);
    const style = this.styleOf(process.stdout, flags['no-color']);
    const text =
      args.name === undefined
        ? formatJobList(listShippedJobs(this.config.root), style)
        : readShippedJob(this.config.root, args.name);
    process.stdout.write(text);
  }
}
