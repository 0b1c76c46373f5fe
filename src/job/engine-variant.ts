/**
 * Engines as users name them on the command line: `io_uring+sqpoll+fixed`. A variant replaces the engine of a job and
 * switches modes on; a label is the way back.
 */
import { type Problem, UserError } from '../support/errors.js';
import { suggestion } from '../support/suggest.js';
import { type EngineName, type EngineOptions, engineNames } from './job.js';
import { defaultNetwork } from './network.js';

interface Mode {
  readonly name: string;
  readonly engines: readonly EngineName[];
  /** Left out of messages; `nop` measures the ring itself. */
  readonly hidden?: boolean;
  readonly isOn: (engine: EngineOptions) => boolean;
  readonly changes: (name: EngineName) => Partial<EngineOptions>;
}

/** In the order in which labels name them. Those further up include those below (`fixed` both registrations). */
const modes: readonly Mode[] = [
  {
    name: 'sqpoll',
    engines: ['io_uring', 'io_uring_cmd'],
    isOn: (engine) => engine.sqpoll,
    changes: () => ({ sqpoll: true }),
  },
  {
    name: 'iopoll',
    engines: ['io_uring', 'io_uring_cmd', 'pvsync2'],
    isOn: (engine) => engine.iopoll || engine.highPriority,
    changes: (name) => (name === 'pvsync2' ? { highPriority: true } : { iopoll: true }),
  },
  {
    name: 'fixed',
    engines: ['io_uring', 'io_uring_cmd'],
    isOn: (engine) => engine.fixedBuffers && engine.fixedFiles,
    changes: () => ({ fixedBuffers: true, fixedFiles: true }),
  },
  {
    name: 'fixedbufs',
    engines: ['io_uring', 'io_uring_cmd'],
    isOn: (engine) => engine.fixedBuffers && !engine.fixedFiles,
    changes: () => ({ fixedBuffers: true }),
  },
  {
    name: 'registerfiles',
    engines: ['io_uring', 'io_uring_cmd'],
    isOn: (engine) => engine.fixedFiles && !engine.fixedBuffers,
    changes: () => ({ fixedFiles: true }),
  },
  {
    name: 'nowait',
    engines: ['pvsync2', 'io_uring', 'libaio'],
    isOn: (engine) => engine.nowait,
    changes: () => ({ nowait: true }),
  },
  {
    name: 'uncached',
    engines: ['pvsync2', 'io_uring'],
    isOn: (engine) => engine.uncached,
    changes: () => ({ uncached: true }),
  },
  {
    name: 'nop',
    engines: ['io_uring'],
    hidden: true,
    isOn: (engine) => engine.nop,
    changes: () => ({ nop: true }),
  },
];

