/**
 * Job file → explicit jobs. Sections come from `ini.ts`, what options mean from the table in `options/`; here they meet:
 * defaults of [global], overrides of the command line, clones, groups, and the checks that look at several options.
 */

import { type Place, type Problem, UserError } from '../support/errors.js';
import { suggestion } from '../support/suggest.js';
import type { Warning } from '../support/warning.js';
import { copyDraft, createDraft, type JobDraft } from './draft.js';
import {
  blamingVariables,
  type IniText,
  parseIni,
  type RawOption,
  type RawSection,
  type Substitutions,
  withHost,
} from './ini.js';
import type { Job, JobSet } from './job.js';
import { foreignProblem, isOfForeignEngine } from './options/foreign.js';
import { findOptions, type Option } from './options/index.js';
import { asksForNothing } from './options/option.js';
import { shareExitAll, unlikeSteadyStates, type Wait, waitProblems } from './settle/endings.js';
import { finishJob, settleJob } from './settle/settle.js';
import { UnknownOptions } from './unknown-options.js';
import type { ValueNote } from './value-type.js';
import { quote } from './values.js';

/** An option given on the command line; it wins over every section. */
export interface Override {
  readonly key: string;
  /** null = bare. */
  readonly value: string | null;
  /** What to call its place in messages: `--set`, `--runtime`. */
  readonly label: string;
}

export interface JobFileSettings extends Substitutions {
  readonly overrides: readonly Override[];
  /** Only these sections become jobs; empty = all. [global] is always read. */
  readonly sections: readonly string[];
  /** Names of the engines that the jobs will run on instead of their own (`--engine`): their options count. Absent = none. */
  readonly engines?: readonly string[];
}

export interface ParsedJobFile {
  readonly jobSet: JobSet;
  readonly warnings: readonly Warning[];
  /** What was read through `include`. */
  readonly included: readonly { readonly path: string; readonly text: string }[];
}

/** Threads in one run, all jobs together; more is a slip, and would end in memory running out. */
const workerCountMax = 16_384;

/**
 * Reads a whole job file.
 * @throws UserError with every problem of the file and of the overrides, in the order of the lines.
 */
export function parseJobFile(text: string, fileName: string, settings: JobFileSettings): ParsedJobFile {
  return parseJobSources([{ name: fileName, ini: parseIni(text, fileName, settings), startsAnew: false }], settings);
}

/** Where jobs come from: a job file, or the words of a command line. */
export interface JobSource {
  readonly name: string;
  readonly ini: IniText;
  /** A further job file: it begins with fresh defaults, and its first job waits for all before it. */
  readonly startsAnew: boolean;
}

/**
 * Reads several sources as one run.
 * @param sources at least one
 * @throws UserError with every problem of all of them and of the overrides.
 */
export function parseJobSources(sources: readonly JobSource[], settings: JobFileSettings): ParsedJobFile {
  const problems = sources.flatMap(({ ini }) => ini.problems);
  const warnings = sources.flatMap(({ ini }) => ini.warnings);
  const reader = new JobReader(settings, problems, warnings);
  const names = sources.map(({ name }) => name).join(', ');
  reader.checkSectionFilter(
    sources.flatMap(({ ini }) => ini.sections),
    names,
  );
  for (const { ini, startsAnew } of sources) {
    if (startsAnew) reader.startAnew();
    for (const section of ini.sections) reader.readSection(section);
  }
  return { ...reader.finish(names), included: sources.flatMap(({ ini }) => ini.included) };
}

/** What has been read of a section so far. */
interface SectionState {
  readonly section: RawSection;
  readonly draft: JobDraft;
  /** Options of engines wait until the engine is known: `hipri` may stand before `ioengine=`. */
  readonly engineOptions: RawOption[];
  /** By primary name, where each option was given last; for checks across options. */
  readonly places: Map<string, Place>;
  readonly typed: Record<string, string>;
  /** null for [global]. */
  readonly jobName: string | null;
}

