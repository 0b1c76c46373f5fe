/** The values that a sweep goes through: from `--vary OPTION=LIST` to lists without ranges. */
import { findOptions } from '../job/options/index.js';
import { type Problem, UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';

/** One thing that is varied. */
export interface Axis {
  /** Primary name of an option, or `engine`. */
  readonly option: string;
  /** As job files have them, each once, in the order given. */
  readonly values: readonly string[];
}

/** Of one list; a slip such as `1,2,3..1000000` must not plan for hours. */
const valueCountMax = 1000;

/**
 * Reads all `--vary` of a command line.
 * @throws UserError with everything that is wrong with them; whether an option takes its values is not looked at here.
 */
export function parseAxes(texts: readonly string[]): Axis[] {
  const problems: Problem[] = [];
  const axes: Axis[] = [];
  for (const text of texts) {
    try {
      const axis = parseAxis(text);
      if (axes.some(({ option }) => option === axis.option)) {
        throw UserError.of(`--vary ${axis.option} is given twice`, 'give all of its values in one list');
      }
      axes.push(axis);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return axes;
}

function parseAxis(text: string): Axis {
  const equals = text.indexOf('=');
  if (equals < 1) {
    throw UserError.of(`--vary ${text} is not OPTION=LIST`, 'write, for instance, --vary iodepth=1,2,4..64');
  }
  const option = primaryName(text.slice(0, equals).trim());
  if (option !== 'engine' && findOptions(option).length === 0 && suggest(option, ['engine']) !== null) {
    throw UserError.of(`--vary: there is no option "${option}"`, 'did you mean "engine"?');
  }
  const values = expandList(text.slice(equals + 1), option);
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) {
    throw UserError.of(
      `--vary ${option} has the value ${twice} twice`,
      'write each value once; --repeat measures again',
    );
  }
  return { option, values };
}

/** The engine is one thing, whether it is called by fio's name or, with its modes, by ours. */
function primaryName(typed: string): string {
  const name = findOptions(typed)[0]?.name ?? typed;
  return name === 'ioengine' ? 'engine' : name;
}

/**
 * The values of a list. They are parted by commas, or, where a value has a comma in it, by semicolons. `A,B..Z` goes on
 * from A and B by adding their difference or by multiplying with their ratio, whichever ends exactly at Z; where there is
 * a value before A, it must be of the same progression.
 * @throws UserError for lists that are empty, or can be read in two ways.
 */
export function expandList(text: string, option: string): string[] {
  const parts = text.split(text.includes(';') ? ';' : ',').map((part) => part.trim());
  if (parts.some((part) => part === '')) {
    throw UserError.of(`--vary ${option}=${text} has an empty value`, `write, for instance, --vary ${option}=A,B,C`);
  }
  const values: string[] = [];
  for (const part of parts) {
    const [, from, to] = /^(\d+[a-z%]*)\.\.(\d+[a-z%]*)$/i.exec(part) ?? [];
    if (from === undefined || to === undefined) values.push(part);
    else values.push(from, ...continued([...values, from], to, `--vary ${option}`));
    if (values.length > valueCountMax) {
      throw UserError.of(`--vary ${option} has more than ${valueCountMax} values`, 'take larger steps, as 1,2,4..1024');
    }
  }
  return values;
}

interface Progression {
  readonly values: readonly number[];
  readonly fits: (third: number) => boolean;
}

/** What comes after the last of `before`, up to `end` and with it. */
function continued(before: readonly string[], end: string, where: string): string[] {
  const last = before.at(-1)!;
  const whole = before.length < 3 ? null : scaleOf([...before.slice(-3), end]);
  const scale = whole ?? scaleOf([...before.slice(-2), end]);
  if (before.length < 2 || scale === null) {
    throw UserError.of(
      `${where}: ${last}..${end} says how far to go, but not in which steps`,
      `put two values before it: 1,2,4..${end} doubles, 10,20..100 adds`,
    );
  }
  const [a, b, z] = scale.numbers.slice(-3) as [number, number, number];
  const third = whole?.numbers[0] ?? null;
  const found = [added(a, b, z), multiplied(a, b, z)].filter((each) => each !== null);
  const fitting = found.filter(({ fits }) => third === null || fits(third));
  const shown = before.slice(-3);
  if (fitting.length === 1) return fitting[0]!.values.map(scale.format);
  if (fitting.length === 0) {
    throw UserError.of(
      `${where}: neither equal steps nor equal ratios lead from ${shown.join(',')} to ${end}`,
      'end the range at a value of the progression, or write the values out',
    );
  }
  const ways = fitting.map(({ values }) => [...shown, ...values.slice(0, 2).map(scale.format)].join(','));
  const longer = fitting.map(({ values }) => [...shown, `${scale.format(values[0]!)}..${end}`].join(','));
  throw UserError.of(
    `${where}: ${shown.join(',')}..${end} can be read in two ways: ${ways.join('… or ')}…`,
    `write one value more before the dots: ${longer.join(' or ')}`,
  );
}

function added(a: number, b: number, z: number): Progression | null {
  const step = b - a;
  const count = (z - b) / step;
  if (step === 0 || !Number.isInteger(count) || count < 1 || count > valueCountMax) return null;
  const values = Array.from({ length: count }, (_, index) => b + (index + 1) * step);
  return { values, fits: (third) => a - third === step };
}

function multiplied(a: number, b: number, z: number): Progression | null {
  if (a === 0 || b === 0 || a === b) return null;
  const values: number[] = [];
  // Exact: b²/a, b³/a² … must be whole numbers all the way.
  for (let [before, now] = [a, b]; b > a ? now < z : now > z; ) {
    const next = (now * b) / a;
    if (!Number.isInteger(next) || values.length > valueCountMax) return null;
    values.push(next);
    [before, now] = [now, next];
    if (now === before) return null;
  }
  return values.at(-1) === z ? { values, fits: (third) => third * b === a * a } : null;
}

interface Scale {
  readonly numbers: readonly number[];
  readonly format: (value: number) => string;
}

const byteUnits = ['', 'k', 'm', 'g', 't', 'p'];

/** Numbers of one unit stay in it; sizes of several units become bytes. null where they are no such numbers. */
function scaleOf(texts: readonly string[]): Scale | null {
  const parts = texts.map((text) => /^(\d+)([a-z%]*)$/i.exec(text));
  if (parts.some((part) => part === null)) return null;
  const units = new Set(parts.map((part) => part![2]!.toLowerCase()));
  const amounts = parts.map((part) => Number(part![1]));
  if (units.size === 1) {
    const unit = parts[0]![2]!;
    return { numbers: amounts, format: (value) => `${value}${unit}` };
  }
  const powers = parts.map((part) => byteUnits.indexOf(part![2]!.toLowerCase().replace(/i?b$/, '')));
  if (powers.some((power) => power < 0)) return null;
  return { numbers: amounts.map((amount, index) => amount * 1024 ** powers[index]!), format: bytesText };
}

function bytesText(bytes: number): string {
  let power = 0;
  while (power < byteUnits.length - 1 && bytes > 0 && bytes % 1024 ** (power + 1) === 0) power++;
  return `${bytes / 1024 ** power}${byteUnits[power]}`;
}
