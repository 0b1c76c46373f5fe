/**
 * How single values are written in job files: sizes, numbers, times, switches, lists. Each `ValueType` reads a text and
 * writes a value back, so that `parse(print(value))` is the value.
 *
 * fio reads a number up to the first character that it does not know and drops the rest (`4x` is 4, `4.5k` is 4);
 * here such a text is read as obviously meant, or refused.
 */
import { quote } from '../support/quote.js';
import { suggestion } from '../support/suggest.js';
import { hasOperator } from './arithmetic.js';
import { calculateMicroseconds, calculateSize, isCalculation } from './calculated.js';
import type { PerDirection } from './per-direction.js';
import { anyNumber, anyText, listOf, membersOf, oneOfThese, trueOrFalse, wholeNumber } from './schema.js';
import {
  type Amount,
  amountSchema,
  done,
  failed,
  type KeptType,
  type Parsed,
  type ValueContext,
  type ValueNote,
  type ValueType,
} from './value-type.js';

export { quote } from '../support/quote.js';

/** Runs `parse` on a text that must be there. */
export function withText<T>(text: string | null, example: string, parse: (text: string) => Parsed<T>): Parsed<T> {
  if (text === null || text === '') return failed('has no value', `write a value: ${example}`);
  return parse(text);
}

// Numbers

const numberPattern = /^([+-]?)(0x[0-9a-f]+|\d+(?:\.\d*)?|\.\d+)(.*)$/is;
/** More digits than any value can have; keeps the arithmetic below cheap for hostile input. */
const digitsMax = 40;

function wholeNumberText({ negative, digits }: { readonly negative: boolean; readonly digits: bigint }): NumberText {
  return { negative, digits, fractionDigits: 0, suffix: '' };
}

interface NumberText {
  readonly negative: boolean;
  /** The number is digits / 10^fractionDigits. */
  readonly digits: bigint;
  readonly fractionDigits: number;
  readonly suffix: string;
}

function readNumber(text: string): NumberText | ReturnType<typeof failed> {
  const match = numberPattern.exec(text);
  if (match === null)
    return failed(`${quote(text)} is not a number`, 'write digits, with a suffix where one is allowed');
  const [, sign, body, suffix] = match as unknown as [string, string, string, string];
  if (body.length > digitsMax) return failed(`${quote(text)} is too large`, null);
  const negative = sign === '-';
  if (/^0x/i.test(body)) return { negative, digits: BigInt(body.toLowerCase()), fractionDigits: 0, suffix };
  const [whole, fraction] = body.split('.') as [string, string | undefined];
  return {
    negative,
    digits: BigInt(`${whole}${fraction ?? ''}` || '0'),
    fractionDigits: fraction?.length ?? 0,
    suffix,
  };
}

/** digits × multiplier ÷ 10^fractionDigits; null when that is not whole. */
function scaleExactly(number: NumberText, multiplier: bigint): bigint | null {
  const divisor = 10n ** BigInt(number.fractionDigits);
  const product = number.digits * multiplier;
  if (product % divisor !== 0n) return null;
  return number.negative ? -(product / divisor) : product / divisor;
}

const powers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5 };

/**
 * The multiplier of a size suffix, or null when there is no such suffix. `k`, `kb` and bare `ki` follow the base,
 * `kib` takes the other one (fio's rule, its HOWTO on `kb_base`).
 */
function sizeMultiplier(suffix: string, kiloBase: 1000 | 1024): bigint | null {
  if (suffix === '' || suffix === 'b') return 1n;
  const match = /^([kmgtp])(i?)(b?)$/.exec(suffix);
  if (match === null) return null;
  const inverted = match[2] === 'i' && match[3] === 'b';
  const base = inverted ? (kiloBase === 1024 ? 1000 : 1024) : kiloBase;
  return BigInt(base) ** BigInt(powers[match[1]!]!);
}

export interface NumberLimits {
  readonly min: number;
  readonly max: number;
  /** Why there is a maximum, for the message: `an io_uring ring holds at most 65536 completions`. */
  readonly maxReason?: string;
}

const anySize: NumberLimits = { min: 0, max: Number.MAX_SAFE_INTEGER };

