import { Flags } from '@oclif/core';
import { BaseCommand, colorFlag } from '../cli/base.js';
import { engineNames } from '../job/job.js';
import { describeOptions } from '../job/options/describe.js';
import type { OptionDescription } from '../job/options/description.js';
import { foreignEngines } from '../job/options/engine.js';
import { suggestOption } from '../job/options/index.js';
import { formatOptionList, formatOptions, optionsPage } from '../report/options-text.js';
import { type Problem, UserError } from '../support/errors.js';
import { jsonText } from '../support/printable.js';

export default class Options extends BaseCommand {
  static override summary = 'List the options of job files, or show some in full.';
  static override description = `Without a name, lists what is supported; with names, shows all that is known
of each: type, unit, default, aliases, an example, and for refused options
the reason and what comes nearest.`;
  static override examples = [
    '<%= config.bin %> options',
    '<%= config.bin %> options iodepth bs',
    '<%= config.bin %> options --unsupported --tier 1',
    '<%= config.bin %> options --engine io_uring',
  ];
  static override usage = 'options [NAME...] [FLAGS]';
  /** Names are taken from argv: oclif has no arguments that repeat. */
  static override strict = false;
  static override flags = {
    tier: Flags.string({ description: 'only those of this tier', options: ['1', '2', '3'] }),
    unsupported: Flags.boolean({
      description: 'only those that are refused or ignored',
      default: false,
      exclusive: ['all'],
    }),
    all: Flags.boolean({ description: 'supported and refused ones alike', default: false }),
    engine: Flags.string({ description: 'only those of this engine alone', options: [...engineNames] }),
    format: Flags.string({
      description: 'how to print them',
      options: ['text', 'json', 'markdown'],
      default: 'text',
    }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Options);
    const names = argv.map((name) => String(name).replace(/=.*$/s, ''));
    const known = describeOptions();
    const chosen = names.length > 0 ? findByName(names, known) : known.filter((option) => isAsked(option, flags));
    if (flags.format === 'json') {
      process.stdout.write(jsonText(chosen));
      return;
    }
    if (flags.format === 'markdown') {
      process.stdout.write(optionsPage(chosen));
      return;
    }
    const style = this.styleOf(process.stdout, flags['no-color']);
    process.stdout.write(
      names.length > 0 ? formatOptions(chosen, style) : formatOptionList(chosen, left(chosen, known), style),
    );
  }
}

interface Filter {
  readonly tier?: string | undefined;
  readonly unsupported: boolean;
  readonly all: boolean;
  readonly engine?: string | undefined;
}

function isAsked({ tier, state, engines }: OptionDescription, filter: Filter): boolean {
  const works = state === 'supported' || state === 'partly';
  return (
    (filter.all || works !== filter.unsupported) &&
    (filter.tier === undefined || String(tier) === filter.tier) &&
    (filter.engine === undefined || engines?.includes(filter.engine) === true)
  );
}

function left(chosen: readonly OptionDescription[], known: readonly OptionDescription[]): string | null {
  const count = known.length - chosen.length;
  return count === 0 ? null : `${count} of ${known.length} options are not shown; --all shows them`;
}

/** Throws `UserError` with every name that no option has. */
function findByName(names: readonly string[], known: readonly OptionDescription[]): OptionDescription[] {
  const problems: Problem[] = [];
  const found = new Set<OptionDescription>();
  for (const name of names) {
    const matches = known.filter((option) => option.name === name || option.aliases.includes(name));
    for (const match of matches) found.add(match);
    if (matches.length > 0) continue;
    problems.push({ place: null, ...(engineProblem(name) ?? noOption(name, known)) });
  }
  if (problems.length > 0) throw new UserError(problems);
  return [...found];
}

/** Of names that are engines, here or only in fio; null of all others. */
function engineProblem(name: string): Pick<Problem, 'message' | 'advice'> | null {
  if (name in foreignEngines) return { message: `ioengine=${name} is not supported`, advice: foreignEngines[name]! };
  if (!engineNames.some((engine) => engine === name)) return null;
  return {
    message: `"${name}" is an engine, and no option: ioengine=${name}`,
    advice: `iotest options --engine ${name} lists what it alone has`,
  };
}

function noOption(name: string, known: readonly OptionDescription[]): Pick<Problem, 'message' | 'advice'> {
  return { message: `there is no option "${name}"`, advice: adviceFor(name, known) };
}

function adviceFor(name: string, known: readonly OptionDescription[]): string {
  const containing = known.filter((option) => name.length > 1 && option.name.includes(name.toLowerCase()));
  return (
    suggestOption(name) ??
    (containing.length === 0
      ? 'iotest options --all lists them'
      : `options with that in their name: ${[...new Set(containing.map((option) => option.name))].slice(0, 12).join(', ')}`)
  );
}