class JobReader {
  private readonly settings: JobFileSettings;
  private readonly overrides: readonly RawOption[];
  /** Primary names that the command line sets; sections do not count for these. */
  private readonly overridden: ReadonlySet<string>;
  /** Where an engine is named that we do not have: its own options say nothing more. */
  private readonly refusedEngines = new Set<Place>();
  private readonly problems: Problem[];
  private readonly warnings: Warning[];
  private readonly seen = new Set<string>();
  private readonly unknown = new UnknownOptions();
  private defaults: Omit<SectionState, 'section' | 'jobName'>;
  private readonly jobs: Job[] = [];
  private sectionCount = 0;
  private groupIndex = 0;
  private readonly waits: Wait[] = [];
  /** So many jobs are of sources that are done. These carry their global options: a result has one place for them. */
  private jobsWithGlobals = 0;
  private waitsForAll = false;
  /** The section whose files were last said to add to others. */
  private accumulates: RawSection | null = null;

  constructor(settings: JobFileSettings, problems: Problem[], warnings: Warning[]) {
    this.settings = settings;
    this.problems = problems;
    this.warnings = warnings;
    this.overrides = settings.overrides.map((override) => rawOverride(override, settings.host));
    this.overridden = new Set(this.overrides.flatMap((raw) => findOptions(raw.key).map((option) => option.name)));
    this.defaults = this.freshDefaults();
  }

  private freshDefaults(): Omit<SectionState, 'section' | 'jobName'> {
    const defaults = { draft: createDraft(), engineOptions: [], places: new Map<string, Place>(), typed: {} };
    // How sizes in the sections are read depends on it, so it cannot wait for the other overrides.
    const kiloBase = this.overrides.filter((raw) => raw.key === 'kb_base');
    this.readOptions({ ...defaults, section: overrideSection, jobName: null }, kiloBase);
    return { ...defaults, typed: {} };
  }

  startAnew(): void {
    const { typed } = this.defaults;
    this.jobs.splice(
      0,
      this.jobs.length,
      ...this.jobs.map((job, index) =>
        index < this.jobsWithGlobals ? job : { ...job, typedOptions: { ...typed, ...job.typedOptions } },
      ),
    );
    this.jobsWithGlobals = this.jobs.length;
    this.defaults = this.freshDefaults();
    this.waitsForAll = true;
  }

  checkSectionFilter(sections: readonly RawSection[], fileName: string): void {
    const names = [...new Set(sections.filter((section) => !section.isGlobal).map((section) => section.name))];
    for (const wanted of this.settings.sections) {
      if (names.includes(wanted)) continue;
      const message = wanted.startsWith('global')
        ? `section "${wanted}" holds defaults, it is no job`
        : `there is no section "${wanted}" in ${fileName}`;
      const list = names.length === 0 ? 'it has no jobs' : `its jobs are ${listNames(names)}`;
      this.problems.push({ place: null, message, advice: suggestion(wanted, names) ?? list });
    }
  }

  readSection(section: RawSection): void {
    const { draft, engineOptions, places, typed } = this.defaults;
    if (section.isGlobal) {
      this.readOptions({ section, draft, engineOptions, places, typed, jobName: null }, section.options);
      return;
    }
    this.sectionCount++;
    // Said once at the end; a file of nothing but sections has a million.
    if (this.jobs.length > workerCountMax) return;
    if (this.settings.sections.length > 0 && !this.settings.sections.includes(section.name)) return;
    const state: SectionState = {
      section,
      // A name in [global] is nobody's, as in fio: that of the section counts.
      draft: { ...copyDraft(draft), name: '' },
      engineOptions: [...engineOptions],
      places: new Map(places),
      typed: {},
      jobName: section.name,
    };
    this.readOptions(state, section.options);
    this.readOptions(state, this.overrides);
    this.readEngineOptions(state);
    this.addJobs(state);
  }

