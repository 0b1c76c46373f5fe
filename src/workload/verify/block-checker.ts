/**
 * Looks at a block that was read: is it what the job's format says? The fast way allocates nothing and gives one of the
 * codes below; what a wrong block looks like is diagnosis.ts's business.
 */
import { bareHeaderBytes } from '../../job/verify.js';
import { swap } from './block-writer.js';
import type { BlockView } from './crc.js';
import type { BlockFormat } from './format.js';
import { crcIsRight, formOf, HeaderScratch, kindOf, lengthIs, numberIs, offsetIs, seedIs } from './header.js';
import { fillSalt } from './salt.js';

/** What is wrong. */
export const Wrong = {
  nothing: 0,
  /** There is no header: no magic number. */
  magic: 1,
  /** A header of a version that is not known. */
  version: 2,
  /** The header's own check. */
  headerCrc: 3,
  type: 4,
  length: 5,
  offset: 6,
  seed: 7,
  number: 8,
  checksum: 9,
  content: 10,
  /** It was trimmed, and is not zeros. */
  zeros: 11,
} as const;
export type Wrong = (typeof Wrong)[keyof typeof Wrong];

/** What is known of the write that a block is from. */
export interface ExpectedWrite {
  /** [offset of the block, number of the write] */
  readonly numbers: Float64Array;
  /** Two words; looked at when `checksSeed`. */
  readonly seed: Int32Array;
  checksSeed: boolean;
  checksNumber: boolean;
}

export function createExpectedWrite(): ExpectedWrite {
  return { numbers: new Float64Array(2), seed: new Int32Array(2), checksSeed: false, checksNumber: false };
}

export class BlockChecker {
  /** Of the last wrong block: where in it the wrong part begins. */
  wrongAt = 0;
  readonly #format: BlockFormat;
  readonly #scratch = new HeaderScratch();
  readonly #checksum = new Uint8Array(128);
  readonly #content: BlockView;
  readonly #partOffset = new Float64Array(2);

  /** @param blockBytesMax of any block that is checked */
  constructor(format: BlockFormat, blockBytesMax: number) {
    this.#format = format;
    const words = new Int32Array(format.comparesContent ? (blockBytesMax + 3) >> 2 : 0);
    this.#content = { words, bytes: new Uint8Array(words.buffer) };
  }

  /**
   * @param from the part to begin with
   * @returns what is wrong with the first `byteCount` bytes of `view`, `Wrong.nothing` when all is right
   */
  check(view: BlockView, byteCount: number, expected: ExpectedWrite, from = 0): Wrong {
    const { header, intervalBytes, comparesContent } = this.#format;
    if (comparesContent) this.#makeContent(byteCount, expected);
    if (header === null) return comparesContent ? this.#compare(view, 0, byteCount) : Wrong.nothing;
    const interval = intervalBytes === 0 ? byteCount : intervalBytes;
    for (let at = from; at < byteCount; at += interval) {
      this.#partOffset[0] = expected.numbers[0]! + at;
      this.#partOffset[1] = expected.numbers[1]!;
      const wrong = this.#checkPart(view, at, interval, expected);
      if (wrong === Wrong.nothing) continue;
      this.wrongAt = at;
      return wrong;
    }
    return Wrong.nothing;
  }

  #checkPart(view: BlockView, at: number, length: number, expected: ExpectedWrite): Wrong {
    const { headerOffsetBytes, comparesContent } = this.#format;
    const { diskType, checksum, byteCount } = this.#format.header!;
    const scratch = this.#scratch;
    scratch.load(view.bytes, at + headerOffsetBytes);
    const form = formOf(scratch);
    if (form === null) return scratch.hasMagic ? Wrong.version : Wrong.magic;
    if (!crcIsRight(scratch, form)) return Wrong.headerCrc;
    // As in fio `verify=meta` takes the header of any kind.
    const isAny = this.#format.kind === 'meta';
    if (!isAny && scratch.kind !== kindOf(form, diskType) && !isTwin(scratch.kind, form, diskType)) return Wrong.type;
    if (!lengthIs(scratch, length)) return Wrong.length;
    if (!offsetIs(scratch, this.#partOffset)) return Wrong.offset;
    if (expected.checksSeed && !seedIs(scratch, expected.seed)) return Wrong.seed;
    if (expected.checksNumber && !numberIs(scratch, form, this.#partOffset)) return Wrong.number;
    const headBytes = byteCount[form];
    if (headerOffsetBytes > 0) swap(view.bytes, at, at + headerOffsetBytes, headBytes);
    let wrong: Wrong = Wrong.nothing;
    if (checksum !== null) {
      const checksumAt = at + bareHeaderBytes[form];
      checksum.digest(view, at + headBytes, at + length, this.#checksum);
      if (!this.#isChecksum(view, checksumAt, headBytes - bareHeaderBytes[form])) wrong = Wrong.checksum;
      const olderDigest = form === 'fio-3.33' ? checksum.olderDigest : undefined;
      if (wrong !== Wrong.nothing && olderDigest !== undefined) {
        olderDigest(view, at + headBytes, at + length, this.#checksum);
        if (this.#isChecksum(view, checksumAt, headBytes - bareHeaderBytes[form])) wrong = Wrong.nothing;
      }
    } else if (comparesContent) {
      wrong = this.#compare(view, at + headBytes, at + length);
    }
    // The buffer stays as it was read.
    if (headerOffsetBytes > 0) swap(view.bytes, at, at + headerOffsetBytes, headBytes);
    return wrong;
  }

  #isChecksum({ bytes }: BlockView, at: number, count: number): boolean {
    for (let index = 0; index < count; index++) if (bytes[at + index] !== this.#checksum[index]) return false;
    return true;
  }

  #makeContent(byteCount: number, { numbers }: ExpectedWrite): void {
    const { pattern, salt } = this.#format;
    if (pattern !== null) pattern.lay(this.#content.bytes, byteCount, numbers);
    else fillSalt(this.#content, byteCount, numbers, salt!);
  }

  #compare(view: BlockView, from: number, to: number): Wrong {
    const { bytes, words } = this.#content;
    let at = from;
    while ((at & 3) !== 0 && at < to && view.bytes[at] === bytes[at]) at++;
    if ((at & 3) === 0) {
      let word = at >> 2;
      for (const end = to >> 2; word < end && view.words[word] === words[word]; ) word++;
      at = word << 2;
    }
    while (at < to && view.bytes[at] === bytes[at]) at++;
    if (at >= to) return Wrong.nothing;
    this.wrongAt = 0;
    return Wrong.content;
  }
}

/** crc32c has two numbers. */
function isTwin(kind: number, form: 'fio-3.41' | 'fio-3.33', diskType: number): boolean {
  return diskType === 5 && kind === kindOf(form, 6);
}
