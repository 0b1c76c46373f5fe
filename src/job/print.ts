/** Jobs → a job file with every option and its effective value, so that parsing it gives the same jobs again. */
import { createDraft, draftOfJob } from './draft.js';
import { engineNames, type Job, type JobSet } from './job.js';
import { optionTable } from './options/index.js';

/**
 * The job file, in fio's syntax and with the options in the order of the table. Defaults are folded into each section.
 * A value that no job file can hold (with `;`, `#` or a variable in it, as a flag may have set it) is printed under a
 * comment that says so.
 * @param marksChanges a comment with the default behind each value that is another one
 * @param onlyTyped of the options only those that the user wrote, with the values that they came to
 */
export function printJobFile(jobSet: JobSet, { marksChanges = false, onlyTyped = false } = {}): string {
  const lines = new Lines(marksChanges ? defaultValues() : null);
  const keeps = (job: Job, name: string): boolean =>
    !onlyTyped || name in job.typedOptions || name in jobSet.globalOptions;
  const sections: string[] = [];
  let groupIndex = jobSet.jobs[0]?.groupIndex ?? 0;
  for (const job of jobSet.jobs) {
    if (job.cloneIndex !== 0) continue;
    sections.push(printSection(job, job.groupIndex !== groupIndex, lines, keeps));
    groupIndex = job.groupIndex;
  }
  return sections.join('\n');
}

function printSection(job: Job, newGroup: boolean, lines: Lines, keeps: (job: Job, name: string) => boolean): string {
  let text = `[${job.source.section}]\n`;
  const ofEngine = lines.of(job.engine.name);
  for (const [name, value] of effectiveOptions(job, newGroup)) {
    if (!keeps(job, name)) continue;
    if (name !== 'name' || value !== job.source.section) text += ofEngine(name, value);
  }
  return text;
}

/** Lines by engine, name and value, each made once: in a file of a thousand sections most of them come a thousand times. */
class Lines {
  readonly #defaults: DefaultValues | null;
  readonly #known = new Map<string, Map<string, Map<string, string>>>();

  constructor(defaults: DefaultValues | null) {
    this.#defaults = defaults;
  }

  of(engine: string): (name: string, value: string) => string {
    const usual = this.#defaults?.get(engine);
    const ofEngine = this.#known.get(engine) ?? new Map<string, Map<string, string>>();
    this.#known.set(engine, ofEngine);
    return (name, value) => {
      let ofName = ofEngine.get(name);
      if (ofName === undefined) {
        ofName = new Map();
        ofEngine.set(name, ofName);
      }
      let line = ofName.get(value);
      if (line === undefined) {
        line = lineOf(name, value, this.#defaults === null ? value : (usual?.get(name) ?? 'none'));
        ofName.set(value, line);
      }
      return line;
    };
  }
}

function lineOf(name: string, value: string, usual: string): string {
  const line = `${name}=${value}`;
  if (isUnwritable(value)) {
    return `; the next value can be given on the command line only, a job file reads it otherwise\n${line}\n`;
  }
  return usual === value ? `${line}\n` : `${line.padEnd(commentColumn)} ; default ${usual}\n`;
}

/** Name and effective value of every option that the job has a value for; those of other engines are left out. */
export function effectiveOptions(job: Job, newGroup = false): readonly (readonly [name: string, value: string])[] {
  const draft = draftOfJob(job, newGroup);
  const options: [name: string, value: string][] = [];
  for (const { name, scope, write, hidden, defaultText } of optionTable) {
    if (write === null || (scope !== 'job' && !scope.includes(job.engine.name))) continue;
    const value = write(draft);
    if (value !== null && !(hidden && value === defaultText)) options.push([name, value]);
  }
  return options;
}

/** Where comments begin, unless a value is longer. */
const commentColumn = 31;

/** By engine, then by name: what each option is when nothing is said. */
type DefaultValues = ReadonlyMap<string, ReadonlyMap<string, string>>;

function defaultValues(): DefaultValues {
  const draft = createDraft();
  const values = new Map<string, Map<string, string>>(engineNames.map((engine) => [engine, new Map()]));
  for (const { name, scope, write } of optionTable) {
    const value = write?.(draft) ?? null;
    if (value === null) continue;
    for (const engine of scope === 'job' ? engineNames : scope) values.get(engine)?.set(name, value);
  }
  return values;
}

const unwritable = /[;#]|\$\{|\$ncpus|\$pagesize|\$mb_memory/;

function isUnwritable(value: string): boolean {
  return unwritable.test(value);
}