function parseScaled(text: string, context: ValueContext, limits: NumberLimits, noun: string): Parsed<number> {
  const calculated = isCalculation(text, context) ? calculateSize(text, context) : null;
  if (calculated !== null && !calculated.ok) return calculated;
  const number = calculated === null ? readNumber(text) : wholeNumberText(calculated);
  if ('ok' in number) return number;
  const suffix = number.suffix.toLowerCase();
  const suffixOffset = text.length - number.suffix.length;
  if (hasOperator(text) && calculated === null && /^[a-z]*\s*[*/+^]/.test(suffix)) {
    return failed(
      `${quote(text)} is a calculation`,
      `fio calculates in parentheses alone: write (${text})`,
      suffixOffset,
    );
  }
  const range = /^[-:]\s*[\d.]/.exec(suffix);
  if (range !== null) {
    return failed(`${quote(text)} is a range, and a single value is wanted`, 'write one value', suffixOffset);
  }
  if (suffix === '%') return failed('a percentage is not possible here', `write the ${noun} itself`, suffixOffset);
  if (suffix === 'z') {
    const message = 'z counts zones, which only size, io_size, offset and offset_increment are given in';
    return failed(message, `write the ${noun} in bytes`, suffixOffset);
  }
  const multiplier = sizeMultiplier(suffix, context.kiloBase);
  if (multiplier === null) {
    const advice = 'the suffixes are k, m, g, t and p, as in 4k';
    return failed(`${quote(text)} has an unknown suffix ${quote(number.suffix)}`, advice, suffixOffset);
  }
  const value = scaleExactly(number, multiplier);
  if (value === null) return failed(`${quote(text)} is not a whole number`, 'write it without a fraction');
  if (value < BigInt(limits.min)) return failed(`${text} is too small`, `the smallest ${noun} is ${limits.min}`);
  if (value > BigInt(limits.max)) {
    const reason = limits.maxReason === undefined ? '' : ` (${limits.maxReason})`;
    return failed(`${text} is too large`, `the largest ${noun} is ${limits.max}${reason}`);
  }
  return done(Number(value), calculated?.notes ?? invertedNotes(text, suffix, context, Number(value)));
}

function invertedNotes(text: string, suffix: string, context: ValueContext, value: number): readonly ValueNote[] {
  if (!/^[kmgtp]ib$/.test(suffix)) return [];
  const base = context.kiloBase;
  return [
    {
      code: 'inverted-suffix',
      message: `${quote(text)} is ${value}: with kb_base=${base}, fio reads ${suffix} in powers of ${base === 1024 ? 1000 : 1024}`,
      advice: `write ${text.slice(0, -suffix.length)}${suffix[0]} for powers of ${base}, or the plain number`,
    },
  ];
}

/** As fio: a fraction is cut off where there is only room for whole numbers. */
function parseWhole(text: string, context: ValueContext, limits: NumberLimits): Parsed<number> {
  const whole = /^([+-]?\d+)\.\d+$/.exec(text)?.[1];
  if (whole === undefined || Number(whole) === Number(text)) return parseScaled(text, context, limits, 'value');
  const parsed = parseScaled(whole, context, limits, 'value');
  return parsed.ok ? done(parsed.value, [cutNote(text, whole)]) : parsed;
}

function cutNote(text: string, whole: string): ValueNote {
  const message = `${quote(text)} is ${whole}: as with fio, there is room for whole numbers alone`;
  return { code: 'fraction-cut', message, advice: `write ${whole}` };
}

/** A whole number; size suffixes are allowed as in fio (`number_ios=1m`). */
export function integer(limits: NumberLimits): KeptType<number> {
  return {
    word: 'number',
    schema: wholeNumber,
    parse: (text, context) =>
      withText(text, String(Math.max(limits.min, 1)), (given) => parseWhole(given, context, limits)),
    print: String,
  };
}

/** Bytes. */
export function size(limits: NumberLimits = anySize): KeptType<number> {
  return {
    word: 'size',
    schema: wholeNumber,
    parse: (text, context) => withText(text, '4k', (given) => parseScaled(given, context, limits, 'size')),
    print: String,
  };
}

