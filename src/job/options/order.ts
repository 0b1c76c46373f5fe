/** Which block comes next, and how large it is: sizes, distributions, zones, the choice of files. */
import type { JobDraft } from '../draft.js';
import type { PerDirection } from '../per-direction.js';
import { bool, choice, flag, integer, size, sizeRange } from '../values.js';
import {
  blockLimits,
  distribution,
  eachDirection,
  fileService,
  presentDirections,
  sizeShares,
} from '../workload-values.js';
import { type Option, supported } from './option.js';

const zoneSize = size({ min: 0, max: Number.MAX_SAFE_INTEGER });

type Order = JobDraft['workload']['order'];
type Sizes = JobDraft['workload']['sizes'];

function changeOrder({ workload }: JobDraft, changes: Partial<Order>): void {
  workload.order = { ...workload.order, ...changes };
}

function changeSizes({ workload }: JobDraft, changes: Partial<Sizes>): void {
  workload.sizes = { ...workload.sizes, ...changes };
}

/** The same directions as in `value`, each with nothing. */
function nothingFor<T>(value: Partial<PerDirection<T>>): Partial<PerDirection<null>> {
  return Object.fromEntries(Object.keys(value).map((direction) => [direction, null]));
}

export const orderOptions: readonly Option[] = [
  supported({
    name: 'bsrange',
    aliases: ['blocksize_range'],
    unit: 'bytes',
    tier: 1,
    help: 'Sizes drawn from a range, in multiples of its smallest; stronger than bs.',
    example: '4k-64k',
    type: eachDirection(sizeRange(blockLimits), '4k-64k'),
    get: (draft) => presentDirections(draft.workload.sizes.range),
    set: (draft, value) => {
      const { range, split } = draft.workload.sizes;
      changeSizes(draft, { range: { ...range, ...value }, split: { ...split, ...nothingFor(value) } });
    },
  }),
  supported({
    name: 'bssplit',
    tier: 1,
    help: 'Sizes with their shares in per cent; blank shares divide what is left; stronger than bs.',
    example: '4k/60:64k/40',
    type: eachDirection(sizeShares, '4k/60:64k/40'),
    get: (draft) => presentDirections(draft.workload.sizes.split),
    set: (draft, value) => {
      const { range, split } = draft.workload.sizes;
      changeSizes(draft, { split: { ...split, ...value }, range: { ...range, ...nothingFor(value) } });
    },
  }),
  supported({
    name: 'bs_unaligned',
    aliases: ['blocksize_unaligned'],
    default: '0',
    tier: 2,
    help: 'Draw any number of bytes, not only multiples of the smallest size.',
    type: flag,
    get: (draft) => draft.workload.sizes.unaligned,
    set: (draft, unaligned) => changeSizes(draft, { unaligned }),
  }),
  supported({
    name: 'bs_is_seq_rand',
    default: '0',
    tier: 2,
    help: 'Of sizes given as read,write take the first for sequential I/O and the second for random I/O.',
    type: bool,
    get: (draft) => draft.workload.sizes.bySequence,
    set: (draft, bySequence) => changeSizes(draft, { bySequence }),
  }),
  supported({
    name: 'ba',
    aliases: ['blockalign'],
    unit: 'bytes',
    tier: 1,
    help: 'Random offsets are multiples of this, and may repeat; default is the smallest block.',
    example: '64k',
    type: eachDirection(size({ min: 1, max: Number.MAX_SAFE_INTEGER }), '64k'),
    get: (draft) => presentDirections(draft.workload.sizes.alignBytes),
    set: (draft, value) => {
      changeSizes(draft, { alignBytes: { ...draft.workload.sizes.alignBytes, ...value } });
    },
  }),
  supported({
    name: 'rw_sequencer',
    default: 'sequential',
    tier: 2,
    help: 'Where the I/Os between the jumps of rw=randread:N go: on from the last, or to the same place.',
    type: choice<'sequential' | 'identical'>({ sequential: 'sequential', identical: 'identical' }),
    get: (draft) => draft.workload.order.sequencer,
    set: (draft, sequencer) => changeOrder(draft, { sequencer }),
  }),
  supported({
    name: 'percentage_random',
    unit: '%',
    default: '100',
    tier: 2,
    help: 'Share of random offsets in a random job; the others go on from the last.',
    example: '80',
    type: eachDirection(integer({ min: 0, max: 100 }), '80'),
    get: (draft) => draft.workload.order.randomPercent,
    set: (draft, value) => changeOrder(draft, { randomPercent: { ...draft.workload.order.randomPercent, ...value } }),
  }),
  supported({
    name: 'random_distribution',
    default: 'random',
    tier: 1,
    help: 'How random offsets are spread over the region; all but random may repeat blocks.',
    example: 'zipf:1.2',
    type: distribution,
    get: (draft) => draft.workload.order.distribution,
    set: (draft, value) => changeOrder(draft, { distribution: value }),
  }),
  supported({
    name: 'random_sequence_stride',
    default: '0',
    tier: 2,
    help: 'Each turn of random_distribution=sequence begins behind the one before.',
    type: bool,
    // Only where it says something: older versions of fio do not know it.
    get: (draft) => draft.workload.order.sequenceStrides || null,
    set: (draft, sequenceStrides) => changeOrder(draft, { sequenceStrides }),
  }),
  supported({
    name: 'random_generator',
    default: 'tausworthe',
    tier: 1,
    help: 'With lfsr each block comes once per pass even under norandommap; the numbers are our own with each.',
    type: choice<'tausworthe' | 'lfsr' | 'tausworthe64'>({
      tausworthe: 'tausworthe',
      lfsr: 'lfsr',
      tausworthe64: 'tausworthe64',
    }),
    get: (draft) => draft.workload.order.generator,
    set: (draft, generator) => changeOrder(draft, { generator }),
  }),
  supported({
    name: 'softrandommap',
    default: '0',
    tier: 2,
    help: 'Go on without the random map where several sizes need one and there is no memory for it.',
    type: bool,
    get: (draft) => draft.workload.order.softRandomMap,
    set: (draft, softRandomMap) => changeOrder(draft, { softRandomMap }),
  }),
  supported({
    name: 'zonemode',
    tier: 2,
    help: 'Work in one zone until zonesize bytes are done, then in the next (strided); zonesize alone implies it.',
    type: choice<'none' | 'strided'>(
      { none: 'none', strided: 'strided' },
      { zbd: 'zoned devices need write pointers that iotest does not follow; use a conventional device' },
    ),
    get: (draft) => draft.workload.order.zoneMode,
    set: (draft, zoneMode) => changeOrder(draft, { zoneMode }),
  }),
  supported({
    name: 'zonesize',
    unit: 'bytes',
    default: '0',
    tier: 2,
    help: 'Bytes to transfer in a zone before the next one.',
    type: zoneSize,
    get: (draft) => draft.workload.order.zoneBytes,
    set: (draft, zoneBytes) => changeOrder(draft, { zoneBytes }),
  }),
  supported({
    name: 'zonerange',
    unit: 'bytes',
    default: '0',
    tier: 2,
    help: 'How far a zone reaches; default is zonesize.',
    type: zoneSize,
    get: (draft) => draft.workload.order.zoneRangeBytes,
    set: (draft, zoneRangeBytes) => changeOrder(draft, { zoneRangeBytes }),
  }),
  supported({
    name: 'zoneskip',
    unit: 'bytes',
    default: '0',
    tier: 2,
    help: 'Gap between zones.',
    type: zoneSize,
    get: (draft) => draft.workload.order.zoneSkipBytes,
    set: (draft, zoneSkipBytes) => changeOrder(draft, { zoneSkipBytes }),
  }),
  supported({
    name: 'file_service_type',
    default: 'roundrobin',
    tier: 1,
    help: 'Which of several files comes next; :N after the first three takes N I/Os from each.',
    example: 'random',
    type: fileService,
    get: (draft) => draft.workload.fileService,
    set: (draft, value) => {
      draft.workload.fileService = value;
    },
  }),
];
