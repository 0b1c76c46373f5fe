/** fio's command line, understood: what is to be done, the jobs given in it, and the job files. */
import type { IniText, RawOption, RawSection } from '../job/ini.js';
import { optionTable } from '../job/options/index.js';
import { time } from '../job/values.js';
import { type Place, type Problem, UserError } from '../support/errors.js';
import { suggestion } from '../support/suggest.js';
import { addedOptions, type OwnOption, ownOptions, switchNames, type Takes } from './own-options.js';
import type { TriggerSettings } from './trigger.js';
import { type OptionWord, sortWords } from './words.js';

export type Format = 'normal' | 'terse' | 'json';

/** What ends the command without running anything. */
export type Question =
  | { readonly kind: 'help' | 'version' | 'debug categories' }
  | { readonly kind: 'command help' | 'engine help'; readonly about: string | null };

export interface FioSettings {
  readonly question: Question | null;
  readonly formats: ReadonlySet<Format>;
  /** JSON with bins. */
  readonly withBins: boolean;
  readonly terseVersion: 2 | 3 | 4 | 5;
  /** null = stdout. */
  readonly output: string | null;
  readonly sections: readonly string[];
  readonly parseOnly: boolean;
  readonly showCommand: boolean;
  readonly readOnly: boolean;
  readonly warningsFatal: boolean;
  readonly eta: 'always' | 'never' | 'auto';
  readonly etaIntervalMs: number;
  /** 0 = never. */
  readonly etaNewlineMs: number;
  /** 0 = none. */
  readonly statusIntervalMs: number;
  /** Name of the logs of all jobs' bandwidth; null = none. */
  readonly bandwidthLog: string | null;
  readonly debug: ReadonlySet<string>;
  readonly destructive: readonly string[];
  /** Where states and dumps of verification go; null = the working directory. */
  readonly auxPath: string | null;
  readonly trigger: TriggerSettings;
  /** Commands of the jobs may run. */
  readonly allowExec: boolean;
  /** null = the run is not saved. */
  readonly results: string | null;
}

export interface FioArguments {
  readonly settings: FioSettings;
  /** Jobs and defaults of the command line itself. */
  readonly jobs: IniText;
  /** `-` is standard input. */
  readonly files: readonly string[];
}

/** fio's list; those that have something to print here. */
export const debugCategories = ['parse', 'random', 'job'] as const;
const foreignCategories = [
  ...['process', 'file', 'io', 'mem', 'blktrace', 'verify', 'diskutil', 'mutex', 'profile', 'time', 'net', 'rate'],
  ...['compress', 'steadystate', 'helperthread', 'zbd', 'sprandom'],
];

/** @throws UserError with everything that is wrong with the words (not with the values of job options). */
export function readArguments(words: readonly string[]): FioArguments {
  const sorted = sortWords(words, [fioNames, engineNames, addedNames]);
  const reader = new ArgumentReader([...sorted.problems]);
  for (const option of sorted.options) reader.read(option);
  reader.finish(sorted.options);
  // As in fio, the first question is answered whatever else is wrong behind it.
  if (reader.settings.question === null && reader.problems.length > 0) throw new UserError(reader.problems);
  const jobs = { sections: reader.sections, included: [], problems: [], warnings: [] };
  return { settings: reader.settings, jobs, files: sorted.files };
}

const own = new Map<string, OwnOption>([...ownOptions, ...addedOptions].map((option) => [option.name, option]));
const jobTakes = (name: string): Takes => (switchNames.has(name) ? 'optional value' : 'value');
const namesOf = (isEngines: boolean): [string, Takes][] =>
  optionTable
    .filter(({ scope, hidden }) => !hidden && (scope !== 'job') === isEngines)
    .flatMap(({ name, aliases }) => [name, ...aliases].map((each): [string, Takes] => [each, jobTakes(each)]));
const ownNames = (options: readonly OwnOption[]) => options.map(({ name, takes }): [string, Takes] => [name, takes]);

