/**
 * Calculations in values: `(1+2)*4k` as in fio's HOWTO on expressions, and what stands beside `$ncpus` and its like,
 * which fio hands to bc(1). Exact, in fractions of whole numbers; what fio rounds, wraps or reads by surprise is refused.
 */

interface CalculationRules {
  /** Multiplier of each suffix, in small letters. */
  readonly suffixes: Readonly<Record<string, bigint>>;
  /**
   * Which operators bind first. `fio`: % before ^ before * and /, all from the left (its expression-parser.y).
   * `bc`: ^ from the right before *, / and %; division always drops the fraction (bc(1) with scale 0).
   */
  readonly order: 'fio' | 'bc';
}

interface Calculation {
  readonly ok: true;
  readonly numerator: bigint;
  /** Above 0. */
  readonly denominator: bigint;
  /** The suffixes that stand in it. */
  readonly suffixes: readonly string[];
}

export interface CalculationProblem {
  readonly ok: false;
  readonly message: string;
  readonly advice: string;
  /** Where in the text, from 0. */
  readonly offset: number;
}

/** More than any option can hold; keeps hostile powers cheap. */
const bitsMax = 512n;
const limit = 1n << bitsMax;
const nestingMax = 40;
const lengthMax = 1000;

interface Value {
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** Written with a decimal point somewhere: then division keeps the fraction. */
  readonly decimal: boolean;
}

const bindings: Readonly<Record<'fio' | 'bc', Readonly<Record<string, number>>>> = {
  fio: { '+': 1, '-': 1, '*': 2, '/': 2, '^': 3, '%': 4 },
  bc: { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 3 },
};

/** Whether a text holds an operator between two operands, so that reading a plain number would drop a part of it. */
export function hasOperator(text: string): boolean {
  return /[\w.)]\s*[-+*/%^]\s*[\w.(-]/.test(text);
}

/** Throws nothing, and takes time in proportion to the text. */
export function calculate(text: string, rules: CalculationRules): Calculation | CalculationProblem {
  const reader = new ExpressionReader(text, rules);
  try {
    if (text.length > lengthMax) reader.fail('a calculation this long', 'write the result');
    const { numerator, denominator } = reader.readAll();
    return { ok: true, numerator, denominator, suffixes: reader.suffixes };
  } catch (error) {
    if (error instanceof ExpressionError) return error.problem;
    throw error;
  }
}

class ExpressionError extends Error {
  readonly problem: CalculationProblem;

