/** What is read, written and trimmed: order, mix, block sizes, amounts, content, syncs. */
import type { PerDirection } from '../per-direction.js';
import { anyNumber, oneOfThese, perDirectionOf, trueOrFalse } from '../schema.js';
import { amount, bool, flag, integer, inverted, optional, perDirection, size } from '../values.js';
import { blockLimits, type Pattern, pattern, syncRange } from '../workload-values.js';
import { ignored, type Option, supported } from './option.js';
import type { orderRows } from './order.js';
import { type DraftWith, held, optionsOf, row, rowOf, rows } from './row.js';
import type { draftRows } from './schedule.js';

/** fio's. */
const defaultSeed = 0x89;

const countMax = 2 ** 31 - 1;

const percent = integer({ min: 0, max: 100 });
const count = integer({ min: 0, max: countMax });

const writeBarrier = ignored({
  name: 'write_barrier',
  type: 'number',
  default: '0',
  tier: 2,
  help: 'Make every so-manyth write a barrier.',
  note: "no engine here has barrier writes (of fio's, only libpmem)",
});

export const workloadRows = rows('workload', {
  directions: held<Pattern['directions']>('read', oneOfThese('read', 'write', 'trim', 'readwrite', 'trimwrite')),
  random: held<boolean>(false, trueOrFalse),
  /** Share of reads (of trims for `trimwrite` there is none: it alternates trim and write of the same block). */
  readPercent: row({
    name: 'rwmixread',
    unit: '%',
    initial: 50,
    tier: 1,
    help: 'Share of reads in a mix; of rwmixread and rwmixwrite the last wins.',
    example: '70',
    type: percent,
  }),
  blockBytes: rowOf<Partial<PerDirection<number>>, PerDirection<number>>({
    name: 'bs',
    aliases: ['blocksize'],
    unit: 'bytes',
    default: '4k',
    initial: { read: 4096, write: 4096, trim: 4096 },
    tier: 1,
    help: 'Size of one I/O; read,write,trim may differ.',
    type: perDirection(
      size(blockLimits),
      'for sizes drawn from a range, write bsrange=1k-4k; for reads and writes of different size, write bs=1k,4k',
    ),
    schema: perDirectionOf(anyNumber),
    get: (held) => held,
    set: (value, before) => ({ ...before, ...value }),
  }),
  /** How much to transfer; null = `size`. */
  ioSize: row({
    name: 'io_size',
    aliases: ['io_limit'],
    unit: 'bytes',
    initial: null,
    tier: 1,
    help: 'How much to transfer; more than size goes round again. Default is size.',
    type: optional(amount(), (value) => 'bytes' in value && value.bytes === 0 && (value.zoneCount ?? 0) === 0),
  }),
  /** Per loop and, of trimwrite, per direction; null = no limit. */
  ioCountMax: row({
    name: 'number_ios',
    default: '0',
    initial: null,
    tier: 1,
    help: 'End after so many I/Os; 0 = no limit.',
    example: '1000',
    type: optional(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (value) => value === 0),
  }),
  loops: row({
    name: 'loops',
    initial: 1,
    tier: 1,
    help: 'Do the whole job so many times over, in one result; 0 is once.',
    type: integer({ min: 0, max: countMax }),
    change: (value) => Math.max(1, value),
  }),
  /** False: offsets may repeat within a pass. */
  randomMap: row({
    name: 'norandommap',
    initial: true,
    tier: 1,
    help: 'Random blocks may repeat before all have been used.',
    type: inverted(flag),
  }),
  /** `randrepeat=0` draws a new seed for each run; the seed in use is in the result. */
  randomRepeat: row({
    name: 'randrepeat',
    aliases: ['allrandrepeat'],
    initial: true,
    tier: 1,
    help: 'The same random sequence in each run; 0 draws a new seed.',
    type: bool,
  }),
  /** `randseed`, or what was drawn. */
  randomSeed: held(defaultSeed, anyNumber),
  /** An fsync / fdatasync after this many writes; 0 = none. */
  fsyncEvery: row({
    name: 'fsync',
    initial: 0,
    tier: 1,
    help: 'An fsync after every so many writes.',
    type: count,
  }),
  fdatasyncEvery: row({
    name: 'fdatasync',
    initial: 0,
    tier: 1,
    help: 'An fdatasync after every so many writes.',
    type: count,
  }),
  syncRange: row({
    name: 'sync_file_range',
    initial: null,
    tier: 2,
    help: 'Call sync_file_range on what was written, after every so many writes.',
    example: 'write:8',
    type: optional(syncRange),
  }),
  /** What touches the bytes of an I/O in flight waits for it. */
  serializesOverlap: row({
    name: 'serialize_overlap',
    initial: false,
    tier: 2,
    help: 'What touches the bytes of an I/O in flight waits for it.',
    type: bool,
  }),
  endFsync: row({
    name: 'end_fsync',
    initial: false,
    tier: 1,
    help: 'An fsync when the job has written everything.',
    type: bool,
  }),
});

type Draft = DraftWith<typeof workloadRows> & DraftWith<typeof orderRows> & DraftWith<typeof draftRows>;

const rw = supported({
  name: 'rw',
  aliases: ['readwrite'],
  default: 'read',
  tier: 1,
  help: 'Directions and order; :N after a random one jumps every N I/Os, :SIZE after a sequential one leaves holes.',
  example: 'randread',
  type: pattern,
  get: ({ workload: { directions, random, order } }: Draft) => ({
    directions,
    random,
    randomEvery: order.randomEvery,
    holeBytes: order.holeBytes,
  }),
  set: ({ workload }: Draft, { directions, random, randomEvery, holeBytes }) => {
    Object.assign(workload, { directions, random, order: { ...workload.order, randomEvery, holeBytes } });
  },
});

const rwmixwrite = supported({
  name: 'rwmixwrite',
  unit: '%',
  default: '50',
  tier: 1,
  help: 'Share of writes in a mix; the rest are reads.',
  example: '30',
  type: percent,
  get: () => null,
  set: (draft: Draft, value) => {
    draft.workload.readPercent = 100 - value;
  },
});

const randseed = supported({
  name: 'randseed',
  default: `0x${defaultSeed.toString(16)}`,
  tier: 1,
  help: 'Seed of everything random; stronger than randrepeat=0.',
  example: '42',
  type: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  get: (draft: Draft) => (draft.seedGiven ? draft.workload.randomSeed : null),
  set: (draft: Draft, value) => {
    draft.workload.randomSeed = value;
    draft.seedGiven = true;
  },
});

export const workloadOptions: readonly Option[] = optionsOf(workloadRows, {
  random: [rw],
  readPercent: [rwmixwrite],
  randomSeed: [randseed],
  syncRange: [writeBarrier],
});
