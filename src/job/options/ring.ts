/** What fio has no options for: the kernel's threads behind a ring of io_uring, and the form of the ring. */
import { membersOf, wholeNumber } from '../schema.js';
import { done, failed, type KeptType } from '../value-type.js';
import { bool, cpuList, integer, optional, quote, withText } from '../values.js';
import type { Option } from './option.js';
import { optionsOf, row, rows } from './row.js';

const engines = ['io_uring', 'io_uring_cmd'] as const;

/** The kernel counts its workers in 16 bits of a reference count; nobody has as many. */
const workersMax = 32767;
const idleMsMax = 3_600_000;
const workerCount = integer({ min: 0, max: workersMax });

interface WorkerCounts {
  readonly bounded: number;
  readonly unbounded: number;
}

/** `4,8`, or `4` for the bounded ones alone; 0 = as the kernel has it. */
const workerCounts: KeptType<WorkerCounts> = {
  schema: membersOf<WorkerCounts>({ bounded: wholeNumber, unbounded: wholeNumber }),
  word: 'two numbers, as in 4,8',
  parse: (text, context) =>
    withText(text, '4,8', (given) => {
      const parts = given.split(',');
      if (parts.length > 2)
        return failed(`${quote(given)} are ${parts.length} numbers`, 'write bounded,unbounded: 4,8');
      const bounded = workerCount.parse(parts[0]!, context);
      if (!bounded.ok) return bounded;
      const unbounded = workerCount.parse(parts[1] ?? '0', context);
      if (!unbounded.ok) return { ...unbounded, offset: unbounded.offset + parts[0]!.length + 1 };
      return done({ bounded: bounded.value, unbounded: unbounded.value }, [...bounded.notes, ...unbounded.notes]);
    }),
  print: ({ bounded, unbounded }) => `${bounded},${unbounded}`,
};

/** What a job asks of the kernel's threads behind its ring, and of the ring's form. */
export const ringRows = rows('engine', {
  /** How long SQPOLL's thread looks for work before it sleeps; null = 1000. */
  sqThreadIdleMs: row({
    name: 'sq_thread_idle',
    scope: engines,
    unit: 'ms',
    initial: null,
    tier: 2,
    help: 'How long the thread of sqthread_poll looks for work before it sleeps; not given, 1000.',
    example: '50',
    ours: true,
    type: optional(integer({ min: 1, max: idleMsMax })),
  }),
  /** One SQPOLL thread serves all jobs that run together and have this (IORING_SETUP_ATTACH_WQ). */
  sharesSqThread: row({
    name: 'sq_thread_share',
    scope: engines,
    initial: false,
    tier: 2,
    help: 'One thread of sqthread_poll serves all jobs that run together and have this (IORING_SETUP_ATTACH_WQ).',
    ours: true,
    type: bool,
  }),
  /** IORING_REGISTER_IOWQ_MAX_WORKERS; 0 leaves the kernel's own limit, null both. */
  workerCountMax: row({
    name: 'iowq_max_workers',
    scope: engines,
    initial: null,
    tier: 2,
    help: "Most io-wq workers: for files and block devices, and for all else; 0 = the kernel's own (Linux 5.15).",
    example: '4,8',
    ours: true,
    type: optional(workerCounts, ({ bounded, unbounded }) => bounded === 0 && unbounded === 0),
  }),
  /** IORING_REGISTER_IOWQ_AFF; null = where the job's thread may run. */
  workerCpus: row({
    name: 'iowq_cpus',
    scope: engines,
    initial: null,
    tier: 2,
    help: 'CPUs of these workers (Linux 5.14); not given, those of the job.',
    ours: true,
    type: optional(cpuList),
  }),
  /** IORING_SETUP_NO_SQARRAY. */
  withoutSqArray: row({
    name: 'no_sqarray',
    scope: engines,
    initial: false,
    tier: 3,
    help: 'A submission queue without its array of indexes (IORING_SETUP_NO_SQARRAY, Linux 6.6).',
    ours: true,
    type: bool,
  }),
});

export const ringOptions: readonly Option[] = optionsOf(ringRows);
