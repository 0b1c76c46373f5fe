/**
 * What a wrong block looks like. Every statement follows from the bytes at hand: the header, the content that its seed
 * makes when this program wrote it, and what the job knows of its writes. Cold.
 */
import { bareHeaderBytes } from '../../job/verify.js';
import type { BlockMismatch, MismatchNotice } from '../../stats/verify-report.js';
import { swap } from '../../workload/verify/block-writer.js';
import { typeName } from '../../workload/verify/checksums.js';
import type { BlockView } from '../../workload/verify/crc.js';
import type { BlockFormat } from '../../workload/verify/format.js';
import { type HeaderFields, HeaderScratch, readHeader } from '../../workload/verify/header.js';
import { fillSalt } from '../../workload/verify/salt.js';
import { fillSeeded } from '../../workload/verify/seeds.js';
import type { Finding } from './describe.js';

const sectorBytes = 512;
/** Bits are flipped one by one to find the one, as long as that takes no longer than this, in bytes hashed. */
const flipWorkMax = 2 ** 29;

export interface WrongBlock {
  /** The bytes of the I/O, in memory of their own. */
  readonly io: BlockView;
  readonly ioBytes: number;
  readonly ioOffset: number;
  /** Where in it the wrong part begins. */
  readonly at: number;
  readonly path: string;
  readonly finding: Finding;
  readonly format: BlockFormat;
  /** Number of the write that should be here; null = not known. */
  readonly number: number | null;
  /** Seed of the write with that number; null = not by seed, or not known. */
  readonly seedOf: ((number: number) => Int32Array) | null;
  /** Number of the write that was here before; null = none, or not known. */
  readonly numberBefore: number | null;
}

/** The wrong part by itself, its head at the start. */
interface Part {
  readonly view: BlockView;
  readonly length: number;
  readonly header: HeaderFields | null;
  readonly headBytes: number;
}

type Looks = Pick<BlockMismatch, 'likeness' | 'explanation'>;

export function diagnose(wrong: WrongBlock): BlockMismatch {
  const part = cutPart(wrong);
  const sums = checksumsOf(wrong, part);
  const expected = expectedContent(wrong, part);
  const ranges = expected === null ? null : differingRanges(part, expected);
  const looks = looksOf(wrong, part, expected, ranges, sums);
  const { header } = part;
  return {
    path: wrong.path,
    offset: wrong.ioOffset + wrong.at,
    byteCount: part.length,
    ioOffset: wrong.ioOffset,
    ioBytes: wrong.ioBytes,
    what: wrong.finding.what,
    header:
      header === null
        ? null
        : {
            form: header.form,
            type: typeName(header.diskType),
            lengthBytes: header.lengthBytes,
            seed: header.seed,
            offset: header.offset,
            timeNs: header.timeNs,
            thread: header.thread,
            number: header.number,
            isIntact: header.crc === header.computedCrc,
          },
    expectedChecksum: sums?.inHeader ?? null,
    foundChecksum: sums?.ofData ?? null,
    ranges: ranges === null ? null : ranges.map(([from, to]) => [from, to]),
    ...looks,
    dumps: [],
  };
}

/** What is told of a wrong block at once: what is known of it without a search. */
export function noticeOf(wrong: WrongBlock, kind: string): MismatchNotice {
  const part = cutPart(wrong);
  const sums = checksumsOf(wrong, part);
  const { check, found, expected } = wrong.finding;
  return {
    kind,
    path: wrong.path,
    offset: wrong.ioOffset + wrong.at,
    byteCount: part.length,
    ioOffset: wrong.ioOffset,
    ioBytes: wrong.ioBytes,
    check,
    found,
    expected,
    expectedChecksum: sums?.inHeader ?? null,
    foundChecksum: sums?.ofData ?? null,
    firstByte: firstWrongByte(wrong, part),
    explanation: null,
    dumps: [],
  };
}

