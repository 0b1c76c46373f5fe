import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Parsed, ValueContext, ValueType } from './value-type.js';
import * as values from './values.js';

const context: ValueContext = { kiloBase: 1024, cpuCount: 16 };
const decimal: ValueContext = { kiloBase: 1000, cpuCount: 16 };

function outcome<T>(parsed: Parsed<T>): T | string {
  return parsed.ok ? parsed.value : `${parsed.message} @${parsed.offset} | ${parsed.advice}`;
}

describe('sizes', () => {
  const size = values.size();

  it.each([
    ['0', 0],
    ['4096', 4096],
    ['4096b', 4096],
    ['4k', 4096],
    ['4K', 4096],
    ['4kb', 4096],
    ['4ki', 4096],
    ['4kib', 4000],
    ['4.5k', 4608],
    ['.5m', 524288],
    ['1m', 1048576],
    ['1g', 2 ** 30],
    ['2T', 2 ** 41],
    ['1p', 2 ** 50],
    ['0x1000', 4096],
    ['0x10k', 16384],
    ['+8', 8],
    ['9007199254740991', 2 ** 53 - 1],
  ])('%s is %d', (text, bytes) => expect(outcome(size.parse(text, context))).toBe(bytes));

  it.each([
    ['4k', 4000],
    ['4kb', 4000],
    ['4ki', 4000],
    ['4kib', 4096],
    ['1MiB', 1048576],
    ['1.5m', 1500000],
  ])('with kb_base=1000, %s is %d', (text, bytes) => expect(outcome(size.parse(text, decimal))).toBe(bytes));

  it.each([
    ['4x', '"4x" has an unknown suffix "x" @1 | the suffixes are k, m, g, t and p, as in 4k'],
    ['4kfoo', '"4kfoo" has an unknown suffix "kfoo" @1 | the suffixes are k, m, g, t and p, as in 4k'],
    ['4 k', '"4 k" has an unknown suffix " k" @1 | the suffixes are k, m, g, t and p, as in 4k'],
    ['1e3', '"1e3" has an unknown suffix "e3" @1 | the suffixes are k, m, g, t and p, as in 4k'],
    ['k', '"k" is not a number @0 | write digits, with a suffix where one is allowed'],
    ['4.3', '"4.3" is not a whole number @0 | write it without a fraction'],
    ['4.0001k', '"4.0001k" is not a whole number @0 | write it without a fraction'],
    ['8p', '8p is too large @0 | the largest size is 9007199254740991'],
    ['-1', '-1 is too small @0 | the smallest size is 0'],
    ['10%', 'a percentage is not possible here @2 | write the size itself'],
    [
      '4z',
      'z counts zones, which only size, io_size, offset and offset_increment are given in @1 | write the size in bytes',
    ],
    ['', 'has no value @0 | write a value: 4k'],
    ['9'.repeat(1000), `"${'9'.repeat(60)}…" is too large @0 | null`],
  ])('refuses %s', (text, message) => expect(outcome(size.parse(text, context))).toBe(message));

  it('warns that kib is inverted', () => {
    const parsed = size.parse('4KiB', context);
    expect(parsed).toMatchObject({
      ok: true,
      value: 4000,
      notes: [
        {
          code: 'inverted-suffix',
          message: '"4KiB" is 4000: with kb_base=1024, fio reads kib in powers of 1000',
          advice: 'write 4k for powers of 1024, or the plain number',
        },
      ],
    });
  });

  it('reads back what it prints', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (bytes) => outcome(size.parse(size.print(bytes), context)) === bytes));
  });

  it('reads every suffix exactly', () => {
    const suffix = fc.constantFrom(...['', 'k', 'm', 'g'].entries());
    fc.assert(
      fc.property(fc.nat(1_000_000), suffix, fc.constantFrom<1000 | 1024>(1000, 1024), (count, [power, text], base) => {
        const parsed = size.parse(`${count}${text}`, { ...context, kiloBase: base });
        return outcome(parsed) === count * base ** power;
      }),
    );
  });
});

describe('amounts', () => {
  const amount = values.amount();

  it.each([
    ['1g', { bytes: 2 ** 30 }],
    ['4z', { bytes: 0, zoneCount: 4 }],
    ['50%', { percent: 50 }],
    ['12.5%', { percent: 12.5 }],
    ['101%', '101% is too large @0 | write at most 100%'],
    ['x%', '"x%" is not a percentage @0 | write a number and %: 50%'],
  ])('%s', (text, expected) => expect(outcome(amount.parse(text, context))).toEqual(expected));
});

