/** The thread that does the I/O: CPUs, priorities, name, credentials, and the commands around it. */
import { bufferMemory, cpuMask, threadName } from '../process-values.js';
import { choice, cpuList, integer, line, optional, size } from '../values.js';
import { type Option, supported } from './option.js';

export const processOptions: readonly Option[] = [
  supported({
    name: 'cpus_allowed',
    tier: 2,
    help: 'CPUs that the threads of the job may use.',
    example: '0,1',
    type: cpuList,
    get: (draft) => draft.process.cpusAllowed,
    set: (draft, value) => {
      draft.process.cpusAllowed = value;
    },
  }),
  supported({
    name: 'cpumask',
    tier: 2,
    help: 'The same as bits of a number; the last of the two wins.',
    type: cpuMask,
    get: () => null,
    set: (draft, value) => {
      draft.process.cpusAllowed = value;
    },
  }),
  supported({
    name: 'cpus_allowed_policy',
    default: 'shared',
    tier: 2,
    help: 'All these CPUs for each thread, or one of them for each in turn.',
    type: choice<'shared' | 'split'>({ shared: 'shared', split: 'split' }),
    get: (draft) => draft.process.cpusAllowedPolicy,
    set: (draft, value) => {
      draft.process.cpusAllowedPolicy = value;
    },
  }),
  supported({
    name: 'nice',
    tier: 2,
    help: 'Nice value of the threads, -20 to 19.',
    example: '-5',
    type: integer({ min: -20, max: 19 }),
    get: (draft) => draft.process.nice,
    set: (draft, value) => {
      draft.process.nice = value;
    },
  }),
  supported({
    name: 'prio',
    tier: 2,
    help: 'I/O priority within the class, 0 (highest) to 7.',
    type: integer({ min: 0, max: 7 }),
    get: (draft) => draft.process.prio,
    set: (draft, value) => {
      draft.process.prio = value;
    },
  }),
  supported({
    name: 'prioclass',
    tier: 2,
    help: 'I/O priority class: 0 none, 1 real time, 2 best effort, 3 idle.',
    type: integer({ min: 0, max: 3 }),
    get: (draft) => draft.process.prioClass,
    set: (draft, value) => {
      draft.process.prioClass = value;
    },
  }),
  supported({
    name: 'priohint',
    tier: 2,
    help: 'Hint that goes with the I/O priority, 0 to 1023 (Linux 6.5).',
    type: optional(integer({ min: 0, max: 1023 })),
    get: (draft) => draft.process.prioHint,
    set: (draft, value) => {
      draft.process.prioHint = value;
    },
  }),
  supported({
    name: 'comm',
    tier: 2,
    help: 'Name of the threads to the kernel, at most 15 bytes.',
    type: optional(threadName),
    get: (draft) => draft.process.comm,
    set: (draft, value) => {
      draft.process.comm = value;
    },
  }),
  supported({
    name: 'uid',
    tier: 2,
    help: 'Number of the user as which files are opened and I/O is done.',
    type: optional(integer({ min: 0, max: 4294967294 })),
    get: (draft) => draft.process.uid,
    set: (draft, value) => {
      draft.process.uid = value;
    },
  }),
  supported({
    name: 'gid',
    tier: 2,
    help: 'Number of the group as which files are opened and I/O is done.',
    type: optional(integer({ min: 0, max: 4294967294 })),
    get: (draft) => draft.process.gid,
    set: (draft, value) => {
      draft.process.gid = value;
    },
  }),
  supported({
    name: 'exec_prerun',
    tier: 2,
    help: 'Shell command to run before the job, only with --allow-exec; output in JOBNAME.prerun.txt.',
    type: optional(line),
    get: (draft) => draft.process.execPrerun,
    set: (draft, value) => {
      draft.process.execPrerun = value;
    },
  }),
  supported({
    name: 'exec_postrun',
    tier: 2,
    help: 'Shell command to run after the job, only with --allow-exec; output in JOBNAME.postrun.txt.',
    type: optional(line),
    get: (draft) => draft.process.execPostrun,
    set: (draft, value) => {
      draft.process.execPostrun = value;
    },
  }),
  supported({
    name: 'mem',
    aliases: ['iomem'],
    default: 'malloc',
    tier: 2,
    help: 'What memory the buffers are in; mmap, mmapshared and mmaphuge take a file after ":".',
    type: bufferMemory,
    get: (draft) => draft.process.bufferMemory,
    set: (draft, value) => {
      draft.process.bufferMemory = value;
    },
  }),
  supported({
    name: 'hugepage-size',
    unit: 'bytes',
    tier: 2,
    help: "Size of the huge pages of mem=shmhuge and mem=mmaphuge; default is the system's.",
    type: optional(size({ min: 4096, max: 2 ** 34 })),
    get: (draft) => draft.process.hugePageBytes,
    set: (draft, value) => {
      draft.process.hugePageBytes = value;
    },
  }),
  supported({
    name: 'lockmem',
    unit: 'bytes',
    default: '0',
    tier: 2,
    help: 'Memory to pin while a thread runs, to have less of it for the cache.',
    type: size(),
    get: (draft) => draft.process.lockedBytes,
    set: (draft, value) => {
      draft.process.lockedBytes = value;
    },
  }),
];
