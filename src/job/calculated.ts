/** Values that are calculations: `size=(1+2)*4k`, `runtime=(2*30s)`, `size=$ncpus*1g`. */
import { quote } from '../support/quote.js';
import { type CalculationProblem, calculate, hasOperator } from './arithmetic.js';
import type { ValueContext, ValueNote } from './value-type.js';

/** Whether fio calculates the text: in parentheses, or beside a variable. */
export function isCalculation(text: string, { calculable = false }: Pick<ValueContext, 'calculable'>): boolean {
  return text.startsWith('(') || (calculable && hasOperator(text));
}

/** Suffixes in calculations are fio's own: powers of 1024 whatever `kb_base` says, and of 1000 with `ib`. */
const sizeSuffixes: Readonly<Record<string, bigint>> = Object.fromEntries(
  [...'kmgtp'].flatMap((letter, index) => [
    [letter, 1024n ** BigInt(index + 1)],
    [`${letter}b`, 1024n ** BigInt(index + 1)],
    [`${letter}ib`, 1000n ** BigInt(index + 1)],
  ]),
);

interface CalculatedSize {
  readonly ok: true;
  readonly negative: boolean;
  readonly digits: bigint;
  readonly notes: readonly ValueNote[];
}

/** A whole number, which may be outside of the option's limits. */
export function calculateSize(text: string, context: ValueContext): CalculatedSize | CalculationProblem {
  const result = calculate(text, { suffixes: sizeSuffixes, order: orderOf(context) });
  if (!result.ok) return result;
  if (result.denominator !== 1n) return failed(`${quote(text)} is not a whole number`, 'write it without a fraction');
  const negative = result.numerator < 0n;
  const suffix = result.suffixes.find((each) => each.endsWith('ib') || context.kiloBase === 1000);
  return {
    ok: true,
    negative,
    digits: negative ? -result.numerator : result.numerator,
    notes: suffix === undefined ? [] : [suffixNote(suffix)],
  };
}

function suffixNote(suffix: string): ValueNote {
  const base = suffix.endsWith('ib') ? 1000 : 1024;
  return {
    code: 'calculated-suffix',
    message: `in a calculation ${suffix} is a power of ${base}, as in fio, whatever kb_base says`,
    advice: 'write the plain number',
  };
}

/**
 * A time from 0 on. A number without a unit is in `defaultUnit` when none has one, else in microseconds, as in fio.
 * @param units microseconds of each unit
 */
export function calculateMicroseconds(
  text: string,
  units: Readonly<Record<string, bigint>>,
  defaultUnit: string,
  context: ValueContext,
): { readonly ok: true; readonly microseconds: bigint } | CalculationProblem {
  const result = calculate(text, { suffixes: units, order: orderOf(context) });
  if (!result.ok) return result;
  const { numerator, denominator, suffixes } = result;
  const scaled = numerator * (suffixes.length > 0 ? 1n : units[defaultUnit]!);
  if (scaled < 0n) return failed('a time cannot be negative', `${text} is below 0`);
  if (scaled % denominator !== 0n) {
    return failed(`${quote(text)} is not a whole number of microseconds`, 'write whole microseconds');
  }
  return { ok: true, microseconds: scaled / denominator };
}

function orderOf({ calculable = false }: ValueContext): 'fio' | 'bc' {
  return calculable ? 'bc' : 'fio';
}

function failed(message: string, advice: string): CalculationProblem {
  return { ok: false, message, advice, offset: 0 };
}
