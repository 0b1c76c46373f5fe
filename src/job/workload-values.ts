/**
 * How the options that say which block comes next are written: patterns, ranges and shares of sizes, distributions, the
 * order of files. fio's grammar; where fio accepts a text and does something else, it is refused with the reason.
 */
import type { PerDirection } from './per-direction.js';
import { listOf } from './schema.js';
import {
  done,
  failed,
  type KeptType,
  type Parsed,
  type ValueContext,
  type ValueNote,
  type ValueType,
} from './value-type.js';
import { choice, eachDirection, integer, type NumberLimits, quote, readDecimal, size, withText } from './values.js';
import {
  type AccessZone,
  type Distribution,
  distributionSchema,
  type FileServiceOptions,
  fileServiceSchema,
  type SizeShare,
  type SkewedDistribution,
  type SyncRangeOptions,
  sizeShareSchema,
  syncRangeSchema,
} from './workload-types.js';

// Patterns

export interface Pattern {
  readonly directions: 'read' | 'write' | 'trim' | 'readwrite' | 'trimwrite';
  readonly random: boolean;
  readonly randomEvery: number;
  readonly holeBytes: number;
}

/** Words for `rw`; the first of two with one meaning is the one printed. */
const patternWords: Readonly<Record<string, Pick<Pattern, 'directions' | 'random'>>> = {
  read: { directions: 'read', random: false },
  write: { directions: 'write', random: false },
  trim: { directions: 'trim', random: false },
  randread: { directions: 'read', random: true },
  randwrite: { directions: 'write', random: true },
  randtrim: { directions: 'trim', random: true },
  rw: { directions: 'readwrite', random: false },
  readwrite: { directions: 'readwrite', random: false },
  randrw: { directions: 'readwrite', random: true },
  trimwrite: { directions: 'trimwrite', random: false },
  randtrimwrite: { directions: 'trimwrite', random: true },
};

const patternWord = choice(Object.fromEntries(Object.keys(patternWords).map((word) => [word, word])));
const randomEvery = integer({ min: 1, max: 2 ** 31 - 1 });
const hole = size({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

/** `randread`, `randread:8` (a new random offset every 8 I/Os), `read:8k` (holes of 8k), `read:-8k` (backwards). */
export const pattern: ValueType<Pattern> = {
  word: patternWord.word,
  parse: (text, context) =>
    withText(text, 'randread', (given): Parsed<Pattern> => {
      const [head, tail] = splitAtColon(given);
      const word = patternWord.parse(head, context);
      if (!word.ok) return word;
      const named = patternWords[word.value]!;
      if (tail === null) return done({ ...named, randomEvery: 1, holeBytes: 0 });
      const number = (named.random ? randomEvery : hole).parse(tail.trim(), context);
      if (!number.ok) return { ...number, offset: number.offset + head.length + 1 };
      return done(
        named.random
          ? { ...named, randomEvery: number.value, holeBytes: 0 }
          : { ...named, randomEvery: 1, holeBytes: number.value },
        number.notes,
      );
    }),
  print: (value) => {
    const word = Object.keys(patternWords).find(
      (each) => patternWords[each]!.directions === value.directions && patternWords[each]!.random === value.random,
    )!;
    if (value.random) return value.randomEvery === 1 ? word : `${word}:${value.randomEvery}`;
    return value.holeBytes === 0 ? word : `${word}:${value.holeBytes}`;
  },
};

function splitAtColon(text: string): readonly [head: string, tail: string | null] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, null] : [text.slice(0, colon).trim(), text.slice(colon + 1)];
}

// Per direction

/** What of three values is there, for printing options that a direction may be without. */
export function presentDirections<T>({ read, write, trim }: PerDirection<T | null>): Partial<PerDirection<T>> | null {
  const present = {
    ...(read === null ? {} : { read }),
    ...(write === null ? {} : { write }),
    ...(trim === null ? {} : { trim }),
  };
  return Object.keys(present).length === 0 ? null : present;
}

// Shares

const splitSizesMax = 64;
const zonesMax = 256;
/** Shares are written with few digits: a sum this near to 100 is meant to be 100. */
const shareTolerance = 1e-6;

