/** Answers to what can be asked of `iotest fio` instead of running anything: help, version, options, engines. */
import { engineNames } from '../job/job.js';
import { describeOptions } from '../job/options/describe.js';
import { suggestOption } from '../job/options/index.js';
import { suggestion } from '../support/suggest.js';
import { debugCategories, type Question } from './arguments.js';
import { formatEngineNames, formatOptionFacts, formatOptionNames, formatUsage } from './help.js';
import { addedOptions, ownOptions } from './own-options.js';

export interface Answer {
  readonly text: string;
  readonly status: 0 | 1;
}

/** @param version the line that --version prints. */
export function answer(question: Question, version: string): Answer {
  switch (question.kind) {
    case 'version':
      return { text: `${version}\n`, status: 0 };
    case 'help':
      return { text: usage(version), status: 0 };
    case 'debug categories':
      return { text: `fio: dumping debug options:${debugCategories.join(',')},all\n`, status: 0 };
    case 'command help':
      return commandHelp(question.about);
    case 'engine help':
      return engineHelp(question.about);
  }
}

export function usage(version: string): string {
  return formatUsage(
    version,
    ownOptions.filter(({ refused }) => refused === undefined),
    addedOptions,
  );
}

/** fio answers a name that it does not know with status 0 as well. */
function commandHelp(about: string | null): Answer {
  const options = describeOptions();
  if (about === null || about === '') return { text: formatOptionNames(options), status: 0 };
  if (about === 'all') return { text: options.map(formatOptionFacts).join(''), status: 0 };
  const found = options.filter(({ name, aliases }) => name === about || aliases.includes(about));
  if (found.length > 0) return { text: found.map(formatOptionFacts).join(''), status: 0 };
  const near = suggestOption(about);
  return { text: `No such command: ${about}${near === null ? '' : `; ${near}`}\n`, status: 0 };
}

function engineHelp(about: string | null): Answer {
  if (about === null || about === '') return { text: formatEngineNames(engineNames), status: 0 };
  const [engine, option] = about.split(',', 2) as [string, string | undefined];
  if (!(engineNames as readonly string[]).includes(engine)) {
    const near = suggestion(engine, engineNames);
    return { text: `IO engine ${engine} not found${near === null ? '' : `; ${near}`}\n`, status: 1 };
  }
  const own = describeOptions().filter(({ engines }) => engines?.includes(engine) === true);
  if (own.length === 0) return { text: `IO engine ${engine} has no options\n`, status: 0 };
  if (option === undefined) return { text: formatOptionNames(own), status: 0 };
  const found = own.filter(({ name, aliases }) => name === option || aliases.includes(option));
  if (found.length === 0) return { text: `No such command: ${option}\n`, status: 0 };
  return { text: found.map(formatOptionFacts).join(''), status: 0 };
}