/** A value that may be absent; one word or number stands for that (`absent`), or null when it cannot be written. */
export function optional<T>(type: KeptType<T>, isAbsent: (value: T) => boolean = () => false): KeptType<T | null> {
  return {
    word: type.word,
    schema: type.schema,
    parse: (text, context) => {
      const parsed = type.parse(text, context);
      return parsed.ok && isAbsent(parsed.value) ? done(null, parsed.notes) : parsed;
    },
    print: (value) => (value === null ? null : type.print(value)),
  };
}

const minAndMax = membersOf<{ min: number; max: number }>({ min: anyNumber, max: anyNumber });

/** Bytes, a number of zones (`4z`), or a percentage up to 100 of each file's size. */
export function amount(): KeptType<Amount> {
  return {
    word: 'size or percentage',
    schema: amountSchema,
    parse: (text, context) =>
      withText(text, '1g', (given): Parsed<Amount> => {
        const zoneCount = /^(\d{1,9})z$/i.exec(given.trim())?.[1];
        if (zoneCount !== undefined) return done({ bytes: 0, zoneCount: Number(zoneCount) });
        if (!given.endsWith('%')) {
          const parsed = parseScaled(given, context, anySize, 'size');
          return parsed.ok ? done({ bytes: parsed.value }, parsed.notes) : parsed;
        }
        const percent = readDecimal(given.slice(0, -1));
        if (percent === null) return failed(`${quote(given)} is not a percentage`, 'write a number and %: 50%');
        if (percent > 100) return failed(`${given} is too large`, 'write at most 100%');
        return done({ percent });
      }),
    print: (value) => {
      if ('percent' in value) return `${printDecimal(value.percent)}%`;
      return value.zoneCount === undefined ? String(value.bytes) : `${value.zoneCount}z`;
    },
  };
}

/** `lo-hi` or one size for both; swapped when reversed. */
export function sizeRange(limits: NumberLimits): KeptType<{ min: number; max: number }> {
  const one = size(limits);
  return {
    word: 'size or range of sizes',
    schema: minAndMax,
    parse: (text, context) => withText(text, '1m-4m', (given) => parseRange(given, (part) => one.parse(part, context))),
    print: ({ min, max }) => (min === max ? String(min) : `${min}-${max}`),
  };
}

function parseRange(
  text: string,
  parse: (part: string) => Parsed<number>,
): Parsed<{ readonly min: number; readonly max: number }> {
  const separator = separatorIndex(text);
  const lower = parse(separator < 0 ? text : text.slice(0, separator).trim());
  if (!lower.ok || separator < 0) return lower.ok ? done({ min: lower.value, max: lower.value }, lower.notes) : lower;
  const upper = parse(text.slice(separator + 1).trim());
  if (!upper.ok) {
    const rest = text.slice(separator + 1);
    return { ...upper, offset: upper.offset + separator + 1 + rest.length - rest.trimStart().length };
  }
  const [min, max] = lower.value <= upper.value ? [lower.value, upper.value] : [upper.value, lower.value];
  return done({ min, max }, [...lower.notes, ...upper.notes]);
}

/** Of the first `-` or `:` outside of parentheses; a sign in front is none. -1 without one. */
function separatorIndex(text: string): number {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (depth === 0 && index > 0 && (character === '-' || character === ':')) return index;
  }
  return -1;
}

// Times

const microsecondsPerUnit: Readonly<Record<string, bigint>> = {
  us: 1n,
  usec: 1n,
  ms: 1000n,
  msec: 1000n,
  s: 1_000_000n,
  m: 60_000_000n,
  h: 3_600_000_000n,
  d: 86_400_000_000n,
};

/** A hundred years: what is longer is a slip, and stays exact in every unit. */
const millisecondsMax = 36_525 * 86_400_000;

function withinTimes(text: string, microseconds: bigint): Parsed<number> {
  const milliseconds = Number(microseconds) / 1000;
  if (milliseconds > millisecondsMax) return failed(`${text} is too long`, 'write at most 36525d');
  return done(milliseconds);
}

