/**
 * Engines as users name them on the command line: `io_uring+sqpoll+fixed`. Such a label replaces the engine of a job and
 * switches modes on, and is made again of what a job has.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Problem, UserError } from '../support/errors.js';
import { suggestion } from '../support/suggest.js';
import { type EngineName, type EngineOptions, engineNames } from './job.js';
import { type Field, partAt, stepsOf, writablePart } from './options/row.js';
import { jobFields } from './options/rows.js';

interface Mode {
  readonly name: string;
  readonly engines: readonly EngineName[];
  /** Left out of messages; `nop` measures the ring itself. */
  readonly hidden?: boolean;
  readonly isOn: (engine: EngineOptions) => boolean;
  readonly changes: (name: EngineName) => Partial<EngineOptions>;
}

/** Fields that only some engines know. */
const ownFields = jobFields.flatMap(({ path, fields }) =>
  Object.entries<Field<unknown, unknown>>(fields).flatMap(([key, { owner, settled }]) =>
    owner === null ? [] : [{ path: stepsOf(path), key, off: settled, ...owner }],
  ),
);

function enginesOf(key: keyof EngineOptions): readonly EngineName[] {
  return ownFields.find((field) => field.key === key)!.engines;
}

/** A mode that is one switch, of its own name. */
function switchMode(name: 'sqpoll' | 'nowait' | 'uncached' | 'nop'): Mode {
  return { name, engines: enginesOf(name), isOn: (engine) => engine[name], changes: () => ({ [name]: true }) };
}

/** In the order in which labels name them. Those further up include those below (`fixed` both registrations). */
const modes: readonly Mode[] = [
  switchMode('sqpoll'),
  {
    name: 'iopoll',
    engines: [...enginesOf('iopoll'), ...enginesOf('highPriority')],
    isOn: (engine) => engine.iopoll || engine.highPriority,
    changes: (name) => (enginesOf('iopoll').includes(name) ? { iopoll: true } : { highPriority: true }),
  },
  {
    name: 'fixed',
    engines: enginesOf('fixedBuffers'),
    isOn: (engine) => engine.fixedBuffers && engine.fixedFiles,
    changes: () => ({ fixedBuffers: true, fixedFiles: true }),
  },
  {
    name: 'fixedbufs',
    engines: enginesOf('fixedBuffers'),
    isOn: (engine) => engine.fixedBuffers && !engine.fixedFiles,
    changes: () => ({ fixedBuffers: true }),
  },
  {
    name: 'registerfiles',
    engines: enginesOf('fixedFiles'),
    isOn: (engine) => engine.fixedFiles && !engine.fixedBuffers,
    changes: () => ({ fixedFiles: true }),
  },
  switchMode('nowait'),
  switchMode('uncached'),
  { ...switchMode('nop'), hidden: true },
];

const foreignFields = (name: EngineName) => ownFields.filter(({ engines }) => !engines.includes(name));

interface EngineWithModes {
  readonly name: EngineName;
  readonly modes: readonly string[];
}

/**
 * Takes `name+mode+mode` apart.
 * @throws UserError naming every unknown part, with a suggestion.
 */
export function splitEngineLabel(label: string): EngineWithModes {
  const [typedName, ...typedModes] = label.split('+').map((part) => part.trim()) as [string, ...string[]];
  const name = engineNames.find((known) => known === typedName);
  const problems: Problem[] = [];
  if (name === undefined) {
    const advice = suggestion(typedName, engineNames) ?? `the engines are ${engineNames.join(', ')}`;
    problems.push({ place: null, message: `unknown engine "${typedName}"`, advice });
  }
  for (const typedMode of typedModes) {
    const mode = modes.find((known) => known.name === typedMode);
    if (mode === undefined) {
      const names = modesOf(name);
      const list = names.length === 0 ? `${name} has no modes` : `the modes are ${names.join(', ')}`;
      const advice = suggestion(typedMode, names) ?? list;
      problems.push({ place: null, message: `unknown mode "${typedMode}" in "${label}"`, advice });
    } else if (name !== undefined && !mode.engines.includes(name)) {
      const message = `engine "${name}" has no mode "${typedMode}"`;
      problems.push({ place: null, message, advice: `it is a mode of ${mode.engines.join(' and ')}` });
    }
  }
  if (name === undefined || problems.length > 0) throw new UserError(problems);
  return { name, modes: typedModes };
}

function modesOf(name: EngineName | undefined): string[] {
  return modes
    .filter((mode) => mode.hidden !== true && (name === undefined || mode.engines.includes(name)))
    .map((mode) => mode.name);
}

/**
 * The engine options of a job with another engine: the name is replaced, what the new engine does not have is switched
 * off (see `optionsLostByLabel`), and the modes named are switched on. Depth and batches stay.
 * @throws UserError on an unknown engine or mode.
 */
export function applyEngineLabel(engine: EngineOptions, label: string): EngineOptions {
  const { name, modes: wanted } = splitEngineLabel(label);
  const changes = modes.filter((mode) => wanted.includes(mode.name)).map((mode) => mode.changes(name));
  return Object.assign({}, withoutForeignFields({ ...engine, name }), ...changes);
}

/** The options by name (`fixedbufs`) that are set in `engine` and that the engine of `label` does not have. */
export function optionsLostByLabel(engine: EngineOptions, label: string): readonly string[] {
  const { name } = splitEngineLabel(label);
  return foreignFields(name)
    .filter(({ path, key, off }) => !isDeepStrictEqual(partAt({ engine }, path)[key], off))
    .map((field) => field.name);
}

function withoutForeignFields(engine: EngineOptions): EngineOptions {
  const job = { engine: { ...engine } };
  for (const { path, key, off } of foreignFields(engine.name)) writablePart(job, path)[key] = off;
  return job.engine;
}

/** All engines, each alone and with each mode that it can have: what `--engine` takes, short of modes together. */
export function engineLabelsOffered(): string[] {
  return engineNames.flatMap((name) => [
    name,
    ...modes
      .filter((mode) => mode.hidden !== true && mode.engines.includes(name))
      .map((mode) => `${name}+${mode.name}`),
  ]);
}

/** `io_uring` of `io_uring+sqpoll`, whether there is such an engine or not. */
export function engineNameOf(label: string): string {
  return label.split('+')[0]!;
}

/** As users name it: `io_uring+sqpoll`, `psync`. `applyEngineLabel(plain, engineLabel(e))` has the modes of `e`. */
export function engineLabel(engine: EngineOptions): string {
  const on = modes.filter((mode) => mode.engines.includes(engine.name) && mode.isOn(engine));
  return [engine.name, ...on.map((mode) => mode.name)].join('+');
}
