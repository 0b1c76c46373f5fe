import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate, hasOperator } from './arithmetic.js';

const suffixes = { k: 1024n, m: 1024n ** 2n, kib: 1000n };

function outcome(text: string, order: 'fio' | 'bc' = 'fio'): string {
  const result = calculate(text, { suffixes, order });
  if (!result.ok) return `@${result.offset} ${result.message}`;
  return result.denominator === 1n ? String(result.numerator) : `${result.numerator}/${result.denominator}`;
}

describe('calculate', () => {
  it.each([
    ['(1+2)*4k', '12288'],
    ['1+2*3', '7'],
    ['(8k-4k)', '4096'],
    ['10-3-2', '5'],
    ['-3+5', '2'],
    ['--3', '3'],
    ['(2)(3)', '@3 what follows is no part of the calculation'],
    ['7/2', '3'],
    ['-7/2', '-3'],
    ['7.0/2', '7/2'],
    ['1/3.0+1/3.0', '2/3'],
    ['7%4', '3'],
    ['10*7%4', '30'],
    ['2^10', '1024'],
    ['2^3^2', '64'],
    ['-2^2', '4'],
    ['(-1)^1001', '-1'],
    ['0x10', '16'],
    ['1.5k', '1536'],
    ['1e3', '1000'],
    ['2.5e-1', '1/4'],
    ['(1+1)k', '2048'],
    ['4 k * 2', '8192'],
    ['2*4kib', '8000'],
    ['(1m/(4k))', '256'],
    ['(1m/4k)', '@4 fio takes "k" for a multiplier of all that stands around "/"'],
    ['2^10k', '@2 fio takes "k" for a multiplier of all that stands around "^"'],
    ['', '@0 a number is missing at the end'],
    ['(', '@1 a number is missing at the end'],
    ['(1', '@0 a parenthesis is not closed'],
    ['1+', '@2 a number is missing at the end'],
    ['1+*2', '@2 "*2" is not a number'],
    ['.', '@0 "." is not a number'],
    ['4x', '@1 "x" is not a suffix here'],
    ['4constructor', '@1 "constructor" is not a suffix here'],
    ['1/0', '@1 division by zero'],
    ['1%0', '@1 division by zero'],
    ['1.5%2', '@3 a remainder of fractions'],
    ['2^-1', '@1 a power that is not a whole number above 0'],
    ['2^1.5', '@1 a power that is not a whole number above 0'],
    ['2^9999', '@1 the power is too large'],
    ['9^400', '@1 the result is too large'],
    ['9^9^9^9', '@5 the result is too large'],
    ['1;2', '@1 what follows is no part of the calculation'],
  ])('%s', (text, expected) => expect(outcome(text)).toBe(expected));

  it.each([
    ['10*7%4', '2'],
    ['2^3^2', '512'],
    ['7.0/2', '3'],
    ['1.5*3', '9/2'],
  ])('as bc: %s', (text, expected) => expect(outcome(text, 'bc')).toBe(expected));

  it('ends soon whatever it is given', () => {
    const texts = ['('.repeat(900), '-'.repeat(900), '1^'.repeat(400), `${'9^'.repeat(400)}9`, '('.repeat(100_000)];
    for (const order of ['fio', 'bc'] as const) for (const text of texts) expect(outcome(text, order)).toMatch(/^@/);
  });

  it('throws nothing, for any text', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789.()+-*/%^ kmxe') }));
    fc.assert(
      fc.property(text, (each) => {
        expect(calculate(each, { suffixes, order: 'fio' }).ok).toBeTypeOf('boolean');
      }),
      { seed: 1, numRuns: 3000 },
    );
  });
});

describe('hasOperator', () => {
  it.each(['1+2', '4k*2', '(1)-2', '2^3', '8 % 3', '1-2'])('%s has one', (text) =>
    expect(hasOperator(text)).toBe(true),
  );
  it.each(['-2', '4k', '50%', '', '(2)', '+8'])('%s has none', (text) => expect(hasOperator(text)).toBe(false));
});

const bcMissing = spawnSync('bc', ['--version']).status !== 0;

describe.skipIf(bcMissing)(`calculations are those of bc${bcMissing ? ' (skipped: bc is not installed)' : ''}`, () => {
  const number = fc.oneof(fc.nat(99), fc.constantFrom(0, 1, 4096, 2 ** 31)).map(String);
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      number,
      fc
        .tuple(tie('expression'), fc.constantFrom('+', '-', '*', '/', '%'), tie('expression'))
        .map((parts) => parts.join('')),
      tie('expression').map((inner) => `(${inner})`),
      fc.tuple(fc.constantFrom('2', '3', '(-2)'), fc.constantFrom('^2', '^3', '^2^2')).map((parts) => parts.join('')),
      fc.tuple(fc.constant('-'), number).map(([sign, digits]) => `(${sign}${digits})`),
    ),
  }));

  it('for a thousand of them', () => {
    const texts = fc.sample(expression, { seed: 7, numRuns: 1000 }).filter((text) => text.length < 100);
    const ours = texts.map((text) => outcome(text, 'bc'));
    const usable = texts.filter((_, index) => !ours[index]!.startsWith('@'));
    const { stdout } = spawnSync('bc', {
      input: `${usable.join('\n')}\n`,
      encoding: 'utf8',
      env: { BC_LINE_LENGTH: '0', PATH: process.env.PATH },
    });
    expect(usable.length).toBeGreaterThan(400);
    expect(ours.filter((result) => !result.startsWith('@'))).toEqual(stdout.trim().split('\n'));
    // What we refuse is division by zero.
    for (const result of ours) if (result.startsWith('@')) expect(result).toContain('division by zero');
  });
});
