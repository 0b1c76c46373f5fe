/**
 * Job-file text → sections with raw options and their exact places. Knows the grammar (reference: fio's HOWTO, "Job file
 * format"), nothing of what options mean.
 *
 * Where fio silently misreads, the obvious meaning is taken: blanks around `=` do not count, and a section header must
 * be one.
 */
import type { Place, Problem } from '../support/errors.js';
import type { Warning } from '../support/warning.js';

export interface RawOption {
  /** As typed, aliases not resolved. */
  readonly key: string;
  /** null for a bare key. */
  readonly value: string | null;
  readonly keyPlace: Place;
  /** Where the value begins; the key's place for a bare key. */
  readonly valuePlace: Place;
  /** True when the columns inside `value` are columns of the line (nothing was substituted). */
  readonly literal: boolean;
  /** `$ncpus` or its like was replaced in it, so that numbers may be calculated. */
  readonly calculable: boolean;
}

export interface RawSection {
  readonly name: string;
  /** Its options are defaults of the jobs below. */
  readonly isGlobal: boolean;
  readonly place: Place;
  readonly options: readonly RawOption[];
}

export interface IniText {
  readonly sections: readonly RawSection[];
  /** What was read through `include`, in the order of reading; a file that is included twice stands there twice. */
  readonly included: readonly { readonly path: string; readonly text: string }[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

export interface Substitutions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What `$ncpus` stands for. */
  readonly cpuCount: number;
  /** What `$pagesize` stands for. */
  readonly pageBytes: number;
  /** What `$mb_memory` stands for in MiB; absent = it cannot be used. */
  readonly memoryBytes?: number;
  /** What `$hostname`, `$host_index` and `$host_count` stand for; absent = they are text like any other. */
  readonly host?: HostPlace;
  /** Absent = `include` cannot be used. */
  readonly include?: Includes;
}

/** Which of the machines of a run this one is. */
interface HostPlace {
  /** As it calls itself. */
  readonly name: string;
  /** 0-based. */
  readonly index: number;
  readonly count: number;
}

export interface Includes {
  /** Finds and reads the file that an `include` in `includingFile` names. Throws nothing. */
  read(name: string, includingFile: string): IncludedFile;
  /** The same for the same file, whatever path leads there. Throws nothing. */
  identityOf(path: string): string;
}

export type IncludedFile =
  | {
      readonly ok: true;
      readonly path: string;
      readonly text: string;
      /** A doubt about which file was meant, or null. */
      readonly doubt: { readonly message: string; readonly advice: string } | null;
    }
  | { readonly ok: false; readonly message: string; readonly advice: string };

/** fio's own limit on section names. */
const sectionNameLengthMax = 255;

/** Files that include each other twice grow without end; nobody needs so many, nor so much: all of it is kept with the result. */
const includesMax = 200;
const includedLengthMax = 4 * 2 ** 20;

/** Never throws: what is wrong is in `problems`, in the order of the lines. */
export function parseIni(text: string, fileName: string, substitutions: Substitutions): IniText {
  const reader = new IniReader(substitutions);
  reader.readText(text, { path: fileName, from: null });
  const { sections, included, problems, warnings } = reader;
  return { sections, included, problems, warnings };
}

/** A file that is being read. */
interface Source {
  readonly path: string;
  /** Where it is included, and by what; null for the job file itself. */
  readonly from: { readonly source: Source; readonly place: Place } | null;
}

function variable(environment: Substitutions['environment'], name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}

/** A value that is missing, or that lacks its number. */
const emptyValue = /^\w+: (?:has no value$|".*" is not a number$)/;

/** The problem, with what may be its cause: a variable of its line that is not set, and was read as empty. */
export function blamingVariables(problem: Problem, environment: Substitutions['environment']): Problem {
  if (!emptyValue.test(problem.message)) return problem;
  const names = [...(problem.place?.text ?? '').matchAll(/\$\{([^{}]+)\}/g)].map(([, name]) => name!);
  const unset = [...new Set(names)].filter((name) => variable(environment, name) === undefined);
  if (unset.length === 0) return problem;
  const [are, them] = unset.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return {
    ...problem,
    message: `${problem.message}: ${unset.join(', ')} ${are} not set in the environment`,
    advice: `set ${them}, as ${unset[0]}=… iotest run ${problem.place!.file}, or: ${problem.advice}`,
  };
}

/** The line alone, not what stands in it. */
export function wholeLine(place: Place): Place {
  return { ...place, column: 0, text: '' };
}

function includedFrom({ from }: Source): Pick<Place, 'includedFrom'> {
  return from === null ? {} : { includedFrom: from.place };
}

class IniReader {
  readonly sections: (RawSection & { options: RawOption[] })[] = [];
  readonly included: { readonly path: string; readonly text: string }[] = [];
  readonly problems: Problem[] = [];
  readonly warnings: Warning[] = [];
  private readonly substitutions: Substitutions;
  private strayReported = false;
  private includedLength = 0;