interface Share<T> {
  readonly value: T;
  /** null = blank: an equal part of what the others leave. fio reads 0 as blank too. */
  readonly percent: number | null;
  readonly text: string;
  readonly offset: number;
}

function parseShare(text: string, offset: number): Parsed<Share<string>> {
  const slash = text.indexOf('/');
  const value = (slash < 0 ? text : text.slice(0, slash)).trim();
  const written =
    slash < 0
      ? ''
      : text
          .slice(slash + 1)
          .trim()
          .replace(/%$/, '');
  if (value === '') return failed(`${quote(text)} has nothing before the "/"`, 'write it as in 4k/50:64k/50', offset);
  if (written === '') return done({ value, percent: null, text, offset });
  const percent = readDecimal(written);
  if (percent === null) {
    return failed(`${quote(written)} is not a share`, 'write a number of per cent: 4k/50', offset + slash + 1);
  }
  if (percent > 100) return failed(`a share of ${percent}% is too large`, 'shares go up to 100', offset + slash + 1);
  return done({ value, percent: percent === 0 ? null : percent, text, offset });
}

/** The entries of `a/1:b/2:…`; a colon at the end is passed over, as in fio. */
function parseShares(text: string, countMax: number): Parsed<Share<string>[]> {
  const parts = text.split(':');
  if (parts.at(-1)!.trim() === '') parts.pop();
  if (parts.length > countMax) return failed(`${parts.length} entries`, `write at most ${countMax}`);
  const shares: Share<string>[] = [];
  let offset = 0;
  for (const part of parts) {
    const share = parseShare(part, offset);
    if (!share.ok) return share;
    shares.push(share.value);
    offset += part.length + 1;
  }
  return shares.length === 0 ? failed('has no entry', 'write it as in 4k/50:64k/50') : done(shares);
}

/** The blank shares filled in; shares that do not make 100 are refused. `what` names them in messages. */
function fillShares(shares: readonly { readonly percent: number | null }[], what: string): Parsed<number[]> {
  const given = shares.reduce((sum, { percent }) => sum + (percent ?? 0), 0);
  const blanks = shares.filter(({ percent }) => percent === null).length;
  const shown = Math.round(given * 1e6) / 1e6;
  if (given > 100 + shareTolerance) {
    return failed(`the ${what} add up to ${shown}%, more than 100%`, 'lower them until they make 100');
  }
  if (blanks === 0 && given < 100 - shareTolerance) {
    return failed(
      `the ${what} add up to ${shown}%, not 100%`,
      `raise one by ${Math.round((100 - given) * 1e6) / 1e6}, or leave one blank for what is left`,
    );
  }
  const rest = Math.max(0, 100 - given) / Math.max(1, blanks);
  return done(shares.map(({ percent }) => percent ?? (rest > shareTolerance ? rest : 0)));
}

/** The kernel transfers at most this in one call (MAX_RW_COUNT, include/linux/fs.h). */
export const blockLimits: NumberLimits = {
  min: 1,
  max: 0x7ffff000,
  maxReason: 'the kernel transfers no more in one call',
};

/** `512/25:1k/:4k/50` : sizes with their shares in per cent; blank shares divide what is left. */
const shareSize = size(blockLimits);

export const sizeShares: KeptType<readonly SizeShare[]> = {
  schema: listOf(sizeShareSchema),
  word: 'sizes with shares as in 4k/60:64k/40',
  parse: (text, context) =>
    withText(text, '4k/60:64k/40', (given): Parsed<readonly SizeShare[]> => {
      const shares = parseShares(given, splitSizesMax);
      if (!shares.ok) return shares;
      const sizes: number[] = [];
      const notes: ValueNote[] = [];
      for (const share of shares.value) {
        const parsed = shareSize.parse(share.value, context);
        if (!parsed.ok) return { ...parsed, offset: parsed.offset + share.offset };
        sizes.push(parsed.value);
        notes.push(...parsed.notes);
      }
      const percents = fillShares(shares.value, 'shares');
      if (!percents.ok) return percents;
      const unused = shares.value.filter((_, index) => percents.value[index] === 0);
      if (unused.length > 0) {
        notes.push({
          code: 'share-of-nothing',
          message: `no share is left for ${unused.map(({ value }) => value).join(', ')}: it is never used`,
          advice: 'leave it out, or lower the others',
        });
      }
      return done(
        sizes.map((bytes, index) => ({ bytes, percent: percents.value[index]! })),
        notes,
      );
    }),
  print: (shares) => shares.map(({ bytes, percent }) => `${bytes}/${percent}`).join(':'),
};

