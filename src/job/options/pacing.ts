/** When I/Os may start (rates, pauses, shares), and how long they may take. */
import type { JobDraft } from '../draft.js';
import type { PerDirection } from '../per-direction.js';
import type { Parsed, ValueType } from '../value-type.js';
import { bool, choice, integer, optional, percentileList, perDirection, size, time } from '../values.js';
import { type Option, supported } from './option.js';

const rangeAdvice = 'a rate is one number, or three as read,write,trim';
const countMax = 2 ** 31 - 1;
const bytesPerSecond = perDirection(size(), rangeAdvice);
const iops = perDirection(integer({ min: 0, max: countMax }), rangeAdvice);
const times = perDirection(time('us'), 'one time, or three as read,write,trim');
const count = integer({ min: 0, max: countMax });

type PerDirectionKey<T> = { [K in keyof T]: T[K] extends PerDirection<number> ? K : never }[keyof T];

/** An option per direction that is not printed while it is 0 everywhere: that is the same as not given. */
function perDirectionOption<G extends 'pacing' | 'latencyTarget'>(
  group: G,
  key: PerDirectionKey<JobDraft[G]>,
): {
  readonly get: (draft: JobDraft) => Partial<PerDirection<number>> | null;
  readonly set: (draft: JobDraft, value: Partial<PerDirection<number>>) => void;
} {
  const of = (draft: JobDraft) => draft[group] as unknown as Record<typeof key, PerDirection<number>>;
  return {
    get: (draft) => {
      const value = of(draft)[key];
      return value.read === 0 && value.write === 0 && value.trim === 0 ? null : value;
    },
    set: (draft, value) => {
      of(draft)[key] = { ...of(draft)[key], ...value };
    },
  };
}

/** One percentage, as fio's list of at most one number. */
const onePercentage: ValueType<number> = {
  word: 'number',
  parse: (text, context): Parsed<number> => {
    const parsed = percentileList.parse(text, context);
    if (!parsed.ok) return parsed;
    if (parsed.value.length === 1) return { ok: true, value: parsed.value[0]!, notes: parsed.notes };
    return { ok: false, message: `"${text}" is more than one number`, advice: 'write one, as in 99.9', offset: 0 };
  },
  print: String,
};

