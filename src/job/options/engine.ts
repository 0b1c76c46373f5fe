/** Which way I/O takes into the kernel, and how much of it is on the way at once. */
import { engineNames } from '../job.js';
import { bool, choice, flag, integer, optional } from '../values.js';
import { fixed, type Option, supported } from './option.js';

/** Engines of fio's that are not here, each with what comes nearest. */
export const foreignEngines: Readonly<Record<string, string>> = {
  posixaio: 'take io_uring, or libaio with direct=1: the kernel does what glibc has threads for',
  solarisaio: 'that is for Solaris; here take io_uring or libaio',
  windowsaio: 'that is for Windows; here take io_uring or libaio',
  splice: 'the nearest is psync, which copies where splice moves pages',
  netsplice: 'the nearest is net, or io_uring_net with send_zc=1',
  rdma: 'the nearest is net',
  sg: 'the nearest is psync on the block device with direct=1',
  cpuio: 'iotest does no computing jobs; run the load beside it',
  exec: 'run the program beside it',
  external: 'engines cannot be loaded from files; take io_uring',
  xnvme: 'the nearest is io_uring on the block device',
  libblkio: 'the nearest is io_uring on the block device',
  'libaio-fio': 'write libaio',
  'dev-dax': 'the nearest is mmap',
  libpmem: 'the nearest is mmap',
  mtd: 'the nearest is psync',
  falloc: 'the nearest is chain=fallocate,write with ioengine=io_uring and rw=write',
  ftruncate: 'the nearest are filecreate and filedelete, which make and delete files',
  e4defrag: 'run e4defrag beside the job',
  rbd: 'map the image with rbd-nbd or krbd and take io_uring',
  rados: 'map an image and take io_uring',
  nbd: 'attach it with nbd-client and take io_uring',
  nfs: 'mount it and take io_uring or psync',
  http: 'mount it through FUSE and take psync',
  gfapi: 'mount the volume and take io_uring or psync',
  gfapi_async: 'mount the volume and take io_uring',
  libhdfs: 'mount it through FUSE and take psync',
  dfs: 'mount it through FUSE and take psync',
  libiscsi: 'log in with iscsiadm and take io_uring',
  libzbc: 'the nearest is psync on the block device',
  ime_psync: 'mount it and take psync',
  ime_psyncv: 'mount it and take pvsync',
  ime_aio: 'mount it and take libaio',
  guasi: 'the nearest is io_uring',
  libcufile: 'the nearest is io_uring with direct=1',
};

/** io_uring's limit on the completion queue (IORING_MAX_CQ_ENTRIES, io_uring/io_uring.h in Linux). */
const depthMax = 65536;
const depthLimits = { min: 1, max: depthMax, maxReason: 'an io_uring completion queue has no more entries' };
const batch = integer({ min: 0, max: depthMax });

/** Engines with a ring. */
const ringEngines = ['io_uring', 'io_uring_cmd'] as const;

