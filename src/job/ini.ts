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
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

export interface Substitutions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What `$ncpus` stands for. */
  readonly cpuCount: number;
  /** What `$pagesize` stands for. */
  readonly pageBytes: number;
}

/** fio's own limit on section names. */
const sectionNameLengthMax = 255;

/** Never throws: what is wrong is in `problems`, in the order of the lines. */
export function parseIni(text: string, fileName: string, substitutions: Substitutions): IniText {
  const reader = new IniReader(fileName, substitutions);
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) reader.readLine(line, index + 1);
  return { sections: reader.sections, problems: reader.problems, warnings: reader.warnings };
}

class IniReader {
  readonly sections: (RawSection & { options: RawOption[] })[] = [];
  readonly problems: Problem[] = [];
  readonly warnings: Warning[] = [];
  private readonly fileName: string;
  private readonly substitutions: Substitutions;
  private strayReported = false;

  constructor(fileName: string, substitutions: Substitutions) {
    this.fileName = fileName;
    this.substitutions = substitutions;
  }

  readLine(line: string, lineNumber: number): void {
    const content = line.slice(0, commentStart(line)).trimEnd();
    const start = content.length - content.trimStart().length;
    if (start === content.length) return;
    const place = (column: number): Place => ({
      file: this.fileName,
      line: lineNumber,
      column: column + 1,
      text: line,
    });
    if (content[start] === '[') this.readHeader(content, start, place);
    else this.readOption(content, start, place);
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

  private readOption(content: string, start: number, place: (column: number) => Place): void {
    const section = this.sections.at(-1);
    if (section === undefined) {
      // One report for all such lines: they have one cause, and a file that is no job file has many.
      if (!this.strayReported) {
        this.report(place(start), 'option outside of a section', 'begin with [global] or with [name of the job]');
      }
      this.strayReported = true;
      return;
    }
    if (/^include\s+[^=\s]/.test(content.slice(start))) {
      this.report(place(start), '"include" is not supported yet', "copy the file's options in here");
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

  /** `${VAR}` anywhere in the line, then `$ncpus` and `$pagesize`. */
  private substitute(content: string, start: number, place: (column: number) => Place): string {
    // Names cannot hold braces: that keeps a line of nothing but "$" and "{" from taking quadratic time.
    const withEnvironment = content.replace(/\$\{([^{}]*)\}/g, (_, name: string, column: number) => {
      const value = Object.hasOwn(this.substitutions.environment, name)
        ? this.substitutions.environment[name]
        : undefined;
      if (value === undefined) this.warnUndefined(name, place(column));
      return value ?? '';
    });
    const open = content.replace(/\$\{[^{}]*\}/g, '').indexOf('${');
    if (open >= 0) {
      this.report(place(content.lastIndexOf('${')), 'an environment variable without its closing "}"', 'close it');
    }
    return this.substituteKeywords(withEnvironment, start, content, place);
  }

  private substituteKeywords(text: string, start: number, content: string, place: (column: number) => Place): string {
    const column = Math.max(content.indexOf('$'), start);
    if (text.includes('$mb_memory')) {
      this.report(place(column), '"$mb_memory" is not supported yet', 'write the number of MiB');
    }
    const replaced = text
      .replaceAll('$ncpus', String(this.substitutions.cpuCount))
      .replaceAll('$pagesize', String(this.substitutions.pageBytes));
    if (replaced === text) return text;
    const value = replaced.slice(replaced.indexOf('=') + 1);
    if (/\d\s*[-+*/]\s*\d/.test(value)) {
      const message = `arithmetic with ${text.includes('$ncpus') ? '$ncpus' : '$pagesize'} is not supported yet`;
      this.report(place(column), message, 'write the result');
    }
    return replaced;
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

/** Comments begin anywhere in a line, so no value can hold `;` or `#`. */
function commentStart(line: string): number {
  const start = line.search(/[;#]/);
  return start < 0 ? line.length : start;
}

function splitOption(text: string, source: string, start: number, place: (column: number) => Place): RawOption {
  const literal = text === source;
  const equals = text.indexOf('=');
  const keyPlace = place(start);
  if (equals < 0) return { key: text.trim(), value: null, keyPlace, valuePlace: keyPlace, literal };
  const key = text.slice(0, equals).trim();
  const value = text.slice(equals + 1).trim();
  const sourceEquals = source.indexOf('=');
  const afterEquals = source.slice(sourceEquals + 1);
  const valueColumn = sourceEquals + 1 + (afterEquals.length - afterEquals.trimStart().length);
  const valuePlace = sourceEquals < 0 ? keyPlace : place(value === '' ? sourceEquals + 1 : valueColumn);
  return { key, value, keyPlace, valuePlace, literal };
}