  finish(fileName: string): Omit<ParsedJobFile, 'included'> {
    if (this.sectionCount === 0 && this.problems.length === 0) {
      const advice = 'add a section with the name of the job, [randread], and its options below';
      this.problems.push({ place: null, message: `there is no job in ${fileName}`, advice });
    }
    if (this.jobs.length > workerCountMax) {
      const message = `more than ${workerCountMax} jobs with their clones`;
      this.problems.push({ place: null, message, advice: 'lower numjobs, or run fewer sections (--section)' });
    }
    for (const problem of waitProblems(this.waits, this.jobs)) this.report(problem);
    for (const problem of unlikeSteadyStates(this.jobs)) this.report(problem);
    if (this.problems.length > 0) {
      const { environment } = this.settings;
      throw new UserError(inLineOrder(this.problems.map((problem) => blamingVariables(problem, environment))));
    }
    const jobs = shareExitAll(this.jobs);
    return { jobSet: { globalOptions: this.defaults.typed, jobs }, warnings: this.warnings };
  }

  private readOptions(state: SectionState, options: readonly RawOption[]): void {
    // A command line is read as it stands, as in fio: `--bs=4k --kb_base=1000` are 4096 bytes.
    const isCommandLine = state.section.place.line === 0 && state.section !== overrideSection;
    for (const raw of isCommandLine ? options : inParseOrder(options)) {
      const found = findOptions(raw.key);
      const first = found[0];
      if (first === undefined) {
        const problem = this.unknown.problemOf(raw);
        if (problem !== null) this.report(problem);
        continue;
      }
      if (this.isOverridden(raw, first.name)) continue;
      this.note(state, raw, first.name);
      if (first.scope === 'job') this.readOption(state, raw, first);
      else state.engineOptions.push(raw);
    }
  }

  private isOverridden(raw: RawOption, name: string): boolean {
    return raw.keyPlace.line > 0 && this.overridden.has(name);
  }

  private note(state: SectionState, raw: RawOption, name: string): void {
    state.places.set(name, raw.valuePlace);
    const accumulates = name === 'filename' && Object.hasOwn(state.typed, name);
    state.typed[name] = accumulates ? `${state.typed[name]}:${raw.value ?? ''}` : (raw.value ?? '');
  }

  private readEngineOptions(state: SectionState): void {
    const engine = state.draft.engine.name;
    this.reportForeignEngines(state);
    for (const raw of state.engineOptions) {
      const found = findOptions(raw.key);
      if (isOfForeignEngine(found)) continue;
      const ofEngine = (name: string) => found.find(({ scope }) => scope !== 'job' && scope.includes(name));
      const chosen = (this.settings.engines ?? []).map(ofEngine).find((option) => option !== undefined);
      const option = ofEngine(engine) ?? chosen;
      if (option !== undefined) this.readOption(state, raw, option);
      else if (found.every(({ support }) => support.state === 'refused')) this.readOption(state, raw, found[0]!);
      else this.reportForeign(state, raw, found);
    }
  }

  /** Once a job: options of engines that are not here. Where the engine itself was refused, that says it all. */
  private reportForeignEngines(state: SectionState): void {
    const problem = foreignProblem(state.engineOptions.map(({ key }) => ({ key, found: findOptions(key) })));
    const enginePlace = state.places.get('ioengine');
    if (problem === null || (enginePlace !== undefined && this.refusedEngines.has(enginePlace))) return;
    const { keyPlace: place } = state.engineOptions.find(({ key }) => key === problem.key)!;
    this.report({ place, message: problem.message, advice: problem.advice });
  }

  /** An option of another engine: a mistake, unless it is the command line that chose the engine. */
  private reportForeign(state: SectionState, raw: RawOption, found: readonly Option[]): void {
    const engine = state.draft.engine.name;
    const enginePlace = state.places.get('ioengine');
    if (enginePlace !== undefined && this.refusedEngines.has(enginePlace)) return;
    const owners = found
      .filter(({ support }) => support.state === 'supported' || support.state === 'fixed')
      .flatMap(({ scope }) => scope);
    const message = `option "${raw.key}" belongs to ${namesText(owners)}, not to ${engine}`;
    const isChosen = this.overridden.has('ioengine') || (this.settings.engines ?? []).length > 0;
    if (isChosen && raw.keyPlace.line > 0) {
      const where = `${at(raw.keyPlace)}: ${message}; left out, as the engine is chosen on the command line`;
      this.warn({ code: 'engine-option-left-out', jobName: state.jobName, message: where, advice: null });
      return;
    }
    const advice = `write ioengine=${owners[0]}, or leave ${raw.key} out`;
    this.report({ place: raw.keyPlace, message, advice });
  }

