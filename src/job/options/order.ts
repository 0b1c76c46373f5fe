/** Which block comes next, and how large it is: sizes, distributions, zones, the choice of files. */
import type { PerDirection } from '../per-direction.js';
import { anyNumber, oneOfThese, orNull, perDirectionOf, wholeNumber } from '../schema.js';
import { done, type ValueContext, type ValueType } from '../value-type.js';
import { bool, eachDirection, flag, integer, oneOf, size, sizeRange } from '../values.js';
import type { SizeShare } from '../workload-types.js';
import { blockLimits, distribution, fileService, presentDirections, sizeShares } from '../workload-values.js';
import { type Option, supported } from './option.js';
import { type DraftWith, held, optionsOf, row, rowOf, rows, settledLater } from './row.js';

interface SizeRange {
  readonly min: number;
  readonly max: number;
}

const oneRange = sizeRange(blockLimits);
const nothing: PerDirection<null> = { read: null, write: null, trim: null };
const zoneModes = ['none', 'strided', 'zbd'] as const;
const zoneSize = size({ min: 0, max: Number.MAX_SAFE_INTEGER });

/** The same directions as in `value`, each with nothing. */
function nothingFor<T>(value: Partial<PerDirection<T>>): Partial<PerDirection<null>> {
  return Object.fromEntries(Object.keys(value).map((direction) => [direction, null]));
}

export const sizeRows = rows('workload.sizes', {
  /** Multiples of the smallest, up to the largest. */
  range: held<PerDirection<SizeRange | null>>(nothing, perDirectionOf(orNull(oneRange.schema))),
  split: held<PerDirection<readonly SizeShare[] | null>>(nothing, perDirectionOf(orNull(sizeShares.schema))),
  /** Any number of bytes, not only multiples of the smallest size. */
  unaligned: row({
    name: 'bs_unaligned',
    aliases: ['blocksize_unaligned'],
    initial: false,
    tier: 2,
    help: 'Draw any number of bytes, not only multiples of the smallest size.',
    type: flag,
  }),
  /** The sizes of reads serve all sequential I/O, those of writes all random I/O. */
  bySequence: row({
    name: 'bs_is_seq_rand',
    initial: false,
    tier: 2,
    help: 'Of sizes given as read,write take the first for sequential I/O and the second for random I/O.',
    type: bool,
  }),
  /** Random offsets are multiples of this; null = of the direction's smallest size. */
  alignBytes: rowOf<Partial<PerDirection<number>>, PerDirection<number | null>>({
    name: 'ba',
    aliases: ['blockalign'],
    unit: 'bytes',
    initial: nothing,
    tier: 1,
    help: 'Random offsets are multiples of this, and may repeat; default is the smallest block.',
    example: '64k',
    type: eachDirection(size({ min: 1, max: Number.MAX_SAFE_INTEGER }), '64k'),
    schema: perDirectionOf(orNull(wholeNumber)),
    get: presentDirections,
    set: (value, before) => ({ ...before, ...value }),
  }),
});

type Draft = DraftWith<typeof sizeRows>;

const bsrange = supported({
  name: 'bsrange',
  aliases: ['blocksize_range'],
  unit: 'bytes',
  tier: 1,
  help: 'Sizes drawn from a range, in multiples of its smallest; stronger than bs.',
  example: '4k-64k',
  type: eachDirection(oneRange, '4k-64k'),
  get: ({ workload }: Draft) => presentDirections(workload.sizes.range),
  set: ({ workload }: Draft, value) => {
    const { range, split } = workload.sizes;
    workload.sizes = { ...workload.sizes, range: { ...range, ...value }, split: { ...split, ...nothingFor(value) } };
  },
});

/** As fio: shares of no size are as if nothing were said, for the direction or for all of them. */
const asksForNoSplit = (text: string): boolean => /^0?(\/\d*)?(:0?(\/\d*)?)*$/.test(text);
const sharesOrNone: ValueType<readonly SizeShare[] | null> = {
  ...sizeShares,
  parse: (text, context) => (asksForNoSplit(text?.trim() ?? '') ? done(null) : sizeShares.parse(text, context)),
  print: (shares) => (shares === null ? null : sizeShares.print(shares)),
};
const splitOfEach = eachDirection(sharesOrNone, '4k/60:64k/40');

