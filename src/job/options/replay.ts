/** Recorded I/Os, done again. */
import { listOf, oneOfThese } from '../schema.js';
import { done, failed, type KeptType } from '../value-type.js';
import { bool, integer, line, numberThat, paths, quote, size } from '../values.js';
import type { Option } from './option.js';
import { optionsOf, row, rows } from './row.js';

const replaySkips = ['read', 'write', 'trim', 'sync'] as const;
export type ReplaySkip = (typeof replaySkips)[number];

const skipList: KeptType<readonly ReplaySkip[]> = {
  schema: listOf(oneOfThese(...replaySkips)),
  word: `${replaySkips.join(', ')}, several separated by ","`,
  parse: (text) => {
    const parts = (text ?? '').split(',').map((part) => part.trim());
    const unknown = parts.findIndex((part) => !(replaySkips as readonly string[]).includes(part));
    if (unknown < 0) return done(replaySkips.filter((name) => parts.includes(name)));
    const message = parts[unknown] === '' ? 'has no value' : `${quote(parts[unknown]!)} is nothing that can be skipped`;
    return failed(message, `write one or more of ${replaySkips.join(',')}`);
  },
  print: (value) => (value.length === 0 ? null : value.join(',')),
};

const powerOfTwo = numberThat(
  size({ min: 0, max: 2 ** 52 }),
  (value) => value === 0 || Number.isInteger(Math.log2(value)),
  (_, value) => `${value} is not a power of two`,
  'write 4096, for example',
);

/** Recorded I/Os to be done again, in place of what rw, bs and size describe. */
export const replayRows = rows('replay', {
  /** Split at ':'; clones take them in turn. null = nothing is replayed. */
  iologs: row({
    name: 'read_iolog',
    initial: null,
    tier: 2,
    help: 'Replay the I/Os recorded in this file (iolog, version 2 or 3); clones take several in turn.',
    type: paths,
  }),
  /** As fast as iodepth allows; false keeps the times of the recording. */
  noStall: row({
    name: 'replay_no_stall',
    initial: false,
    tier: 2,
    help: 'Replay as fast as iodepth allows, without the pauses of the recording.',
    type: bool,
  }),
  /** 200 = twice as fast. */
  timeScalePercent: row({
    name: 'replay_time_scale',
    unit: '%',
    initial: 100,
    tier: 2,
    help: 'Speed of the replay: 200 is twice as fast as recorded, 50 half as fast.',
    type: integer({ min: 1, max: 0xffff_ffff }),
  }),
  /** Offsets are divided by this. */
  offsetScale: row({
    name: 'replay_scale',
    initial: 1,
    tier: 2,
    help: 'Divide recorded offsets by this, for a smaller target; use replay_align with it.',
    type: integer({ min: 0, max: 0xffff_ffff }),
    // As fio, whose default is 0 or 1 for "as they are".
    change: (value) => (value === 0 ? 1 : value),
  }),
  /** Offsets are rounded down to multiples of this power of two; 0 = as they are. */
  offsetAlignBytes: row({
    name: 'replay_align',
    unit: 'bytes',
    default: '0',
    initial: 0,
    tier: 2,
    help: 'Round recorded offsets down to multiples of this power of two.',
    type: powerOfTwo,
    // fio refuses its own default when it is written out.
    // fio refuses its own default when it is written out.
    shown: (value) => (value === 0 ? null : value),
  }),
  /** Everything goes to this file or device; null = where it was recorded. */
  redirect: row({
    name: 'replay_redirect',
    initial: null,
    tier: 2,
    help: 'Replay everything on this file or device, wherever it was recorded.',
    type: line,
  }),
  /** What is left out. */
  skip: row({
    name: 'replay_skip',
    initial: [],
    tier: 2,
    help: 'Leave out what is named of read, write, trim and sync.',
    example: 'write,trim',
    type: skipList,
  }),
});

export const replayOptions: readonly Option[] = optionsOf(replayRows);