  private readOption(state: SectionState, raw: RawOption, option: Option): void {
    const { support } = option;
    switch (support.state) {
      case 'supported':
        this.readValue(state, raw, option);
        return;
      case 'fixed':
        if (asksForNothing(raw.value ?? '', support.values)) return;
        this.report({
          place: raw.valuePlace,
          message: `${quote(raw.value === null ? raw.key : `${raw.key}=${raw.value}`)} is ${support.reason}`,
          advice: support.nearest,
        });
        return;
      case 'refused':
        this.report({
          place: raw.keyPlace,
          message: `option "${raw.key}" is ${support.reason}`,
          advice: support.nearest,
        });
        return;
      case 'ignored': {
        const message = `${at(raw.keyPlace)}: option "${raw.key}" has no effect: ${support.note}`;
        this.warn({ code: 'ignored-option', jobName: state.jobName, message, advice: 'leave it out' });
      }
    }
  }

  private readValue(state: SectionState, raw: RawOption, option: Option): void {
    const { draft } = state;
    const context = {
      // fio's engines read their own options without a look at kb_base.
      kiloBase: option.scope === 'job' ? draft.measure.kiloBase : 1024,
      cpuCount: this.settings.cpuCount,
      calculable: raw.calculable,
    } as const;
    const parsed = option.read!(raw.value, context);
    if (!parsed.ok) {
      if (option.name === 'ioengine') this.refusedEngines.add(raw.valuePlace);
      const place = raw.literal ? shifted(raw.valuePlace, raw.value === null ? 0 : parsed.offset) : raw.valuePlace;
      this.report({ place, message: `${raw.key}: ${parsed.message}`, advice: parsed.advice });
      return;
    }
    const filenamesBefore = option.name === 'filename' ? draft.target.filenames : null;
    parsed.value(draft);
    for (const note of parsed.notes) this.warnOfValue(state, raw, note);
    if (option.name === 'name' && state.jobName === null && raw.keyPlace.line > 0) {
      this.warnOfValue(state, raw, {
        code: 'name-of-nobody',
        message: 'names no job, as in fio: each has the name of its section',
        advice: 'leave it out, or set it below the section that it is meant for',
      });
    }
    // Once for each section, not for each of a hundred lines.
    const isFurther = this.accumulates === state.section;
    if (filenamesBefore !== null && state.jobName !== null && raw.keyPlace.line > 0 && !isFurther) {
      this.accumulates = state.section;
      this.warnOfValue(state, raw, {
        code: 'filename-accumulates',
        message: `these files add to ${listNames(filenamesBefore)}, as in fio; the size is split over all of them`,
        advice: 'leave filename out of [global] when each job has its own',
      });
    }
  }

  private warnOfValue(state: SectionState, raw: RawOption, { code, message, advice }: ValueNote): void {
    const where = `${at(raw.valuePlace)}: ${raw.key}: ${message}`;
    this.warn({ code, jobName: state.jobName, message: where, advice });
  }

  private addJobs(state: SectionState): void {
    const { draft, section } = state;
    if (this.waitsForAll) draft.stonewall = true;
    this.waitsForAll = false;
    settleJob(draft, this.settings.cpuCount, {
      isGiven: (option) => state.places.has(option),
      refuse: (option, message, advice) => this.reportOption(state, option, message, advice),
      warn: (code, message, advice) => this.warnOfJob(state, code, message, advice),
    });
    if ((draft.stonewall || draft.newGroup) && this.jobs.length > 0) this.groupIndex++;
    const job: Job = {
      ...finishJob(draft, this.settings.pageBytes),
      source: { file: section.place.file, line: section.place.line, section: section.name },
      name: draft.name === '' ? section.name : draft.name,
      typedOptions: state.typed,
      groupIndex: this.groupIndex,
      cloneIndex: 0,
    };
    const waits = draft.schedule.waitFor;
    const waitPlace = state.places.get('wait_for') ?? section.place;
    if (waits !== null) this.waits.push({ job, name: waits, above: this.jobs.length, place: waitPlace });
    // Far beyond what can run; counted on in finish() without making them all.
    const clones = this.jobs.length > workerCountMax ? 1 : draft.cloneCount;
    for (let cloneIndex = 0; cloneIndex < clones; cloneIndex++) {
      this.jobs.push({ ...job, cloneIndex, stonewall: draft.stonewall && cloneIndex === 0 });
    }
  }

