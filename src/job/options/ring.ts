/** What fio has no options for: the kernel's threads behind a ring of io_uring, and the form of the ring. */

import { done, failed, type ValueType } from '../value-type.js';
import { bool, cpuList, integer, optional, quote, withText } from '../values.js';
import { type Option, supported } from './option.js';

const engines = ['io_uring', 'io_uring_cmd'] as const;

/** The kernel counts its workers in 16 bits of a reference count; nobody has as many. */
const workersMax = 32767;
const idleMsMax = 3_600_000;
const workerCount = integer({ min: 0, max: workersMax });

/** `4,8`, or `4` for the bounded ones alone; 0 = as the kernel has it. */
const workerCounts: ValueType<{ readonly bounded: number; readonly unbounded: number }> = {
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

export const ringOptions: readonly Option[] = [
  supported({
    name: 'sq_thread_idle',
    scope: engines,
    unit: 'ms',
    tier: 2,
    help: 'How long the thread of sqthread_poll looks for work before it sleeps; not given, 1000.',
    example: '50',
    ours: true,
    type: optional(integer({ min: 1, max: idleMsMax })),
    get: (draft) => draft.engine.sqThreadIdleMs,
    set: (draft, value) => {
      draft.engine.sqThreadIdleMs = value;
    },
  }),
  supported({
    name: 'sq_thread_share',
    scope: engines,
    default: '0',
    tier: 2,
    help: 'One thread of sqthread_poll serves all jobs that run together and have this (IORING_SETUP_ATTACH_WQ).',
    ours: true,
    type: bool,
    get: (draft) => draft.engine.sharesSqThread,
    set: (draft, value) => {
      draft.engine.sharesSqThread = value;
    },
  }),
  supported({
    name: 'iowq_max_workers',
    scope: engines,
    tier: 2,
    help: "Most io-wq workers: for files and block devices, and for all else; 0 = the kernel's own (Linux 5.15).",
    example: '4,8',
    ours: true,
    type: optional(workerCounts, ({ bounded, unbounded }) => bounded === 0 && unbounded === 0),
    get: (draft) => draft.engine.workerCountMax,
    set: (draft, value) => {
      draft.engine.workerCountMax = value;
    },
  }),
  supported({
    name: 'iowq_cpus',
    scope: engines,
    tier: 2,
    help: 'CPUs of these workers (Linux 5.14); not given, those of the job.',
    ours: true,
    type: optional(cpuList),
    get: (draft) => draft.engine.workerCpus,
    set: (draft, value) => {
      draft.engine.workerCpus = value;
    },
  }),
  supported({
    name: 'no_sqarray',
    scope: engines,
    default: '0',
    tier: 3,
    help: 'A submission queue without its array of indexes (IORING_SETUP_NO_SQARRAY, Linux 6.6).',
    ours: true,
    type: bool,
    get: (draft) => draft.engine.withoutSqArray,
    set: (draft, value) => {
      draft.engine.withoutSqArray = value;
    },
  }),
];
