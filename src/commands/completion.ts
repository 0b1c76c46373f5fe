import { Args, type Command } from '@oclif/core';
import { BaseCommand } from '../cli/base.js';
import {
  type CompletedCommand,
  type CompletionShell,
  completionScript,
  completionShells,
} from '../cli/completion-script.js';
import { listShippedJobs } from '../cli/shipped-jobs.js';
import { engineLabelsOffered } from '../job/engine-label.js';
import { optionTable } from '../job/options/index.js';

export default class CompletionCommand extends BaseCommand {
  static override summary = 'Print a script that lets the shell complete commands, flags and options.';
  static override examples = [
    'eval "$(<%= config.bin %> completion bash)"    # in ~/.bashrc',
    'eval "$(<%= config.bin %> completion zsh)"     # in ~/.zshrc, below compinit',
    '<%= config.bin %> completion fish | source     # in ~/.config/fish/config.fish',
  ];
  static override args = {
    shell: Args.string({ description: 'the shell', options: [...completionShells], required: true }),
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
      completion: completionShells,
    };
    const commands = this.config.commands
      .filter(({ hidden }) => !hidden)
      .map((command) => completed(command, words[command.id] ?? []));
    const script = completionScript(args.shell as CompletionShell, {
      commands,
      options: [...new Set(names)],
      optionValues: new Map(
        optionTable.flatMap(({ name, aliases, type }) => {
          const values = wordsOf(type);
          return values.length === 0 ? [] : [name, ...aliases].map((each) => [each, values] as const);
        }),
      ),
    });
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
    takesResults: /^(compare|report|results:(?!list))/.test(id),
  };
}

/** Of a type that is a list of words, as `inline, offload`. */
function wordsOf(type: string): string[] {
  return /^[\w.-]+(, [\w.-]+)+$/.test(type) ? type.split(', ') : [];
}

function valuesOf(flag: Command.Flag.Cached): readonly string[] | null {
  if (flag.name === 'engine') return engineLabelsOffered();
  return flag.type === 'option' && flag.options !== undefined ? flag.options : null;
}