const fioNames = new Map([...ownNames(ownOptions), ...namesOf(false)]);
const engineNames = new Map(namesOf(true).filter(([name]) => !fioNames.has(name)));
const addedNames = new Map(ownNames(addedOptions));

type Writable<T> = { -readonly [K in keyof T]: T[K] };

class ArgumentReader {
  readonly problems: Problem[];
  readonly settings: Writable<FioSettings> = {
    question: null,
    formats: new Set(['normal']),
    withBins: false,
    terseVersion: 3,
    output: null,
    sections: [],
    parseOnly: false,
    showCommand: false,
    readOnly: false,
    warningsFatal: false,
    eta: 'auto',
    etaIntervalMs: 1000,
    etaNewlineMs: 0,
    statusIntervalMs: 0,
    bandwidthLog: null,
    debug: new Set(),
    destructive: [],
    auxPath: null,
    trigger: { file: null, timeoutMs: null, command: null },
    allowExec: false,
    results: null,
  };
  readonly sections: (RawSection & { options: RawOption[] })[] = [];

  constructor(problems: Problem[]) {
    this.problems = problems;
  }

  read(word: OptionWord): void {
    const option = own.get(word.name);
    if (option === undefined) this.readJobOption(word);
    else if (option.refused !== undefined) {
      const { reason, nearest } = option.refused;
      this.problems.push({
        place: word.keyPlace,
        message: `option "--${option.name}" is not supported: ${reason}`,
        advice: nearest,
      });
    } else this.readOwnOption(word);
  }

  /** What depends on several words. */
  finish(words: readonly OptionWord[]): void {
    const { file, timeoutMs, command } = this.settings.trigger;
    const word = words.find(({ name }) => name === 'trigger');
    if (word === undefined || command === null || file !== null || timeoutMs !== null) return;
    const message = '--trigger has nothing that pulls it, and its command would never run';
    this.report(word.keyPlace, message, 'add --trigger-file or --trigger-timeout');
  }

  private readJobOption({ name, value, keyPlace, valuePlace }: OptionWord): void {
    const option: RawOption = { key: name, value, keyPlace, valuePlace, literal: true, calculable: false };
    if (name === 'name') {
      const isGlobal = (value ?? '').startsWith('global');
      this.sections.push({ name: value ?? '', isGlobal, place: keyPlace, options: isGlobal ? [] : [option] });
      return;
    }
    if (this.sections.length === 0) {
      this.sections.push({ name: 'global', isGlobal: true, place: keyPlace, options: [] });
    }
    this.sections.at(-1)!.options.push(option);
  }

  private readOwnOption({ name, value, keyPlace, valuePlace }: OptionWord): void {
    const { settings } = this;
    const text = value ?? '';
    switch (name) {
      case 'help':
      case 'version':
        settings.question ??= { kind: name };
        break;
      case 'cmdhelp':
        settings.question ??= { kind: 'command help', about: value };
        break;
      case 'enghelp':
        settings.question ??= { kind: 'engine help', about: value };
        break;
      case 'output':
        settings.output = text;
        if (text === '') this.report(keyPlace, '--output has no value', 'name a file');
        break;
      case 'output-format':
      case 'minimal':
      case 'append-terse':
        this.readFormat(name, text, valuePlace);
        break;
      case 'terse-version':
        this.readTerseVersion(text, valuePlace);
        break;
      case 'section':
        settings.sections = [...settings.sections, text];
        break;
      case 'parse-only':
        settings.parseOnly = true;
        break;
      case 'showcmd':
        settings.showCommand = true;
        break;
      case 'readonly':
        settings.readOnly = true;
        break;
      case 'warnings-fatal':
        settings.warningsFatal = true;
        break;
      case 'eta':
        if (text === 'always' || text === 'never' || text === 'auto') settings.eta = text;
        else this.report(valuePlace, `--eta: "${text}" is none of always, never, auto`, 'write --eta=always');
        break;
      case 'eta-interval':
        settings.etaIntervalMs = this.readTime(text, valuePlace, '--eta-interval', 250);
        break;
      case 'eta-newline':
        settings.etaNewlineMs = this.readTime(text, valuePlace, '--eta-newline', 1);
        break;
      case 'status-interval':
        settings.statusIntervalMs = this.readTime(text, valuePlace, '--status-interval', 1);
        break;
      case 'bandwidth-log':
        settings.bandwidthLog = value === null || value === '' ? 'agg' : value;
        break;
      case 'debug':
        this.readDebug(text, valuePlace);
        break;
      case 'destructive':
        settings.destructive = [...settings.destructive, text];
        break;
      case 'aux-path':
        settings.auxPath = text;
        break;
      case 'trigger-file':
      case 'trigger-timeout':
      case 'trigger':
        settings.trigger = { ...settings.trigger, ...this.readTrigger(name, text, valuePlace) };
        break;
      case 'allow-exec':
        settings.allowExec = true;
        break;
      case 'results':
        settings.results = text;
        break;
    }
  }