export const engineOptions: readonly Option[] = [
  supported({
    name: 'ioengine',
    default: 'psync',
    tier: 1,
    help: 'The way into the kernel.',
    type: choice(Object.fromEntries(engineNames.map((name) => [name, name])), foreignEngines),
    get: (draft) => draft.engine.name,
    set: (draft, value) => {
      draft.engine.name = value;
    },
  }),
  supported({
    name: 'iodepth',
    default: '1',
    tier: 1,
    help: 'I/Os on the way at once, per clone; engines that wait for each I/O have 1.',
    example: '32',
    type: integer(depthLimits),
    get: (draft) => draft.engine.depth,
    set: (draft, value) => {
      draft.engine.depth = value;
    },
  }),
  supported({
    name: 'iodepth_batch',
    aliases: ['iodepth_batch_submit'],
    tier: 1,
    help: 'I/Os per submission; 0 = iodepth. Not given, it adapts: few on a device, many where data is cached.',
    type: optional(batch),
    get: (draft) => draft.engine.batchSubmit,
    set: (draft, value) => {
      draft.engine.batchSubmit = value;
    },
  }),
  supported({
    name: 'iodepth_batch_complete_min',
    aliases: ['iodepth_batch_complete'],
    default: '1',
    tier: 1,
    help: 'Wait for at least so many completions; 0 polls.',
    type: batch,
    get: (draft) => draft.engine.batchCompleteMin,
    set: (draft, value) => {
      draft.engine.batchCompleteMin = value;
    },
  }),
  supported({
    name: 'iodepth_batch_complete_max',
    tier: 1,
    help: 'Take at most so many completions at once; 0 or not given = no limit.',
    type: optional(batch, (value) => value === 0),
    get: (draft) => draft.engine.batchCompleteMax,
    set: (draft, value) => {
      draft.engine.batchCompleteMax = value;
    },
  }),
  supported({
    name: 'iodepth_low',
    tier: 1,
    help: 'When the depth is reached, refill only below this many; 0 or not given = iodepth.',
    type: optional(batch, (value) => value === 0),
    get: (draft) => draft.engine.depthLow,
    set: (draft, value) => {
      draft.engine.depthLow = value;
    },
  }),
  supported({
    name: 'hipri',
    scope: ringEngines,
    default: '0',
    tier: 1,
    help: 'Poll for completions (IORING_SETUP_IOPOLL); needs direct=1 and a device with poll queues.',
    type: flag,
    get: (draft) => draft.engine.iopoll,
    set: (draft, value) => {
      draft.engine.iopoll = value;
    },
  }),
  supported({
    name: 'sqthread_poll',
    scope: ringEngines,
    default: '0',
    tier: 1,
    help: 'A kernel thread takes the submissions (IORING_SETUP_SQPOLL).',
    type: flag,
    get: (draft) => draft.engine.sqpoll,
    set: (draft, value) => {
      draft.engine.sqpoll = value;
    },
  }),
  supported({
    name: 'sqthread_poll_cpu',
    scope: ringEngines,
    tier: 1,
    help: 'The CPU of that kernel thread.',
    type: integer({ min: 0, max: 65535 }),
    get: (draft) => draft.engine.sqpollCpu,
    set: (draft, value) => {
      draft.engine.sqpollCpu = value;
    },
  }),
  supported({
    name: 'fixedbufs',
    scope: ringEngines,
    default: '0',
    tier: 1,
    help: 'Register the buffers once; counts towards RLIMIT_MEMLOCK.',
    type: flag,
    get: (draft) => draft.engine.fixedBuffers,
    set: (draft, value) => {
      draft.engine.fixedBuffers = value;
    },
  }),
  supported({
    name: 'registerfiles',
    scope: ringEngines,
    default: '0',
    tier: 1,
    help: 'Register the open files once.',
    type: flag,
    get: (draft) => draft.engine.fixedFiles,
    set: (draft, value) => {
      draft.engine.fixedFiles = value;
    },
  }),
  supported({
    name: 'nonvectored',
    scope: ['io_uring'],
    default: '-1',
    tier: 1,
    help: 'Which calls to use: 1 READ and WRITE, 0 READV and WRITEV, -1 the former where the kernel has them.',
    type: optional(choice<0 | 1 | -1>({ '-1': -1, '0': 0, '1': 1 }), (value) => value === -1),
    get: ({ engine }) => (engine.nonvectored === null ? null : engine.nonvectored ? 1 : 0),
    set: (draft, value) => {
      draft.engine.nonvectored = value === null ? null : value === 1;
    },
  }),
  supported({
    name: 'force_async',
    scope: ['io_uring'],
    default: '0',
    tier: 1,
    help: 'Hand every so-manyth I/O to a kernel worker at once (IOSQE_ASYNC); 0 = none.',
    type: integer({ min: 0, max: 2 ** 31 - 1 }),
    get: (draft) => draft.engine.forceAsyncEvery,
    set: (draft, value) => {
      draft.engine.forceAsyncEvery = value;
    },
  }),
  supported({
    name: 'hipri',
    scope: ['pvsync2'],
    default: '0',
    tier: 2,
    help: 'High priority, polled where the device can (RWF_HIPRI).',
    type: flag,
    get: (draft) => draft.engine.highPriority,
    set: (draft, value) => {
      draft.engine.highPriority = value;
    },
  }),
  supported({
    name: 'hipri_percentage',
    scope: ['pvsync2'],
    unit: '%',
    default: '100',
    tier: 2,
    help: 'Share of I/Os that hipri counts for.',
    type: integer({ min: 0, max: 100 }),
    get: (draft) => draft.engine.highPriorityPercent,
    set: (draft, value) => {
      draft.engine.highPriorityPercent = value;
    },
  }),
  supported({
    name: 'nowait',
    scope: ['pvsync2', 'io_uring', 'libaio'],
    default: '0',
    tier: 2,
    help: 'Fail instead of waiting (RWF_NOWAIT).',
    type: bool,
    get: (draft) => draft.engine.nowait,
    set: (draft, value) => {
      draft.engine.nowait = value;
    },
  }),
  supported({
    name: 'uncached',
    scope: ['pvsync2', 'io_uring'],
    default: '0',
    tier: 2,
    help: 'Keep nothing of buffered I/O in the page cache (RWF_DONTCACHE, Linux 6.14); any number but 0.',
    type: integer({ min: 0, max: 2 ** 31 - 1 }),
    get: (draft) => Number(draft.engine.uncached),
    set: (draft, value) => {
      draft.engine.uncached = value !== 0;
    },
  }),
  supported({
    name: 'atomic',
    default: '0',
    tier: 2,
    help: 'Writes done in full or not at all (RWF_ATOMIC, Linux 6.11): pvsync2, libaio and io_uring, with direct=1.',
    type: bool,
    get: (draft) => draft.engine.atomic,
    set: (draft, value) => {
      draft.engine.atomic = value;
    },
  }),
  supported({
    name: 'libaio_vectored',
    scope: ['libaio'],
    default: '0',
    tier: 2,
    help: 'Use PREADV and PWRITEV in place of PREAD and PWRITE.',
    type: bool,
    get: (draft) => draft.engine.libaioVectored,
    set: (draft, value) => {
      draft.engine.libaioVectored = value;
    },
  }),
  supported({
    name: 'userspace_reap',
    scope: ['libaio'],
    default: '1',
    tier: 2,
    help: 'Take completions from the mapped ring without a system call; 0 = always by io_getevents.',
    type: flag,
    get: (draft) => draft.engine.userspaceReap,
    set: (draft, value) => {
      draft.engine.userspaceReap = value;
    },
  }),
  supported({
    name: 'uring_binding',
    scope: ringEngines,
    default: 'auto',
    tier: 2,
    help: 'Set rings up through liburing, or by system calls; auto takes liburing where it is installed.',
    ours: true,
    type: choice<'auto' | 'liburing' | 'syscalls'>({ auto: 'auto', liburing: 'liburing', syscalls: 'syscalls' }),
    get: (draft) => draft.engine.binding,
    set: (draft, value) => {
      draft.engine.binding = value;
    },
  }),
  fixed({
    name: 'nonvectored',
    scope: ['io_uring_cmd'],
    default: '-1',
    tier: 3,
    help: 'Whether a command has one buffer (1) or a list of them (0).',
    values: ['1', '-1'],
    reason: 'not supported: a command has one buffer',
    nearest: 'leave it out',
  }),
  fixed({
    name: 'cmd_type',
    scope: ['io_uring_cmd'],
    default: 'nvme',
    tier: 3,
    help: 'Kind of device that commands are for.',
    values: ['nvme'],
    reason: 'not supported: only NVMe commands are sent',
    nearest: 'use ioengine=io_uring on the block device',
  }),
  supported({
    name: 'file_create',
    scope: ['filecreate', 'io_uring_filecreate'],
    default: 'open',
    tier: 2,
    help: 'What making a file is: open and close it; write one block between them; and commit that with fsync.',
    ours: true,
    type: choice<'open' | 'write' | 'commit'>({ open: 'open', write: 'write', commit: 'commit' }),
    get: (draft) => draft.engine.fileCreate,
    set: (draft, value) => {
      draft.engine.fileCreate = value;
    },
  }),
  supported({
    name: 'stat_type',
    scope: ['filestat', 'dirstat', 'io_uring_filestat', 'io_uring_dirstat'],
    default: 'stat',
    tier: 3,
    help: 'The call that looks at a file; through io_uring it is always statx, with what the call named asks for.',
    type: choice<'stat' | 'lstat' | 'statx'>({ stat: 'stat', lstat: 'lstat', statx: 'statx' }),
    get: (draft) => draft.engine.statType,
    set: (draft, value) => {
      draft.engine.statType = value;
    },
  }),
  supported({
    name: 'nop',
    scope: ['io_uring'],
    default: '0',
    tier: 3,
    help: 'Issue no-operations instead of I/O, to measure the ring itself.',
    ours: true,
    hidden: true,
    type: bool,
    get: (draft) => draft.engine.nop,
    set: (draft, value) => {
      draft.engine.nop = value;
    },
  }),
];