  private reportOption(state: SectionState, option: string, message: string, advice: string): void {
    this.report({ place: state.places.get(option) ?? state.section.place, message: `${option}: ${message}`, advice });
  }

  private warnOfJob(state: SectionState, code: string, message: string, advice: string | null): void {
    this.warn({ code, jobName: state.jobName, message: `${at(state.section.place)}: ${message}`, advice });
  }

  /** Once only: defaults and overrides are met again in every job. */
  private report(problem: Problem): void {
    const { place, message } = problem;
    if (this.isNew(`${place?.file}:${place?.line}:${place?.column}:${place?.text}:${message}`)) {
      this.problems.push(problem);
    }
  }

  private warn(warning: Warning): void {
    if (this.isNew(`${warning.code}:${warning.message}`)) this.warnings.push(warning);
  }

  private isNew(key: string): boolean {
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }
}

const overrideSection: RawSection = {
  name: '',
  isGlobal: true,
  place: { file: '--set', line: 0, column: 0, text: '' },
  options: [],
};

/** What stands for a machine in it is known where the job runs, and no sooner; shells have had all other variables. */
function rawOverride({ key, value: given, label }: Override, host: Substitutions['host']): RawOption {
  const value = given === null || host === undefined ? given : withHost(given, host);
  const text = value === null ? key : `${key}=${value}`;
  const keyPlace: Place = { file: label, line: 0, column: 1, text };
  const valuePlace = value === null ? keyPlace : { ...keyPlace, column: key.length + 2 };
  return {
    key: key.trim(),
    value: value?.trim() ?? null,
    keyPlace,
    valuePlace,
    literal: value?.trim() === value,
    calculable: value !== given,
  };
}

/** fio sorts each section: what other values depend on first, file names (they need the directory) last. */
function inParseOrder(options: readonly RawOption[]): readonly RawOption[] {
  const rank = ({ key }: RawOption) => (key === 'kb_base' || key === 'unit_base' ? 0 : key === 'filename' ? 2 : 1);
  return [...options].sort((left, right) => rank(left) - rank(right));
}

/** Those of an included file stand where it is included; those without a line come last. */
function inLineOrder(problems: readonly Problem[]): Problem[] {
  const keyed = problems.map((problem) => ({ problem, key: orderKey(problem.place) }));
  keyed.sort((left, right) => {
    const differs = left.key.findIndex((value, index) => value !== (right.key[index] ?? -1));
    if (differs < 0) return left.key.length - right.key.length;
    return left.key[differs]! - (right.key[differs] ?? -1);
  });
  return keyed.map(({ problem }) => problem);
}

/** Line and column of each file on the way in, the outermost first. */
function orderKey(place: Place | null): number[] {
  if (place === null || place.line === 0) return [Number.MAX_SAFE_INTEGER, place?.column ?? 0];
  const own = [place.line, place.column];
  return place.includedFrom === undefined ? own : [...orderKey(place.includedFrom), ...own];
}

function shifted(place: Place, offset: number): Place {
  return { ...place, column: place.column + offset };
}

function at({ file, line, column }: Place): string {
  return line === 0 ? file : `${file}:${line}:${column}`;
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(', ');
  return names.length > 20 ? `${shown}, and ${names.length - 20} more` : shown;
}

/** `a`, `a and b`, `a, b and c`. */
function namesText(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), names.at(-1)!].filter((part) => part !== '').join(' and ');
}
