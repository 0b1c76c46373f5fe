/**
 * How the blocks of a job with `verify` look: what stands where, by the job's options. One description for the side that
 * writes and the one that checks.
 */
import type { VerifyOptions } from '../../job/job.js';
import { type HeaderForm, headerAndChecksumBytes, isChecksum, type VerifyKind } from '../../job/verify.js';
import { type Checksum, checksums, headerOnlyType, patternHeaderType } from './checksums.js';
import { createOffsetPattern, type OffsetPattern } from './pattern.js';

export interface BlockFormat {
  /** null = blocks have no header. */
  readonly header: {
    readonly diskType: number;
    /** The form that is written; both are read. */
    readonly form: HeaderForm;
    /** Bytes of header and checksum together, by form. */
    readonly byteCount: Readonly<Record<HeaderForm, number>>;
    /** null where the header stands alone. */
    readonly checksum: Checksum | null;
  } | null;
  /** A header each so many bytes; 0 = one for each block. */
  readonly intervalBytes: number;
  /** Where in its part of the block the header stands. */
  readonly headerOffsetBytes: number;
  readonly pattern: OffsetPattern | null;
  /** The content is compared with the pattern, or with what the salt makes. */
  readonly comparesContent: boolean;
  /** null unless `verify=salt`. */
  readonly salt: Float64Array | null;
  /** As users name it. */
  readonly kind: VerifyKind;
}

/** What says how blocks are made. */
type FormatOptions = Pick<
  VerifyOptions,
  'kind' | 'pattern' | 'patternIntervalBytes' | 'intervalBytes' | 'headerOffsetBytes' | 'headerForm' | 'salt'
>;

/** @returns the format; a pattern's files are read. Throws `Error` when one is gone */
export function createBlockFormat(options: FormatOptions): BlockFormat {
  const { kind, pattern, patternIntervalBytes, intervalBytes, headerOffsetBytes, headerForm } = options;
  const header = headerOf(kind, headerForm);
  return {
    header,
    intervalBytes: header === null ? 0 : intervalBytes,
    headerOffsetBytes: header === null ? 0 : headerOffsetBytes,
    pattern: pattern === null ? null : createOffsetPattern(pattern, patternIntervalBytes),
    comparesContent:
      kind === 'pattern' || kind === 'salt' || ((kind === 'pattern_hdr' || kind === 'meta') && pattern !== null),
    salt: kind === 'salt' ? Float64Array.of(options.salt) : null,
    kind,
  };
}

function headerOf(kind: VerifyKind, form: HeaderForm): BlockFormat['header'] {
  const byteCount = {
    'fio-3.41': headerAndChecksumBytes(kind, 'fio-3.41'),
    'fio-3.33': headerAndChecksumBytes(kind, 'fio-3.33'),
  };
  if (kind === 'meta') return { diskType: headerOnlyType, form, checksum: null, byteCount };
  if (kind === 'pattern_hdr') return { diskType: patternHeaderType, form, checksum: null, byteCount };
  if (!isChecksum(kind)) return null;
  const checksum = checksums[kind];
  return { diskType: checksum.diskType, form, checksum, byteCount };
}