// Distributions

interface SkewWords {
  readonly defaultValue: number;
  readonly make: (value: number, center: number | null) => SkewedDistribution;
  /** null, or what is wrong with the value. */
  readonly check: (value: number) => string | null;
}

const skews: Readonly<Record<'zipf' | 'pareto' | 'normal', SkewWords>> = {
  zipf: {
    defaultValue: 1.1,
    make: (theta, center) => ({ kind: 'zipf', theta, center }),
    check: (value) => (value === 1 ? 'a theta of exactly 1 has no sum' : value > 20 ? 'theta goes up to 20' : null),
  },
  pareto: {
    defaultValue: 0.2,
    make: (power, center) => ({ kind: 'pareto', power, center }),
    check: (value) => (value > 0 && value < 1 ? null : 'the power lies between 0 and 1, both excluded'),
  },
  normal: {
    defaultValue: 0,
    make: (deviationPercent, center) => ({ kind: 'normal', deviationPercent, center }),
    check: (value) => (value < 100 ? null : 'the deviation is below 100'),
  },
};

/** The numbers behind `zipf`, `pareto` or `normal`: `1.2`, `1.2:0.5`. */
function parseSkew(kind: keyof typeof skews, tail: string | null, offset: number): Parsed<SkewedDistribution> {
  const words = skews[kind];
  if (tail === null || tail.trim() === '') return done(words.make(words.defaultValue, null));
  const parts = tail.split(':');
  const example = `write ${kind}:${words.defaultValue} or ${kind}:${words.defaultValue}:0.5`;
  if (parts.length > 2) return failed(`${quote(tail)} has more than two numbers`, example, offset);
  const [value, center = null] = parts.map(readDecimal);
  if (value === null || value === undefined) return failed(`${quote(parts[0]!)} is not a number`, example, offset);
  const wrong = words.check(value);
  if (wrong !== null) return failed(`${kind}:${parts[0]!.trim()} is impossible: ${wrong}`, example, offset);
  if (parts.length === 2 && (center === null || center > 1)) {
    const advice = 'the center is a number from 0 (the beginning) to 1 (the end)';
    return failed(`${quote(parts[1]!)} is not a center`, advice, offset + parts[0]!.length + 1);
  }
  return done(words.make(value, center));
}

function printSkew(skew: SkewedDistribution): string {
  const value = skew.kind === 'zipf' ? skew.theta : skew.kind === 'pareto' ? skew.power : skew.deviationPercent;
  return `${skew.kind}:${value}${skew.center === null ? '' : `:${skew.center}`}`;
}

