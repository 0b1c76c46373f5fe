import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base.js';
import { UserError } from '../../support/errors.js';
import { suggest } from '../../support/suggest.js';
import ResultsList from './list.js';

const actions = ['list', 'show', 'label', 'accept', 'export', 'rm'];

export default class Results extends BaseCommand {
  static override summary = 'List, show, label, accept, export and remove saved results.';
  static override description = 'Without an action the results are listed, with the flags of results list.';
  static override examples = [
    '<%= config.bin %> results',
    '<%= config.bin %> results show latest',
    '<%= config.bin %> results label latest before the kernel update',
    '<%= config.bin %> results export latest --format hlog --output latest.hlog',
  ];
  static override args = {
    action: Args.string({ description: `what to do: ${actions.join(', ')}` }),
  };
  static override flags = ResultsList.flags;

  async run(): Promise<void> {
    const { args } = await this.parse(Results);
    if (args.action !== undefined) {
      const near = suggest(args.action, actions);
      const advice = near === null ? `actions: ${actions.join(', ')}` : `did you mean "iotest results ${near}"?`;
      throw UserError.of(`unknown action "${args.action}"`, advice);
    }
    await new ResultsList(this.argv, this.config).run();
  }
}