function firstWrongByte(wrong: WrongBlock, part: Part): MismatchNotice['firstByte'] {
  const { check } = wrong.finding;
  if (check !== 'data' && check !== 'zeros') return null;
  const content = check === 'zeros' ? new Uint8Array(part.length) : expectedContent(wrong, part);
  if (content === null) return null;
  const { bytes } = part.view;
  for (let at = part.headBytes; at < part.length; at++) {
    if (bytes[at] === content[at]) continue;
    return { at: at - part.headBytes, found: bytes[at]!, expected: content[at]! };
  }
  return null;
}

function cutPart({ io, ioBytes, at, format }: WrongBlock): Part {
  const length = format.intervalBytes === 0 ? ioBytes : format.intervalBytes;
  const words = new Int32Array((length + 3) >> 2);
  const bytes = new Uint8Array(words.buffer);
  bytes.set(io.bytes.subarray(at, at + length));
  if (format.header === null) return { view: { bytes, words }, length, header: null, headBytes: 0 };
  const scratch = new HeaderScratch();
  scratch.load(bytes, format.headerOffsetBytes);
  const header = readHeader(scratch);
  const headBytes = format.header.byteCount[header?.form ?? format.header.form];
  if (header !== null && format.headerOffsetBytes > 0) swap(bytes, 0, format.headerOffsetBytes, headBytes);
  return { view: { bytes, words }, length, header, headBytes };
}

/** What the header says that the data has, and what it has. */
function checksumsOf({ format }: WrongBlock, part: Part): { inHeader: string; ofData: string } | null {
  const checksum = format.header?.checksum ?? null;
  if (checksum === null || part.header === null || part.header.diskType !== format.header!.diskType) return null;
  const from = bareHeaderBytes[part.header.form];
  const digest = new Uint8Array(part.headBytes - from);
  checksum.digest(part.view, part.headBytes, part.length, digest);
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  return { inHeader: hex(part.view.bytes.subarray(from, part.headBytes)), ofData: hex(digest) };
}

/** What the part must hold behind its head; null where that cannot be known. */
function expectedContent(wrong: WrongBlock, part: Part): Uint8Array | null {
  const { format, ioOffset, ioBytes, at, number, seedOf } = wrong;
  if (format.pattern !== null || format.salt !== null) {
    const view = blank(ioBytes);
    const offset = Float64Array.of(ioOffset);
    if (format.pattern !== null) format.pattern.lay(view.bytes, ioBytes, offset);
    else fillSalt(view, ioBytes, offset, format.salt!);
    return view.bytes.slice(at, at + part.length);
  }
  if (number !== null && seedOf !== null) return seededContent(wrong, seedOf(number), part.length);
  return part.header === null ? null : ownContent(wrong, part, part.header);
}

function seededContent({ ioBytes, at }: WrongBlock, seed: Int32Array, length: number): Uint8Array {
  const view = blank(ioBytes);
  fillSeeded(view, ioBytes, seed);
  return view.bytes.slice(at, at + length);
}

/** The content that the header's seed makes, if any sector says that this program wrote the block. */
function ownContent(wrong: WrongBlock, part: Part, header: HeaderFields): Uint8Array | null {
  const content = seededContent(wrong, seedWords(header), part.length);
  const isOurs = sectorsOf(part).some(([from, to]) => isSame(part.view.bytes, content, from, to));
  return isOurs ? content : null;
}

function seedWords({ seed }: HeaderFields): Int32Array {
  return Int32Array.of(Number.parseInt(seed.slice(8), 16) | 0, Number.parseInt(seed.slice(0, 8), 16) | 0);
}

function blank(byteCount: number): BlockView {
  const words = new Int32Array((byteCount + 3) >> 2);
  return { words, bytes: new Uint8Array(words.buffer) };
}

/** Behind the head, by sectors of the device. */
function sectorsOf({ length, headBytes }: Part): [number, number][] {
  const sectors: [number, number][] = [];
  for (let from = 0; from < length; from += sectorBytes) {
    const to = Math.min(length, from + sectorBytes);
    if (to > headBytes) sectors.push([Math.max(from, headBytes), to]);
  }
  return sectors;
}

function isSame(left: Uint8Array, right: Uint8Array, from: number, to: number): boolean {
  return Buffer.compare(left.subarray(from, to), right.subarray(from, to)) === 0;
}

