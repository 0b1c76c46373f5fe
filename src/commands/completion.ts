import { Args, type Command } from '@oclif/core';
import { BaseCommand } from '../cli/base.js';
import { type CompletedCommand, completionScript } from '../cli/completion-script.js';
import { listShippedJobs } from '../cli/shipped-jobs.js';
import { engineNames } from '../job/job.js';
import { optionTable } from '../job/options/index.js';

export default class CompletionCommand extends BaseCommand {
  static override summary = 'Print a script that lets the shell complete commands, flags and options.';
  static override examples = [
    'eval "$(<%= config.bin %> completion bash)"    # in ~/.bashrc',
    'eval "$(<%= config.bin %> completion zsh)"     # in ~/.zshrc, below compinit',
  ];
  static override args = {
    shell: Args.string({ description: 'the shell', options: ['bash', 'zsh'], required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(CompletionCommand);
    const names = optionTable
      .filter(({ support, hidden }) => !hidden && (support.state === 'supported' || support.state === 'fixed'))
      .flatMap(({ name, aliases }) => [name, ...aliases]);
    const jobs = listShippedJobs(this.config.root).map(({ name }) => name);
    const all = optionTable.filter(({ hidden }) => !hidden).flatMap(({ name, aliases }) => [name, ...aliases]);
    const words: Readonly<Record<string, readonly string[]>> = {
      jobs,
      options: [...new Set(all)],
      completion: ['bash', 'zsh'],
    };
    const commands = this.config.commands
      .filter(({ hidden }) => !hidden)
      .map((command) => completed(command, words[command.id] ?? []));
    const script = completionScript(args.shell as 'bash' | 'zsh', { commands, options: [...new Set(names)] });
    process.stdout.write(script);
  }
}

function completed({ id, summary, flags }: Command.Loadable, words: readonly string[]): CompletedCommand {
  return {
    name: id.replaceAll(':', ' '),
    summary: summary ?? '',
    flags: Object.values(flags)
      .filter(({ hidden }) => !hidden)
      .map((flag) => ({ name: `--${flag.name}`, values: valuesOf(flag) }))
      .concat([{ name: '--help', values: null }]),
    words,
  };
}

function valuesOf(flag: Command.Flag.Cached): readonly string[] | null {
  if (flag.name === 'engine') return engineNames;
  return flag.type === 'option' && flag.options !== undefined ? flag.options : null;
}