  constructor(substitutions: Substitutions) {
    this.substitutions = substitutions;
  }

  readText(text: string, source: Source): void {
    const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
    const other = lines.findIndex((line) => line.includes('\0'));
    if (other >= 0) {
      const place = { file: source.path, line: other + 1, column: 0, text: '', ...includedFrom(source) };
      this.report(place, 'no plain text: there is a NUL byte', 'save it as UTF-8, not UTF-16');
      return;
    }
    for (const [index, line] of lines.entries()) this.readLine(line, index + 1, source);
  }

  private readLine(line: string, lineNumber: number, source: Source): void {
    const content = line.slice(0, commentStart(line)).trimEnd();
    const start = content.length - content.trimStart().length;
    if (start === content.length) return;
    const place = (column: number): Place => ({
      file: source.path,
      line: lineNumber,
      column: column + 1,
      text: line,
      ...includedFrom(source),
    });
    if (content[start] !== '[') this.readOption(content, start, place, source);
    else if (source.from === null) this.readHeader(content, start, place);
    else {
      const advice = 'a file that is included holds options alone; they go to the section that includes it';
      this.report(wholeLine(place(start)), 'section in an included file', advice);
    }
  }

  private readHeader(content: string, start: number, place: (column: number) => Place): void {
    const end = content.lastIndexOf(']');
    if (end < 0) {
      this.report(place(content.length), 'section header without "]"', `write ${content.slice(start)}]`);
    } else if (end < content.length - 1) {
      this.report(place(end + 1), 'text after the section header', 'put the option on a line of its own');
    }
    const name = content.slice(start + 1, end < 0 ? undefined : end);
    if (name === '') this.report(place(start), 'section without a name', 'name the job: [randread]');
    if (/\p{Cc}/u.test(name)) this.report(place(start), 'control character in a section name', 'remove it');
    if (name.length > sectionNameLengthMax) {
      const message = `section name of ${name.length} characters`;
      this.report(place(start), message, `shorten it to ${sectionNameLengthMax} characters`);
    }
    this.sections.push({ name, isGlobal: name.startsWith('global'), place: place(start), options: [] });
  }

  private readOption(content: string, start: number, place: (column: number) => Place, source: Source): void {
    const section = this.sections.at(-1);
    if (section === undefined) {
      // One report for all such lines: they have one cause, and a file that is no job file has many.
      if (!this.strayReported) {
        // Not shown: a file that begins so may be none of ours.
        const outside = wholeLine(place(start));
        this.report(outside, 'option outside of a section', 'begin with [global] or with [name of the job]');
      }
      this.strayReported = true;
      return;
    }
    const include = /^include(?:\s*=\s*|\s+|$)/.exec(content.slice(start));
    if (include !== null) {
      const name = this.substitute(content.slice(start + include[0].length), 0, (column) =>
        place(start + include[0].length + column),
      );
      this.readInclude(name.text.trim(), place(start + include[0].length), source);
      return;
    }
    const substituted = this.substitute(content, start, place);
    const option = splitOption(substituted, content, start, place);
    if (option.key === '') {
      this.report(option.keyPlace, 'no option name before "="', 'write name=value');
      return;
    }
    section.options.push(option);
  }

  private readInclude(name: string, place: Place, source: Source): void {
    const problem = this.include(name, place, source);
    if (problem !== null) this.report(place, problem.message, problem.advice);
  }

