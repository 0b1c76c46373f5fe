/** What `iotest fio` says of itself: usage, job options and engines, laid out as fio does. */
import type { OptionDescription } from '../job/options/description.js';

/** An option of the command line; what it takes stands in `value`. */
interface CommandLineOption {
  readonly name: string;
  readonly value?: string;
  readonly help: string;
}

/** @param own fio's; @param added those that fio does not have. */
export function formatUsage(
  version: string,
  own: readonly CommandLineOption[],
  added: readonly CommandLineOption[],
): string {
  const rows = (options: readonly CommandLineOption[]) =>
    options.map(({ name, value = '', help }) => {
      const option = `--${name}${value === '' || value.startsWith('[') ? value : `=${value}`}`;
      return `  ${option.padEnd(30)} ${help}\n`;
    });
  return [
    `${version}\n`,
    'iotest fio [options] [job options] <job file(s)>\n',
    ...rows(own),
    '\nNot in fio:\n',
    ...rows(added),
    '\nJob options are written as --name=value; each --name=NAME begins a job. iotest --help shows the other commands.\n',
  ].join('');
}

/** A line for each: name and what it does. */
export function formatOptionNames(options: readonly OptionDescription[]): string {
  return options.map(({ name, help }) => `${name.padEnd(24)}: ${help}\n`).join('');
}

/** All facts of one. */
export function formatOptionFacts(option: OptionDescription): string {
  const row = (label: string, text: string) => `${label.padStart(20)}: ${text}\n`;
  const unit = option.unit === null ? '' : ` (${option.unit})`;
  return [
    row(option.name, option.help),
    ...(option.aliases.length === 0 ? [] : [row('alias', option.aliases.join(', '))]),
    row('type', `${option.type}${unit}`),
    row('default', option.default ?? 'no default'),
    ...(option.example === null ? [] : [row('example', option.example)]),
    ...(option.state === 'supported' ? [] : [row(option.state, option.reason ?? option.values.join(', '))]),
    ...(option.nearest === null ? [] : [row('instead', option.nearest)]),
    '\n',
  ].join('');
}

export function formatEngineNames(engines: readonly string[]): string {
  return `Available IO engines:\n${engines.map((engine) => `\t${engine}\n`).join('')}`;
}
