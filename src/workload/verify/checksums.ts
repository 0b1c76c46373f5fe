/**
 * The checksums of fio's headers: number on disk, bytes behind the header, and how each is made. Found out from blocks
 * that fio wrote (test/verify/fixtures), its peculiarities among them:
 *
 *   crc32, crc16, crc64 begin with zero; crc32 takes the highest bit first; crc32c begins with ones and is not inverted
 *   xxhash is XXH32 with seed 1; sha1 has the bytes of each word in reverse
 *   sha512 is followed by what its last block ended with, which is compared too
 *   sha512 of fio 3.33 is no digest: the first 128 bytes, and over them the rest that makes no whole block of 128
 *   sha256 is the lowest byte of each word of a hash of its own (fio-sha256.ts), then the rest of its last block
 */
import * as crypto from 'node:crypto';
import { type ChecksumName, checksumNames } from '../../job/verify.js';
import {
  type BlockView,
  crc32cOf,
  crc64Of,
  crc64Tables,
  crcOf,
  forwardTables,
  reflectedTables,
  sevenBitTables,
  swapBytes,
} from './crc.js';
import { fioSha256 } from './fio-sha256.js';
import { xxh32Of } from './xxhash.js';

export interface Checksum {
  /** What the header's type says. */
  readonly diskType: number;
  /** Writes the checksum of bytes [from, to) to the start of `into`. */
  readonly digest: (view: BlockView, from: number, to: number, into: Uint8Array) => void;
  /** What stands in headers of the older form where that is something else; there both are taken for right. */
  readonly olderDigest?: Checksum['digest'];
}

function putWord(into: Uint8Array, at: number, word: number): void {
  into[at] = word;
  into[at + 1] = word >>> 8;
  into[at + 2] = word >>> 16;
  into[at + 3] = word >>> 24;
}

const crc32Tables = forwardTables(0x04c11db7);
const crc16Tables = reflectedTables(0xa001);
const crc7Tables = sevenBitTables(0x09);
const jonesTables = crc64Tables(0x95ac9329, 0xac4bc9b5);
const pair = new Int32Array(2);
const state = new Int32Array(8);

/** One call where Node has it (20.12 on), else an object for each digest. */
const oneShot = (crypto as { hash?: (name: string, data: Uint8Array, encoding: 'buffer') => Buffer }).hash;

function cryptoDigest(name: string, { bytes }: BlockView, from: number, to: number): Buffer {
  const data = bytes.subarray(from, to);
  return oneShot === undefined ? crypto.createHash(name).update(data).digest() : oneShot(name, data, 'buffer');
}

function ofCrypto(name: string, diskType: number): Checksum {
  return { diskType, digest: (view, from, to, into) => into.set(cryptoDigest(name, view, from, to)) };
}

/** The block that a hash of Merkle and Damgård works on last: rest of the data, a one bit, zeroes, and the length. */
function lastBlock(
  { bytes }: BlockView,
  from: number,
  to: number,
  into: Uint8Array,
  blockBytes: number,
  lengthBytes: number,
): void {
  const rest = (to - from) % blockBytes;
  into.fill(0, 0, blockBytes);
  // Else rest and one bit stand in a block of their own before this one.
  if (rest < blockBytes - lengthBytes) {
    for (let at = 0; at < rest; at++) into[at] = bytes[to - rest + at]!;
    into[rest] = 0x80;
  }
}

function putSha256(view: BlockView, from: number, to: number, into: Uint8Array): void {
  lastBlock(view, from, to, into, 64, 8);
  const bits = (to - from) * 8;
  putWord(into, 56, bits);
  putWord(into, 60, bits / 4294967296);
  fioSha256(view, from, to, state);
  for (let word = 0; word < 8; word++) into[word] = state[word]!;
}

function putSha512(view: BlockView, from: number, to: number, into: Uint8Array): void {
  lastBlock(view, from, to, into, 128, 16);
  const bits = (to - from) * 8;
  putWord(into, 124, swapBytes(bits));
  putWord(into, 120, swapBytes(bits / 4294967296));
  into.set(cryptoDigest('sha512', view, from, to));
}

function putEnds({ bytes }: BlockView, from: number, to: number, into: Uint8Array): void {
  const rest = (to - from) % 128;
  for (let at = 0; at < 128; at++) into[at] = from + at < to ? bytes[from + at]! : 0;
  for (let at = 0; at < rest; at++) into[at] = bytes[to - rest + at]!;
}

export const checksums: Readonly<Record<ChecksumName, Checksum>> = {
  md5: ofCrypto('md5', 2),
  crc64: {
    diskType: 3,
    digest: (view, from, to, into) => {
      crc64Of(jonesTables, view, from, to, pair);
      putWord(into, 0, pair[0]!);
      putWord(into, 4, pair[1]!);
    },
  },
  crc32: {
    diskType: 4,
    digest: (view, from, to, into) => putWord(into, 0, swapBytes(crcOf(crc32Tables, view, from, to, 0))),
  },
  crc32c: {
    diskType: 5,
    digest: (view, from, to, into) => putWord(into, 0, crc32cOf(view, from, to)),
  },
  crc16: {
    diskType: 7,
    digest: (view, from, to, into) => {
      const crc = crcOf(crc16Tables, view, from, to, 0);
      into[0] = crc;
      into[1] = crc >>> 8;
    },
  },
  crc7: {
    diskType: 8,
    digest: (view, from, to, into) => {
      into[0] = crcOf(crc7Tables, view, from, to, 0) >>> 1;
    },
  },
  sha256: { diskType: 9, digest: putSha256 },
  sha512: {
    diskType: 10,
    digest: putSha512,
    olderDigest: putEnds,
  },
  'sha3-224': ofCrypto('sha3-224', 11),
  'sha3-256': ofCrypto('sha3-256', 12),
  'sha3-384': ofCrypto('sha3-384', 13),
  'sha3-512': ofCrypto('sha3-512', 14),
  xxhash: {
    diskType: 15,
    digest: (view, from, to, into) => putWord(into, 0, xxh32Of(view, from, to, 1)),
  },
  sha1: {
    diskType: 16,
    digest: (view, from, to, into) => into.set(cryptoDigest('sha1', view, from, to).swap32()),
  },
};

/** Types on disk that hold no checksum: a header alone, and a header before a pattern. */
export const headerOnlyType = 1;
export const patternHeaderType = 17;

/** `crc32c` for 5, `type 99` for a number that stands for nothing. Type 6 is crc32c as processors with SSE 4.2 make it. */
export function typeName(diskType: number): string {
  const found = checksumNames.find((name) => checksums[name].diskType === diskType);
  if (found !== undefined) return found;
  if (diskType === 6) return 'crc32c';
  if (diskType === headerOnlyType) return 'meta';
  return diskType === patternHeaderType ? 'pattern_hdr' : `type ${diskType}`;
}