  private include(
    name: string,
    place: Place,
    source: Source,
  ): { readonly message: string; readonly advice: string } | null {
    const { include } = this.substitutions;
    if (name === '') return { message: 'include without a file', advice: 'write include FILE' };
    if (include === undefined)
      return { message: 'include is not possible here', advice: "copy the file's options here" };
    if (/\p{Cc}/u.test(name)) return { message: 'control character in a file name', advice: 'remove it' };
    if (this.included.length >= includesMax) {
      return { message: `more than ${includesMax} files are included`, advice: 'include each file once' };
    }
    const file = include.read(name, source.path);
    if (!file.ok) return file;
    const chain = chainOf(source);
    if (chain.some(({ path }) => include.identityOf(path) === include.identityOf(file.path))) {
      const circle = [...chain.map(({ path }) => path), file.path].join(' includes ');
      return { message: `the file includes itself: ${circle}`, advice: 'remove one of these includes' };
    }
    if (file.doubt !== null) {
      this.warnings.push({
        code: 'include-in-two-places',
        jobName: null,
        message: `${place.file}:${place.line}:${place.column}: ${file.doubt.message}`,
        advice: file.doubt.advice,
      });
    }
    this.included.push({ path: file.path, text: file.text });
    this.includedLength += file.text.length;
    if (this.includedLength > includedLengthMax) {
      return { message: 'the included files have more than 4 MiB together', advice: 'include each file once' };
    }
    this.readText(file.text, { path: file.path, from: { source, place } });
    return null;
  }

  /** `${VAR}` anywhere in the line, then `$ncpus` and its like. */
  private substitute(content: string, start: number, place: (column: number) => Place): Substituted {
    // Names cannot hold braces: that keeps a line of nothing but "$" and "{" from taking quadratic time.
    const withEnvironment = content.replace(/\$\{([^{}]*)\}/g, (_, name: string, column: number) => {
      const value = variable(this.substitutions.environment, name);
      if (value === undefined) this.warnUndefined(name, place(column));
      return value ?? '';
    });
    const open = content.replace(/\$\{[^{}]*\}/g, '').indexOf('${');
    if (open >= 0) {
      const at = place(content.lastIndexOf('${'));
      this.report(
        at.includedFrom === undefined ? at : wholeLine(at),
        'an environment variable without its closing "}"',
        'close it',
      );
    }
    return this.substituteKeywords(withEnvironment, start, content, place);
  }

  private substituteKeywords(
    text: string,
    start: number,
    content: string,
    place: (column: number) => Place,
  ): Substituted {
    const { cpuCount, pageBytes, memoryBytes, host } = this.substitutions;
    if (memoryBytes === undefined && text.includes('$mb_memory')) {
      const column = Math.max(content.indexOf('$mb_memory'), start);
      this.report(place(column), '$mb_memory is not known here', 'write the number of MiB');
    }
    const replaced = (host === undefined ? text : withHost(text, host))
      .replaceAll('$pagesize', String(pageBytes))
      .replaceAll('$mb_memory', String(Math.floor((memoryBytes ?? 0) / 2 ** 20)))
      .replaceAll('$ncpus', String(cpuCount));
    return { text: replaced, calculable: replaced !== text };
  }

  private warnUndefined(name: string, place: Place): void {
    this.warnings.push({
      code: 'undefined-variable',
      jobName: null,
      message: `${place.file}:${place.line}:${place.column}: the environment variable "${name}" is not set; it is read as empty, as fio does`,
      advice: `set it: ${name || 'NAME'}=… iotest run ${place.file}`,
    });
  }

  private report(place: Place, message: string, advice: string): void {
    this.problems.push({ place, message, advice });
  }
}

/** A name is no text of a pattern: `$&` in it means nothing. */
export function withHost(text: string, { name, index, count }: HostPlace): string {
  return text
    .replaceAll('$host_index', String(index))
    .replaceAll('$host_count', String(count))
    .replaceAll('$hostname', () => name);
}

interface Substituted {
  readonly text: string;
  readonly calculable: boolean;
}

/** A source and all that includes it, outermost first. */
function chainOf(source: Source): readonly Source[] {
  return source.from === null ? [source] : [...chainOf(source.from.source), source];
}

/** Comments begin anywhere in a line, so no value can hold `;` or `#`. */
function commentStart(line: string): number {
  const start = line.search(/[;#]/);
  return start < 0 ? line.length : start;
}

function splitOption(
  { text, calculable }: Substituted,
  source: string,
  start: number,
  place: (column: number) => Place,
): RawOption {
  const literal = text === source;
  const equals = text.indexOf('=');
  const keyPlace = place(start);
  if (equals < 0) return { key: text.trim(), value: null, keyPlace, valuePlace: keyPlace, literal, calculable };
  const key = text.slice(0, equals).trim();
  const value = text.slice(equals + 1).trim();
  const sourceEquals = source.indexOf('=');
  const afterEquals = source.slice(sourceEquals + 1);
  const valueColumn = sourceEquals + 1 + (afterEquals.length - afterEquals.trimStart().length);
  const valuePlace = sourceEquals < 0 ? keyPlace : place(value === '' ? sourceEquals + 1 : valueColumn);
  return { key, value, keyPlace, valuePlace, literal, calculable };
}
