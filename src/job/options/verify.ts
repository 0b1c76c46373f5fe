/** Verification: what is written so that it can be checked, and when it is. */
import { patternText } from '../buffer-pattern.js';
import type { KeptType } from '../value-type.js';
import { bool, choice, cpuList, flag, integer, oneOf, optional, size } from '../values.js';
import { type VerifyKind, verifyKinds } from '../verify.js';
import type { Option } from './option.js';
import { optionsOf, row, rows } from './row.js';

/** fio knows no 0 here: what is not asked for is not written. */
const unlessZero = (type: KeptType<number>): KeptType<number> => ({
  ...type,
  print: (value) => (value === 0 ? null : type.print(value)),
});

const kinds = Object.fromEntries(verifyKinds.map((kind) => [kind, kind])) as Record<VerifyKind, VerifyKind>;
const salts = 'a whole number below 2^53';

export const verifyRows = rows('verify', {
  /** `none`: nothing is written for it and nothing checked; `null`: the reads are done and nothing is checked. */
  kind: row({
    name: 'verify',
    default: '0',
    initial: 'none',
    tier: 2,
    help: 'Write blocks that can be checked, and check them: with a checksum, a pattern, or salt (ours).',
    example: 'crc32c',
    type: choice<VerifyKind>({ '0': 'none', ...kinds, 'crc32c-intel': 'crc32c' }),
    shown: (value) => (value === 'none' ? null : value),
  }),
  /** What was written is read back and checked. */
  reads: row({
    name: 'do_verify',
    initial: true,
    tier: 2,
    help: 'Read back what was written, and check it. A job that only reads always checks.',
    type: bool,
  }),
  /** Nothing is written; what an earlier run of the same job wrote is checked. */
  only: row({
    name: 'verify_only',
    initial: false,
    tier: 2,
    help: 'Write nothing: check what an earlier run of the same job wrote.',
    type: flag,
  }),
  /** 0 = a header for each block. */
  intervalBytes: row({
    name: 'verify_interval',
    unit: 'bytes',
    default: '0',
    initial: 0,
    tier: 2,
    help: 'A header with its checksum each so many bytes; 0 = one for each block.',
    type: unlessZero(size({ min: 0, max: 2 ** 31 - 1 })),
  }),
  /** Where in its part of the block the header stands. */
  headerOffsetBytes: row({
    name: 'verify_offset',
    unit: 'bytes',
    default: '0',
    initial: 0,
    tier: 2,
    help: 'Where in its part of the block the header stands.',
    type: unlessZero(size({ min: 0, max: 2 ** 31 - 1 })),
  }),
  /** As written; job/buffer-pattern.ts makes the bytes. null = random content. */
  pattern: row({
    name: 'verify_pattern',
    initial: null,
    tier: 2,
    help: 'Content to write and expect: as buffer_pattern, and %o for the offset of the block.',
    example: '0xdeadbeef',
    type: patternText('0xdeadbeef or %o', true),
  }),
  /** 0 = the block. */
  patternIntervalBytes: row({
    name: 'verify_pattern_interval',
    unit: 'bytes',
    initial: 0,
    tier: 3,
    help: 'The pattern begins anew each so many bytes, %o with the offset there; 0 = with each block.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
  }),
  /** Ours. */
  salt: row({
    name: 'verify_salt',
    initial: 1,
    tier: 3,
    help: 'For verify=salt: each 64-bit word of the file is its own offset plus this number.',
    ours: true,
    type: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, maxReason: salts }),
  }),
  /** Ours: which of fio's two headers is written. */
  headerForm: row({
    name: 'verify_header_version',
    initial: 'fio-3.41',
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
  }),
  /** The first wrong block ends the job, whatever `continue_on_error` says. */
  fatal: row({
    name: 'verify_fatal',
    initial: false,
    tier: 2,
    help: 'End at the first wrong block, whatever continue_on_error says.',
    type: bool,
  }),
  /** Wrong blocks are saved, as found and as expected. */
  dump: row({
    name: 'verify_dump',
    initial: false,
    tier: 2,
    help: 'Save wrong blocks, as they were found and as they should be.',
    type: bool,
  }),
  /** Verify after so many writes, meanwhile; 0 = when all is written. */
  backlogCount: row({
    name: 'verify_backlog',
    initial: 0,
    tier: 2,
    help: 'Check after so many writes, between them; 0 = when all is written.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
  }),
  /** So many at a time; 0 = as `backlogCount`. */
  backlogBatchCount: row({
    name: 'verify_backlog_batch',
    initial: 0,
    tier: 2,
    help: 'So many blocks are checked then; 0 = as verify_backlog.',
    type: integer({ min: 0, max: 2 ** 31 - 1 }),
  }),
  /** Headers are compared with the seed of the job; null = where it can be known. */
  checksSeed: row({
    name: 'verify_header_seed',
    initial: null,
    tier: 3,
    help: 'Compare the seed in headers with that of the write; not given = where the job wrote the block itself.',
    type: optional(bool),
  }),
  checksNumber: row({
    name: 'verify_write_sequence',
    initial: null,
    tier: 3,
    help: 'Compare the number in headers with that of the last write there; not given = where the job knows it.',
    type: optional(bool),
  }),
  /** As in fio it leaves out the check of numbers. */
  experimental: row({
    name: 'experimental_verify',
    initial: false,
    tier: 3,
    help: 'Leave out the check of numbers, as fio does when it draws again what was written.',
    type: bool,
  }),
  /** See docs/verify.md; blocks are verified on the job's own thread. */
  asyncThreadCount: row({
    name: 'verify_async',
    initial: 0,
    tier: 3,
    help: 'Threads that verify in fio; here each job verifies on its own thread, with the same results.',
    type: integer({ min: 0, max: 4096 }),
  }),
  asyncCpus: row({
    name: 'verify_async_cpus',
    initial: null,
    tier: 3,
    help: 'CPUs of those threads.',
    type: optional(cpuList),
  }),
  savesState: row({
    name: 'verify_state_save',
    initial: true,
    tier: 3,
    help: 'Save at the end which writes are done, as local-JOB-N-verify.state, for verify_state_load.',
    type: bool,
  }),
  loadsState: row({
    name: 'verify_state_load',
    initial: false,
    tier: 3,
    help: 'Check what the run had done that saved its state, and leave the rest alone.',
    type: bool,
  }),
  /** Which writes a saved state vouches for. */
  policy: row({
    name: 'verify_policy',
    initial: 'completed',
    tier: 3,
    help: 'A saved state vouches for completed writes, or for those before the last sync that is done.',
    type: oneOf(['completed', 'fsynced']),
  }),
  /** Share of the written blocks that are trimmed; 0 = none. */
  trimPercent: row({
    name: 'trim_percentage',
    unit: '%',
    initial: 0,
    tier: 3,
    help: 'Share of the written blocks that are trimmed, each so many writes (trim_backlog).',
    type: integer({ min: 0, max: 100 }),
  }),
  /** What was trimmed must read as zeros. */
  expectsZeros: row({
    name: 'trim_verify_zero',
    initial: true,
    tier: 3,
    help: 'What was trimmed must read as zeros.',
    type: bool,
  }),
  /** Trim after so many writes. */
  trimBacklogCount: row({
    name: 'trim_backlog',
    initial: 0,
    tier: 3,
    help: 'Trim after so many writes; needed beside trim_percentage.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
  }),
  /** So many blocks then; 0 = as `trimBacklogCount`. */
  trimBatchCount: row({
    name: 'trim_backlog_batch',
    initial: 0,
    tier: 3,
    help: 'So many blocks are trimmed then; 0 = as trim_backlog.',
    type: integer({ min: 0, max: 2 ** 31 - 1 }),
  }),
});

export const verifyOptions: readonly Option[] = optionsOf(verifyRows);