  private readTrigger(name: string, text: string, place: Place): Partial<TriggerSettings> {
    if (name === 'trigger-timeout') return { timeoutMs: this.readTime(text, place, '--trigger-timeout', 1) };
    if (name === 'trigger') return { command: text };
    if (text === '') this.report(place, '--trigger-file has no value', 'name a file');
    return { file: text };
  }

  private readFormat(name: string, text: string, place: Place): void {
    if (name === 'output-format') this.readFormats(text, place);
    else if (name === 'minimal') this.settings.formats = new Set(['terse']);
    else this.settings.formats = new Set([...this.settings.formats, 'terse']);
  }

  private readFormats(text: string, place: Place): void {
    const formats = new Set<Format>();
    for (const word of text.split(',')) {
      if (word === 'normal' || word === 'json') formats.add(word);
      else if (word === 'terse' || word === 'minimal' || word === 'csv') formats.add('terse');
      else if (word === 'json+') {
        formats.add('json');
        this.settings.withBins = true;
      } else {
        const known = ['normal', 'terse', 'json', 'json+'];
        const advice = suggestion(word, known) ?? `formats: ${known.join(', ')}`;
        this.report(place, `--output-format: "${word}" is no format`, advice);
      }
    }
    this.settings.formats = formats;
  }

  private readTerseVersion(text: string, place: Place): void {
    const version = Number(text);
    if (version === 2 || version === 3 || version === 4 || version === 5) this.settings.terseVersion = version;
    else this.report(place, `--terse-version: there is no version "${text}"`, 'write 2, 3, 4 or 5');
  }

  private readTime(text: string, place: Place, name: string, msMin: number): number {
    const parsed = time('s').parse(text, { kiloBase: 1024, cpuCount: 1 });
    if (!parsed.ok) this.report(place, `${name}: ${parsed.message}`, parsed.advice);
    else if (parsed.value < msMin) this.report(place, `${name}: ${text} is too short`, `write ${msMin}ms or more`);
    return parsed.ok ? parsed.value : 0;
  }

  private readDebug(text: string, place: Place): void {
    for (const word of text.split(',')) {
      const category = word.split(':')[0]!;
      if (word === '?' || word === 'help') this.settings.question ??= { kind: 'debug categories' };
      else if (word === 'all') this.settings.debug = new Set(debugCategories);
      else if ((debugCategories as readonly string[]).includes(category)) {
        this.settings.debug = new Set([...this.settings.debug, category]);
      } else {
        const message = foreignCategories.includes(category)
          ? `--debug=${category} is not supported: iotest does not trace that`
          : `--debug: "${word}" is no category`;
        this.report(place, message, `categories: ${debugCategories.join(', ')}, all`);
      }
    }
  }

  private report(place: Place, message: string, advice: string | null): void {
    this.problems.push({ place, message, advice });
  }
}
