/** Engines that run beside I/O and do none: how much to compute (cpuio), which program to run (exec). */
import type { EngineName } from '../engine-names.js';
import { bool, integer, line, oneOf, optional } from '../values.js';
import type { Option } from './option.js';
import { optionsOf, row, rows } from './row.js';

const cpuio = ['cpuio'] as const satisfies readonly EngineName[];
const exec = ['exec'] as const satisfies readonly EngineName[];

export const computeRows = rows('engine.compute', {
  /** As written: above 100 means 100. 0 or null = not given. */
  loadPercent: row({
    name: 'cpuload',
    scope: cpuio,
    unit: '%',
    initial: null,
    tier: 2,
    help: 'Share of one CPU to compute on, up to 100; the rest is slept.',
    example: '85',
    type: optional(integer({ min: 0, max: 2 ** 31 - 1 })),
  }),
  chunkUs: row({
    name: 'cpuchunks',
    scope: cpuio,
    unit: 'us',
    initial: 50000,
    tier: 3,
    help: 'How long to compute at a time; a pause follows each.',
    type: integer({ min: 1, max: 2 ** 31 - 1 }),
  }),
  mode: row({
    name: 'cpumode',
    scope: cpuio,
    initial: 'noop',
    tier: 3,
    help: 'What is computed: nothing but the time (noop), or numbers are sorted, which takes more power (qsort).',
    type: oneOf(['noop', 'qsort']),
  }),
  endsWithIo: row({
    name: 'exit_on_io_done',
    scope: cpuio,
    initial: false,
    tier: 3,
    help: 'End when all jobs that do I/O have ended; without a runtime it does so anyway.',
    type: bool,
  }),
});

export const programRows = rows('engine.program', {
  /** As execvp(3) finds it; null = not given. */
  path: row({
    name: 'program',
    scope: exec,
    initial: null,
    tier: 3,
    help: 'The program to run, only with --allow-exec; looked for in PATH when it has no slash.',
    example: '/usr/bin/vmstat',
    type: optional(line),
  }),
  /** Split at spaces. */
  arguments: row({
    name: 'arguments',
    scope: exec,
    initial: null,
    tier: 3,
    help: 'Its arguments, split at spaces; %r is the runtime in seconds, %n the name of the job.',
    example: '-n 1 %r',
    type: optional(line),
  }),
  graceSeconds: row({
    name: 'grace_time',
    scope: exec,
    unit: 's',
    initial: 1,
    tier: 3,
    help: 'Time between SIGTERM and SIGKILL when the job ends before its program.',
    type: integer({ min: 0, max: 25, maxReason: 'a job that is over waits no longer' }),
  }),
  redirects: row({
    name: 'std_redirect',
    scope: exec,
    initial: true,
    tier: 3,
    help: 'Put its output into JOBNAME.stdout and JOBNAME.stderr; 0 = it goes where ours goes.',
    type: bool,
  }),
});

export const besideIoOptions: readonly Option[] = [...optionsOf(computeRows), ...optionsOf(programRows)];