export const pacingOptions: readonly Option[] = [
  supported({
    name: 'rate',
    unit: 'bytes/s',
    tier: 1,
    help: 'Start I/Os at this bandwidth, and measure latency from the intended starts too; read,write,trim may differ.',
    example: '10m',
    type: bytesPerSecond,
    ...perDirectionOption('pacing', 'bytesPerSecond'),
  }),
  supported({
    name: 'rate_iops',
    tier: 1,
    help: 'Start so many I/Os per second, and measure latency from the intended starts too; read,write,trim may differ.',
    example: '1000',
    type: iops,
    ...perDirectionOption('pacing', 'iops'),
  }),
  supported({
    name: 'rate_min',
    aliases: ['ratemin'],
    unit: 'bytes/s',
    tier: 2,
    help: 'The job fails (EIO) when its bandwidth over rate_cycle falls below; the first two seconds are spared.',
    example: '8m',
    type: bytesPerSecond,
    ...perDirectionOption('pacing', 'bytesPerSecondMin'),
  }),
  supported({
    name: 'rate_iops_min',
    tier: 2,
    help: 'The job fails (EIO) when its I/Os per second over rate_cycle fall below; the first two seconds are spared.',
    example: '900',
    type: iops,
    ...perDirectionOption('pacing', 'iopsMin'),
  }),
  supported({
    name: 'rate_process',
    default: 'linear',
    tier: 2,
    help: 'How I/Os are spaced under a rate: evenly, or at random with exponential gaps.',
    type: choice<'linear' | 'poisson'>({ linear: 'linear', poisson: 'poisson' }),
    get: (draft) => draft.pacing.process,
    set: (draft, value) => {
      draft.pacing.process = value;
    },
  }),
  supported({
    name: 'rate_cycle',
    aliases: ['ratecycle'],
    unit: 'ms',
    default: '1000',
    tier: 2,
    help: 'Over which time rate_min and rate_iops_min are judged.',
    type: integer({ min: 1, max: countMax }),
    get: (draft) => draft.pacing.cycleMs,
    set: (draft, value) => {
      draft.pacing.cycleMs = value;
    },
  }),
  supported({
    name: 'rate_ignore_thinktime',
    default: '0',
    tier: 2,
    help: 'Do not make up for what the pauses of thinktime kept from being done.',
    type: bool,
    get: (draft) => draft.pacing.ignoresThinkTime,
    set: (draft, value) => {
      draft.pacing.ignoresThinkTime = value;
    },
  }),
  supported({
    name: 'io_submit_mode',
    default: 'inline',
    tier: 2,
    help: 'With offload fio times I/Os from their intended starts; here every rate is also timed so, in either mode.',
    type: choice<'inline' | 'offload'>({ inline: 'inline', offload: 'offload' }),
    get: (draft) => draft.pacing.submitMode,
    set: (draft, value) => {
      draft.pacing.submitMode = value;
    },
  }),
  supported({
    name: 'thinktime',
    unit: 'us',
    default: '0',
    tier: 1,
    help: 'Pause so long after every I/O, or after as many as thinktime_blocks says.',
    example: '1ms',
    type: time('us'),
    get: (draft) => draft.thinkTime.pauseMs,
    set: (draft, value) => {
      draft.thinkTime.pauseMs = value;
    },
  }),
  supported({
    name: 'thinktime_spin',
    unit: 'us',
    default: '0',
    tier: 2,
    help: 'So much of each pause, its first part, is spent computing.',
    example: '100us',
    type: time('us'),
    get: (draft) => draft.thinkTime.spinMs,
    set: (draft, value) => {
      draft.thinkTime.spinMs = value;
    },
  }),
  supported({
    name: 'thinktime_blocks',
    tier: 1,
    help: 'I/Os between pauses; 1 when neither this nor thinktime_iotime is given.',
    example: '8',
    type: optional(integer({ min: 1, max: countMax })),
    get: (draft) => draft.thinkTime.blockCount,
    set: (draft, value) => {
      draft.thinkTime.blockCount = value;
    },
  }),
  supported({
    name: 'thinktime_blocks_type',
    default: 'complete',
    tier: 2,
    help: 'Whether thinktime_blocks counts completed or issued I/Os.',
    type: choice<'complete' | 'issue'>({ complete: 'complete', issue: 'issue' }),
    get: (draft) => draft.thinkTime.counts,
    set: (draft, value) => {
      draft.thinkTime.counts = value;
    },
  }),
  supported({
    name: 'thinktime_iotime',
    unit: 's',
    default: '0',
    tier: 2,
    help: 'Pause after so much time of I/O; with thinktime_blocks, after whichever comes first.',
    example: '200ms',
    type: time('s'),
    get: (draft) => draft.thinkTime.ioTimeMs,
    set: (draft, value) => {
      draft.thinkTime.ioTimeMs = value;
    },
  }),
  supported({
    name: 'thinkcycles',
    default: '0',
    tier: 2,
    help: 'Compute for so many processor cycles after each I/O, timed by the frequency in /proc/cpuinfo.',
    example: '100000',
    type: count,
    get: (draft) => draft.thinkTime.cycleCount,
    set: (draft, value) => {
      draft.thinkTime.cycleCount = value;
    },
  }),
  supported({
    name: 'flow_id',
    default: '0',
    tier: 2,
    help: 'Jobs of one flow that run together share their I/Os by their weights.',
    type: count,
    get: (draft) => draft.flow.id,
    set: (draft, value) => {
      draft.flow.id = value;
    },
  }),
  supported({
    name: 'flow',
    default: '0',
    tier: 2,
    help: 'Weight of the job in its flow; 0 = it is in none.',
    example: '8',
    type: integer({ min: 0, max: 1000, maxReason: "fio's limit" }),
    get: (draft) => draft.flow.weight,
    set: (draft, value) => {
      draft.flow.weight = value;
    },
  }),
  supported({
    name: 'flow_sleep',
    unit: 'us',
    default: '0',
    tier: 2,
    help: 'How long a job that is ahead of its flow waits before it looks again.',
    example: '100us',
    type: time('us'),
    get: (draft) => draft.flow.sleepMs,
    set: (draft, value) => {
      draft.flow.sleepMs = value;
    },
  }),
  supported({
    name: 'max_latency',
    unit: 'us',
    tier: 2,
    help: 'The job fails (ETIMEDOUT) when one I/O takes longer; read,write,trim may differ.',
    example: '50ms',
    type: times,
    ...perDirectionOption('latencyTarget', 'latencyMsMax'),
  }),
  supported({
    name: 'latency_target',
    unit: 'us',
    tier: 2,
    help: 'Search for the largest depth, up to iodepth, with latencies below this; the last window alone is reported.',
    example: '500us',
    type: optional(time('us'), (value) => value === 0),
    get: (draft) => draft.latencyTarget.targetMs,
    set: (draft, value) => {
      draft.latencyTarget.targetMs = value;
    },
  }),
  supported({
    name: 'latency_window',
    unit: 'us',
    default: '0',
    tier: 2,
    help: 'How long latency_target tries each depth; 1 s when it is not given.',
    example: '500ms',
    type: time('us'),
    get: (draft) => draft.latencyTarget.windowMs,
    set: (draft, value) => {
      draft.latencyTarget.windowMs = value;
    },
  }),
  supported({
    name: 'latency_percentile',
    unit: '%',
    default: '100',
    tier: 2,
    help: 'Share of I/Os that must stay below latency_target.',
    example: '99.9',
    type: onePercentage,
    get: (draft) => draft.latencyTarget.percent,
    set: (draft, value) => {
      draft.latencyTarget.percent = value;
    },
  }),
  supported({
    name: 'latency_run',
    default: '0',
    tier: 2,
    help: 'Go on adjusting the depth to latency_target until the job ends.',
    type: bool,
    get: (draft) => draft.latencyTarget.keepsSearching,
    set: (draft, value) => {
      draft.latencyTarget.keepsSearching = value;
    },
  }),
];