function parseTime(text: string, defaultUnit: 's' | 'ms' | 'us', context: ValueContext): Parsed<number> {
  if (isCalculation(text, context)) {
    const calculated = calculateMicroseconds(text, microsecondsPerUnit, defaultUnit, context);
    return calculated.ok ? withinTimes(text, calculated.microseconds) : calculated;
  }
  const number = readNumber(text);
  if ('ok' in number) return number;
  const suffix = number.suffix.toLowerCase();
  const suffixOffset = text.length - number.suffix.length;
  const unit = microsecondsPerUnit[suffix === '' ? defaultUnit : suffix];
  if (unit === undefined || !Object.hasOwn(microsecondsPerUnit, suffix === '' ? defaultUnit : suffix)) {
    const advice = 'the units are us, ms, s, m (minutes), h and d, as in 30s';
    return failed(`${quote(text)} has an unknown unit ${quote(number.suffix)}`, advice, suffixOffset);
  }
  if (number.negative) return failed('a time cannot be negative', 'write a time from 0 on');
  const microseconds = scaleExactly(number, unit);
  if (microseconds !== null) return withinTimes(text, microseconds);
  const whole = (number.digits * unit) / 10n ** BigInt(number.fractionDigits);
  const cut = withinTimes(text, whole);
  return cut.ok ? done(cut.value, [cutNote(text, `${whole}us`)]) : cut;
}

function printTime(milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  if (microseconds % 1_000_000 === 0) return `${microseconds / 1_000_000}s`;
  return microseconds % 1000 === 0 ? `${microseconds / 1000}ms` : `${microseconds}us`;
}

/** Milliseconds (with fractions down to a microsecond) from a time with a unit; without one it is in `defaultUnit`. */
export function time(defaultUnit: 's' | 'ms' | 'us'): KeptType<number> {
  return {
    word: 'time',
    schema: anyNumber,
    parse: (text, context) => withText(text, '30s', (given) => parseTime(given, defaultUnit, context)),
    print: printTime,
  };
}

export function timeRange(defaultUnit: 's' | 'ms' | 'us'): KeptType<{ min: number; max: number }> {
  return {
    word: 'time or range of times',
    schema: minAndMax,
    parse: (text, context) =>
      withText(text, '5s', (given) => parseRange(given, (part) => parseTime(part, defaultUnit, context))),
    print: ({ min, max }) => (min === max ? printTime(min) : `${printTime(min)}-${printTime(max)}`),
  };
}

/** Numbers of another type that meet a condition, printed without a unit. `wrong` is what is said of the others. */
export function numberThat(
  type: KeptType<number>,
  meets: (value: number) => boolean,
  wrong: (text: string, value: number) => string,
  advice: string,
): KeptType<number> {
  return {
    ...type,
    parse: (text, context) => {
      const parsed = type.parse(text, context);
      return !parsed.ok || meets(parsed.value) ? parsed : failed(wrong(String(text), parsed.value), advice);
    },
    print: String,
  };
}

// Switches and words

/** `0` or `1`, always with a value. */
export const bool: KeptType<boolean> = {
  word: '0 or 1',
  schema: trueOrFalse,
  parse: (text) => withText(text, '1', parseZeroOrOne),
  print: (value) => (value ? '1' : '0'),
};

/** A bare word, or `0` or `1`. */
export const flag: KeptType<boolean> = {
  word: 'bare, or 0 or 1',
  schema: trueOrFalse,
  parse: (text) => (text === null ? done(true) : withText(text, '1', parseSwitch)),
  print: (value) => (value ? '1' : '0'),
};

/** An option that says of a field that it shall be off. */
export function inverted(type: KeptType<boolean>): KeptType<boolean> {
  return {
    ...type,
    parse: (text, context) => {
      const parsed = type.parse(text, context);
      return parsed.ok ? done(!parsed.value, parsed.notes) : parsed;
    },
    print: (value) => type.print(!value),
  };
}

/** As fio: any number but 0 is on. */
function parseSwitch(text: string): Parsed<boolean> {
  return /^\d{1,9}(\.\d*)?$/.test(text) ? done(Math.trunc(Number(text)) !== 0) : parseZeroOrOne(text);
}

function parseZeroOrOne(text: string): Parsed<boolean> {
  if (text === '0' || text === '1') return done(text === '1');
  const lower = text.toLowerCase();
  const meant = ['yes', 'true', 'on'].includes(lower) ? '1' : ['no', 'false', 'off'].includes(lower) ? '0' : '0 or 1';
  return failed(`${quote(text)} is neither 0 nor 1`, `write ${meant}`);
}

