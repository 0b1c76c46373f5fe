/** Verification: what is written so that it can be checked, and when it is. */
import { parseBufferPattern } from '../buffer-pattern.js';
import { failed, type ValueType } from '../value-type.js';
import { bool, choice, cpuList, flag, integer, optional, size } from '../values.js';
import type { VerifyKind } from '../verify.js';
import { verifyKinds } from '../verify.js';
import { type Option, supported } from './option.js';

/** fio knows no 0 here: what is not asked for is not written. */
const unlessZero = (type: ValueType<number>): ValueType<number> => ({
  ...type,
  print: (value) => (value === 0 ? null : type.print(value)),
});

/** As written: files named in it are read again when the job starts. */
const pattern: ValueType<string> = {
  word: 'pattern',
  parse: (text) => {
    if (text === null || text === '') return failed('has no value', 'write a value: 0xdeadbeef or %o');
    const parsed = parseBufferPattern(text, undefined, true);
    return parsed.ok ? { ok: true, value: text, notes: [] } : parsed;
  },
  print: (value) => value,
};

const kinds = Object.fromEntries(verifyKinds.map((kind) => [kind, kind])) as Record<VerifyKind, VerifyKind>;
const salts = 'a whole number below 2^53';

export const verifyOptions: readonly Option[] = [
  supported({
    name: 'verify',
    default: '0',
    tier: 2,
    help: 'Write blocks that can be checked, and check them: with a checksum, a pattern, or salt (ours).',
    example: 'crc32c',
    type: choice<VerifyKind>({ '0': 'none', ...kinds, 'crc32c-intel': 'crc32c' }),
    get: (draft) => (draft.verify.kind === 'none' ? null : draft.verify.kind),
    set: (draft, value) => {
      draft.verify.kind = value;
    },
  }),
  supported({
    name: 'do_verify',
    default: '1',
    tier: 2,
    help: 'Read back what was written, and check it. A job that only reads always checks.',
    type: bool,
    get: (draft) => draft.verify.reads,
    set: (draft, value) => {
      draft.verify.reads = value;
    },
  }),
  supported({
    name: 'verify_only',
    default: '0',
    tier: 2,
    help: 'Write nothing: check what an earlier run of the same job wrote.',
    type: flag,
    get: (draft) => draft.verify.only,
    set: (draft, value) => {
      draft.verify.only = value;
    },
  }),
  supported({
    name: 'verify_interval',
    unit: 'bytes',
    default: '0',
    tier: 2,
    help: 'A header with its checksum each so many bytes; 0 = one for each block.',
    type: unlessZero(size({ min: 0, max: 2 ** 31 - 1 })),
    get: (draft) => draft.verify.intervalBytes,
    set: (draft, value) => {
      draft.verify.intervalBytes = value;
    },
  }),
  supported({
    name: 'verify_offset',
    unit: 'bytes',
    default: '0',
    tier: 2,
    help: 'Where in its part of the block the header stands.',
    type: unlessZero(size({ min: 0, max: 2 ** 31 - 1 })),
    get: (draft) => draft.verify.headerOffsetBytes,
    set: (draft, value) => {
      draft.verify.headerOffsetBytes = value;
    },
  }),
  supported({
    name: 'verify_pattern',
    tier: 2,
    help: 'Content to write and expect: as buffer_pattern, and %o for the offset of the block.',
    example: '0xdeadbeef',
    type: optional(pattern),
    get: (draft) => draft.verify.pattern,
    set: (draft, value) => {
      draft.verify.pattern = value;
    },
  }),
  supported({
    name: 'verify_pattern_interval',
    unit: 'bytes',
    default: '0',
    tier: 3,
    help: 'The pattern begins anew each so many bytes, %o with the offset there; 0 = with each block.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
    get: (draft) => draft.verify.patternIntervalBytes,
    set: (draft, value) => {
      draft.verify.patternIntervalBytes = value;
    },
  }),
  supported({
    name: 'verify_salt',
    default: '1',
    tier: 3,
    help: 'For verify=salt: each 64-bit word of the file is its own offset plus this number.',
    ours: true,
    type: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, maxReason: salts }),
    get: (draft) => draft.verify.salt,
    set: (draft, value) => {
      draft.verify.salt = value;
    },
  }),
  supported({
    name: 'verify_header_version',
    default: 'fio-3.41',
    tier: 3,
    help: 'Which header is written: of fio 3.41 and later (48 bytes), or up to 3.40 (40). Both are read.',
    ours: true,
    type: choice<'fio-3.41' | 'fio-3.33'>({
      'fio-3.41': 'fio-3.41',
      '48': 'fio-3.41',
      '0x81': 'fio-3.41',
      'fio-3.33': 'fio-3.33',
      '40': 'fio-3.33',
    }),
    get: (draft) => draft.verify.headerForm,
    set: (draft, value) => {
      draft.verify.headerForm = value;
    },
  }),
  supported({
    name: 'verify_fatal',
    default: '0',
    tier: 2,
    help: 'End at the first wrong block, whatever continue_on_error says.',
    type: bool,
    get: (draft) => draft.verify.fatal,
    set: (draft, value) => {
      draft.verify.fatal = value;
    },
  }),
  supported({
    name: 'verify_dump',
    default: '0',
    tier: 2,
    help: 'Save wrong blocks, as they were found and as they should be.',
    type: bool,
    get: (draft) => draft.verify.dump,
    set: (draft, value) => {
      draft.verify.dump = value;
    },
  }),
  supported({
    name: 'verify_backlog',
    default: '0',
    tier: 2,
    help: 'Check after so many writes, between them; 0 = when all is written.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
    get: (draft) => draft.verify.backlogCount,
    set: (draft, value) => {
      draft.verify.backlogCount = value;
    },
  }),
  supported({
    name: 'verify_backlog_batch',
    default: '0',
    tier: 2,
    help: 'So many blocks are checked then; 0 = as verify_backlog.',
    type: integer({ min: 0, max: 2 ** 31 - 1 }),
    get: (draft) => draft.verify.backlogBatchCount,
    set: (draft, value) => {
      draft.verify.backlogBatchCount = value;
    },
  }),
  supported({
    name: 'verify_header_seed',
    tier: 3,
    help: 'Compare the seed in headers with that of the write; not given = where the job wrote the block itself.',
    type: optional(bool),
    get: (draft) => draft.verify.checksSeed,
    set: (draft, value) => {
      draft.verify.checksSeed = value;
    },
  }),
  supported({
    name: 'verify_write_sequence',
    tier: 3,
    help: 'Compare the number in headers with that of the last write there; not given = where the job knows it.',
    type: optional(bool),
    get: (draft) => draft.verify.checksNumber,
    set: (draft, value) => {
      draft.verify.checksNumber = value;
    },
  }),
  supported({
    name: 'experimental_verify',
    default: '0',
    tier: 3,
    help: 'Leave out the check of numbers, as fio does when it draws again what was written.',
    type: bool,
    get: (draft) => draft.verify.experimental,
    set: (draft, value) => {
      draft.verify.experimental = value;
    },
  }),
  supported({
    name: 'verify_async',
    default: '0',
    tier: 3,
    help: 'Threads that verify in fio; here each job verifies on its own thread, with the same results.',
    type: integer({ min: 0, max: 4096 }),
    get: (draft) => draft.verify.asyncThreadCount,
    set: (draft, value) => {
      draft.verify.asyncThreadCount = value;
    },
  }),
  supported({
    name: 'verify_async_cpus',
    tier: 3,
    help: 'CPUs of those threads.',
    type: optional(cpuList),
    get: (draft) => draft.verify.asyncCpus,
    set: (draft, value) => {
      draft.verify.asyncCpus = value;
    },
  }),
  supported({
    name: 'verify_state_save',
    default: '1',
    tier: 3,
    help: 'Save at the end which writes are done, as local-JOB-N-verify.state, for verify_state_load.',
    type: bool,
    get: (draft) => draft.verify.savesState,
    set: (draft, value) => {
      draft.verify.savesState = value;
    },
  }),
  supported({
    name: 'verify_state_load',
    default: '0',
    tier: 3,
    help: 'Check what the run had done that saved its state, and leave the rest alone.',
    type: bool,
    get: (draft) => draft.verify.loadsState,
    set: (draft, value) => {
      draft.verify.loadsState = value;
    },
  }),
  supported({
    name: 'verify_policy',
    default: 'completed',
    tier: 3,
    help: 'A saved state vouches for completed writes, or for those before the last sync that is done.',
    type: choice<'completed' | 'fsynced'>({ completed: 'completed', fsynced: 'fsynced' }),
    get: (draft) => draft.verify.policy,
    set: (draft, value) => {
      draft.verify.policy = value;
    },
  }),
  supported({
    name: 'trim_percentage',
    unit: '%',
    default: '0',
    tier: 3,
    help: 'Share of the written blocks that are trimmed, each so many writes (trim_backlog).',
    type: integer({ min: 0, max: 100 }),
    get: (draft) => draft.verify.trimPercent,
    set: (draft, value) => {
      draft.verify.trimPercent = value;
    },
  }),
  supported({
    name: 'trim_verify_zero',
    default: '1',
    tier: 3,
    help: 'What was trimmed must read as zeros.',
    type: bool,
    get: (draft) => draft.verify.expectsZeros,
    set: (draft, value) => {
      draft.verify.expectsZeros = value;
    },
  }),
  supported({
    name: 'trim_backlog',
    default: '0',
    tier: 3,
    help: 'Trim after so many writes; needed beside trim_percentage.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
    get: (draft) => draft.verify.trimBacklogCount,
    set: (draft, value) => {
      draft.verify.trimBacklogCount = value;
    },
  }),
  supported({
    name: 'trim_backlog_batch',
    default: '0',
    tier: 3,
    help: 'So many blocks are trimmed then; 0 = as trim_backlog.',
    type: integer({ min: 0, max: 2 ** 31 - 1 }),
    get: (draft) => draft.verify.trimBatchCount,
    set: (draft, value) => {
      draft.verify.trimBatchCount = value;
    },
  }),
];
