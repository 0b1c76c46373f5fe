/**
 * The text of `buffer_pattern` or `verify_pattern` → bytes, as fio reads it: any number of these, one right after the
 * other.
 *
 *   "text"            the characters between the quotes, without escapes
 *   'path'            the bytes of that file
 *   0xdeadbeef        bytes in the order written; an odd number of digits has a 0 in front
 *   -1024             a decimal number of 32 bits, lowest byte first, without its leading zero bytes
 *   %o                in `verify_pattern`: the block's offset, 64 bits, lowest byte first
 *
 * `0` right before an `x` always begins a hexadecimal number: 0xff0x14 is ff 14, and 10x14 is 01 14.
 */
import { readInput } from '../system/input-file.js';
import { anyText } from './schema.js';
import { done, type KeptType } from './value-type.js';
import { withText } from './values.js';

/** fio's limit. */
const patternBytesMax = 128 << 20;
const decimalMin = -(2 ** 31);
const decimalMax = 2 ** 31 - 1;

type ParsedPattern =
  /** `offsetPlaces`: where in the bytes an offset stands, 8 bytes each. */
  | { readonly ok: true; readonly bytes: Uint8Array; readonly offsetPlaces: readonly number[] }
  /** `offset`: where in the text. */
  | { readonly ok: false; readonly message: string; readonly advice: string; readonly offset: number };

/** Gives a file's bytes, or says why not. */
type PatternFileReader = (
  path: string,
  bytesMax: number,
) => { readonly bytes: Uint8Array } | { readonly problem: string };

type Part =
  | { readonly bytes: Uint8Array; readonly end: number }
  | { readonly message: string; readonly advice: string; readonly offset?: number };

/** The value of an option: as written, for files named in it are read again when the job starts. */
export function patternText(example: string, hasOffsets: boolean): KeptType<string> {
  return {
    word: 'pattern',
    schema: anyText,
    parse: (text) =>
      withText(text, example, (given) => {
        const parsed = parseBufferPattern(given, undefined, hasOffsets);
        return parsed.ok ? done(given) : parsed;
      }),
    print: (value) => value,
  };
}

/** @param takesOffsets `%o` has a meaning: in `verify_pattern` */
export function parseBufferPattern(
  text: string,
  readFile: PatternFileReader = readPatternFile,
  takesOffsets = false,
): ParsedPattern {
  const parts: Uint8Array[] = [];
  const offsetPlaces: number[] = [];
  let byteCount = 0;
  let at = 0;
  while (at < text.length) {
    const isOffset = takesOffsets && text.startsWith('%o', at);
    if (isOffset) offsetPlaces.push(byteCount);
    const part = isOffset ? { bytes: new Uint8Array(8), end: at + 2 } : parsePart(text, at, readFile);
    if ('message' in part) {
      return { ok: false, message: part.message, advice: part.advice, offset: part.offset ?? at };
    }
    byteCount += part.bytes.length;
    if (byteCount > patternBytesMax) {
      return { ok: false, message: 'the pattern exceeds 128 MiB', advice: 'write a shorter one', offset: at };
    }
    parts.push(part.bytes);
    at = part.end;
  }
  if (byteCount === 0) return { ok: false, message: 'the pattern is empty', advice: forms, offset: 0 };
  return { ok: true, bytes: Uint8Array.from(Buffer.concat(parts)), offsetPlaces };
}

const forms = 'write 0xdeadbeef, "text", a decimal number, \'file\', or several of them without blanks between';

function parsePart(text: string, at: number, readFile: PatternFileReader): Part {
  switch (text[at]) {
    case '"':
      return parseQuoted(text, at, (inner) => ({ bytes: Buffer.from(inner, 'utf8') }));
    case "'":
      return parseQuoted(text, at, (inner) => readFile(inner, patternBytesMax));
    case '%':
      return {
        message: `${text.slice(at, at + 2)} has no meaning here: the one format is %o, the offset, in verify_pattern`,
        advice: forms,
      };
    default:
      return parseNumber(text, at);
  }
}

function parseQuoted(text: string, at: number, read: (inner: string) => ReturnType<PatternFileReader>): Part {
  const quoteMark = text[at]!;
  const end = text.indexOf(quoteMark, at + 1);
  if (end < 0) return { message: `the ${quoteMark} is not closed`, advice: `add a ${quoteMark}` };
  const inner = text.slice(at + 1, end);
  if (inner === '') return { message: `there is nothing between the ${quoteMark}`, advice: forms };
  const found = read(inner);
  if ('problem' in found) return { message: found.problem, advice: "name a readable file between the '", offset: at };
  return { bytes: found.bytes, end: end + 1 };
}

function parseNumber(text: string, at: number): Part {
  const hexadecimal = /^0x([0-9a-f]+)/i.exec(text.slice(at));
  if (hexadecimal !== null) {
    const digits = withoutNextPrefix(hexadecimal[1]!, text[at + hexadecimal[0].length]);
    if (digits === '') return { message: 'there are no digits after 0x', advice: forms };
    const even = digits.length % 2 === 0 ? digits : `0${digits}`;
    return { bytes: Buffer.from(even, 'hex'), end: at + 2 + digits.length };
  }
  const decimal = /^[ \t]*([+-]?)(\d+)/.exec(text.slice(at));
  if (decimal === null) return { message: `cannot read the pattern from ${describe(text, at)} on`, advice: forms };
  const [matched, sign, all] = decimal as unknown as [string, string, string];
  const digits = withoutNextPrefix(all, text[at + matched.length]);
  if (digits === '') return { message: 'there are no digits after 0x', advice: forms };
  const value = Number(`${sign}${digits}`);
  if (value < decimalMin || value > decimalMax) {
    const advice = `decimal numbers go from ${decimalMin} to ${decimalMax}: write more bytes as 0x…`;
    return { message: `${matched.trim()} is no decimal number of 32 bits`, advice };
  }
  return { bytes: decimalBytes(value), end: at + matched.length - (all.length - digits.length) };
}

/** A last 0 that has an x behind it belongs to the next number. */
function withoutNextPrefix(digits: string, next: string | undefined): string {
  return /^x$/i.test(next ?? '') && digits.endsWith('0') ? digits.slice(0, -1) : digits;
}

function decimalBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value >>> 0; rest > 0; rest = Math.floor(rest / 256)) bytes.push(rest & 0xff);
  return Uint8Array.from(bytes.length === 0 ? [0] : bytes);
}

function describe(text: string, at: number): string {
  const rest = text.slice(at);
  return `"${rest.length > 20 ? `${rest.slice(0, 20)}…` : rest}"`;
}

const readPatternFile: PatternFileReader = (path, bytesMax) => {
  const input = readInput(path, { bytesMax });
  if (!input.ok) return { problem: `${path} ${input.problem}` };
  return input.bytes.length === 0 ? { problem: `${path} is empty` } : { bytes: input.bytes };
};