/**
 * One of several words. `words` maps what may be written to what it means; the first word with a meaning is the one
 * printed, numbers last. `refusals` gives words of fio's that are not supported, each with the advice.
 */
export function choice<T extends string | number | boolean | null>(
  words: Readonly<Record<string, T>>,
  refusals: Readonly<Record<string, string>> = {},
): KeptType<T> {
  const names = Object.keys(words).sort((left, right) => Number(/^\d/.test(left)) - Number(/^\d/.test(right)));
  return {
    word: names.join(', '),
    schema: oneOfThese(...Object.values(words)),
    parse: (text) =>
      withText(text, names[0]!, (given) => {
        if (Object.hasOwn(words, given)) return done(words[given]!);
        const head = given.split(/[:,]/, 1)[0]!;
        const refused = Object.hasOwn(refusals, given) ? given : head;
        if (Object.hasOwn(refusals, refused)) return failed(`${quote(given)} is not supported yet`, refusals[refused]!);
        if (Object.hasOwn(words, head)) {
          const message = `${quote(given.slice(head.length))} after ${quote(head)} is not supported yet`;
          return failed(message, `write ${head} alone`, head.length);
        }
        const near = suggestion(given, names);
        return failed(`${quote(given)} is not one of its values`, near ?? `the values are ${names.join(', ')}`);
      }),
    print: (value) => names.find((name) => words[name] === value) ?? null,
  };
}

/** One of these words, each for itself. */
export function oneOf<const T extends string>(
  words: readonly T[],
  refusals?: Readonly<Record<string, string>>,
): KeptType<T> {
  return choice(Object.fromEntries(words.map((word) => [word, word])) as Record<T, T>, refusals);
}

/** A clock of clock_gettime(2); the dynamic ones (negative numbers) are not for job files. */
export const clockId: KeptType<number> = integer({ min: 0, max: 11, maxReason: 'Linux has no more clocks' });

/** Any text that is not empty and can stand on one line. */
export const line: KeptType<string> = {
  word: 'text',
  schema: anyText,
  parse: (text) =>
    withText(text, 'text', (given) =>
      hasControlCharacter(given) ? failed('holds a control character', 'remove it') : done(given.trim()),
    ),
  print: (value) => value,
};

function hasControlCharacter(text: string): boolean {
  return /[^\P{Cc}\t]/u.test(text);
}

/** Paths separated by `:`; `\:` is a colon in a name. */
export const paths: KeptType<readonly string[]> = {
  word: 'path, several separated by ":"',
  schema: listOf(anyText),
  parse: (text) =>
    withText(text, '/mnt/test/file', (given) => {
      if (hasControlCharacter(given)) return failed('holds a control character', 'remove it');
      const names = splitPaths(given);
      if (names.length === 0) return failed('names no file', 'write a path');
      const standard = names.indexOf('-');
      if (standard >= 0) return failed('"-" (standard input or output) is not supported', 'name a file or a device');
      return done(names);
    }),
  print: (names) => (names.length === 0 ? null : names.map((name) => name.replaceAll(':', '\\:')).join(':')),
};

function splitPaths(text: string): string[] {
  return text
    .split(/(?<!\\):/)
    .map((name) => name.replaceAll('\\:', ':').trim())
    .filter((name) => name !== '');
}

// Lists

/**
 * `read,write,trim` of anything: one value serves all; of two, the second serves write and trim; an empty place keeps
 * what was there before, so the value is a change to be applied. Printed with three places where they differ.
 */
export function eachDirection<T>(type: ValueType<T>, example: string): ValueType<Partial<PerDirection<T>>> {
  return {
    word: `${type.word}, or three as read,write,trim`,
    parse: (text, context) => withText(text, example, (given) => parseDirections(given, context, type, example)),
    print: ({ read, write, trim }) => {
      const texts = [read, write, trim].map((value) => (value === undefined ? '' : (type.print(value) ?? '')));
      if (texts.every((each) => each === '')) return null;
      return texts.every((each) => each === texts[0]) ? texts[0]! : texts.join(',');
    },
  };
}

