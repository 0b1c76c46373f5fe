/** What is written. The pattern stands before what it switches off and a later option may switch on again. */
import { patternText } from '../buffer-pattern.js';
import { anyText, orNull, trueOrFalse } from '../schema.js';
import { bool, flag, integer, oneOf, optional, size } from '../values.js';
import { type Option, supported } from './option.js';
import { type DraftWith, held, optionsOf, row, rows, settledLater } from './row.js';

const percent = integer({ min: 0, max: 100 });

export const payloadRows = rows('payload', {
  /** As written; job/buffer-pattern.ts makes the bytes. null = none. */
  pattern: held<string | null>(null, orNull(anyText)),
  /** Share of each chunk that is constant; 0 = none. */
  compressPercent: row({
    name: 'buffer_compress_percentage',
    unit: '%',
    initial: 0,
    tier: 1,
    help: 'Share of each chunk that is zeroes, or the pattern; the rest is random. 100 = nothing else.',
    type: percent,
  }),
  /** 0 = the block. */
  compressChunkBytes: row({
    name: 'buffer_compress_chunk',
    unit: 'bytes',
    initial: 512,
    tier: 1,
    help: 'Unit in which the content can be compressed; 0 = the block.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
  }),
  /** Share of writes that repeat content; 0 = none. */
  dedupePercent: row({
    name: 'dedupe_percentage',
    unit: '%',
    initial: 0,
    tier: 2,
    help: 'Share of writes that repeat what was written before.',
    type: percent,
  }),
  dedupeMode: row({
    name: 'dedupe_mode',
    initial: 'repeat',
    tier: 2,
    help: 'Repeat the write before, or any of a working set.',
    type: oneOf(['repeat', 'working_set']),
  }),
  /** Of the job's size. */
  dedupeWorkingSetPercent: row({
    name: 'dedupe_working_set_percentage',
    unit: '%',
    initial: 5,
    tier: 2,
    help: 'Size of the working set that duplicates are taken from, of the size of the job.',
    type: percent,
  }),
  /** The working set is spread over all jobs that have this. */
  dedupeGlobal: row({
    name: 'dedupe_global',
    initial: false,
    tier: 2,
    help: 'Spread the working set over all jobs that have this option.',
    type: bool,
  }),
});

export const contentRows = rows('workload', {
  zeroBuffers: row({
    name: 'zero_buffers',
    initial: false,
    tier: 1,
    help: 'Write zeroes.',
    type: flag,
  }),
  /** What is done to a buffer before each write; how the content options decide it is in settle/payload.ts. */
  refillBuffers: settledLater(
    row({
      name: 'refill_buffers',
      default: '0',
      initial: null,
      tier: 1,
      help: 'New content for every write; set by itself for compressible or duplicate content.',
      type: optional(flag),
    }),
    trueOrFalse,
    false,
  ),
  scrambleBuffers: settledLater(
    row({
      name: 'scramble_buffers',
      default: '1',
      initial: null,
      tier: 1,
      help: 'Change a little of random content for every write, enough to defeat deduplication.',
      type: optional(bool),
    }),
    trueOrFalse,
    true,
  ),
});

type Draft = DraftWith<typeof payloadRows> & DraftWith<typeof contentRows>;

const bufferPattern = supported({
  name: 'buffer_pattern',
  tier: 1,
  help: 'Content of the writes, over and over: 0xdeadbeef, "text", a decimal number, \'file\', or several of them.',
  type: patternText('0xdeadbeef', false),
  get: (draft: Draft) => draft.payload.pattern,
  set: (draft: Draft, value) => {
    draft.payload.pattern = value;
    draft.workload.zeroBuffers = false;
    draft.workload.scrambleBuffers = false;
    draft.workload.refillBuffers = null;
  },
});

export const payloadOptions: readonly Option[] = [
  ...optionsOf(payloadRows, { pattern: [bufferPattern] }),
  ...optionsOf(contentRows),
];