const bssplit = supported({
  name: 'bssplit',
  tier: 1,
  help: 'Sizes with their shares in per cent; blank shares divide what is left; stronger than bs.',
  example: '4k/60:64k/40',
  type: {
    ...splitOfEach,
    parse: (text: string | null, context: ValueContext) =>
      text === null || text.trim() === '' ? done({}) : splitOfEach.parse(text, context),
  },
  get: ({ workload }: Draft) => presentDirections(workload.sizes.split),
  set: ({ workload }: Draft, value) => {
    const { range, split } = workload.sizes;
    const said = Object.fromEntries(Object.entries(value).filter(([, shares]) => shares !== null));
    workload.sizes = { ...workload.sizes, split: { ...split, ...value }, range: { ...range, ...nothingFor(said) } };
  },
});

export const orderRows = rows('workload.order', {
  /** `rw=randread:N`: a new random offset for every Nth I/O only. */
  randomEvery: held(1, anyNumber),
  /** `rw=read:SIZE`: bytes left out between sequential blocks; negative goes backwards. */
  holeBytes: held(0, anyNumber),
  /** Where the I/Os between two random offsets go. */
  sequencer: row({
    name: 'rw_sequencer',
    initial: 'sequential',
    tier: 2,
    help: 'Where the I/Os between the jumps of rw=randread:N go: on from the last, or to the same place.',
    type: oneOf(['sequential', 'identical']),
  }),
  randomPercent: rowOf<Partial<PerDirection<number>>, PerDirection<number>>({
    name: 'percentage_random',
    unit: '%',
    initial: { read: 100, write: 100, trim: 100 },
    tier: 2,
    help: 'Share of random offsets in a random job; the others go on from the last.',
    example: '80',
    type: eachDirection(integer({ min: 0, max: 100 }), '80'),
    schema: perDirectionOf(wholeNumber),
    get: (held) => held,
    set: (value, before) => ({ ...before, ...value }),
  }),
  distribution: row({
    name: 'random_distribution',
    initial: { kind: 'random' },
    tier: 1,
    help: 'How random offsets are spread over the region; all but random may repeat blocks.',
    example: 'zipf:1.2',
    type: distribution,
  }),
  /** Each turn of a `sequence` begins behind the one before. */
  sequenceStrides: row({
    name: 'random_sequence_stride',
    default: '0',
    initial: false,
    tier: 2,
    help: 'Each turn of random_distribution=sequence begins behind the one before.',
    type: bool,
    // Only where it says something: older versions of fio do not know it.
    // Only where it says something: older versions of fio do not know it.
    shown: (value) => value || null,
  }),
  /** With `lfsr` each block comes once per pass even under `norandommap`. */
  generator: row({
    name: 'random_generator',
    initial: 'tausworthe',
    tier: 1,
    help: 'With lfsr each block comes once per pass even under norandommap; the numbers are our own with each.',
    type: oneOf(['tausworthe', 'lfsr', 'tausworthe64']),
  }),
  /** Go on without the random map where there is no memory for it. */
  softRandomMap: row({
    name: 'softrandommap',
    initial: false,
    tier: 2,
    help: 'Go on without the random map where several sizes need one and there is no memory for it.',
    type: bool,
  }),
  /** Null in a draft = as `zonesize` says. */
  zoneMode: settledLater(
    row({
      name: 'zonemode',
      initial: null,
      tier: 2,
      help: 'Go on after zonesize bytes (strided; zonesize implies it), or write zones at write pointers (zbd).',
      type: oneOf(zoneModes),
    }),
    oneOfThese(...zoneModes),
    'none',
  ),
  /** Bytes to transfer in a zone before the next one; 0 = no zones. */
  zoneBytes: row({
    name: 'zonesize',
    unit: 'bytes',
    initial: 0,
    tier: 2,
    help: 'Bytes to transfer in a zone before the next one; with zbd, the size of emulated zones.',
    type: zoneSize,
  }),
  /** How far a zone reaches. */
  zoneRangeBytes: row({
    name: 'zonerange',
    unit: 'bytes',
    initial: 0,
    tier: 2,
    help: 'How far a zone reaches; default is zonesize.',
    type: zoneSize,
  }),
  /** Gap between zones. */
  zoneSkipBytes: row({
    name: 'zoneskip',
    unit: 'bytes',
    initial: 0,
    tier: 2,
    help: 'Gap between zones.',
    type: zoneSize,
  }),
});

export const fileServiceRows = rows('workload', {
  fileService: row({
    name: 'file_service_type',
    initial: { kind: 'roundrobin', ioCount: 1 },
    tier: 1,
    help: 'Which of several files comes next; :N after the first three takes N I/Os from each.',
    example: 'random',
    type: fileService,
  }),
});

export const orderOptions: readonly Option[] = [
  ...optionsOf(sizeRows, { split: [bsrange, bssplit] }),
  ...optionsOf(orderRows),
  ...optionsOf(fileServiceRows),
];