/** The same of numbers; a range is refused with the way to write what was meant. */
export function perDirection(type: ValueType<number>, rangeAdvice: string): ValueType<Partial<PerDirection<number>>> {
  const single: ValueType<number> = {
    ...type,
    parse: (text, context) =>
      text !== null && separatorIndex(text) > 0 && !isCalculation(text, context) && /^\d[^-:]*[-:]\s*\d/.test(text)
        ? failed(`${quote(text)} is not a range here`, rangeAdvice)
        : type.parse(text, context),
  };
  return eachDirection(single, '4k');
}

function parseDirections<T>(
  text: string,
  context: ValueContext,
  type: ValueType<T>,
  example: string,
): Parsed<Partial<PerDirection<T>>> {
  const parts = text.split(',');
  if (parts.length > 3) return failed('more than three values', 'write at most read,write,trim');
  const values: (T | undefined)[] = [];
  const notes: ValueNote[] = [];
  let offset = 0;
  for (const part of parts) {
    const trimmed = part.trim();
    if (trimmed === '') values.push(undefined);
    else {
      const parsed = type.parse(trimmed, context);
      if (!parsed.ok) return { ...parsed, offset: offset + part.indexOf(trimmed) + parsed.offset };
      values.push(parsed.value);
      notes.push(...parsed.notes);
    }
    offset += part.length + 1;
  }
  if (values.every((value) => value === undefined)) return failed('has no value', `write a value: ${example}`);
  const [first, second, third] = values;
  const [read, write, trim] =
    values.length === 1 ? [first, first, first] : [first, second, values.length === 2 ? second : third];
  return done(
    {
      ...(read === undefined ? {} : { read }),
      ...(write === undefined ? {} : { write }),
      ...(trim === undefined ? {} : { trim }),
    },
    notes,
  );
}

/** A plain number with or without a fraction; null when it is none. */
export function readDecimal(text: string): number | null {
  if (!/^(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(text.trim())) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

export function printDecimal(value: number): string {
  return String(value);
}

/** Numbers from 0 to 100 separated by `:`, at most 20 (fio's limit); sorted, each once. */
export const percentileList: KeptType<readonly number[]> = {
  word: 'numbers separated by ":"',
  schema: listOf(anyNumber),
  parse: (text) =>
    withText(text, '50:99:99.9', (given) => {
      const parts = given.split(':');
      const values = new Set<number>();
      let offset = 0;
      for (const part of parts) {
        const value = readDecimal(part);
        if (value === null) {
          const advice = part.includes(',') ? 'separate them by ":", as in 50:99:99.9' : 'write it as in 50:99:99.9';
          return failed(`${quote(part.trim())} is not a percentile`, advice, offset);
        }
        if (value > 100) return failed(`${part.trim()} is too large`, 'percentiles go up to 100', offset);
        values.add(value);
        offset += part.length + 1;
      }
      if (values.size > 20) return failed(`${values.size} percentiles`, 'write at most 20');
      return done([...values].sort((left, right) => left - right));
    }),
  print: (values) => values.map(printDecimal).join(':'),
};

/** CPU numbers as in `0,5,8-15`; sorted, each once, each on this machine. */
export const cpuList: KeptType<readonly number[]> = {
  word: 'CPU numbers, as in 0,5,8-15',
  schema: listOf(wholeNumber),
  parse: (text, context) =>
    withText(text, '0,5,8-15', (given) => {
      const cpus = new Set<number>();
      let offset = 0;
      for (const part of given.split(',')) {
        const match = /^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$/.exec(part);
        if (match === null) return failed(`${quote(part.trim())} is no CPU number`, 'write it as in 0,5,8-15', offset);
        const first = Number(match[1]);
        const last = match[2] === undefined ? first : Number(match[2]);
        if (last < first)
          return failed(`the range ${quote(part.trim())} runs backwards`, `write ${last}-${first}`, offset);
        if (last >= context.cpuCount) {
          const advice = `this machine has the CPUs 0 to ${context.cpuCount - 1}`;
          return failed(`there is no CPU ${last}`, advice, offset);
        }
        for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
        offset += part.length + 1;
      }
      return done([...cpus].sort((left, right) => left - right));
    }),
  print: (values) => values.join(','),
};