/** What only some engines have: how it is written in a job file, and its value when off. */
const engineFlags: readonly {
  readonly option: string;
  readonly engines: readonly EngineName[];
  readonly off: Partial<EngineOptions>;
}[] = [
  { option: 'hipri', engines: ['io_uring', 'io_uring_cmd'], off: { iopoll: false } },
  { option: 'sqthread_poll', engines: ['io_uring', 'io_uring_cmd'], off: { sqpoll: false } },
  { option: 'sqthread_poll_cpu', engines: ['io_uring', 'io_uring_cmd'], off: { sqpollCpu: null } },
  { option: 'fixedbufs', engines: ['io_uring', 'io_uring_cmd'], off: { fixedBuffers: false } },
  { option: 'registerfiles', engines: ['io_uring', 'io_uring_cmd'], off: { fixedFiles: false } },
  { option: 'nonvectored', engines: ['io_uring'], off: { nonvectored: null } },
  { option: 'force_async', engines: ['io_uring'], off: { forceAsyncEvery: 0 } },
  { option: 'uring_binding', engines: ['io_uring', 'io_uring_cmd'], off: { binding: 'auto' } },
  { option: 'sq_thread_idle', engines: ['io_uring', 'io_uring_cmd'], off: { sqThreadIdleMs: null } },
  { option: 'sq_thread_share', engines: ['io_uring', 'io_uring_cmd'], off: { sharesSqThread: false } },
  { option: 'iowq_max_workers', engines: ['io_uring', 'io_uring_cmd'], off: { workerCountMax: null } },
  { option: 'iowq_cpus', engines: ['io_uring', 'io_uring_cmd'], off: { workerCpus: null } },
  { option: 'no_sqarray', engines: ['io_uring', 'io_uring_cmd'], off: { withoutSqArray: false } },
  { option: 'nop', engines: ['io_uring'], off: { nop: false } },
  { option: 'hipri', engines: ['pvsync2'], off: { highPriority: false } },
  { option: 'hipri_percentage', engines: ['pvsync2'], off: { highPriorityPercent: 100 } },
  { option: 'nowait', engines: ['pvsync2', 'io_uring', 'libaio'], off: { nowait: false } },
  { option: 'uncached', engines: ['pvsync2', 'io_uring'], off: { uncached: false } },
  { option: 'cmdprio', engines: ['io_uring', 'libaio'], off: { commandPriority: null } },
  { option: 'libaio_vectored', engines: ['libaio'], off: { libaioVectored: false } },
  { option: 'userspace_reap', engines: ['libaio'], off: { userspaceReap: true } },
  { option: 'hostname, port, protocol…', engines: ['net', 'io_uring_net'], off: { network: defaultNetwork } },
  { option: 'file_create', engines: ['filecreate', 'io_uring_filecreate'], off: { fileCreate: 'open' } },
  {
    option: 'stat_type',
    engines: ['filestat', 'dirstat', 'io_uring_filestat', 'io_uring_dirstat'],
    off: { statType: 'stat' },
  },
];

export interface EngineVariant {
  readonly name: EngineName;
  readonly modes: readonly string[];
}

/**
 * Takes `name+mode+mode` apart.
 * @throws UserError naming every unknown part, with a suggestion.
 */
export function splitEngineVariant(variant: string): EngineVariant {
  const [typedName, ...typedModes] = variant.split('+').map((part) => part.trim()) as [string, ...string[]];
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
      problems.push({ place: null, message: `unknown mode "${typedMode}" in "${variant}"`, advice });
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
 * off (see `optionsLostByVariant`), and the modes named are switched on. Depth and batches stay.
 * @throws UserError on an unknown engine or mode.
 */
export function applyEngineVariant(engine: EngineOptions, variant: string): EngineOptions {
  const { name, modes: wanted } = splitEngineVariant(variant);
  const changes = modes.filter((mode) => wanted.includes(mode.name)).map((mode) => mode.changes(name));
  return Object.assign({}, withoutForeignFlags({ ...engine, name }), ...changes);
}

/** The options by name (`fixedbufs`) that are set in `engine` and that the variant's engine does not have. */
export function optionsLostByVariant(engine: EngineOptions, variant: string): readonly string[] {
  const { name } = splitEngineVariant(variant);
  return engineFlags
    .filter(
      (flag) =>
        !flag.engines.includes(name) && Object.entries(flag.off).some(([key, off]) => read(engine, key) !== off),
    )
    .map((flag) => flag.option);
}

function read(engine: EngineOptions, key: string): unknown {
  return engine[key as keyof EngineOptions];
}

function withoutForeignFlags(engine: EngineOptions): EngineOptions {
  const off = engineFlags.filter((flag) => !flag.engines.includes(engine.name)).map((flag) => flag.off);
  return Object.assign({}, engine, ...off);
}

/** As users name it: `io_uring+sqpoll`, `psync`. `applyEngineVariant(plain, engineLabel(e))` has the modes of `e`. */
export function engineLabel(engine: EngineOptions): string {
  const on = modes.filter((mode) => mode.engines.includes(engine.name) && mode.isOn(engine));
  return [engine.name, ...on.map((mode) => mode.name)].join('+');
}