describe('calculations', () => {
  const calculable = { ...context, calculable: true };

  it.each([
    ['(1+2)*4k', 12288],
    ['(4k*3)', 12288],
    ['(0x10*4)', 64],
    ['(1.5*1m)', 1572864],
    ['(7/2)', 3],
    ['(8k-4k)', 4096],
    ['(2^10)', 1024],
    ['(4kib)', 4000],
    ['(1/2.0)', '"(1/2.0)" is not a whole number @0 | write it without a fraction'],
    ['(1-2)', '(1-2) is too small @0 | the smallest size is 0'],
    ['(2', 'a parenthesis is not closed @0 | add ")"'],
    ['(1/0)', 'division by zero @2 | divide by something else'],
    [
      '(1s)',
      '"s" is not a suffix here @2 | the suffixes are k, kb, kib, m, mb, mib, g, gb, gib, t, tb, tib, p, pb, pib',
    ],
    ['2*4k', '"2*4k" is a calculation @1 | fio calculates in parentheses alone: write (2*4k)'],
    ['4k*(1+2)', '"4k*(1+2)" is a calculation @1 | fio calculates in parentheses alone: write (4k*(1+2))'],
  ])('%s', (text, expected) => expect(outcome(values.size().parse(text, context))).toBe(expected));

  it.each([
    ['2*4k', 8192],
    ['10-2', 8],
    ['-2+10', 8],
    ['4096*1.5', 6144],
    ['5/2', 2],
    ['4k', 4096],
  ])('beside a variable: %s', (text, expected) =>
    expect(outcome(values.size().parse(text, calculable))).toBe(expected),
  );

  it('says that suffixes are what they are, whatever kb_base says', () => {
    const parsed = values.size().parse('(2*4k)', decimal);
    expect(parsed).toMatchObject({ ok: true, value: 8192, notes: [{ code: 'calculated-suffix' }] });
    expect(values.size().parse('(2*4)', decimal)).toMatchObject({ ok: true, notes: [] });
    expect(values.size().parse('(4kib)', context)).toMatchObject({ ok: true, notes: [{ code: 'calculated-suffix' }] });
  });

  it.each([
    ['(2*30)', 60_000],
    ['(2*30s)', 60_000],
    ['(1m+500ms)', 60_500],
    ['(10s+5)', 10_000.005],
    ['(1/2.0)', 500],
    ['(1-2)', 'a time cannot be negative @0 | (1-2) is below 0'],
    ['(1k)', '"k" is not a suffix here @2 | the suffixes are us, usec, ms, msec, s, m, h, d'],
    ['(99999*99999d)', '(99999*99999d) is too long @0 | write at most 36525d'],
  ])('times: %s', (text, expected) => expect(outcome(values.time('s').parse(text, context))).toBe(expected));

  it('go into ranges and lists', () => {
    const range = values.sizeRange({ min: 1, max: 2 ** 40 });
    expect(outcome(range.parse('(8k-4k)-(2*8k)', context))).toEqual({ min: 4096, max: 16384 });
    expect(outcome(range.parse('(1-(2*3)):5', context))).toContain('(1-(2*3)) is too small');
    const list = values.perDirection(values.size(), 'advice');
    expect(outcome(list.parse('(8k-4k),(2*8k)', context))).toEqual({ read: 4096, write: 16384, trim: 16384 });
    expect(outcome(list.parse('1k-4k', context))).toBe('"1k-4k" is not a range here @0 | advice');
    expect(outcome(list.parse('1k, 4k:8k', context))).toBe('"4k:8k" is not a range here @4 | advice');
  });
});

describe('times', () => {
  const seconds = values.time('s');

  it.each([
    ['10', 10_000],
    ['0.5', 500],
    ['0.5s', 500],
    ['500ms', 500],
    ['10us', 0.01],
    ['2M', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['10x', '"10x" has an unknown unit "x" @2 | the units are us, ms, s, m (minutes), h and d, as in 30s'],
    [
      '10constructor',
      '"10constructor" has an unknown unit "constructor" @2 | the units are us, ms, s, m (minutes), h and d, as in 30s',
    ],
    ['-5', 'a time cannot be negative @0 | write a time from 0 on'],
    ['0.5us', 0],
    ['1.7us', 0.001],
    ['99999999d', '99999999d is too long @0 | write at most 36525d'],
  ])('%s', (text, expected) => expect(outcome(seconds.parse(text, context))).toBe(expected));

  it('takes the unit of the option when none is written', () => {
    expect(outcome(values.time('ms').parse('500', context))).toBe(500);
    expect(outcome(values.time('us').parse('500', context))).toBe(0.5);
  });

  it('reads ranges either way round', () => {
    const range = values.timeRange('s');
    expect(outcome(range.parse('1-2', context))).toEqual({ min: 1000, max: 2000 });
    expect(outcome(range.parse('2s:500ms', context))).toEqual({ min: 500, max: 2000 });
    expect(outcome(range.parse('2s-x', context))).toContain('"x" is not a number @3');
  });

  it('reads back what it prints', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (microseconds) => {
        const ms = microseconds / 1000;
        return outcome(seconds.parse(seconds.print(ms), context)) === ms;
      }),
    );
  });
});

