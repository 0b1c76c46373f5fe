/** What is written. The pattern stands before what it switches off and a later option may switch on again. */
import { parseBufferPattern } from '../buffer-pattern.js';
import type { ValueType } from '../value-type.js';
import { bool, choice, flag, integer, optional, size } from '../values.js';
import { type Option, supported } from './option.js';

const percent = integer({ min: 0, max: 100 });

/** As written: files named in it are read again when the job starts. */
const pattern: ValueType<string> = {
  word: 'pattern',
  parse: (text) => {
    if (text === null || text === '') {
      return { ok: false, message: 'has no value', advice: 'write a value: 0xdeadbeef', offset: 0 };
    }
    const parsed = parseBufferPattern(text);
    return parsed.ok ? { ok: true, value: text, notes: [] } : parsed;
  },
  print: (value) => value,
};

export const payloadOptions: readonly Option[] = [
  supported({
    name: 'buffer_pattern',
    tier: 1,
    help: 'Content of the writes, over and over: 0xdeadbeef, "text", a decimal number, \'file\', or several of them.',
    type: optional(pattern),
    get: (draft) => draft.payload.pattern,
    set: (draft, value) => {
      draft.payload.pattern = value;
      draft.workload.zeroBuffers = false;
      draft.workload.scrambleBuffers = false;
      draft.workload.refillBuffers = null;
    },
  }),
  supported({
    name: 'buffer_compress_percentage',
    unit: '%',
    default: '0',
    tier: 1,
    help: 'Share of each chunk that is zeroes, or the pattern; the rest is random. 100 = nothing else.',
    type: percent,
    get: (draft) => draft.payload.compressPercent,
    set: (draft, value) => {
      draft.payload.compressPercent = value;
    },
  }),
  supported({
    name: 'buffer_compress_chunk',
    unit: 'bytes',
    default: '512',
    tier: 1,
    help: 'Unit in which the content can be compressed; 0 = the block.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
    get: (draft) => draft.payload.compressChunkBytes,
    set: (draft, value) => {
      draft.payload.compressChunkBytes = value;
    },
  }),
  supported({
    name: 'dedupe_percentage',
    unit: '%',
    default: '0',
    tier: 2,
    help: 'Share of writes that repeat what was written before.',
    type: percent,
    get: (draft) => draft.payload.dedupePercent,
    set: (draft, value) => {
      draft.payload.dedupePercent = value;
    },
  }),
  supported({
    name: 'dedupe_mode',
    default: 'repeat',
    tier: 2,
    help: 'Repeat the write before, or any of a working set.',
    type: choice<'repeat' | 'working_set'>({ repeat: 'repeat', working_set: 'working_set' }),
    get: (draft) => draft.payload.dedupeMode,
    set: (draft, value) => {
      draft.payload.dedupeMode = value;
    },
  }),
  supported({
    name: 'dedupe_working_set_percentage',
    unit: '%',
    default: '5',
    tier: 2,
    help: 'Size of the working set that duplicates are taken from, of the size of the job.',
    type: percent,
    get: (draft) => draft.payload.dedupeWorkingSetPercent,
    set: (draft, value) => {
      draft.payload.dedupeWorkingSetPercent = value;
    },
  }),
  supported({
    name: 'dedupe_global',
    default: '0',
    tier: 2,
    help: 'Spread the working set over all jobs that have this option.',
    type: bool,
    get: (draft) => draft.payload.dedupeGlobal,
    set: (draft, value) => {
      draft.payload.dedupeGlobal = value;
    },
  }),
  supported({
    name: 'zero_buffers',
    default: '0',
    tier: 1,
    help: 'Write zeroes.',
    type: flag,
    get: (draft) => draft.workload.zeroBuffers,
    set: (draft, value) => {
      draft.workload.zeroBuffers = value;
    },
  }),
  supported({
    name: 'refill_buffers',
    default: '0',
    tier: 1,
    help: 'New content for every write; set by itself for compressible or duplicate content.',
    type: optional(flag),
    get: (draft) => draft.workload.refillBuffers,
    set: (draft, value) => {
      draft.workload.refillBuffers = value;
    },
  }),
  supported({
    name: 'scramble_buffers',
    default: '1',
    tier: 1,
    help: 'Change a little of random content for every write, enough to defeat deduplication.',
    type: optional(bool),
    get: (draft) => draft.workload.scrambleBuffers,
    set: (draft, value) => {
      draft.workload.scrambleBuffers = value;
    },
  }),
];
