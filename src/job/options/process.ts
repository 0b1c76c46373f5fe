/** The thread that does the I/O: CPUs, priorities, name, credentials, and the commands around it. */
import { bufferMemory, cpuMask, threadName } from '../process-values.js';
import { cpuList, integer, line, numberThat, oneOf, optional, size } from '../values.js';
import { type Option, supported } from './option.js';
import { type DraftWith, optionsOf, row, rows } from './row.js';

export const processRows = rows('process', {
  /** CPU numbers; null = no pinning. */
  cpusAllowed: row({
    name: 'cpus_allowed',
    initial: null,
    tier: 2,
    help: 'CPUs that the threads of the job may use.',
    example: '0,1',
    type: cpuList,
  }),
  /** All CPUs for each thread, or one of them for each in turn. */
  cpusAllowedPolicy: row({
    name: 'cpus_allowed_policy',
    initial: 'shared',
    tier: 2,
    help: 'All these CPUs for each thread, or one of them for each in turn.',
    type: oneOf(['shared', 'split']),
  }),
  nice: row({
    name: 'nice',
    initial: null,
    tier: 2,
    help: 'Added to the nice value of the threads, -20 to 19.',
    example: '-5',
    type: integer({ min: -20, max: 19 }),
  }),
  prio: row({
    name: 'prio',
    initial: null,
    tier: 2,
    help: 'I/O priority within the class, 0 (highest) to 7.',
    type: integer({ min: 0, max: 7 }),
  }),
  /** 0 none, 1 real time, 2 best effort, 3 idle (ioprio_set(2)). */
  prioClass: row({
    name: 'prioclass',
    initial: null,
    tier: 2,
    help: 'I/O priority class: 0 none, 1 real time, 2 best effort, 3 idle.',
    type: integer({ min: 0, max: 3 }),
  }),
  /** 0…1023: the hint of ioprio_set(2). */
  prioHint: row({
    name: 'priohint',
    initial: null,
    tier: 2,
    help: 'Hint that goes with the I/O priority, 0 to 1023 (Linux 6.5).',
    type: optional(integer({ min: 0, max: 1023 })),
  }),
  /** Name of the thread to the kernel, at most 15 bytes; null = Node's. */
  comm: row({
    name: 'comm',
    initial: null,
    tier: 2,
    help: 'Name of the threads to the kernel, at most 15 bytes.',
    type: optional(threadName),
  }),
  /** Numbers of the user and the group as which the files are opened and the I/O is done; null = ours. */
  uid: row({
    name: 'uid',
    initial: null,
    tier: 2,
    help: 'Number of the user as which files are opened and I/O is done.',
    type: optional(integer({ min: 0, max: 4294967294 })),
  }),
  gid: row({
    name: 'gid',
    initial: null,
    tier: 2,
    help: 'Number of the group as which files are opened and I/O is done.',
    type: optional(integer({ min: 0, max: 4294967294 })),
  }),
  /** Commands for the shell before and after the job; they run only when the command line allows it. */
  execPrerun: row({
    name: 'exec_prerun',
    initial: null,
    tier: 2,
    help: 'Shell command to run before the job, only with --allow-exec; output in JOBNAME.prerun.txt.',
    type: optional(line),
  }),
  execPostrun: row({
    name: 'exec_postrun',
    initial: null,
    tier: 2,
    help: 'Shell command to run after the job, only with --allow-exec; output in JOBNAME.postrun.txt.',
    type: optional(line),
  }),
  /** What memory the buffers are in; `path` for the kinds that map a file. */
  bufferMemory: row({
    name: 'mem',
    aliases: ['iomem'],
    initial: { kind: 'malloc', path: null },
    tier: 2,
    help: 'What memory the buffers are in; mmap, mmapshared and mmaphuge take a file after ":".',
    type: bufferMemory,
  }),
  /** Bytes of a huge page; null = the system's. */
  hugePageBytes: row({
    name: 'hugepage-size',
    unit: 'bytes',
    initial: null,
    tier: 2,
    help: "Size of the huge pages of mem=shmhuge and mem=mmaphuge; default is the system's.",
    type: optional(
      numberThat(
        size({ min: 0, max: 2 ** 34 }),
        (bytes) => bytes === 0 || bytes >= 4096,
        (text) => `${text} is less than a page`,
        'write 2m, for example',
      ),
      (bytes) => bytes === 0,
    ),
  }),
  /** So much memory is pinned while the job runs; 0 = none. */
  lockedBytes: row({
    name: 'lockmem',
    unit: 'bytes',
    initial: 0,
    tier: 2,
    help: 'Memory to pin while a thread runs, to have less of it for the cache.',
    type: size(),
  }),
});

const cpumask = supported({
  name: 'cpumask',
  tier: 2,
  help: 'The same as bits of a number; the last of the two wins.',
  type: cpuMask,
  get: () => null,
  set: (draft: DraftWith<typeof processRows>, value) => {
    draft.process.cpusAllowed = value;
  },
});

export const processOptions: readonly Option[] = optionsOf(processRows, { cpusAllowed: [cpumask] });
