/** What is wrong with a block, in words: what was found, and what was expected. */
import type { ExpectedWrite } from '../../workload/verify/block-checker.js';
import { Wrong } from '../../workload/verify/block-checker.js';
import { typeName } from '../../workload/verify/checksums.js';
import type { BlockFormat } from '../../workload/verify/format.js';
import { HeaderScratch, readHeader, wordsText } from '../../workload/verify/header.js';

interface Wanted {
  readonly format: BlockFormat;
  readonly expected: ExpectedWrite;
  readonly byteCount: number;
}

/** @param at where the wrong part of the block begins */
export function describeWrong(wrong: Wrong, bytes: Uint8Array, at: number, wanted: Wanted): string {
  const { format, expected, byteCount } = wanted;
  const scratch = new HeaderScratch();
  if (format.header !== null) scratch.load(bytes, at + format.headerOffsetBytes);
  const header = readHeader(scratch);
  const length = format.intervalBytes === 0 ? byteCount : format.intervalBytes;
  switch (wrong) {
    case Wrong.magic:
      return `bad magic number ${hex(scratch.words[0]! & 0xffff)}, expected acca`;
    case Wrong.version:
      return `header of version ${hex(scratch.kind & 0xff)}, which is not known`;
    case Wrong.headerCrc:
      return `bad header checksum ${hex(header!.crc)}, expected ${hex(header!.computedCrc)}`;
    case Wrong.type:
      return `header of ${typeName(header!.diskType)}, expected ${format.kind}`;
    case Wrong.length:
      return `header of ${header!.lengthBytes} bytes, expected ${length}`;
    case Wrong.offset:
      return `header of offset ${header!.offset}, expected ${expected.numbers[0]! + at}`;
    case Wrong.seed:
      return `header with seed ${header!.seed}, expected ${wordsText(expected.seed[1]!, expected.seed[0]!)}`;
    case Wrong.number:
      return `header of write ${header!.number}, expected write ${expected.numbers[1]!}`;
    case Wrong.checksum:
      return `bad ${format.kind}`;
    case Wrong.zeros:
      return 'not zeros where it was trimmed (trim_verify_zero)';
    default:
      return format.salt === null ? 'not the pattern' : `not offset and salt ${format.salt[0]!}`;
  }
}

function hex(number: number): string {
  return (number >>> 0).toString(16);
}
