/** What is read, written and trimmed: order, mix, block sizes, amounts, content, syncs. */
import { defaultSeed } from '../draft.js';
import { amount, bool, flag, integer, optional, perDirection, size } from '../values.js';
import { blockLimits, pattern, syncRange } from '../workload-values.js';
import { ignored, type Option, supported } from './option.js';

const countMax = 2 ** 31 - 1;

const percent = integer({ min: 0, max: 100 });
const count = integer({ min: 0, max: countMax });

export const workloadOptions: readonly Option[] = [
  supported({
    name: 'rw',
    aliases: ['readwrite'],
    default: 'read',
    tier: 1,
    help: 'Directions and order; :N after a random one jumps every N I/Os, :SIZE after a sequential one leaves holes.',
    example: 'randread',
    type: pattern,
    get: ({ workload: { directions, random, order } }) => ({
      directions,
      random,
      randomEvery: order.randomEvery,
      holeBytes: order.holeBytes,
    }),
    set: ({ workload }, { directions, random, randomEvery, holeBytes }) => {
      Object.assign(workload, { directions, random, order: { ...workload.order, randomEvery, holeBytes } });
    },
  }),
  supported({
    name: 'rwmixread',
    unit: '%',
    default: '50',
    tier: 1,
    help: 'Share of reads in a mix; of rwmixread and rwmixwrite the last wins.',
    example: '70',
    type: percent,
    get: (draft) => draft.workload.readPercent,
    set: (draft, value) => {
      draft.workload.readPercent = value;
    },
  }),
  supported({
    name: 'rwmixwrite',
    unit: '%',
    default: '50',
    tier: 1,
    help: 'Share of writes in a mix; the rest are reads.',
    example: '30',
    type: percent,
    get: () => null,
    set: (draft, value) => {
      draft.workload.readPercent = 100 - value;
    },
  }),
  supported({
    name: 'bs',
    aliases: ['blocksize'],
    unit: 'bytes',
    default: '4k',
    tier: 1,
    help: 'Size of one I/O; read,write,trim may differ.',
    type: perDirection(
      size(blockLimits),
      'for sizes drawn from a range, write bsrange=1k-4k; for reads and writes of different size, write bs=1k,4k',
    ),
    get: (draft) => draft.workload.blockBytes,
    set: (draft, value) => {
      draft.workload.blockBytes = { ...draft.workload.blockBytes, ...value };
    },
  }),
  supported({
    name: 'io_size',
    aliases: ['io_limit'],
    unit: 'bytes',
    tier: 1,
    help: 'How much to transfer; more than size goes round again. Default is size.',
    type: optional(amount(), (value) => 'bytes' in value && value.bytes === 0),
    get: (draft) => draft.workload.ioSize,
    set: (draft, value) => {
      draft.workload.ioSize = value;
    },
  }),
  supported({
    name: 'number_ios',
    default: '0',
    tier: 1,
    help: 'End after so many I/Os; 0 = no limit.',
    example: '1000',
    type: optional(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (value) => value === 0),
    get: (draft) => draft.workload.ioCountMax,
    set: (draft, value) => {
      draft.workload.ioCountMax = value;
    },
  }),
  supported({
    name: 'loops',
    default: '1',
    tier: 1,
    help: 'Do the whole job so many times over, in one result.',
    type: integer({ min: 1, max: countMax }),
    get: (draft) => draft.workload.loops,
    set: (draft, value) => {
      draft.workload.loops = value;
    },
  }),
  supported({
    name: 'norandommap',
    default: '0',
    tier: 1,
    help: 'Random blocks may repeat before all have been used.',
    type: flag,
    get: (draft) => !draft.workload.randomMap,
    set: (draft, value) => {
      draft.workload.randomMap = !value;
    },
  }),
  supported({
    name: 'randrepeat',
    aliases: ['allrandrepeat'],
    default: '1',
    tier: 1,
    help: 'The same random sequence in each run; 0 draws a new seed.',
    type: bool,
    get: (draft) => draft.workload.randomRepeat,
    set: (draft, value) => {
      draft.workload.randomRepeat = value;
    },
  }),
  supported({
    name: 'randseed',
    default: `0x${defaultSeed.toString(16)}`,
    tier: 1,
    help: 'Seed of everything random; stronger than randrepeat=0.',
    example: '42',
    type: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    get: (draft) => (draft.seedGiven ? draft.workload.randomSeed : null),
    set: (draft, value) => {
      draft.workload.randomSeed = value;
      draft.seedGiven = true;
    },
  }),
  supported({
    name: 'fsync',
    default: '0',
    tier: 1,
    help: 'An fsync after every so many writes.',
    type: count,
    get: (draft) => draft.workload.fsyncEvery,
    set: (draft, value) => {
      draft.workload.fsyncEvery = value;
    },
  }),
  supported({
    name: 'fdatasync',
    default: '0',
    tier: 1,
    help: 'An fdatasync after every so many writes.',
    type: count,
    get: (draft) => draft.workload.fdatasyncEvery,
    set: (draft, value) => {
      draft.workload.fdatasyncEvery = value;
    },
  }),
  supported({
    name: 'sync_file_range',
    tier: 2,
    help: 'Call sync_file_range on what was written, after every so many writes.',
    example: 'write:8',
    type: optional(syncRange),
    get: (draft) => draft.workload.syncRange,
    set: (draft, value) => {
      draft.workload.syncRange = value;
    },
  }),
  ignored({
    name: 'write_barrier',
    type: 'number',
    default: '0',
    tier: 2,
    help: 'Make every so-manyth write a barrier.',
    note: "no engine here has barrier writes (of fio's, only libpmem)",
  }),
  supported({
    name: 'serialize_overlap',
    default: '0',
    tier: 2,
    help: 'What touches the bytes of an I/O in flight waits for it.',
    type: bool,
    get: (draft) => draft.workload.serializesOverlap,
    set: (draft, value) => {
      draft.workload.serializesOverlap = value;
    },
  }),
  supported({
    name: 'end_fsync',
    default: '0',
    tier: 1,
    help: 'An fsync when the job has written everything.',
    type: bool,
    get: (draft) => draft.workload.endFsync,
    set: (draft, value) => {
      draft.workload.endFsync = value;
    },
  }),
];