describe('switches and words', () => {
  it.each([
    ['0', false],
    ['1', true],
    [null, 'has no value @0 | write a value: 1'],
    ['2', '"2" is neither 0 nor 1 @0 | write 0 or 1'],
    ['yes', '"yes" is neither 0 nor 1 @0 | write 1'],
    ['Off', '"Off" is neither 0 nor 1 @0 | write 0'],
  ])('bool %s', (text, expected) => expect(outcome(values.bool.parse(text, context))).toBe(expected));

  it('lets a flag stand alone', () => {
    expect(outcome(values.flag.parse(null, context))).toBe(true);
    expect(outcome(values.flag.parse('0', context))).toBe(false);
  });

  const choice = values.choice({ read: 1, randread: 2, '0': 1 }, { external: 'take another' });
  it.each([
    ['read', 1],
    ['0', 1],
    ['raed', '"raed" is not one of its values @0 | did you mean "read"?'],
    ['xyzzy', '"xyzzy" is not one of its values @0 | the values are read, randread, 0'],
    ['read:8', '":8" after "read" is not supported yet @4 | write read alone'],
    ['external:/x', '"external:/x" is not supported yet @0 | take another'],
    ['toString', '"toString" is not one of its values @0 | the values are read, randread, 0'],
  ])('choice %s', (text, expected) => expect(outcome(choice.parse(text, context))).toBe(expected));

  it('prints the word, not the number', () => expect(choice.print(1)).toBe('read'));
});

describe('lists', () => {
  const blocks = values.perDirection(values.size({ min: 1, max: 2 ** 31 }), 'write two');

  it.each([
    ['4k', { read: 4096, write: 4096, trim: 4096 }],
    ['4k,8k', { read: 4096, write: 8192, trim: 8192 }],
    ['4k, 8k, 16k', { read: 4096, write: 8192, trim: 16384 }],
    ['4k,8k,', { read: 4096, write: 8192 }],
    [',8k', { write: 8192, trim: 8192 }],
    [',,8k', { trim: 8192 }],
    [',', 'has no value @0 | write a value: 4k'],
    ['1k-4k', '"1k-4k" is not a range here @0 | write two'],
    ['1k,2x', '"2x" has an unknown suffix "x" @4 | the suffixes are k, m, g, t and p, as in 4k'],
    ['1k,2k,3k,4k', 'more than three values @0 | write at most read,write,trim'],
    ['0', '0 is too small @0 | the smallest size is 1'],
  ])('bs=%s', (text, expected) => expect(outcome(blocks.parse(text, context))).toEqual(expected));

  it.each([
    ['50:99.9:99', [50, 99, 99.9]],
    ['99:99', [99]],
    ['99,99.9', '"99,99.9" is not a percentile @0 | separate them by ":", as in 50:99:99.9'],
    ['1:foo', '"foo" is not a percentile @2 | write it as in 50:99:99.9'],
    ['101', '101 is too large @0 | percentiles go up to 100'],
    [Array.from({ length: 21 }, (_, index) => index).join(':'), '21 percentiles @0 | write at most 20'],
  ])('percentile_list=%s', (text, expected) =>
    expect(outcome(values.percentileList.parse(text, context))).toEqual(expected),
  );

  it.each([
    ['0,5,8-10', [0, 5, 8, 9, 10]],
    ['3,1,3', [1, 3]],
    ['16', 'there is no CPU 16 @0 | this machine has the CPUs 0 to 15'],
    ['0,3-1', 'the range "3-1" runs backwards @2 | write 1-3'],
    ['0,a', '"a" is no CPU number @2 | write it as in 0,5,8-15'],
    ['1-', '"1-" is no CPU number @0 | write it as in 0,5,8-15'],
  ])('cpus_allowed=%s', (text, expected) => expect(outcome(values.cpuList.parse(text, context))).toEqual(expected));

  it.each([
    ['/dev/sda', ['/dev/sda']],
    ['a:b', ['a', 'b']],
    ['a\\:b:c', ['a:b', 'c']],
    [':', 'names no file @0 | write a path'],
    ['-', '"-" (standard input or output) is not supported @0 | name a file or a device'],
    ['a\u0007', 'holds a control character @0 | remove it'],
  ])('filename=%s', (text, expected) => expect(outcome(values.paths.parse(text, context))).toEqual(expected));

  it('reads back the names it prints', () => {
    const name = fc.stringMatching(/^[a-z/:. ]{1,12}$/).filter((text) => text.trim() === text && text !== '');
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        expect(outcome(values.paths.parse(values.paths.print(names), context))).toEqual(names);
      }),
    );
  });
});

it('never throws, whatever the text', () => {
  const types: readonly ValueType<never>[] = [
    values.size(),
    values.integer({ min: -20, max: 19 }),
    values.amount(),
    values.sizeRange({ min: 1, max: 2 ** 40 }),
    values.time('s'),
    values.timeRange('us'),
    values.bool,
    values.flag,
    values.choice({ a: 1 }),
    values.line,
    values.paths,
    values.perDirection(values.size(), ''),
    values.percentileList,
    values.cpuList,
  ] as unknown as readonly ValueType<never>[];
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[-0-9a-zA-Z.,:%+]{0,20}$/), fc.constant(null));
  fc.assert(
    fc.property(fc.constantFrom(...types), text, (type, given) => {
      const parsed = type.parse(given, context);
      if (!parsed.ok) {
        expect(parsed.message).not.toBe('');
        expect(parsed.offset).toBeLessThanOrEqual(given?.length ?? 0);
      }
    }),
    { numRuns: 2000 },
  );
});
