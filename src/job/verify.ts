/** What a job verifies, and how: the options of `verify` and its kin as a finished job has them. */

/** fio's two headers, by the fio that first, or last, writes each. */
export const headerForms = ['fio-3.41', 'fio-3.33'] as const;
export type HeaderForm = (typeof headerForms)[number];

export const headerByteCount: Readonly<Record<HeaderForm, number>> = { 'fio-3.41': 48, 'fio-3.33': 40 };

/** Bytes that a checksum takes behind the header. */
export const checksumByteCount = {
  md5: 16,
  crc64: 8,
  crc32c: 4,
  crc32: 4,
  crc16: 2,
  crc7: 1,
  xxhash: 4,
  sha1: 20,
  sha256: 64,
  sha512: 128,
  'sha3-224': 28,
  'sha3-256': 32,
  'sha3-384': 48,
  'sha3-512': 64,
} as const;
export type ChecksumName = keyof typeof checksumByteCount;
export const checksumNames = Object.keys(checksumByteCount) as readonly ChecksumName[];

export const verifyKinds = [
  'none',
  ...(checksumNames as [ChecksumName, ...ChecksumName[]]),
  'meta',
  'pattern',
  'pattern_hdr',
  'null',
  'salt',
] as const;
export type VerifyKind = (typeof verifyKinds)[number];

export interface VerifyOptions {
  /** `verify`; none = nothing is written for it and nothing checked, null = the reads are done and nothing is checked. */
  readonly kind: VerifyKind;
  /** `do_verify`: what was written is read back and checked. */
  readonly reads: boolean;
  /** `verify_only`: nothing is written; what an earlier run of the same job wrote is checked. */
  readonly only: boolean;
  /** `verify_interval`; 0 = a header for each block. */
  readonly intervalBytes: number;
  /** `verify_offset`: where in its part of the block the header stands. */
  readonly headerOffsetBytes: number;
  /** `verify_pattern` as written; job/buffer-pattern.ts makes the bytes. null = random content. */
  readonly pattern: string | null;
  /** `verify_pattern_interval`; 0 = the block. */
  readonly patternIntervalBytes: number;
  /** `verify_fatal`: the first wrong block ends the job, whatever `continue_on_error` says. */
  readonly fatal: boolean;
  /** `verify_dump`: wrong blocks are saved, as found and as expected. */
  readonly dump: boolean;
  /** `verify_backlog`: verify after so many writes, meanwhile; 0 = when all is written. */
  readonly backlogCount: number;
  /** `verify_backlog_batch`: so many at a time; 0 = as `backlogCount`. */
  readonly backlogBatchCount: number;
  /** `verify_async`: see docs/verify.md; blocks are verified on the job's own thread. */
  readonly asyncThreadCount: number;
  readonly asyncCpus: readonly number[] | null;
  /** `verify_policy`: which writes a saved state vouches for. */
  readonly policy: 'completed' | 'fsynced';
  /** `verify_header_seed` and `verify_write_sequence`; null = where it can be known. */
  readonly checksSeed: boolean | null;
  readonly checksNumber: boolean | null;
  /** `experimental_verify`: as in fio it leaves out the check of numbers. */
  readonly experimental: boolean;
  readonly savesState: boolean;
  readonly loadsState: boolean;
  /** `verify_header_version`, ours: which of fio's two headers is written. */
  readonly headerForm: HeaderForm;
  /** `verify_salt`, ours. */
  readonly salt: number;
  /** `trim_percentage`: share of the written blocks that are trimmed; 0 = none. */
  readonly trimPercent: number;
  /** `trim_verify_zero`: what was trimmed must read as zeros. */
  readonly expectsZeros: boolean;
  /** `trim_backlog`: trim after so many writes. */
  readonly trimBacklogCount: number;
  /** `trim_backlog_batch`: so many blocks then; 0 = as `trimBacklogCount`. */
  readonly trimBatchCount: number;
}

export function isChecksum(kind: VerifyKind): kind is ChecksumName {
  return Object.hasOwn(checksumByteCount, kind);
}

/** Blocks have headers. */
export function hasHeader(kind: VerifyKind): boolean {
  return isChecksum(kind) || kind === 'meta' || kind === 'pattern_hdr';
}

/** Bytes of header and checksum together; 0 where there is none. */
export function headByteCount(kind: VerifyKind, form: HeaderForm): number {
  if (!hasHeader(kind)) return 0;
  return headerByteCount[form] + (isChecksum(kind) ? checksumByteCount[kind] : 0);
}

export const noVerify: VerifyOptions = {
  kind: 'none',
  reads: true,
  only: false,
  intervalBytes: 0,
  headerOffsetBytes: 0,
  pattern: null,
  patternIntervalBytes: 0,
  fatal: false,
  dump: false,
  backlogCount: 0,
  backlogBatchCount: 0,
  asyncThreadCount: 0,
  asyncCpus: null,
  policy: 'completed',
  checksSeed: null,
  checksNumber: null,
  experimental: false,
  savesState: true,
  loadsState: false,
  headerForm: 'fio-3.41',
  salt: 1,
  trimPercent: 0,
  expectsZeros: true,
  trimBacklogCount: 0,
  trimBatchCount: 0,
};
