/** Recorded I/Os, done again. */
import { type ReplaySkip, replaySkips } from '../job.js';
import type { ValueType } from '../value-type.js';
import { bool, integer, line, paths, quote, size } from '../values.js';
import { type Option, supported } from './option.js';

const skipList: ValueType<readonly ReplaySkip[]> = {
  word: `${replaySkips.join(', ')}, several separated by ","`,
  parse: (text) => {
    const parts = (text ?? '').split(',').map((part) => part.trim());
    const unknown = parts.findIndex((part) => !(replaySkips as readonly string[]).includes(part));
    if (unknown < 0) return { ok: true, value: replaySkips.filter((name) => parts.includes(name)), notes: [] };
    const message = parts[unknown] === '' ? 'has no value' : `${quote(parts[unknown]!)} is nothing that can be skipped`;
    return { ok: false, message, advice: `write one or more of ${replaySkips.join(',')}`, offset: 0 };
  },
  print: (value) => (value.length === 0 ? null : value.join(',')),
};

const powerOfTwo: ValueType<number> = {
  word: 'size',
  parse: (text, context) => {
    const parsed = size({ min: 0, max: 2 ** 52 }).parse(text, context);
    if (!parsed.ok || parsed.value === 0 || Number.isInteger(Math.log2(parsed.value))) return parsed;
    return {
      ok: false,
      message: `${parsed.value} is not a power of two`,
      advice: 'write 4096, for example',
      offset: 0,
    };
  },
  print: String,
};

export const replayOptions: readonly Option[] = [
  supported({
    name: 'read_iolog',
    tier: 2,
    help: 'Replay the I/Os recorded in this file (iolog, version 2 or 3); clones take several in turn.',
    type: paths,
    get: (draft) => draft.replay.iologs,
    set: (draft, value) => {
      draft.replay.iologs = value;
    },
  }),
  supported({
    name: 'replay_no_stall',
    default: '0',
    tier: 2,
    help: 'Replay as fast as iodepth allows, without the pauses of the recording.',
    type: bool,
    get: (draft) => draft.replay.noStall,
    set: (draft, value) => {
      draft.replay.noStall = value;
    },
  }),
  supported({
    name: 'replay_time_scale',
    unit: '%',
    default: '100',
    tier: 2,
    help: 'Speed of the replay: 200 is twice as fast as recorded, 50 half as fast.',
    type: integer({ min: 1, max: 0xffff_ffff }),
    get: (draft) => draft.replay.timeScalePercent,
    set: (draft, value) => {
      draft.replay.timeScalePercent = value;
    },
  }),
  supported({
    name: 'replay_scale',
    default: '1',
    tier: 2,
    help: 'Divide recorded offsets by this, for a smaller target; use replay_align with it.',
    type: integer({ min: 0, max: 0xffff_ffff }),
    get: (draft) => draft.replay.offsetScale,
    set: (draft, value) => {
      // As fio, whose default is 0 or 1 for "as they are".
      draft.replay.offsetScale = value === 0 ? 1 : value;
    },
  }),
  supported({
    name: 'replay_align',
    unit: 'bytes',
    default: '0',
    tier: 2,
    help: 'Round recorded offsets down to multiples of this power of two.',
    type: powerOfTwo,
    // fio refuses its own default when it is written out.
    get: (draft) => (draft.replay.offsetAlignBytes === 0 ? null : draft.replay.offsetAlignBytes),
    set: (draft, value) => {
      draft.replay.offsetAlignBytes = value;
    },
  }),
  supported({
    name: 'replay_redirect',
    tier: 2,
    help: 'Replay everything on this file or device, wherever it was recorded.',
    type: line,
    get: (draft) => draft.replay.redirect,
    set: (draft, value) => {
      draft.replay.redirect = value;
    },
  }),
  supported({
    name: 'replay_skip',
    tier: 2,
    help: 'Leave out what is named of read, write, trim and sync.',
    example: 'write,trim',
    type: skipList,
    get: (draft) => draft.replay.skip,
    set: (draft, value) => {
      draft.replay.skip = value;
    },
  }),
];