function zoneList(kind: 'zoned' | 'zoned_abs'): ValueType<readonly AccessZone[]> {
  const bytes = size({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const example = kind === 'zoned' ? '60/10:40/90' : '60/1g:40/9g';
  return {
    word: `zones as in ${example}`,
    parse: (text, context) =>
      withText(text, example, (given): Parsed<readonly AccessZone[]> => {
        const parts = given.split(':');
        if (parts.at(-1)!.trim() === '') parts.pop();
        if (parts.length > zonesMax) return failed(`${parts.length} zones`, `write at most ${zonesMax}`);
        const accesses: number[] = [];
        const sizes: { percent: number | null; bytes: number }[] = [];
        let offset = 0;
        for (const part of parts) {
          const slash = part.indexOf('/');
          const access = readDecimal((slash < 0 ? part : part.slice(0, slash)).trim().replace(/%$/, ''));
          const written = slash < 0 ? '' : part.slice(slash + 1).trim();
          if (access === null || access > 100) {
            return failed(
              `${quote(part)} does not begin with a share of the I/Os`,
              `write it as in ${example}`,
              offset,
            );
          }
          accesses.push(access);
          if (kind === 'zoned_abs') {
            const parsed = bytes.parse(written === '' ? null : written, context);
            if (!parsed.ok) return { ...parsed, offset: offset + slash + 1 + parsed.offset };
            sizes.push({ percent: 0, bytes: parsed.value });
          } else {
            const percent = written === '' ? null : readDecimal(written.replace(/%$/, ''));
            if (written !== '' && percent === null) {
              return failed(`${quote(written)} is not a share of the region`, `write it as in ${example}`, offset);
            }
            sizes.push({ percent: percent === 0 ? null : percent, bytes: 0 });
          }
          offset += part.length + 1;
        }
        const sum = accesses.reduce((all, access) => all + access, 0);
        if (Math.abs(sum - 100) > shareTolerance) {
          return failed(`the shares of the I/Os add up to ${Math.round(sum * 1e6) / 1e6}%, not 100%`, 'make them 100');
        }
        if (kind === 'zoned_abs') {
          return done(accesses.map((accessPercent, at) => ({ accessPercent, size: { bytes: sizes[at]!.bytes } })));
        }
        const filled = fillSizes(sizes);
        if (!filled.ok) return filled;
        return done(accesses.map((accessPercent, at) => ({ accessPercent, size: { percent: filled.value[at]! } })));
      }),
    print: (zones) =>
      zones
        .map(({ accessPercent, size: part }) => `${accessPercent}/${'bytes' in part ? part.bytes : part.percent}`)
        .join(':'),
  };
}

/** Zones may leave the end of the region unused, but not take more than there is. */
function fillSizes(sizes: readonly { readonly percent: number | null }[]): Parsed<number[]> {
  const given = sizes.reduce((sum, { percent }) => sum + (percent ?? 0), 0);
  if (given > 100 + shareTolerance) {
    const shown = Math.round(given * 1e6) / 1e6;
    return failed(`the sizes of the zones add up to ${shown}%, more than 100%`, 'lower them until they make 100');
  }
  const blanks = sizes.filter(({ percent }) => percent === null).length;
  const rest = (100 - given) / Math.max(1, blanks);
  if (blanks > 0 && rest <= shareTolerance) {
    return failed('nothing of the region is left for the zones without a size', 'lower the other sizes');
  }
  return done(sizes.map(({ percent }) => percent ?? rest));
}

const zonedLists = {
  zoned: eachDirection(zoneList('zoned'), 'zoned:60/10:40/90'),
  zoned_abs: eachDirection(zoneList('zoned_abs'), 'zoned_abs:60/1g:40/9g'),
};

const sequenceMax = 64;
const blockNumber = integer({ min: 0, max: 2 ** 31 - 1 });

function parseSequence(tail: string | null, context: ValueContext, offset: number): Parsed<Distribution> {
  if (tail === null || tail.trim() === '') return failed('has no blocks', 'write it as in sequence:2,0,1');
  const parts = tail.split(',');
  if (parts.length > sequenceMax) return failed(`${parts.length} blocks`, `write at most ${sequenceMax}`, offset);
  const blocks: number[] = [];
  let at = offset;
  for (const part of parts) {
    const parsed = blockNumber.parse(part.trim() === '' ? null : part.trim(), context);
    if (!parsed.ok) return { ...parsed, offset: at + parsed.offset };
    blocks.push(parsed.value);
    at += part.length + 1;
  }
  return done({ kind: 'sequence', blocks });
}

const distributionKind = choice<Distribution['kind']>({
  random: 'random',
  zipf: 'zipf',
  pareto: 'pareto',
  normal: 'normal',
  zoned: 'zoned',
  zoned_abs: 'zoned_abs',
  sequence: 'sequence',
});

export const distribution: KeptType<Distribution> = {
  schema: distributionSchema,
  word: 'random, zipf:θ, pareto:h, normal:dev, zoned:…, sequence:…',
  parse: (text, context) =>
    withText(text, 'zipf:1.2', (given): Parsed<Distribution> => {
      const [head, tail] = splitAtColon(given);
      const kind = distributionKind.parse(head, context);
      if (!kind.ok) return kind;
      const offset = head.length + 1;
      switch (kind.value) {
        case 'random':
          return tail === null
            ? done({ kind: 'random' })
            : failed(`"random" takes no numbers`, 'write random alone', head.length);
        case 'zoned':
        case 'zoned_abs': {
          const zones = zonedLists[kind.value].parse(tail, context);
          if (!zones.ok) return { ...zones, offset: zones.offset + offset };
          const { read = null, write = null, trim = null } = zones.value;
          return done({ kind: kind.value, zones: { read, write, trim } }, zones.notes);
        }
        case 'sequence':
          return parseSequence(tail, context, offset);
        default:
          return parseSkew(kind.value, tail, offset);
      }
    }),
  print: (value) => {
    switch (value.kind) {
      case 'random':
        return 'random';
      case 'zoned':
      case 'zoned_abs':
        return `${value.kind}:${zonedLists[value.kind].print(presentDirections(value.zones) ?? {})}`;
      case 'sequence':
        return `sequence:${value.blocks.join(',')}`;
      default:
        return printSkew(value);
    }
  },
};

// Files

const serviceKind = choice<FileServiceOptions['kind']>({
  roundrobin: 'roundrobin',
  random: 'random',
  sequential: 'sequential',
  zipf: 'zipf',
  pareto: 'pareto',
  normal: 'normal',
  gauss: 'normal',
});

const serviceCount = integer({ min: 1, max: 2 ** 31 - 1 });

/** `roundrobin:4`, `random`, `sequential`, `zipf:1.2`, `pareto:0.2`, `normal:10`. */
export const fileService: KeptType<FileServiceOptions> = {
  schema: fileServiceSchema,
  word: 'roundrobin, random, sequential, zipf:θ, pareto:h or normal:dev',
  parse: (text, context) =>
    withText(text, 'roundrobin', (given): Parsed<FileServiceOptions> => {
      const [head, tail] = splitAtColon(given);
      const kind = serviceKind.parse(head, context);
      if (!kind.ok) return kind;
      if (kind.value === 'zipf' || kind.value === 'pareto' || kind.value === 'normal') {
        return parseSkew(kind.value, tail, head.length + 1);
      }
      if (tail === null)
        return done(kind.value === 'sequential' ? { kind: 'sequential' } : { kind: kind.value, ioCount: 1 });
      const count = serviceCount.parse(tail.trim(), context);
      if (!count.ok) return { ...count, offset: count.offset + head.length + 1 };
      if (kind.value !== 'sequential') return done({ kind: kind.value, ioCount: count.value });
      return done({ kind: 'sequential' }, [
        {
          code: 'count-without-effect',
          message: `the number after "sequential" has no effect: a file is done to its end, as in fio`,
          advice: 'write sequential alone, or roundrobin with a number',
        },
      ]);
    }),
  print: (value) => {
    if (value.kind === 'sequential') return 'sequential';
    if (!('ioCount' in value)) return printSkew(value);
    return value.ioCount === 1 ? value.kind : `${value.kind}:${value.ioCount}`;
  },
};

// Sync ranges

const syncWords: Readonly<Record<string, keyof Omit<SyncRangeOptions, 'every'>>> = {
  wait_before: 'waitBefore',
  write: 'write',
  wait_after: 'waitAfter',
};
const syncWord = choice(Object.fromEntries(Object.keys(syncWords).map((word) => [word, word])));

/** `wait_before,write:8`: flags of sync_file_range(2), and after how many writes. */
export const syncRange: KeptType<SyncRangeOptions> = {
  schema: syncRangeSchema,
  word: 'flags wait_before, write, wait_after, and :N',
  parse: (text, context) =>
    withText(text, 'write:8', (given): Parsed<SyncRangeOptions> => {
      const [head, tail] = splitAtColon(given);
      const flags = { waitBefore: false, write: false, waitAfter: false };
      let offset = 0;
      for (const part of head.split(',')) {
        const word = syncWord.parse(part.trim() === '' ? null : part.trim(), context);
        if (!word.ok) return { ...word, offset: offset + word.offset };
        flags[syncWords[word.value]!] = true;
        offset += part.length + 1;
      }
      if (tail === null) return done({ ...flags, every: 1 });
      const every = serviceCount.parse(tail.trim(), context);
      return every.ok ? done({ ...flags, every: every.value }) : { ...every, offset: every.offset + head.length + 1 };
    }),
  print: ({ every, ...flags }) => {
    const words = Object.keys(syncWords).filter((word) => flags[syncWords[word]!]);
    return `${words.join(',')}${every === 1 ? '' : `:${every}`}`;
  },
};