/** Runs of bytes that differ; those less than 8 bytes apart are one. */
function differingRanges({ view, length, headBytes }: Part, expected: Uint8Array): [number, number][] {
  const ranges: [number, number][] = [];
  for (let at = headBytes; at < length; at++) {
    if (view.bytes[at] === expected[at]) continue;
    const last = ranges.at(-1);
    if (last !== undefined && at - last[1] < 8) last[1] = at + 1;
    else ranges.push([at, at + 1]);
  }
  return ranges;
}

function looksOf(
  wrong: WrongBlock,
  part: Part,
  expected: Uint8Array | null,
  ranges: readonly [number, number][] | null,
  sums: { inHeader: string; ofData: string } | null,
): Looks {
  const { header, view, length } = part;
  if (view.bytes.subarray(0, length).every((byte) => byte === 0)) {
    return { likeness: 'zeros', explanation: 'all zeros: never written, trimmed, or a write that was lost' };
  }
  const isWhole =
    header !== null && header.crc === header.computedCrc && (sums === null || sums.inHeader === sums.ofData);
  if (header !== null && header.crc === header.computedCrc && header.lengthBytes !== length) {
    const explanation = `a block that was written in parts of ${header.lengthBytes} bytes (another bs or verify_interval)`;
    return { likeness: null, explanation };
  }
  if (isWhole) return looksOfWholeBlock(wrong, header);
  return (
    looksTorn(wrong, part, expected) ??
    looksFlipped(wrong, part, expected, ranges) ??
    looksOfHeader(wrong, part, ranges) ?? { likeness: null, explanation: null }
  );
}

/** The block is sound in itself, so that it is another one than it should be. */
function looksOfWholeBlock({ number, ioOffset, at }: WrongBlock, header: HeaderFields): Looks {
  const offset = ioOffset + at;
  if (header.offset !== offset) {
    const explanation = `another place's data: a sound block that was written for offset ${header.offset} (misdirected write or read)`;
    return { likeness: 'misplaced', explanation };
  }
  if (number !== null && header.number < number) {
    const explanation = `older data: a sound block of write ${header.number}; write ${number} was lost`;
    return { likeness: 'older', explanation };
  }
  return { likeness: null, explanation: null };
}

/** Up to some sector one write, from there on another, or zeros. */
function looksTorn(wrong: WrongBlock, part: Part, expected: Uint8Array | null): Looks | null {
  const sectors = sectorsOf(part);
  if (sectors.length < 2) return null;
  const { header, view } = part;
  const own = header === null ? null : ownContent(wrong, part, header);
  const head = own ?? expected;
  if (head !== null) {
    const first = sectors.findIndex(([from, to]) => !isSame(view.bytes, head, from, to));
    if (first > 0) {
      const rest = sectors.slice(first);
      const tail = tailOf(wrong, part, rest, header);
      if (tail !== null) return torn(wrong, part, rest[0]![0], `${nameOf(header)}`, tail);
    }
  }
  const zeros = trailingZeroSector(view.bytes, sectors);
  return zeros === null ? null : torn(wrong, part, zeros, nameOf(header), 'zeros');
}

function nameOf(header: HeaderFields | null): string {
  return header === null ? 'the block as expected' : `write ${header.number}`;
}

/** What the sectors from the tear on are; null where only some of them differ, or nothing that is known. */
function tailOf(
  wrong: WrongBlock,
  part: Part,
  rest: readonly [number, number][],
  header: HeaderFields | null,
): string | null {
  const { number, numberBefore, seedOf } = wrong;
  const { bytes } = part.view;
  const known = [number, numberBefore].filter((candidate) => candidate !== null && candidate !== header?.number);
  for (const candidate of known) {
    if (candidate === null || seedOf === null) continue;
    const content = seededContent(wrong, seedOf(candidate), part.length);
    if (rest.every(([from, to]) => isSame(bytes, content, from, to))) return `write ${candidate}`;
  }
  if (rest.every(([from, to]) => bytes.subarray(from, to).every((byte) => byte === 0))) return 'zeros';
  const own = header === null ? null : ownContent(wrong, part, header);
  const allDiffer = own !== null && rest.every(([from, to]) => !isSame(bytes, own, from, to));
  return allDiffer && rest.length > 1 ? 'other data' : null;
}

