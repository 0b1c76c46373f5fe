/** What is wrong with a block, in words: what was found, what was expected, and what follows from that for the reader. */
import type { BlockMismatch, MismatchCheck } from '../../stats/verify-report.js';
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

/** The check that failed, and both values of what it compares; empty where that is the data itself. */
export interface Finding {
  readonly check: MismatchCheck;
  readonly found: string;
  readonly expected: string;
  /** The same in a sentence. */
  readonly what: string;
}

/** @param at where the wrong part of the block begins */
export function describeWrong(wrong: Wrong, bytes: Uint8Array, at: number, wanted: Wanted): Finding {
  const { format, expected, byteCount } = wanted;
  const scratch = new HeaderScratch();
  if (format.header !== null) scratch.load(bytes, at + format.headerOffsetBytes);
  const header = readHeader(scratch);
  const length = format.intervalBytes === 0 ? byteCount : format.intervalBytes;
  switch (wrong) {
    case Wrong.magic: {
      const found = hex(scratch.words[0]! & 0xffff);
      return { check: 'magic', found, expected: 'acca', what: `bad magic number ${found}, expected acca` };
    }
    case Wrong.version: {
      const found = hex(scratch.kind & 0xff);
      return { check: 'version', found, expected: '81', what: `header of version ${found}, which is not known` };
    }
    case Wrong.headerCrc:
      return compared('crc', 'bad header checksum ', hex(header!.crc), hex(header!.computedCrc));
    case Wrong.type: {
      const what = `header of ${typeName(header!.diskType)}, expected ${format.kind}`;
      return { check: 'type', found: `${header!.diskType}`, expected: `${format.header!.diskType}`, what };
    }
    case Wrong.length:
      return {
        ...compared('length', '', `${header!.lengthBytes}`, `${length}`),
        what: `header of ${header!.lengthBytes} bytes, expected ${length}`,
      };
    case Wrong.offset:
      return compared('offset', 'header of offset ', `${header!.offset}`, `${expected.numbers[0]! + at}`);
    case Wrong.seed:
      return compared('seed', 'header with seed ', header!.seed, wordsText(expected.seed[1]!, expected.seed[0]!));
    case Wrong.number:
      return {
        ...compared('number', '', `${header!.number}`, `${expected.numbers[1]!}`),
        what: `header of write ${header!.number}, expected write ${expected.numbers[1]!}`,
      };
    case Wrong.checksum:
      return { check: 'data', found: '', expected: '', what: `bad ${format.kind}` };
    case Wrong.zeros:
      return {
        check: 'zeros',
        found: '',
        expected: '',
        what: 'not zeros where it was trimmed (trim_verify_zero)',
      };
    default: {
      const what = format.salt === null ? 'not the pattern' : `not offset and salt ${format.salt[0]!}`;
      return { check: 'data', found: '', expected: '', what };
    }
  }
}

function compared(check: MismatchCheck, heading: string, found: string, expected: string): Finding {
  return { check, found, expected, what: `${heading}${found}, expected ${expected}` };
}

/** What to do: it follows from what was found, and accuses the storage of nothing that a mistake in the job explains. */
export function adviseOn({ check }: Finding, mismatch: Pick<BlockMismatch, 'likeness'> | null): string {
  const notKept = 'what was read is not what was written: look at dmesg, and at the health of the device';
  switch (mismatch?.likeness) {
    case 'zeros':
      return 'was this place written before, and not trimmed since? then the write was lost: look at dmesg';
    case 'older':
    case 'misplaced':
    case 'torn':
    case 'flipped-bit':
    case 'damaged-header':
      return notKept;
  }
  switch (check) {
    case 'magic':
      return 'was this place written with verify, and with the same bs, verify_interval and verify_offset? nothing says so';
    case 'version':
      return 'another version of fio may have written it; this one reads the headers of fio 3.33 and fio 3.41';
    case 'type':
      return 'verify it with the verify that it was written with';
    case 'length':
      return 'verify it with the bs, or the verify_interval, that it was written with';
    case 'seed':
    case 'number':
      return 'another job, or another run, has written here since; verify_header_seed=0 and verify_write_sequence=0 pass over that';
    case 'zeros':
      return 'this device does not give zeros for what was trimmed: set trim_verify_zero=0, or write zeros';
    case 'offset':
    case 'crc':
      return notKept;
    case 'data':
      return 'was it written with the same verify, verify_pattern, bs and offset? then look at dmesg, for it was not kept';
  }
}

function hex(number: number): string {
  return (number >>> 0).toString(16);
}
