/** Kinds of verification, and how much room each takes in a block. */

/** fio's two headers, by the fio that first, or last, writes each. */
const headerForms = ['fio-3.41', 'fio-3.33'] as const;
export type HeaderForm = (typeof headerForms)[number];

export const bareHeaderBytes: Readonly<Record<HeaderForm, number>> = { 'fio-3.41': 48, 'fio-3.33': 40 };

/** Bytes that a checksum takes behind the header. */
const checksumByteCount = {
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

export function isChecksum(kind: VerifyKind): kind is ChecksumName {
  return Object.hasOwn(checksumByteCount, kind);
}

/** Blocks have headers. */
export function hasHeader(kind: VerifyKind): boolean {
  return isChecksum(kind) || kind === 'meta' || kind === 'pattern_hdr';
}

/** Bytes of header and checksum together; 0 where there is none. */
export function headerAndChecksumBytes(kind: VerifyKind, form: HeaderForm): number {
  if (!hasHeader(kind)) return 0;
  return bareHeaderBytes[form] + (isChecksum(kind) ? checksumByteCount[kind] : 0);
}
