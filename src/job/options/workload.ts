/** What is read, written and trimmed: order, mix, block sizes, amounts, content, syncs. */
import { defaultSeed } from '../draft.js';
import { amount, bool, choice, flag, integer, optional, perDirection, size } from '../values.js';
import { fixed, type Option, supported } from './option.js';

type Directions = 'read' | 'write' | 'trim' | 'readwrite' | 'trimwrite';

/** Words for `rw`, each with the directions and whether offsets are random. */
const patterns: Readonly<Record<string, { readonly directions: Directions; readonly random: boolean }>> = {
  read: { directions: 'read', random: false },
  write: { directions: 'write', random: false },
  trim: { directions: 'trim', random: false },
  randread: { directions: 'read', random: true },
  randwrite: { directions: 'write', random: true },
  randtrim: { directions: 'trim', random: true },
  rw: { directions: 'readwrite', random: false },
  readwrite: { directions: 'readwrite', random: false },
  randrw: { directions: 'readwrite', random: true },
  trimwrite: { directions: 'trimwrite', random: false },
  randtrimwrite: { directions: 'trimwrite', random: true },
};

/** The kernel transfers at most this in one call (MAX_RW_COUNT, include/linux/fs.h). */
const blockBytesMax = 0x7ffff000;
const countMax = 2 ** 31 - 1;

const percent = integer({ min: 0, max: 100 });
const count = integer({ min: 0, max: countMax });

export const workloadOptions: readonly Option[] = [
  supported({
    name: 'rw',
    aliases: ['readwrite'],
    default: 'read',
    tier: 1,
    help: 'Directions and order: sequential by name, random with rand in front; trimwrite trims each block and writes it.',
    example: 'randread',
    type: choice(Object.fromEntries(Object.keys(patterns).map((word) => [word, word]))),
    get: ({ workload }) =>
      Object.keys(patterns).find(
        (word) => patterns[word]!.directions === workload.directions && patterns[word]!.random === workload.random,
      ) ?? null,
    set: (draft, value) => {
      Object.assign(draft.workload, patterns[value]);
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
      size({ min: 1, max: blockBytesMax, maxReason: 'the kernel transfers no more in one call' }),
      'for sizes drawn from a range, fio has bsrange (not supported yet); for reads and writes of different size, write bs=1k,4k',
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
  fixed({
    name: 'random_distribution',
    default: 'random',
    tier: 1,
    help: 'How random offsets are spread over the region.',
    values: ['random'],
    reason: 'not supported yet but for "random"',
    nearest: 'leave it out for offsets spread evenly',
  }),
  fixed({
    name: 'percentage_random',
    unit: '%',
    default: '100',
    tier: 2,
    help: 'Share of random offsets in a random job.',
    values: ['100', '100,100', '100,100,100'],
    reason: 'not supported yet but for 100',
    nearest: 'use rw=read or rw=randread',
  }),
  fixed({
    name: 'file_service_type',
    default: 'roundrobin',
    tier: 1,
    help: 'Which of several files comes next.',
    values: ['roundrobin'],
    reason: 'not supported yet but for "roundrobin"',
    nearest: 'leave it out: files are taken in turn',
  }),
  fixed({
    name: 'zonemode',
    default: 'none',
    tier: 2,
    help: 'How a region is divided into zones.',
    values: ['none'],
    reason: 'not supported yet but for "none"',
    nearest: 'use offset and size for one zone',
  }),
  fixed({
    name: 'verify',
    default: '0',
    tier: 2,
    help: 'Check what was written by reading it back.',
    values: ['0'],
    reason: 'not supported yet',
    nearest: 'leave it out: nothing is verified',
  }),
];