  constructor(problem: CalculationProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

class ExpressionReader {
  readonly suffixes: string[] = [];
  private readonly text: string;
  private readonly rules: CalculationRules;
  private position = 0;
  private nesting = 0;

  constructor(text: string, rules: CalculationRules) {
    this.text = text;
    this.rules = rules;
  }

  readAll(): Value {
    const value = this.readExpression(1);
    if (this.position < this.text.length) this.fail('what follows is no part of the calculation', 'remove it');
    return value;
  }

  fail(message: string, advice: string, offset = this.position): never {
    throw new ExpressionError({ ok: false, message, advice, offset });
  }

  /** Operators that bind at least as tightly as `binding`. */
  private readExpression(binding: number): Value {
    let left = this.readOperand();
    for (;;) {
      const operator = this.peek();
      const own = bindings[this.rules.order][operator];
      if (own === undefined || own < binding) return left;
      const at = this.position;
      this.position++;
      const fromRight = operator === '^' && this.rules.order === 'bc';
      const right = this.readExpression(fromRight ? own : own + 1);
      left = this.apply(operator, left, right, at);
    }
  }

  private apply(operator: string, left: Value, right: Value, at: number): Value {
    const decimal = left.decimal || right.decimal;
    const { numerator: a, denominator: b } = left;
    const { numerator: c, denominator: d } = right;
    switch (operator) {
      case '+':
        return this.bounded(a * d + c * b, b * d, decimal, at);
      case '-':
        return this.bounded(a * d - c * b, b * d, decimal, at);
      case '*':
        return this.bounded(a * c, b * d, decimal, at);
      case '/':
        if (c === 0n) this.fail('division by zero', 'divide by something else', at);
        return decimal && this.rules.order === 'fio'
          ? this.bounded(c < 0n ? -a * d : a * d, c < 0n ? -c * b : c * b, decimal, at)
          : this.bounded((a * d) / (c * b), 1n, false, at);
      case '%':
        if (b !== 1n || d !== 1n) this.fail('a remainder of fractions', 'use whole numbers with %', at);
        if (c === 0n) this.fail('division by zero', 'divide by something else', at);
        return this.bounded(a % c, 1n, false, at);
      default:
        return this.power(left, right, at);
    }
  }

  private power(base: Value, exponent: Value, at: number): Value {
    if (exponent.denominator !== 1n || exponent.numerator < 0n) {
      this.fail('a power that is not a whole number above 0', 'use / for roots and fractions', at);
    }
    const small = base.denominator === 1n && base.numerator >= -1n && base.numerator <= 1n;
    if (exponent.numerator > bitsMax && !small) this.fail('the power is too large', 'write a smaller one', at);
    // Of 0, 1 and -1 only being odd matters.
    const times = exponent.numerator > bitsMax ? (exponent.numerator % 2n) + 2n : exponent.numerator;
    let value: Value = { numerator: 1n, denominator: 1n, decimal: base.decimal };
    for (let step = 0n; step < times; step++) {
      value = this.bounded(value.numerator * base.numerator, value.denominator * base.denominator, base.decimal, at);
    }
    return value;
  }

  private bounded(numerator: bigint, denominator: bigint, decimal: boolean, at: number): Value {
    if (numerator > limit || numerator < -limit || denominator > limit) {
      this.fail('the result is too large', 'write smaller numbers', at);
    }
    return denominator === 1n ? { numerator, denominator, decimal } : reduced(numerator, denominator, decimal);
  }

  private readOperand(): Value {
    this.nesting++;
    if (this.nesting > nestingMax) this.fail('too many parentheses and signs', 'write the result');
    const at = this.position;
    const next = this.peek();
    let value: Value;
    if (next === '-') {
      this.position++;
      const operand = this.readOperand();
      value = { ...operand, numerator: -operand.numerator };
    } else if (next === '(') {
      this.position++;
      value = this.readExpression(1);
      if (this.peek() !== ')') this.fail('a parenthesis is not closed', 'add ")"', at);
      this.position++;
      value = this.readSuffix(value, at);
    } else {
      value = this.readSuffix(this.readNumber(), at);
    }
    this.nesting--;
    return value;
  }

  private readNumber(): Value {
    const pattern = /0x[0-9a-f]{1,40}|(\d{1,40})?(?:\.(\d{0,40}))?(?:e([+-]?\d{1,2})(?![a-z]))?/iy;
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text)!;
    const [found, whole = '', fraction = '', exponent = '0'] = match;
    if (found === '' || (whole === '' && fraction === '' && !/^0x/i.test(found))) {
      const rest = this.text.slice(this.position, this.position + 12);
      this.fail(rest === '' ? 'a number is missing at the end' : `"${shown(rest)}" is not a number`, 'write digits');
    }
    this.position += found.length;
    if (/^0x/i.test(found)) return { numerator: BigInt(found), denominator: 1n, decimal: false };
    const decimal = found !== whole;
    const shift = BigInt(Number(exponent) - fraction.length);
    const digits = BigInt(whole + fraction);
    return shift >= 0n
      ? this.bounded(digits * 10n ** shift, 1n, decimal, this.position)
      : this.bounded(digits, 10n ** -shift, decimal, this.position);
  }

  /**
   * A suffix belongs to what it stands behind. fio gives it to the whole of a quotient, remainder or power instead
   * (`1m/4k` is 256m there), so there it has to be written with parentheses.
   */
  private readSuffix(value: Value, at: number): Value {
    const next = this.peek();
    if (!/[a-z]/i.test(next)) return value;
    const start = this.position;
    const suffix = /^[a-z]+/i.exec(this.text.slice(start, start + 20))![0].toLowerCase();
    if (!Object.hasOwn(this.rules.suffixes, suffix)) {
      const known = Object.keys(this.rules.suffixes);
      const advice = known.length === 0 ? 'write a plain number' : `the suffixes are ${known.join(', ')}`;
      this.fail(`"${suffix}" is not a suffix here`, advice);
    }
    if (/[/%^]\s*$/.test(this.text.slice(Math.max(0, at - 10), at))) {
      const before = this.text.slice(0, at).trimEnd().slice(-1);
      this.fail(
        `fio takes "${suffix}" for a multiplier of all that stands around "${before}"`,
        `write parentheses around what "${suffix}" belongs to`,
        at,
      );
    }
    this.position += suffix.length;
    this.suffixes.push(suffix);
    return this.bounded(value.numerator * this.rules.suffixes[suffix]!, value.denominator, value.decimal, start);
  }

  /** The next character that is not a blank; '' at the end. */
  private peek(): string {
    while (this.text[this.position] === ' ' || this.text[this.position] === '\t') this.position++;
    return this.text[this.position] ?? '';
  }
}

function reduced(numerator: bigint, denominator: bigint, decimal: boolean): Value {
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator];
  while (b !== 0n) [a, b] = [b, a % b];
  return { numerator: numerator / a, denominator: denominator / a, decimal };
}

function shown(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