/** Where zeros begin that go to the end, on a sector that is not the first; null without such. */
function trailingZeroSector(bytes: Uint8Array, sectors: readonly [number, number][]): number | null {
  let first = sectors.length;
  while (first > 0) {
    const [from, to] = sectors[first - 1]!;
    if (!bytes.subarray(from, to).every((byte) => byte === 0)) break;
    first--;
  }
  return first === 0 || first === sectors.length ? null : sectors[first]![0];
}

function torn({ ioOffset, at }: WrongBlock, part: Part, from: number, head: string, tail: string): Looks {
  const sector = Math.floor((ioOffset + at + from) / sectorBytes);
  const explanation = `a torn write: up to byte ${from} of ${part.length} it is ${head}, from there on (sector ${sector} of the file) ${tail}`;
  return { likeness: 'torn', explanation };
}

function looksFlipped(
  { format }: WrongBlock,
  part: Part,
  expected: Uint8Array | null,
  ranges: readonly [number, number][] | null,
): Looks | null {
  const { view, length, headBytes, header } = part;
  if (expected !== null && ranges !== null) {
    const [range, ...more] = ranges;
    if (range === undefined || more.length > 0 || range[1] - range[0] !== 1) return null;
    const bits = view.bytes[range[0]]! ^ expected[range[0]]!;
    return (bits & (bits - 1)) === 0 ? flipped(range[0], 31 - Math.clz32(bits)) : null;
  }
  const checksum = format.header?.checksum ?? null;
  if (checksum === null || header === null || header.crc !== header.computedCrc) return null;
  if ((length - headBytes) ** 2 * 8 > flipWorkMax) return null;
  const wanted = view.bytes.slice(bareHeaderBytes[header.form], headBytes);
  const digest = new Uint8Array(wanted.length);
  for (let at = headBytes; at < length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      view.bytes[at] = view.bytes[at]! ^ (1 << bit);
      checksum.digest(view, headBytes, length, digest);
      view.bytes[at] = view.bytes[at]! ^ (1 << bit);
      // Of a short checksum many bits would do.
      if (wanted.length >= 4 && isSame(digest, wanted, 0, wanted.length)) return flipped(at, bit);
    }
  }
  return null;
}

function flipped(at: number, bit: number): Looks {
  return { likeness: 'flipped-bit', explanation: `one flipped bit: bit ${bit} of byte ${at}` };
}

function looksOfHeader(
  { seedOf, number }: WrongBlock,
  part: Part,
  ranges: readonly [number, number][] | null,
): Looks | null {
  const isSound = part.header !== null && part.header.crc === part.header.computedCrc;
  if (isSound || ranges === null || ranges.length > 0 || seedOf === null || number === null) return null;
  return { likeness: 'damaged-header', explanation: 'the data behind the header is right, the header is damaged' };
}

/** The block as it should be, where all of it can be told: what `verify_dump` saves beside what was found. */
export function expectedBytes(wrong: WrongBlock): Uint8Array | null {
  const part = cutPart(wrong);
  const content = expectedContent(wrong, part);
  if (content === null) return null;
  if (wrong.format.header === null) return content;
  if (part.header === null) return null;
  const whole = content.slice();
  whole.set(part.view.bytes.subarray(0, part.headBytes));
  const { checksum } = wrong.format.header;
  if (checksum !== null) {
    const view = blank(part.length);
    view.bytes.set(whole);
    const digest = new Uint8Array(part.headBytes - bareHeaderBytes[part.header.form]);
    checksum.digest(view, part.headBytes, part.length, digest);
    whole.set(digest, bareHeaderBytes[part.header.form]);
  }
  if (wrong.format.headerOffsetBytes > 0) swap(whole, 0, wrong.format.headerOffsetBytes, part.headBytes);
  return whole;
}
