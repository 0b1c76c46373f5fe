/** Which way I/O takes into the kernel, and how much of it is on the way at once. */
import { engineNames } from '../engine-names.js';
import { trueOrFalse, wholeNumber } from '../schema.js';
import { bool, choice, flag, integer, oneOf, optional } from '../values.js';
import { fixed, type Option } from './option.js';
import { optionsOf, row, rowOf, rows, settledLater } from './row.js';

/** Engines of fio's that are not here, each with what comes nearest. */
export const foreignEngines: Readonly<Record<string, string>> = {
  posixaio: 'take io_uring, or libaio with direct=1: the kernel does what glibc has threads for',
  solarisaio: 'that is for Solaris; here take io_uring or libaio',
  windowsaio: 'that is for Windows; here take io_uring or libaio',
  netsplice: 'the nearest is net, or io_uring_net with send_zc=1',
  rdma: 'the nearest is net',
  sg: 'the nearest is psync on the block device with direct=1',
  external: 'engines cannot be loaded from files; take io_uring',
  xnvme: 'the nearest is io_uring on the block device',
  libblkio: 'the nearest is io_uring on the block device',
  'libaio-fio': 'write libaio',
  'dev-dax': 'the nearest is mmap',
  libpmem: 'the nearest is mmap',
  mtd: 'the nearest is psync',
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

const commandsNonvectored = fixed({
  name: 'nonvectored',
  scope: ['io_uring_cmd'],
  default: '-1',
  tier: 3,
  help: 'Whether a command has one buffer (1) or a list of them (0).',
  values: ['1', '-1'],
  reason: 'not supported: a command has one buffer',
  nearest: 'leave it out',
});

const cmdType = fixed({
  name: 'cmd_type',
  scope: ['io_uring_cmd'],
  default: 'nvme',
  tier: 3,
  help: 'Kind of device that commands are for.',
  values: ['nvme'],
  reason: 'not supported: only NVMe commands are sent',
  nearest: 'use ioengine=io_uring on the block device',
});

export const engineRows = rows('engine', {
  name: row({
    name: 'ioengine',
    initial: 'psync',
    tier: 1,
    help: 'The way into the kernel.',
    type: oneOf(engineNames, foreignEngines),
  }),
  depth: row({
    name: 'iodepth',
    initial: 1,
    tier: 1,
    help: 'I/Os on the way at once, per clone; engines that wait for each I/O have 1.',
    example: '32',
    type: integer(depthLimits),
  }),
  /** Requests per submission (0 in a job file means depth); null = the run loop adapts it. */
  batchSubmit: row({
    name: 'iodepth_batch',
    aliases: ['iodepth_batch_submit'],
    initial: null,
    tier: 1,
    help: 'I/Os per submission; 0 = iodepth. Not given, it adapts: few on a device, many where data is cached.',
    type: optional(batch),
  }),
  /** Reap at least so many per wait; 0 polls. */
  batchCompleteMin: row({
    name: 'iodepth_batch_complete_min',
    aliases: ['iodepth_batch_complete'],
    initial: 1,
    tier: 1,
    help: 'Wait for at least so many completions; 0 polls.',
    type: batch,
  }),
  /** null = no limit. */
  batchCompleteMax: row({
    name: 'iodepth_batch_complete_max',
    initial: null,
    tier: 1,
    help: 'Take at most so many completions at once; 0 or not given = no limit.',
    type: optional(batch, (value) => value === 0),
  }),
  /** Once full, refill only when this few are in flight; = depth when not given. */
  depthLow: settledLater(
    row({
      name: 'iodepth_low',
      initial: null,
      tier: 1,
      help: 'When the depth is reached, refill only below this many; 0 or not given = iodepth.',
      type: optional(batch, (value) => value === 0),
    }),
    wholeNumber,
    1,
  ),
  iopoll: row({
    name: 'hipri',
    scope: ringEngines,
    initial: false,
    tier: 1,
    help: 'Poll for completions (IORING_SETUP_IOPOLL); needs direct=1 and a device with poll queues.',
    type: flag,
  }),
  sqpoll: row({
    name: 'sqthread_poll',
    scope: ringEngines,
    initial: false,
    tier: 1,
    help: 'A kernel thread takes the submissions (IORING_SETUP_SQPOLL).',
    type: flag,
  }),
  sqpollCpu: row({
    name: 'sqthread_poll_cpu',
    scope: ringEngines,
    initial: null,
    tier: 1,
    help: 'The CPU of that kernel thread.',
    type: integer({ min: 0, max: 65535 }),
  }),
  fixedBuffers: row({
    name: 'fixedbufs',
    scope: ringEngines,
    initial: false,
    tier: 1,
    help: 'Register the buffers once; counts towards RLIMIT_MEMLOCK.',
    type: flag,
  }),
  fixedFiles: row({
    name: 'registerfiles',
    scope: ringEngines,
    initial: false,
    tier: 1,
    help: 'Register the open files once.',
    type: flag,
  }),
  /** True READ/WRITE, false READV/WRITEV, null = READ/WRITE when the kernel has them. */
  nonvectored: row({
    name: 'nonvectored',
    scope: ['io_uring'],
    default: '-1',
    initial: null,
    tier: 1,
    help: 'Which calls to use: 1 READ and WRITE, 0 READV and WRITEV, -1 the former where the kernel has them.',
    type: choice<boolean | null>({ '-1': null, '0': false, '1': true }),
  }),
  /** `force_async=N`: IOSQE_ASYNC on every Nth request; 0 = never. */
  forceAsyncEvery: row({
    name: 'force_async',
    scope: ['io_uring'],
    initial: 0,
    tier: 1,
    help: 'Hand every so-manyth I/O to a kernel worker at once (IOSQE_ASYNC); 0 = none.',
    type: integer({ min: 0, max: 2 ** 31 - 1 }),
  }),
  /** RWF_HIPRI of pvsync2. */
  highPriority: row({
    name: 'hipri',
    scope: ['pvsync2'],
    initial: false,
    tier: 2,
    help: 'High priority, polled where the device can (RWF_HIPRI).',
    type: flag,
  }),
  highPriorityPercent: row({
    name: 'hipri_percentage',
    scope: ['pvsync2'],
    unit: '%',
    initial: 100,
    tier: 2,
    help: 'Share of I/Os that hipri counts for.',
    type: integer({ min: 0, max: 100 }),
  }),
  /** RWF_NOWAIT. */
  nowait: row({
    name: 'nowait',
    scope: ['pvsync2', 'io_uring', 'libaio'],
    initial: false,
    tier: 2,
    help: 'Fail instead of waiting (RWF_NOWAIT).',
    type: bool,
  }),
  /** RWF_DONTCACHE. */
  uncached: rowOf<number, boolean>({
    name: 'uncached',
    scope: ['pvsync2', 'io_uring'],
    initial: false,
    tier: 2,
    help: 'Keep nothing of buffered I/O in the page cache (RWF_DONTCACHE, Linux 6.14); any number but 0.',
    type: integer({ min: 0, max: 2 ** 31 - 1 }),
    schema: trueOrFalse,
    get: Number,
    set: (value) => value !== 0,
  }),
  /** RWF_ATOMIC, for writes. */
  atomic: row({
    name: 'atomic',
    initial: false,
    tier: 2,
    help: 'Writes done in full or not at all (RWF_ATOMIC, Linux 6.11): pvsync2, libaio and io_uring, with direct=1.',
    type: bool,
  }),
  /** PREADV and PWRITEV. */
  libaioVectored: row({
    name: 'libaio_vectored',
    scope: ['libaio'],
    initial: false,
    tier: 2,
    help: 'Use PREADV and PWRITEV in place of PREAD and PWRITE.',
    type: bool,
  }),
  /** Libaio's completions are read from the mapped ring; false = by io_getevents alone. */
  userspaceReap: row({
    name: 'userspace_reap',
    scope: ['libaio'],
    initial: true,
    tier: 2,
    help: 'Take completions from the mapped ring without a system call; 0 = always by io_getevents.',
    type: flag,
  }),
  /** Which way to the kernel io_uring takes; forced for tests and comparisons. */
  binding: row({
    name: 'uring_binding',
    scope: ringEngines,
    initial: 'auto',
    tier: 2,
    help: 'Set rings up through liburing, or by system calls; auto takes liburing where it is installed.',
    ours: true,
    type: oneOf(['auto', 'liburing', 'syscalls']),
  }),
  /** What makes a file: open and close; with a write of one block between; and with an fsync after it. */
  fileCreate: row({
    name: 'file_create',
    scope: ['filecreate', 'io_uring_filecreate'],
    initial: 'open',
    tier: 2,
    help: 'What making a file is: open and close it; write one block between them; and commit that with fsync.',
    ours: true,
    type: oneOf(['open', 'write', 'commit']),
  }),
  /** The call that looks at a file. */
  statType: row({
    name: 'stat_type',
    scope: ['filestat', 'dirstat', 'io_uring_filestat', 'io_uring_dirstat'],
    initial: 'stat',
    tier: 3,
    help: 'The call that looks at a file; through io_uring it is always statx, with what the call named asks for.',
    type: oneOf(['stat', 'lstat', 'statx']),
  }),
  /** Hidden: io_uring issues NOPs instead of I/O. */
  nop: row({
    name: 'nop',
    scope: ['io_uring'],
    initial: false,
    tier: 3,
    help: 'Issue no-operations instead of I/O, to measure the ring itself.',
    ours: true,
    hidden: true,
    type: bool,
  }),
});

export const engineOptions: readonly Option[] = optionsOf(engineRows, { binding: [commandsNonvectored, cmdType] });
